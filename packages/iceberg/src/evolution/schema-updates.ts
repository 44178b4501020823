import { currentSchema } from '../metadata/history.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataChange, MetadataUpdate } from '../metadata/updates.ts';
import { formatNameMapping, NAME_MAPPING_PROPERTY, nameMappingOf } from '../spec/name-mapping.ts';
import type { Schema } from '../spec/types.ts';
import { evolveNameMapping } from './evolve-name-mapping.ts';
import { evolveSchema } from './evolve-schema.ts';
import type { SchemaChange } from './schema-change.ts';

/** Schema changes as part of a table commit that does more; see `SnapshotChange.evolution`. */
export interface SchemaEvolution {
  readonly changes: readonly SchemaChange[];
  /** What {@link evolveSchema} returned when the files of this commit were written: their columns keep those ids. */
  readonly planned?: Schema;
}

/**
 * The part of a table commit that evolves the schema; pure. To be joined with other updates, or for `commitMetadata` alone.
 * Where the table has a name mapping for files without field ids, it follows as the schema becomes current.
 *
 * @param options.makeCurrent false: only list the schema, so that a staged snapshot can name it and its ids are taken; what
 *   readers see does not change. Default true.
 * @returns undefined when the table has that schema already
 * @throws as {@link evolveSchema}
 * @throws {InvalidMetadataError} the table's name mapping cannot be read
 */
export function schemaUpdates(
  metadata: TableMetadata,
  { changes, planned }: SchemaEvolution,
  options: { readonly makeCurrent?: boolean } = {},
): MetadataChange | undefined {
  const { makeCurrent = true } = options;
  const schema = evolveSchema(metadata, changes, planned);
  const isListed = metadata.schemas.includes(schema);
  const isCurrent = schema === currentSchema(metadata);
  if (isCurrent || (isListed && !makeCurrent)) return undefined;
  return {
    updates: [
      { action: 'add-schema', schema },
      ...(makeCurrent
        ? [{ action: 'set-current-schema', schemaId: -1 } as const, ...mappingUpdate(metadata, schema)]
        : []),
    ],
    requirements: [
      { type: 'assert-current-schema-id', currentSchemaId: metadata.currentSchemaId },
      { type: 'assert-last-assigned-field-id', lastAssignedFieldId: metadata.lastColumnId },
      ...(changes.some(({ kind }) => kind === 'drop') ? stillUnused(metadata) : []),
    ],
  };
}

function mappingUpdate(metadata: TableMetadata, schema: Schema): MetadataUpdate[] {
  const mapping = nameMappingOf(metadata.properties);
  if (mapping === undefined) return [];
  const before = formatNameMapping(mapping);
  const after = formatNameMapping(evolveNameMapping(mapping, currentSchema(metadata), schema));
  return before === after ? [] : [{ action: 'set-properties', updates: { [NAME_MAPPING_PROPERTY]: after } }];
}

/** A column may only be dropped while no other writer begins to partition or sort by it. */
const stillUnused = ({ defaultSpecId, defaultSortOrderId }: TableMetadata) =>
  [
    { type: 'assert-default-spec-id', defaultSpecId },
    { type: 'assert-default-sort-order-id', defaultSortOrderId },
  ] as const;
