import {
  fieldByName,
  type PartitionField,
  type PartitionSpec,
  parseTransform,
  parseType,
  type Schema,
} from '@psyberg/iceberg';
import type { SourceSpec } from './history.ts';

export function tableLayout(
  columns: Readonly<Record<string, string>>,
  partition: SourceSpec['partition'],
): { readonly schema: Schema; readonly partitionSpec: PartitionSpec } {
  const fields = Object.entries(columns).map(([column, type], n) => ({
    id: n + 1,
    name: column,
    required: false,
    type: parseType(type),
  }));
  const schema = { schemaId: 0, fields };
  const column = partition === 'landing' ? 'landing' : 'ts';
  return { schema, partitionSpec: { specId: 0, fields: partitionFields(schema, partition, 1000, column) } };
}

export function partitionFields(
  schema: Schema,
  partition: SourceSpec['partition'],
  fieldId: number,
  column: string,
): PartitionField[] {
  if (partition === 'none') return [];
  const transform = partition === 'landing' ? 'identity' : partition;
  const source = fieldByName(schema, column)!;
  const name = `by_${column}_${transform}`;
  return [{ sourceId: source.id, fieldId, name, transform: parseTransform(transform) }];
}
