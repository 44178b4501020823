import type { PrimitiveType, Value } from './types.ts';

declare const later: <T>() => T;
/** Only strings and binaries are cut, to `width` code points or bytes. */
export function truncateLowerBound(type: PrimitiveType, value: Value, width: number): Value {
  void type;
  void value;
  void width;
  return later();
}
/** undefined: no value of that width is above. */
export function truncateUpperBound(type: PrimitiveType, value: Value, width: number): Value | undefined {
  void type;
  void value;
  void width;
  return later();
}
