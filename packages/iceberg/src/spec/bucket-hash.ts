import { floorDiv } from './civil-time.ts';
import { murmur3 } from './murmur3.ts';
import type { PrimitiveType, Value } from './types.ts';
import { bytesFromUnscaled, bytesFromUuid } from './value-bytes.ts';

const UTF8 = new TextEncoder();

/**
 * The hash that the bucket transform takes, signed. Only for types that `resultType` lets through.
 *
 * @see Iceberg spec, "Appendix B: 32-bit Hash Requirements"
 */
export function bucketHash(type: PrimitiveType, value: Value): number {
  switch (type.kind) {
    case 'timestamp_ns':
    case 'timestamptz_ns':
      // Hashed as microseconds, so that a column promoted to nanoseconds keeps its buckets.
      return hashLong(floorDiv(value as bigint, 1000n));
    case 'decimal':
      return murmur3(bytesFromUnscaled(value as bigint));
    case 'string':
      return murmur3(UTF8.encode(value as string));
    case 'uuid':
      return murmur3(bytesFromUuid(value as string)!);
    case 'fixed':
    case 'binary':
      return murmur3(value as Uint8Array);
    default:
      // int and date are widened, so that a column promoted to long keeps its buckets.
      return hashLong(BigInt(value as number | bigint));
  }
}

function hashLong(value: bigint): number {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return murmur3(bytes);
}
