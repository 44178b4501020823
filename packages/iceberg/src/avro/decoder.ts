import { InvalidAvroError } from '../errors.ts';
import { unscaledFromBytes, uuidFromBytes } from '../spec/value-bytes.ts';
import type { AvroCursor } from './avro-cursor.ts';
import type { ListShape, MapShape, RecordShape, Shape, ShapeField } from './shape.ts';
import { compileSkipper } from './skipper.ts';
import { hasFieldIds, type WriterField, type WriterType } from './writer-schema.ts';

export type Decoder = (cursor: AvroCursor) => unknown;

/**
 * Compiles a reader from the schema a file was written with to the shape a caller wants. Fields are matched by id; by name only
 * when the file has no id at all, as Java does. What the shape does not name or marks as skipped is passed over; an optional field that the file does not
 * have reads as undefined, its null as null.
 *
 * @throws {InvalidAvroError} a required field is missing or a type cannot become the wanted one; the caller adds the file's name
 */
export function compileDecoder(writer: WriterType, shape: Shape): Decoder {
  return new DecoderCompiler(hasFieldIds(writer)).compile(writer, shape, 'the file');
}

type Store = (cursor: AvroCursor, values: unknown[]) => void;

class DecoderCompiler {
  readonly #byId: boolean;

  constructor(byId: boolean) {
    this.#byId = byId;
  }

  compile(writer: WriterType, shape: Shape, what: string): Decoder {
    if (writer.kind === 'union') return this.#union(writer.branches, shape, what);
    if (shape.kind === 'record' && writer.kind === 'record') return this.#record(writer.fields, shape);
    if (shape.kind === 'list' && writer.kind === 'array') return this.#list(writer.items, shape, what);
    if (shape.kind === 'map' && writer.kind === 'array') return this.#map(writer.items, shape, what);
    return compilePrimitive(writer, shape) ?? mismatch(writer, shape, what);
  }

  #union(branches: readonly WriterType[], shape: Shape, what: string): Decoder {
    const decoders = branches.map(
      (branch): Decoder => (branch.kind === 'null' ? () => null : this.compile(branch, shape, what)),
    );
    return (cursor) => {
      const decode = decoders[cursor.readNumber()];
      if (decode === undefined) throw new RangeError(`a union in ${what} has no such branch`);
      return decode(cursor);
    };
  }

  #record(fields: readonly WriterField[], shape: RecordShape): Decoder {
    const wanted = shape.fields.map((field) =>
      field.skipped ? -1 : fields.findIndex((candidate) => this.#isSame(candidate, field)),
    );
    shape.fields.forEach((field, position) => {
      if (wanted[position] === -1 && field.required && !field.mayBeAbsent && !field.skipped) missing(field, shape.name);
    });
    const steps = fields.map((field, index): Store => {
      const position = wanted.indexOf(index);
      if (position !== -1) return this.#store(field, shape.fields[position]!, position);
      const skip = compileSkipper(field.type);
      return (cursor) => skip(cursor);
    });
    // What comes after the last wanted field still has to be skipped: the next record starts behind it.
    const width = shape.fields.length;
    return (cursor) => {
      const values: unknown[] = new Array(width);
      for (let i = 0; i < steps.length; i++) steps[i]!(cursor, values);
      return values;
    };
  }

  #store(writer: WriterField, field: ShapeField, position: number): Store {
    const decode = this.compile(writer.type, field.shape, `field ${writer.name}`);
    if (!field.required || field.mayBeAbsent || !isNullable(writer.type)) {
      return (cursor, values) => {
        values[position] = decode(cursor);
      };
    }
    return (cursor, values) => {
      const value = decode(cursor);
      if (value === null) throw new RangeError(`required field ${field.name} is null`);
      values[position] = value;
    };
  }

  #list(items: WriterType, shape: ListShape, what: string): Decoder {
    const decode = this.compile(items, shape.element, what);
    return (cursor) => {
      const list: unknown[] = [];
      for (let count = cursor.readBlockCount(); count > 0; count = cursor.readBlockCount()) {
        for (let i = 0; i < count; i++) list.push(decode(cursor));
      }
      return list;
    };
  }

  /** Maps whose keys are not strings are arrays of key and value records. */
  #map(items: WriterType, shape: MapShape, what: string): Decoder {
    const addEntry = this.#entry(items, shape, what);
    return (cursor) => {
      const map = new Map<unknown, unknown>();
      for (let count = cursor.readBlockCount(); count > 0; count = cursor.readBlockCount()) {
        for (let i = 0; i < count; i++) addEntry(cursor, map);
      }
      return map;
    };
  }

  /** A record of key and value, in this order and nothing else, is what all writers make; it is read without a record between. */
  #entry(items: WriterType, shape: MapShape, what: string): (cursor: AvroCursor, map: Map<unknown, unknown>) => void {
    const record = entryShape(shape);
    const { keys } = shape;
    const decodeEntry = this.compile(items, record, what) as (cursor: AvroCursor) => [unknown, unknown];
    const [key, value, ...others] = items.kind === 'record' ? items.fields : [];
    const isPlain =
      key !== undefined &&
      value !== undefined &&
      others.length === 0 &&
      [key, value].every((field, position) => this.#isSame(field, record.fields[position]!) && !isNullable(field.type));
    if (!isPlain) {
      return (cursor, map) => {
        const entry = decodeEntry(cursor);
        if (keys === undefined || keys.has(entry[0])) map.set(entry[0], entry[1]);
      };
    }
    const decodeKey = this.compile(key.type, shape.key, what);
    const decodeValue = this.compile(value.type, shape.value, what);
    if (keys === undefined) {
      return (cursor, map) => {
        map.set(decodeKey(cursor), decodeValue(cursor));
      };
    }
    const skipValue = compileSkipper(value.type);
    return (cursor, map) => {
      const found = decodeKey(cursor);
      if (keys.has(found)) map.set(found, decodeValue(cursor));
      else skipValue(cursor);
    };
  }

  #isSame(writer: WriterField, field: ShapeField): boolean {
    return this.#byId ? writer.fieldId === field.id : writer.name === field.name;
  }
}

