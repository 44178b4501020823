import type { PrimitiveType, Value } from './types.ts';

/**
 * Order of two values of one type: negative, zero or positive. NaN is equal to itself and the greatest; the two zeros are equal;
 * strings compare by code point, binaries by unsigned byte.
 */
export function compareValues(type: PrimitiveType, a: Value, b: Value): number {
  switch (type.kind) {
    case 'float':
    case 'double':
      return compareFloats(a as number, b as number);
    case 'string':
      return compareStrings(a as string, b as string);
    case 'uuid':
      return compareStrings((a as string).toLowerCase(), (b as string).toLowerCase());
    case 'fixed':
    case 'binary':
      return Buffer.compare(a as Uint8Array, b as Uint8Array);
    default:
      return a < b ? -1 : a > b ? 1 : 0;
  }
}

function compareFloats(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** By code point, which is also the order of the UTF-8 bytes. The language's own order puts U+1F600 below U+FFFD. */
function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitOfA = a.charCodeAt(i);
    const unitOfB = b.charCodeAt(i);
    if (unitOfA !== unitOfB) return codePointRank(unitOfA) - codePointRank(unitOfB);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
const codePointRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
