import { decimalByteLength } from '../spec/type-kinds.ts';
import type { PrimitiveType } from '../spec/types.ts';
import { bytesFromUuid, fixedBytesFromUnscaled } from '../spec/value-bytes.ts';
import { isValueOf } from '../spec/value-check.ts';
import type { AvroSink } from './avro-sink.ts';
import type { ListShape, MapShape, RecordShape, Shape, ShapeField } from './shape.ts';

export type Encoder = (sink: AvroSink, value: unknown) => void;

/**
 * Compiles a writer for records of a shape; null and undefined are both Avro's null.
 * The writer throws a RangeError when a value is not of its field's type or a required one is missing.
 */
export function compileEncoder(shape: Shape): Encoder {
  switch (shape.kind) {
    case 'record':
      return recordEncoder(shape);
    case 'list':
      return listEncoder(shape);
    case 'map':
      return mapEncoder(shape);
    case 'count':
      return (sink, value) => sink.writeNumber(value as number);
    case 'as-written':
      throw new RangeError('a field that is read as written has no type to write');
    default:
      return primitiveEncoder(shape);
  }
}

function recordEncoder(shape: RecordShape): Encoder {
  const fields = shape.fields.map(fieldEncoder);
  return (sink, value) => {
    const values = value as readonly unknown[];
    for (let i = 0; i < fields.length; i++) fields[i]!(sink, values[i]);
  };
}

function fieldEncoder(field: ShapeField): Encoder {
  const encode = compileEncoder(field.shape);
  if (field.required) {
    return (sink, value) => {
      if (value === undefined || value === null) throw new RangeError(`required field ${field.name} has no value`);
      encode(sink, value);
    };
  }
  return (sink, value) => {
    if (value === undefined || value === null) {
      sink.writeNumber(0);
      return;
    }
    sink.writeNumber(1);
    encode(sink, value);
  };
}

function listEncoder(shape: ListShape): Encoder {
  const encode = compileEncoder(shape.element);
  return (sink, value) => {
    const items = value as readonly unknown[];
    if (items.length > 0) sink.writeNumber(items.length);
    for (const item of items) encode(sink, item);
    sink.writeNumber(0);
  };
}

function mapEncoder(shape: MapShape): Encoder {
  const encodeKey = compileEncoder(shape.key);
  const encodeValue = compileEncoder(shape.value);
  return (sink, value) => {
    const entries = value as ReadonlyMap<unknown, unknown>;
    if (entries.size > 0) sink.writeNumber(entries.size);
    for (const [key, item] of entries) {
      encodeKey(sink, key);
      encodeValue(sink, item);
    }
    sink.writeNumber(0);
  };
}

function primitiveEncoder(type: PrimitiveType): Encoder {
  const encode = uncheckedEncoder(type);
  return (sink, value) => {
    if (!isValueOf(type, value)) throw new RangeError(`a value is not of type ${type.kind}`);
    encode(sink, value);
  };
}

function uncheckedEncoder(type: PrimitiveType): Encoder {
  switch (type.kind) {
    case 'boolean':
      return (sink, value) => sink.writeBoolean(value as boolean);
    case 'int':
    case 'date':
      return (sink, value) => sink.writeNumber(value as number);
    case 'float':
      return (sink, value) => sink.writeFloat(value as number);
    case 'double':
      return (sink, value) => sink.writeDouble(value as number);
    case 'string':
      return (sink, value) => sink.writeString(value as string);
    case 'binary':
      return (sink, value) => sink.writeBytes(value as Uint8Array);
    case 'fixed':
      return (sink, value) => sink.writeFixed(value as Uint8Array);
    case 'uuid':
      return (sink, value) => sink.writeFixed(bytesFromUuid(value as string)!);
    case 'decimal': {
      const length = decimalByteLength(type.precision);
      return (sink, value) => sink.writeFixed(fixedBytesFromUnscaled(value as bigint, length));
    }
    case 'unsupported':
      throw new RangeError(`type ${type.text} cannot be written`);
    default:
      return (sink, value) => sink.writeLong(value as bigint);
  }
}