function entryShape(shape: MapShape): RecordShape {
  return {
    kind: 'record',
    name: `k${shape.keyId}_v${shape.valueId}`,
    fields: [
      { id: shape.keyId, name: 'key', required: true, shape: shape.key },
      { id: shape.valueId, name: 'value', required: true, shape: shape.value },
    ],
  };
}

/** undefined when the written type cannot become the wanted one. Widening is allowed where a column may be promoted. */
function compilePrimitive(writer: WriterType, shape: Shape): Decoder | undefined {
  const integer = writer.kind === 'int' || writer.kind === 'long';
  switch (shape.kind) {
    case 'boolean':
      return writer.kind === 'boolean' ? (cursor) => cursor.readBoolean() : undefined;
    case 'int':
    case 'date':
    case 'count':
      return integer ? (cursor) => cursor.readNumber() : undefined;
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return integer ? (cursor) => cursor.readLong() : undefined;
    case 'float':
    case 'double':
      if (writer.kind === 'double') return (cursor) => cursor.readDouble();
      return writer.kind === 'float' ? (cursor) => cursor.readFloat() : undefined;
    case 'string':
      return writer.kind === 'string' || writer.kind === 'bytes' ? (cursor) => cursor.readString() : undefined;
    case 'uuid':
      return writer.kind === 'string' ? (cursor) => cursor.readString().toLowerCase() : mapBytes(writer, uuidFromBytes);
    case 'decimal':
      return mapBytes(writer, unscaledFromBytes);
    case 'fixed':
    case 'binary':
      return mapBytes(writer, undefined);
    case 'as-written':
      return compileAsWritten(writer);
    default:
      return undefined;
  }
}

function compileAsWritten(writer: WriterType): Decoder | undefined {
  switch (writer.kind) {
    case 'null':
      return () => null;
    case 'long':
      return (cursor) => cursor.readLong();
    case 'int':
    case 'boolean':
    case 'float':
    case 'double':
    case 'string':
      return compilePrimitive(writer, { kind: writer.kind });
    case 'bytes':
    case 'fixed':
      if (writer.logicalType === 'decimal') return mapBytes(writer, unscaledFromBytes);
      return mapBytes(writer, writer.logicalType === 'uuid' ? uuidFromBytes : undefined);
    default:
      return undefined;
  }
}

function mapBytes(writer: WriterType, convert: ((bytes: Uint8Array) => unknown) | undefined): Decoder | undefined {
  if (writer.kind !== 'bytes' && writer.kind !== 'fixed') return undefined;
  const size = writer.kind === 'fixed' ? writer.size : undefined;
  const read =
    size === undefined ? (cursor: AvroCursor) => cursor.readBytes() : (cursor: AvroCursor) => cursor.readFixed(size);
  return convert === undefined ? read : (cursor) => convert(read(cursor));
}

function isNullable(writer: WriterType): boolean {
  return (
    writer.kind === 'null' || (writer.kind === 'union' && writer.branches.some((branch) => branch.kind === 'null'))
  );
}

function missing(field: ShapeField, record: string): never {
  throw new InvalidAvroError(`record ${record} lacks required field ${field.name} (id ${field.id})`);
}

function mismatch(writer: WriterType, shape: Shape, what: string): never {
  throw new InvalidAvroError(`${what} is written as ${writer.kind}, which cannot be read as ${shape.kind}`);
}
