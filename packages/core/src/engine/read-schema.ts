import { currentSchema, nameMappingOf, type TableMetadata } from '@psyberg/iceberg';
import type { Relation } from './engine.ts';

/**
 * How files of a table are read: its current columns, and its name mapping for those that carry no field ids.
 *
 * @throws {InvalidMetadataError} the table has a name mapping that is none
 */
export function readSchemaOf(metadata: TableMetadata): Pick<Relation, 'schema' | 'filesWithoutIds'> {
  const schema = currentSchema(metadata);
  const mapping = nameMappingOf(metadata.properties);
  if (mapping === undefined) return { schema };
  const fields = metadata.partitionSpecs.flatMap((spec) => spec.fields);
  const identities = fields.filter(({ transform }) => transform.kind === 'identity');
  const partitionFieldIds = [...new Set(identities.map(({ sourceId }) => sourceId))];
  return { schema, filesWithoutIds: { mapping, partitionFieldIds } };
}
