import type { AuditKind } from '../audit-kind.ts';
import { quoteName } from '../audit-sql.ts';
import { literalOf } from '../column-literal.ts';
import { needs } from '../column-needs.ts';
import type { Scalar } from '../parameter-reader.ts';
import { rangeText, rangeViolation } from '../range.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

interface AcceptedValues extends RowParameters {
  readonly column: string;
  readonly values?: readonly Scalar[];
  /** Both inclusive. */
  readonly min?: Scalar;
  readonly max?: Scalar;
}

/** Every value of a column is one of `values`, or lies between `min` and `max`, both inclusive. NULL is accepted: `not_null` is for that. */
export const acceptedValues: AuditKind<AcceptedValues> = {
  kind: 'accepted_values',
  parameters: ['column', 'values', 'min', 'max', ...ROW_PARAMETERS],
  read(reader) {
    const values = reader.optionalScalars('values');
    const min = reader.optionalScalar('min');
    const max = reader.optionalScalar('max');
    const ranged = reader.has('min') || reader.has('max');
    if (reader.has('values') === ranged) reader.problem([], 'needs either `values`, or `min` and `max` or one of them');
    return {
      column: reader.text('column'),
      ...(values !== undefined && { values }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...readRowParameters(reader),
    };
  },
  columns: ({ column }) => needs('comparable', column),
  scan: (subject, { column, values, min, max, ...rows }) => {
    const quoted = quoteName(subject.engine, column);
    const literal = (value: Scalar) => literalOf(subject, column, value);
    const range = { ...(min !== undefined && { min }), ...(max !== undefined && { max }), exclusive: false };
    const accepted =
      values === undefined ? rangeText(range) : `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
    return valueScan(subject, {
      ...rows,
      column,
      violation:
        values === undefined
          ? rangeViolation(subject, column, range)
          : `${quoted} NOT IN (${values.map(literal).join(', ')})`,
      holds: `is ${accepted}`,
      flaw: `that is not ${accepted}`,
    });
  },
};
