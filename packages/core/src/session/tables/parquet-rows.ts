import type { NestedField, Type } from '@psyberg/iceberg';
import type { FileMetaData, SchemaElement } from 'hyparquet';
import { BugError } from '../../errors.ts';
import type { Cell, OwnRow } from './own-columns.ts';

/**
 * Rows of our own tables as Parquet bytes, and back, without an engine.
 *
 * Only the types that our tables have are written. The Parquet library is loaded when it is first needed: most commands never do.
 * Files that another engine wrote (a compaction) are read as well, whatever their compression.
 */

/** Whether {@link writeParquet} has a form for the type. */
export function isWritable(type: Type): boolean {
  if (type.kind === 'list') return isWritable(type.element);
  if (type.kind === 'struct') return type.fields.every((field) => isWritable(field.type));
  return ['string', 'int', 'long', 'double', 'timestamptz'].includes(type.kind);
}

/** One row group, Snappy; every column carries its field id. */
export async function writeParquet(fields: readonly NestedField[], rows: readonly OwnRow[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = fields.map(({ name }) => ({ name, data: rows.map((row) => row[name] ?? null) }));
  const schema = [{ name: 'table', num_children: fields.length }, ...fields.flatMap(elements)];
  return new Uint8Array(parquetWriteBuffer({ schema, columnData, codec: 'SNAPPY', rowGroupSize: 100_000 }));
}

/** The rows of a file, with the columns that `fields` names, found by field id; one that the file lacks is left out. */
export async function readParquet(fields: readonly NestedField[], bytes: Uint8Array): Promise<OwnRow[]> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet');
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(buffer);
  const nameByFile = namesInFile(fields, metadata);
  const rows: Record<string, Cell>[] = await parquetReadObjects({
    file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
    metadata,
    columns: [...nameByFile.keys()],
    parsers: exactParsers,
    ...(await decompressorsFor(metadata)),
  });
  return rows.map((row) => renamed(row, nameByFile));
}

/** The library's own parsers make `Date`s of whole milliseconds; these keep what the file says. */
const exactParsers = {
  timestampFromMilliseconds: (ms: bigint) => ms * 1000n,
  timestampFromMicroseconds: (us: bigint) => us,
  timestampFromNanoseconds: (ns: bigint) => ns / 1000n,
  dateFromDays: (days: number) => days,
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && UTF8.decode(bytes),
  geometryFromBytes: (bytes: Uint8Array) => bytes,
  geographyFromBytes: (bytes: Uint8Array) => bytes,
};
const UTF8 = new TextDecoder();

async function decompressorsFor(metadata: FileMetaData) {
  const codecs = new Set(metadata.row_groups.flatMap((group) => group.columns.map((c) => c.meta_data?.codec)));
  codecs.delete('SNAPPY');
  codecs.delete('UNCOMPRESSED');
  return codecs.size === 0 ? {} : { compressors: (await import('hyparquet-compressors')).compressors };
}

function namesInFile(fields: readonly NestedField[], metadata: FileMetaData): Map<string, string> {
  const names = new Map<string, string>();
  for (const element of topLevel(metadata.schema)) {
    const field = fields.find(({ id, name }) =>
      element.field_id === undefined ? name === element.name : id === element.field_id,
    );
    if (field !== undefined) names.set(element.name, field.name);
  }
  return names;
}

/** Parquet lists its schema depth first; the children of the root are found by skipping what lies below them. */
function topLevel(schema: readonly SchemaElement[]): SchemaElement[] {
  const result: SchemaElement[] = [];
  for (let i = 1; i < schema.length; i = afterSubtree(schema, i)) result.push(schema[i]!);
  return result;
}

function afterSubtree(schema: readonly SchemaElement[], at: number): number {
  let next = at + 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0); child += 1) next = afterSubtree(schema, next);
  return next;
}

function renamed(row: Record<string, Cell>, nameByFile: ReadonlyMap<string, string>): OwnRow {
  const result: Record<string, Cell> = {};
  for (const [inFile, name] of nameByFile) result[name] = row[inFile] ?? null;
  return result;
}

function elements(field: NestedField): SchemaElement[] {
  const repetition_type = field.required ? 'REQUIRED' : 'OPTIONAL';
  const common = { name: field.name, field_id: field.id, repetition_type } as const;
  const { type } = field;
  switch (type.kind) {
    case 'string':
      return [{ ...common, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }];
    case 'int':
      return [{ ...common, type: 'INT32' }];
    case 'long':
      return [{ ...common, type: 'INT64' }];
    case 'double':
      return [{ ...common, type: 'DOUBLE' }];
    case 'timestamptz': {
      const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } as const;
      return [{ ...common, type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type }];
    }
    case 'struct':
      return [{ ...common, num_children: type.fields.length }, ...type.fields.flatMap(elements)];
    case 'list':
      return [
        { ...common, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elements({ id: type.elementId, name: 'element', required: type.elementRequired, type: type.element }),
      ];
    default:
      throw unexpected(type);
  }
}

function unexpected(type: Type): BugError {
  return new BugError(
    `This is a bug in Psyberg: our own tables have no columns of type ${type.kind}. Nothing was written.`,
  );
}
