import type { PrimitiveType, Type } from './types.ts';

/** Whether values of the type are single values; structs, lists and maps are not. */
export function isPrimitive(type: Type): type is PrimitiveType {
  return type.kind !== 'struct' && type.kind !== 'list' && type.kind !== 'map';
}

/** Equal kinds and parameters. */
export function samePrimitive(a: PrimitiveType, b: PrimitiveType): boolean {
  if (a.kind === 'decimal') return b.kind === 'decimal' && a.precision === b.precision && a.scale === b.scale;
  if (a.kind === 'fixed') return b.kind === 'fixed' && a.length === b.length;
  if (a.kind === 'unsupported') return b.kind === 'unsupported' && a.text === b.text;
  return a.kind === b.kind;
}

/** Bytes of the fixed that holds an unscaled decimal: the least n with 2^(8n-1) > 10^precision. */
export function decimalByteLength(precision: number): number {
  const limit = 10n ** BigInt(precision);
  let length = 1;
  while (1n << BigInt(8 * length - 1) <= limit) length++;
  return length;
}
