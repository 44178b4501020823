import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { valueWhere } from '../column-band.ts';
import { needs } from '../column-needs.ts';
import { readWhere } from '../row-parameters.ts';

interface NotConstant {
  readonly column: string;
  readonly where?: string;
}

/** A column has more than one value in the rows written. A session with fewer than two values passes. */
export const notConstant: AuditKind<NotConstant> = {
  kind: 'not_constant',
  parameters: ['column', 'where'],
  read: (reader) => ({ column: reader.text('column'), ...readWhere(reader) }),
  columns: ({ column }) => needs('comparable', column),
  scan: (subject, { column, where }) => {
    const value = valueWhere(subject, column, where);
    return {
      aggregates: [`count(${value})`, `count(DISTINCT ${value})`],
      judge([values, different]) {
        const facts = { observed: different ?? 0, expected: 'at least 2' };
        if ((different ?? 0) !== 1)
          return pass(`${column} of ${subject.table} has ${different} different values`, facts);
        if (values === 1) return pass(`${column} of ${subject.table} has one value only, in one row`, facts);
        return fail(`${column} of ${subject.table} is the same in all ${values} rows written`, values ?? 0, [], facts);
      },
    };
  },
};
