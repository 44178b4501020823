import type { ValueRow } from '../support/write-files.ts';
import type { SourceRow, SourceSpec, TargetRow } from './history.ts';
import { nameOf, type SourceNow } from './psyberg-sql.ts';

const BASE_MS = Date.UTC(2023, 8, 14);

const millisecondsOf = (minutes: number): number => BASE_MS + minutes * 60_000;
/** @param minutes - as histories tell time, from a midnight on */
export const microsecondsOf = (minutes: number): bigint => BigInt(millisecondsOf(minutes)) * 1000n;
export const isoOf = (minutes: number): string => new Date(millisecondsOf(minutes)).toISOString();

/** Rows under the names and types that the columns of the source have now. */
export function sourceValues(source: SourceNow, rows: readonly SourceRow[], landing: number): ValueRow[] {
  return rows.map(({ id, key, value, at }) => ({
    id: BigInt(id),
    key: source.hasLongKey ? BigInt(key) : key,
    [nameOf(source, 'value')]: BigInt(value),
    ...Object.fromEntries(
      Object.entries(timeValues(source, at)).map(([column, each]) => [nameOf(source, column), each]),
    ),
    landing,
  }));
}

export function targetValues(rows: readonly TargetRow[]): ValueRow[] {
  return rows.map(({ ts, key, ...numbers }): ValueRow => {
    const longs = Object.entries(numbers).map(([column, value]) => [
      column,
      typeof value === 'number' ? BigInt(value) : value,
    ]);
    return { ts: microsecondsOf(ts), key, ...Object.fromEntries(longs) };
  });
}

function timeValues(source: SourceSpec, at: number | null): ValueRow {
  if (at === null) return {};
  const ms = millisecondsOf(at);
  const iso = isoOf(at);
  switch (source.time) {
    case 'timestamptz':
    case 'timestamp':
    case 'landing':
      return { ts: microsecondsOf(at) };
    case 'epoch_ms':
      return { ts_ms: BigInt(ms) };
    case 'date_hour':
      return { landing_date: Number(iso.slice(0, 10).replaceAll('-', '')), landing_hour: Number(iso.slice(11, 13)) };
    case 'date':
      return { day: Math.floor(ms / 86_400_000) };
  }
}
