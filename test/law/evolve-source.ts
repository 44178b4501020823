import type { Schema, SchemaChange } from '@psyberg/iceberg';
import type { SchemaChangeKind } from './history.ts';
import { nameOf, type SourceNow, timeColumnsOf } from './psyberg-sql.ts';

/** A source as it will be, and what to do to its table for that. */
export interface SourceEvolution {
  readonly source: SourceNow;
  readonly changes: readonly SchemaChange[];
}

/** @param evolutions - how often sources have changed, this change counted; makes names new */
export function evolve(
  source: SourceNow,
  schema: Schema,
  change: SchemaChangeKind,
  evolutions: number,
): SourceEvolution {
  switch (change) {
    case 'reorder':
      return { source, changes: [{ kind: 'move', column: nameOf(source, 'value'), position: 'first' }] };
    case 'promote key':
      return { source: { ...source, hasLongKey: true }, changes: [{ kind: 'promote', column: 'key', type: 'long' }] };
    case 'rename value':
      return rename(source, ['value'], evolutions);
    case 'rename time':
      return rename(source, timeColumnsOf(source), evolutions);
    default:
      return { source, changes: unreadChanges(schema, change, evolutions) };
  }
}

/** Every other time to a name that the column has had before. */
function rename(source: SourceNow, columns: readonly string[], evolutions: number): SourceEvolution {
  const renames = columns.map((column) => {
    const now = nameOf(source, column);
    return { first: column, now, to: now === column ? `${column}_${evolutions}` : column };
  });
  const renamed = Object.fromEntries(renames.map(({ first, to }) => [first, to]));
  return {
    source: { ...source, renamed: { ...source.renamed, ...renamed } },
    changes: renames.map(({ now, to }) => ({ kind: 'rename', column: now, to })),
  };
}

/** On columns that no transform knows; what is missing for the change is added first. */
function unreadChanges(
  schema: Schema,
  change: 'add' | 'rename' | 'drop' | 'promote',
  evolutions: number,
): readonly SchemaChange[] {
  const extra = schema.fields.findLast((field) => field.name.startsWith('extra'));
  const fresh = `extra_${evolutions}`;
  if (change === 'add' || extra === undefined) return [{ kind: 'add', name: fresh, type: 'int' }];
  if (change === 'rename') return [{ kind: 'rename', column: extra.name, to: fresh }];
  if (change === 'promote') return [{ kind: 'promote', column: extra.name, type: 'long' }];
  return [{ kind: 'drop', column: extra.name }];
}
