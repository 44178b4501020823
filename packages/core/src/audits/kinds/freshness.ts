import { formatIdentifier, type Type } from '@psyberg/iceberg';
import type { QueryValue } from '../../engine/engine.ts';
import { UsageError } from '../../errors.ts';
import { formatDurationLong } from '../../time/duration.ts';
import {
  DAY_US,
  type DurationUs,
  floorDiv,
  formatInstantShort,
  type Instant,
  instantFromMs,
  toInstant,
} from '../../time/instant.ts';
import { columnType } from '../audit-columns.ts';
import type { AuditContext } from '../audit-context.ts';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { callOptions, named, requestOf, TARGET_NAME } from '../failing-rows.ts';

interface Freshness {
  readonly maxAge: DurationUs;
  readonly column?: string;
}

/**
 * The target is not further behind the clock than `maxAge`.
 *
 * Without `column`, how far the process is loaded counts (its upper bound after the session), so that a session that brings late rows
 * only is no failure, and nothing is read. With `column`, the latest value among the rows that the session wrote counts.
 */
export const freshness: AuditKind<Freshness> = {
  kind: 'freshness',
  parameters: ['maxAge', 'column'],
  read(reader) {
    const column = reader.optionalText('column');
    if (!reader.has('maxAge')) reader.problem([], 'needs `maxAge`, a duration like 2h');
    return { maxAge: reader.optionalDuration('maxAge') ?? 0n, ...(column !== undefined && { column }) };
  },
  columns: ({ column }) => needs('time', column),
  async run(context, { maxAge, column }) {
    const table = formatIdentifier(context.process.target.table);
    const reached = column === undefined ? loadedUntil(context) : await latestWritten(context, table, column);
    if (reached === undefined)
      return pass(
        column === undefined ? `${table} has no upper bound yet` : `no row with a ${column} was written to ${table}`,
      );
    const age = instantFromMs(context.clock()) - reached;
    const what = column === undefined ? `${table} is loaded until` : `the latest ${column} written to ${table} is`;
    const behind = age > 0n ? `, ${formatDurationLong(age)} ago` : '';
    const message = `${what} ${formatInstantShort(reached)}${behind}`;
    const facts = { observed: Number(age) / 1e6, expected: `at most ${formatDurationLong(maxAge)}` };
    return age <= maxAge
      ? pass(message, facts)
      : fail(`${message}; at most ${formatDurationLong(maxAge)} is allowed`, 0, [], facts);
  },
};

const loadedUntil = ({ plan }: AuditContext): Instant | undefined => plan.upper ?? plan.signal?.until;

async function latestWritten(context: AuditContext, table: string, column: string): Promise<Instant | undefined> {
  const type = columnType(context.written.schema, table, column);
  const engine = await context.engine();
  const sql = `SELECT max(${quoteName(engine, column)}) FROM ${TARGET_NAME}`;
  const result = await engine.query(
    requestOf(context, sql, [named(context.written, TARGET_NAME)], 1),
    callOptions(context),
  );
  return instantOf(type, result.rows[0]?.[0] ?? null, column);
}

function instantOf(type: Type, value: QueryValue, column: string): Instant | undefined {
  if (value === null) return undefined;
  switch (type.kind) {
    case 'timestamp':
    case 'timestamptz':
      return toInstant(BigInt(value as bigint));
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return toInstant(floorDiv(BigInt(value as bigint), 1000n));
    case 'date':
      return toInstant(BigInt(value as number) * DAY_US);
    default:
      throw new UsageError(`${column} is of type ${type.kind}; freshness needs a timestamp or a date.`);
  }
}
