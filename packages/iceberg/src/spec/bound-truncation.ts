import type { PrimitiveType, Value } from './types.ts';

/**
 * A lower bound of at most `width` code points or bytes; only strings and binaries are cut.
 *
 * @see Iceberg spec, "Data File Fields" (`lower_bounds`); widths are a habit of Java's metrics modes
 */
export function truncateLowerBound(type: PrimitiveType, value: Value, width: number): Value {
  if (type.kind === 'string') return truncateString(value as string, width);
  if (type.kind === 'binary' || type.kind === 'fixed') return (value as Uint8Array).slice(0, width);
  return value;
}

/** As {@link truncateLowerBound} for an upper bound. undefined: nothing of that width is above the value, so write no bound. */
export function truncateUpperBound(type: PrimitiveType, value: Value, width: number): Value | undefined {
  if (type.kind === 'string') return truncateStringUp(value as string, width);
  if (type.kind === 'binary' || type.kind === 'fixed') return truncateBytesUp(value as Uint8Array, width);
  return value;
}

/** The first `width` code points; never half of a surrogate pair. */
export function truncateString(value: string, width: number): string {
  // No string has more code points than code units, and most have as many.
  if (value.length <= width) return value;
  let end = 0;
  for (let count = 0; count < width && end < value.length; count++) end += value.codePointAt(end)! > 0xffff ? 2 : 1;
  return value.slice(0, end);
}

/** How many code points a string has. */
export function codePointCount(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

function truncateStringUp(value: string, width: number): string | undefined {
  const prefix = truncateString(value, width);
  if (prefix.length === value.length) return value;
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  for (let last = points.length - 1; last >= 0; last--) {
    const next = nextCodePoint(points[last]!);
    if (next !== undefined) return String.fromCodePoint(...points.slice(0, last), next);
  }
  return undefined;
}

/** Surrogates are not characters: U+D7FF is followed by U+E000. */
function nextCodePoint(point: number): number | undefined {
  if (point === 0x10ffff) return undefined;
  const next = point + 1;
  return next >= 0xd800 && next <= 0xdfff ? 0xe000 : next;
}

function truncateBytesUp(value: Uint8Array, width: number): Uint8Array | undefined {
  if (value.length <= width) return value;
  for (let last = width - 1; last >= 0; last--) {
    if (value[last] === 0xff) continue;
    const bound = value.slice(0, last + 1);
    bound[last]!++;
    return bound;
  }
  return undefined;
}
