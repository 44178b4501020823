import { formatIdentifier } from '@psyberg/iceberg';
import type { AuditContext } from '../audit-context.ts';
import { type ChangesInput, changesInput, countFromMetadata } from '../audit-inputs.ts';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { rowsText } from '../counting.ts';
import { named, SOURCE_NAME, scalarNumber, TARGET_NAME, whereOf } from '../failing-rows.ts';
import type { Tolerance } from '../parameter-reader.ts';
import { allowedRows } from '../row-parameters.ts';

interface SourceTargetCount {
  readonly source?: string;
  /** A condition on the rows of the source. */
  readonly where?: string;
  /** One SELECT over the transform's input that gives the number expected. */
  readonly expectSql?: string;
  readonly tolerance: Tolerance;
}

/**
 * The transform's input and the rows that it wrote are equally many.
 *
 * `where` says which rows of the source are expected to arrive, `expect: { sql }` computes the number, `tolerance` is a number of rows
 * or a share (`0.01`, `1%`) of what is expected. Without `where` and `expect` the numbers are known already and nothing is read.
 */
export const sourceTargetCount: AuditKind<SourceTargetCount> = {
  kind: 'source_target_count',
  parameters: ['source', 'where', 'expect', 'tolerance'],
  read(reader) {
    const source = reader.optionalText('source');
    const where = reader.optionalText('where');
    const expectSql = reader.optionalSqlObject('expect');
    if (reader.has('expect') && (reader.has('source') || reader.has('where'))) {
      reader.problem(['expect'], 'says all that is expected, so `source` and `where` have no place beside it');
    }
    return {
      ...(source !== undefined && { source }),
      ...(where !== undefined && { where }),
      ...(expectSql !== undefined && { expectSql }),
      tolerance: reader.tolerance('tolerance'),
    };
  },
  async run(context, parameters) {
    const { expected, of } = await expectedRows(context, parameters);
    const written = await writtenRows(context);
    const table = formatIdentifier(context.process.target.table);
    const difference = Math.abs(expected - written);
    const allowed = allowedRows(parameters.tolerance, expected);
    const numbers = `${of}, ${rowsText(written)} written to ${table}`;
    const facts = { observed: written, expected: `${expected} rows, give or take ${Math.floor(allowed)}` };
    if (difference === 0) return pass(numbers, facts);
    if (difference <= allowed) return pass(`${numbers}: ${difference} apart, ${Math.floor(allowed)} allowed`, facts);
    const wrong = `${rowsText(difference)} ${written < expected ? 'missing' : 'too many'}`;
    return fail(`${numbers}: ${wrong}`, difference, [], facts);
  },
};

async function expectedRows(
  context: AuditContext,
  { source, where, expectSql }: SourceTargetCount,
): Promise<{ readonly expected: number; readonly of: string }> {
  if (expectSql !== undefined) {
    const expected = await scalarNumber(
      context,
      expectSql,
      context.inputs.map(({ relation }) => relation),
    );
    return { expected, of: `${rowsText(expected)} expected by the SQL` };
  }
  const input = changesInput(context, source);
  const expected = where === undefined ? await countInput(context, input) : await countWhere(context, input, where);
  return {
    expected,
    of: `${rowsText(expected)} read from ${input.name}${where === undefined ? '' : ` where ${where}`}`,
  };
}

async function countInput(context: AuditContext, input: ChangesInput): Promise<number> {
  return input.rows ?? countFromMetadata(input.relation) ?? (await countWhere(context, input, undefined));
}

/** The source may be called by its own name in the condition: the relation has that name and ours. */
async function countWhere(
  context: AuditContext,
  { relation }: ChangesInput,
  where: string | undefined,
): Promise<number> {
  return scalarNumber(context, `SELECT count(*) FROM ${SOURCE_NAME}${whereOf(where)}`, [named(relation, SOURCE_NAME)]);
}

async function writtenRows(context: AuditContext): Promise<number> {
  const known = context.rowsWritten ?? countFromMetadata(context.written);
  return known ?? scalarNumber(context, `SELECT count(*) FROM ${TARGET_NAME}`, [named(context.written, TARGET_NAME)]);
}
