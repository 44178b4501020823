import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { valueWhere } from '../column-band.ts';
import { needs } from '../column-needs.ts';
import { listText } from '../counting.ts';
import { readWhere } from '../row-parameters.ts';

interface AtLeastOne {
  readonly columns: readonly string[];
  readonly where?: string;
}

/** Each of these columns has a value in at least one of the rows written. A session without rows passes. */
export const atLeastOne: AuditKind<AtLeastOne> = {
  kind: 'at_least_one',
  parameters: ['columns', 'where'],
  read: (reader) => ({ columns: reader.columns('columns'), ...readWhere(reader) }),
  columns: ({ columns }) => needs('any', ...columns),
  scan: (subject, { columns, where }) => ({
    aggregates: ['count(*)', ...columns.map((column) => `count(${valueWhere(subject, column, where)})`)],
    judge([rows, ...counts]) {
      if (!rows) return pass(`no row was written to ${subject.table}`);
      const empty = columns.filter((_, i) => !counts[i]);
      if (empty.length === 0)
        return pass(`${listText(columns)} of ${subject.table} ${columns.length === 1 ? 'has' : 'have'} values`);
      return fail(`no row written to ${subject.table} has a value in ${listText(empty, 'or')}`, rows);
    },
  }),
};
