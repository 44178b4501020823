import { EngineFailedError, type Relation, UnsupportedTypeError } from '@psyberg/core';
import { formatType, type NestedField, type PrimitiveType, type Schema } from '@psyberg/iceberg';
import { duckDbType } from '../sql/column-types.ts';
import { quoteName } from '../sql/quote.ts';
import { type ReshapeRules, reshape } from '../sql/reshape.ts';
import { formatShape } from '../sql/shape.ts';
import type { FileLayout } from './file-layout.ts';
import type { FileGroup } from './layout-cache.ts';
import { nameLayout } from './name-layout.ts';

export type ReadSchema = Pick<Relation, 'schema' | 'filesWithoutIds'>;

/**
 * The select list that shows files of one layout under a table's schema: each column by its field id, whatever its name was when
 * the file was written, nested fields too. Files without ids are read by the table's name mapping.
 *
 * @throws {UnsupportedTypeError} as {@link nameLayout}; and where such a file may have left a column to its partition
 * @throws {EngineFailedError} a required column is missing, or a column is stored as something that its type cannot come from
 * @see Iceberg spec, "Column Projection"
 */
export function mapColumns({ schema, filesWithoutIds }: ReadSchema, group: FileGroup): string {
  const layout = nameLayout(group, filesWithoutIds);
  if (layout !== group.layout) refusePartitionValues(layout, group, schema, filesWithoutIds?.partitionFieldIds ?? []);
  return schema.fields.map((field) => `${mapColumn(layout, field)} AS ${quoteName(field.name)}`).join(', ');
}

/** Files that were made for Hive have no columns for what partitions them, and NULL would be wrong. */
function refusePartitionValues(
  { columns }: FileLayout,
  { paths }: FileGroup,
  schema: Schema,
  ids: readonly number[],
): void {
  const left = schema.fields.find(({ id }) => ids.includes(id) && !columns.some((column) => column.id === id));
  if (left === undefined) return;
  throw new UnsupportedTypeError(
    `${paths[0]} carries no Iceberg field ids and has no column for ${left.name}, by which its table is partitioned: the value may ` +
      'stand in the name of a folder only, and this engine does not read it there. Nothing was read. Rewrite the file with an Iceberg ' +
      'writer, for example by rewrite_data_files, and run again.',
  );
}

/** Typed NULLs under the schema's names. */
export function nullColumns(schema: Schema): string {
  return schema.fields.map((field) => `${nullOf(field, field.name)} AS ${quoteName(field.name)}`).join(', ');
}

function mapColumn(layout: FileLayout, field: NestedField): string {
  const column = layout.columns.find((candidate) => candidate.id === field.id);
  if (column === undefined) return missing(field, field.name);
  return reshape(quoteName(column.name), column.shape, field.type, field.name, RULES);
}

const nullOf = (field: NestedField, path: string): string => `CAST(NULL AS ${duckDbType(field.type, path)})`;

function missing(field: NestedField, path: string): string {
  if (field.extra?.['initial-default'] !== undefined && field.extra['initial-default'] !== null) {
    throw new EngineFailedError(
      `Column ${path} is missing in some data files and has an initial default, which this engine does not apply. ` +
        'Nothing was read. Compact the table with an engine that supports format 3 defaults, and run again.',
    );
  }
  return nullOf(field, path);
}

const RULES: ReshapeRules = {
  find: (fields, wanted) => fields.find((field) => field.id === wanted.id),
  missing,
  leaf: readLeaf,
  mismatch: (_expression, from, to, path) => {
    throw cannotRead(path, formatShape(from), formatType(to));
  },
};

/** What each type may be stored as besides itself: promotions, and spellings of older writers. */
function readLeaf(expression: string, from: string, to: PrimitiveType, path: string): string {
  const wanted = duckDbType(to, path);
  if (from === wanted) return expression;
  const cast = `CAST(${expression} AS ${wanted})`;
  switch (to.kind) {
    case 'int':
      if (/^U?(TINYINT|SMALLINT)$/.test(from)) return cast;
      break;
    case 'long':
      if (/^(U?(TINYINT|SMALLINT|INTEGER)|BIGINT)$/.test(from)) return cast;
      break;
    case 'double':
      if (from === 'FLOAT') return cast;
      break;
    case 'decimal': {
      const stored = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(from);
      if (stored && Number(stored[2]) === to.scale && Number(stored[1]) <= to.precision) return cast;
      break;
    }
    case 'timestamp':
    case 'timestamptz':
      // The session's zone is UTC, so that the same instant is meant on both sides.
      if (/^TIMESTAMP( WITH TIME ZONE|_S|_MS)?$/.test(from)) return cast;
      break;
    case 'string':
      if (from === 'BLOB') return `decode(${expression})`;
      if (from === 'JSON' || /^ENUM/.test(from)) return cast;
      break;
    case 'binary':
      if (from === 'VARCHAR') return `encode(${expression})`;
      break;
    case 'uuid':
      if (from === 'BLOB') return `CAST(hex(${expression}) AS UUID)`;
      break;
    default:
  }
  throw cannotRead(path, from, formatType(to));
}

function cannotRead(path: string, stored: string, wanted: string): EngineFailedError {
  return new EngineFailedError(
    `Column ${path} is ${wanted} in the table's schema, and a data file stores it as ${stored}, from which it cannot come. ` +
      'Nothing was read. The file breaks the rules of schema evolution; rewrite it with an Iceberg writer.',
  );
}
