import type { AuditKind } from '../audit-kind.ts';
import { quoteName } from '../audit-sql.ts';
import { literalOf } from '../column-literal.ts';
import { needs } from '../column-needs.ts';
import type { Scalar } from '../parameter-reader.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

interface NotAcceptedValues extends RowParameters {
  readonly column: string;
  readonly values: readonly Scalar[];
}

/** No value of a column is one of `values`. */
export const notAcceptedValues: AuditKind<NotAcceptedValues> = {
  kind: 'not_accepted_values',
  parameters: ['column', 'values', ...ROW_PARAMETERS],
  read(reader) {
    if (!reader.has('values')) reader.problem([], 'needs `values`, a list of what must not be there');
    return {
      column: reader.text('column'),
      values: reader.optionalScalars('values') ?? [],
      ...readRowParameters(reader),
    };
  },
  columns: ({ column }) => needs('comparable', column),
  scan: (subject, { column, values, ...rows }) =>
    valueScan(subject, {
      ...rows,
      column,
      violation: `${quoteName(subject.engine, column)} IN (${values.map((value) => literalOf(subject, column, value)).join(', ')})`,
      holds: `is none of ${listed(values)}`,
      flaw: `that is one of ${listed(values)}`,
    }),
};

const listed = (values: readonly Scalar[]): string => values.map((value) => JSON.stringify(value)).join(', ');
