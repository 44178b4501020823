import { formatIdentifier, type Type } from '@psyberg/iceberg';
import type { Engine } from '../../engine/engine.ts';
import { UsageError } from '../../errors.ts';
import { columnType } from '../audit-columns.ts';
import { type AuditKind, fail, pass } from '../audit-kind.ts';
import { literalFor, quoteName } from '../audit-sql.ts';
import { rowsText } from '../counting.ts';
import { failingRows, named, TARGET_NAME, whereOf } from '../failing-rows.ts';
import type { Scalar } from '../parameter-reader.ts';

interface AcceptedValues {
  readonly column: string;
  readonly values?: readonly Scalar[];
  /** Both inclusive. */
  readonly min?: Scalar;
  readonly max?: Scalar;
  readonly where?: string;
}

/** Every value of a column is one of `values`, or lies between `min` and `max`, both inclusive. NULL is accepted: `not_null` is for that. */
export const acceptedValues: AuditKind<AcceptedValues> = {
  kind: 'accepted_values',
  parameters: ['column', 'values', 'min', 'max', 'where'],
  read(reader) {
    const values = reader.optionalScalars('values');
    const min = reader.optionalScalar('min');
    const max = reader.optionalScalar('max');
    const where = reader.optionalText('where');
    const ranged = reader.has('min') || reader.has('max');
    if (reader.has('values') === ranged) reader.problem([], 'needs either `values`, or `min` and `max` or one of them');
    return {
      column: reader.text('column'),
      ...(values !== undefined && { values }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
      ...(where !== undefined && { where }),
    };
  },
  async run(context, parameters) {
    const { column, where } = parameters;
    const table = formatIdentifier(context.process.target.table);
    const type = columnType(context.written.schema, table, column);
    const engine = await context.engine();
    const quoted = quoteName(engine, column);
    const violates = violation(engine, type, quoted, parameters);
    const { count, sample } = await failingRows(context, [named(context.written, TARGET_NAME)], {
      columns: `${quoted}, count(*) AS ${quoteName(engine, 'occurrences')}`,
      count: 'CAST(sum(count(*)) OVER () AS BIGINT)',
      rest: `FROM ${TARGET_NAME}${whereOf(where, violates)}\nGROUP BY ${quoted} ORDER BY ${quoted}`,
    });
    const accepted = acceptedText(parameters);
    if (count === 0) return pass(`every ${column} of ${table} is ${accepted}`);
    const found = sample.slice(0, 3).map((row) => String(row[column]));
    return fail(
      `${rowsText(count)} of ${table} ${count === 1 ? 'has' : 'have'} a ${column} that is not ${accepted}, such as ${found.join(', ')}`,
      count,
      sample,
    );
  },
};

function violation(engine: Engine, type: Type, quoted: string, { column, values, min, max }: AcceptedValues): string {
  const literal = (value: Scalar): string => {
    const text = literalFor(engine, type, value);
    if (text !== undefined) return text;
    throw new UsageError(`${JSON.stringify(value)} cannot be a value of ${column}, which is of type ${type.kind}.`);
  };
  if (values !== undefined) return `${quoted} NOT IN (${values.map(literal).join(', ')})`;
  const below = min === undefined ? [] : [`${quoted} < ${literal(min)}`];
  const above = max === undefined ? [] : [`${quoted} > ${literal(max)}`];
  return [...below, ...above].join(' OR ');
}

function acceptedText({ values, min, max }: AcceptedValues): string {
  if (values !== undefined) return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
}
