import type { SourcePredicate, SqlDialect } from '@psyberg/core';
import type { Screen } from './style.ts';

/** For each read of a source, its snapshots and, on a line of its own to be copied, the condition. */
export function predicateLines(dialect: SqlDialect, reads: readonly SourcePredicate[], screen: Screen): string[] {
  return reads.flatMap(({ table, rows, from, to, where }) => {
    const what = rows === 'added' ? `rows added after snapshot ${from} up to ${to}` : `rows of snapshot ${to ?? '-'}`;
    return [screen.paint('dim', `-- ${table}, ${what} (${dialect})`), `WHERE ${where}`];
  });
}
