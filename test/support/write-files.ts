import { randomUUID } from 'node:crypto';
import {
  applyTransform,
  compareValues,
  currentSchema,
  type DataFile,
  defaultSpec,
  encodeSingleValue,
  findField,
  type NestedField,
  type NullableValue,
  type PrimitiveType,
  partitionPath,
  type Table,
  type Value,
} from '@psyberg/iceberg';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';

export type ValueRow = Readonly<Record<string, NullableValue>>;

/**
 * Writes rows as data files of the table, one per partition, as some upstream job without our engine would. Only flat columns of
 * the types in `PARQUET` are written. Nothing points at the files yet.
 */
export async function writeFiles(table: Table, rows: readonly ValueRow[]): Promise<DataFile[]> {
  const { fields } = currentSchema(table.metadata);
  const spec = defaultSpec(table.metadata);
  const groups = new Map<string, { readonly partition: readonly NullableValue[]; readonly rows: ValueRow[] }>();
  for (const row of rows) {
    const partition = spec.fields.map(({ sourceId, transform }) => {
      const field = findField(currentSchema(table.metadata), sourceId)!;
      return applyTransform(transform, field.type as PrimitiveType, row[field.name] ?? null);
    });
    const key = partition.map(String).join('|');
    if (!groups.has(key)) groups.set(key, { partition, rows: [] });
    groups.get(key)!.rows.push(row);
  }
  return Promise.all(
    [...groups.values()].map(async (group): Promise<DataFile> => {
      const bytes = parquetBytes(fields, group.rows);
      const folder = partitionPath(spec, currentSchema(table.metadata), group.partition);
      const path = [table.metadata.location, 'data', folder, `${randomUUID()}.parquet`]
        .filter((part) => part !== '')
        .join('/');
      await table.io.create(path, bytes);
      return {
        content: 'data',
        path,
        format: 'parquet',
        specId: spec.specId,
        partition: group.partition,
        recordCount: group.rows.length,
        fileSizeBytes: bytes.byteLength,
        ...metricsOf(fields, group.rows),
      };
    }),
  );
}

/** Mostly without the older `converted_type`, for which the library would take only `Date`s; dates are read by it alone. */
const PARQUET: Readonly<Record<string, Omit<SchemaElement, 'name'>>> = {
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  timestamp: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } },
  timestamptz: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } },
};

function parquetBytes(fields: readonly NestedField[], rows: readonly ValueRow[]): Uint8Array {
  const elements = fields.map(
    (field): SchemaElement => ({
      name: field.name,
      field_id: field.id,
      repetition_type: 'OPTIONAL',
      ...PARQUET[field.type.kind]!,
    }),
  );
  const columnData = fields.map(({ name, type }) => ({
    name,
    data: rows.map((row) => (type.kind === 'date' ? dateOf(row[name]) : (row[name] ?? null))),
  }));
  return new Uint8Array(
    parquetWriteBuffer({ schema: [{ name: 'table', num_children: fields.length }, ...elements], columnData }),
  );
}

const dateOf = (days: NullableValue | undefined): Date | null =>
  typeof days === 'number' ? new Date(days * 86_400_000) : null;

function metricsOf(fields: readonly NestedField[], rows: readonly ValueRow[]) {
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const { id, name, type } of fields) {
    const values = rows.map((row) => row[name] ?? null).filter((value): value is Value => value !== null);
    valueCounts.set(id, rows.length);
    nullValueCounts.set(id, rows.length - values.length);
    const sorted = values.toSorted((a, b) => compareValues(type as PrimitiveType, a, b));
    if (sorted.length === 0 || type.kind === 'string') continue;
    lowerBounds.set(id, encodeSingleValue(type as PrimitiveType, sorted[0]!));
    upperBounds.set(id, encodeSingleValue(type as PrimitiveType, sorted.at(-1)!));
  }
  return { valueCounts, nullValueCounts, lowerBounds, upperBounds };
}
