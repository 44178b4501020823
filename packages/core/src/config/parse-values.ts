import { parseIdentifier, type TableIdentifier } from '@psyberg/iceberg';
import type { TimeColumn } from '../process/time-column.ts';
import { parseDuration } from '../time/duration.ts';
import { type DurationUs, type Instant, parseInstant, toInstant } from '../time/instant.ts';
import type { ConfigPath } from './config-path.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ProblemList } from './problem-list.ts';
import type { ShapedTime } from './schema.ts';

/** What turns texts into values needs: where to complain, and how a value may be shown. */
export interface ParseContext {
  readonly problems: ProblemList;
  readonly show: (path: ConfigPath) => string;
}

const UNREADABLE_TABLE: TableIdentifier = { namespace: ['unreadable'], name: 'unreadable' };

/** `namespace.table`; a placeholder after a problem was noted, so that reading can go on. */
export function toTable(text: string, path: ConfigPath, context: ParseContext): TableIdentifier {
  const hint = text.includes('|') ? ' A time column belongs into "time".' : '';
  if (/[\s|"'`/\\]/.test(text) || text.split('.').some((part) => part === '') || !text.includes('.')) {
    context.problems.add(path, `${context.show(path)} is not a table name; write namespace.table.${hint}`);
    return UNREADABLE_TABLE;
  }
  return parseIdentifier(text);
}

export function toDuration(text: string | undefined, path: ConfigPath, context: ParseContext): DurationUs | undefined {
  if (text === undefined) return undefined;
  // `0` is the one length that needs no unit.
  const duration = text.trim() === '0' ? 0n : parseDuration(text);
  if (duration === undefined) {
    context.problems.add(path, `${context.show(path)} is not a duration; write for example 15m, 48h or 30d.`);
  }
  return duration;
}

export function toInstantOf(text: string | undefined, path: ConfigPath, context: ParseContext): Instant | undefined {
  if (text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant === undefined) {
    context.problems.add(
      path,
      `${context.show(path)} is not an instant; write for example 2023-09-14 or 2023-09-14T06:00:00Z.`,
    );
  }
  return instant ?? toInstant(0n);
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A number of bytes, or a text like `10GB` (decimal) and `10GiB` (binary). */
export function toBytes(
  value: number | string | undefined,
  path: ConfigPath,
  context: ParseContext,
): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?$/i.exec(value.trim());
  const bytes = match
    ? Math.floor(Number(match[1]) * (SIZE_UNITS[(match[2] ?? 'b').toLowerCase()] ?? Number.NaN))
    : Number.NaN;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  context.problems.add(path, `${context.show(path)} is not a size; write for example 500MB or 10GB.`);
  return undefined;
}

export function toTimeColumn(time: ShapedTime): TimeColumn {
  if (typeof time === 'string') return { kind: 'column', column: time };
  if ('date' in time) return { kind: 'date-hour', dateColumn: time.date, hourColumn: time.hour };
  if (time.unit === undefined) return { kind: 'column', column: time.column };
  return { kind: 'epoch', column: time.column, unit: time.unit };
}

const TRANSFORMS = ['identity', 'year', 'month', 'day', 'hour', 'bucket', 'truncate', 'void'];
const WITH_WIDTH = new Set(['bucket', 'truncate']);

/** Complains about what cannot be a partition transform: `hour(event_ts)`, `bucket(16, id)`, `region`. Columns are checked against the table later. */
export function checkPartition(text: string, path: ConfigPath, context: ParseContext): void {
  const match = /^\s*(?:([A-Za-z_]\w*)\s*\(\s*(?:(\d+)\s*,\s*)?([^(),]+?)\s*\)|([^(),]+?))\s*$/.exec(text);
  const name = match?.[1];
  const fits =
    match && (name === undefined || (TRANSFORMS.includes(name) && WITH_WIDTH.has(name) === (match[2] !== undefined)));
  if (fits) return;
  const hint = name === undefined ? '' : didYouMean(name, TRANSFORMS);
  context.problems.add(
    path,
    `${context.show(path)} is not a partition; write a column, or for example hour(event_ts), bucket(16, id), truncate(4, code)${hint || '.'}`,
  );
}
