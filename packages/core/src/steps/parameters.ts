import { currentSchema, fieldByName, type Table, type Type } from '@psyberg/iceberg';
import type { ParameterValue } from '../engine/engine.ts';
import type { Process } from '../process/process.ts';
import { toInstant } from '../time/instant.ts';
import type { Interval } from '../time/interval-set.ts';

/**
 * Values of the placeholders that a process's SQL may use. `range` and `interval` are absent where only the shape of the result is
 * asked for; any instant serves then.
 */
export function parametersOf(
  process: Process,
  session: string,
  range: Interval | undefined,
  interval: Interval | undefined,
): Readonly<Record<string, ParameterValue>> {
  const epoch = toInstant(0n);
  const some = { start: epoch, end: epoch };
  const instants = (prefix: string, { start, end }: Interval): Record<string, ParameterValue> => ({
    [`${prefix}_start`]: { kind: 'instant', value: start },
    [`${prefix}_end`]: { kind: 'instant', value: end },
  });
  return {
    session_id: { kind: 'text', value: session },
    process_name: { kind: 'text', value: process.name },
    ...(process.mode !== 'stateless' && instants('range', range ?? some)),
    ...(process.mode === 'sequential' && instants('interval', interval ?? some)),
  };
}

/**
 * What `:range_start` and `:range_end` are in one call: the call's own interval or run of intervals, since that is what it sees of its
 * sources and what its rows may lie in. A sequential call, which has `:interval_*` for that, is told the session's range.
 */
export function rangeOfCall(
  process: Process,
  session: Interval | undefined,
  call: Interval | undefined,
): Interval | undefined {
  return process.mode === 'sequential' ? session : (call ?? session);
}

/** The type that instants take as literals: that of the target's time column. */
export function timeTypeOf(process: Process, target: Table): Type | undefined {
  const time = process.target.time;
  return time?.kind === 'column' ? fieldByName(currentSchema(target.metadata), time.column)?.type : undefined;
}
