import type { PartitionSpec } from '@psyberg/iceberg';
import {
  currentSchema,
  type DataFile,
  type NullableValue,
  partitionPath,
  type Schema,
  specById,
  type Table,
} from '@psyberg/iceberg';

/**
 * Identity of each changed input partition as JSON, e.g. `{"landing_date":20230914,"landing_hour":6}`; distinct, in order of
 * appearance. Unpartitioned files are one partition, `{}`.
 */
export function processingUris(table: Table, files: readonly DataFile[]): readonly string[] {
  const schema = currentSchema(table.metadata);
  const uris = new Set<string>();
  for (const file of files) {
    const spec = specById(table.metadata, file.specId);
    if (spec !== undefined) uris.add(processingUri(spec, schema, file.partition));
  }
  return [...uris];
}

function processingUri(spec: PartitionSpec, schema: Schema, partition: readonly NullableValue[]): string {
  const path = partitionPath(spec, schema, partition).split('/');
  const members = spec.fields.map((field, i): [string, unknown] => {
    const value = partition[i] ?? null;
    if (value === null) return [field.name, null];
    if (field.transform.kind === 'identity' && typeof value === 'number') return [field.name, value];
    if (field.transform.kind === 'identity' && typeof value === 'string') return [field.name, value];
    const text = path[i] ?? '';
    return [field.name, decodeURIComponent(text.slice(text.indexOf('=') + 1).replaceAll('+', ' '))];
  });
  return JSON.stringify(Object.fromEntries(members));
}
