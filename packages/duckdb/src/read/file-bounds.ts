import {
  containsInstant,
  DAY_US,
  floorDiv,
  hull,
  type Interval,
  type IntervalSet,
  intersect,
  intervalSet,
  overlaps,
  type TimeColumn,
  toInstant,
} from '@psyberg/core';
import { type DataFile, decodeSingleValue, type PrimitiveType, type Schema } from '@psyberg/iceberg';

/** What a file's metrics say about its time column; undefined means that they do not say. */
export interface FileTimeBounds {
  /** Least and greatest start of a value. Both inclusive. */
  readonly span?: { readonly firstUs: bigint; readonly lastUs: bigint };
  readonly nulls?: number;
}

/** Pair columns and columns inside structs have no bounds here. */
export function fileTimeBounds(file: DataFile, time: TimeColumn, schema: Schema): FileTimeBounds {
  if (time.kind === 'date-hour') return {};
  const field = schema.fields.find((candidate) => candidate.name === time.column);
  if (field === undefined) return {};
  const nulls = file.nullValueCounts?.get(field.id);
  const lower = file.lowerBounds?.get(field.id);
  const upper = file.upperBounds?.get(field.id);
  const known = nulls === undefined ? {} : { nulls };
  if (lower === undefined || upper === undefined) return known;
  const type = field.type as PrimitiveType;
  const toUs = microsecondsOf(type, time);
  if (toUs === undefined) return known;
  const span = { firstUs: toUs(decodeSingleValue(type, lower)), lastUs: toUs(decodeSingleValue(type, upper)) };
  return { ...known, span };
}

/** How the rows of a file relate to a set: all with a time lie in it, none does, or the rows must be looked at. */
export function relationToSet(bounds: FileTimeBounds, set: IntervalSet): 'all' | 'none' | 'some' {
  if (set.length === 0) return 'none';
  if (bounds.span === undefined) return 'some';
  const span: Interval = { start: toInstant(bounds.span.firstUs), end: toInstant(bounds.span.lastUs + 1n) };
  if (!overlaps(set, span)) return 'none';
  const inside = hull(intersect(set, intervalSet([span])));
  const whole =
    intersect(set, intervalSet([span])).length === 1 && inside?.start === span.start && inside.end === span.end;
  return whole && containsInstant(set, span.start) ? 'all' : 'some';
}

function microsecondsOf(type: PrimitiveType, time: TimeColumn): ((value: unknown) => bigint) | undefined {
  if (time.kind === 'epoch') {
    const unitUs = { s: 1_000_000n, ms: 1_000n, us: 1n }[time.unit];
    return type.kind === 'int' || type.kind === 'long'
      ? (value) => BigInt(value as number | bigint) * unitUs
      : undefined;
  }
  switch (type.kind) {
    case 'timestamp':
    case 'timestamptz':
      return (value) => value as bigint;
    case 'timestamp_ns':
      return (value) => floorDiv(value as bigint, 1000n);
    case 'date':
      return (value) => BigInt(value as number) * DAY_US;
    default:
      return undefined;
  }
}
