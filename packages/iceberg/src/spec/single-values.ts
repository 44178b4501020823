import { InvalidMetadataError, UnsupportedFeatureError } from '../errors.ts';
import { formatType } from './parse-type.ts';
import type { PrimitiveType, Value } from './types.ts';
import { bytesFromUnscaled, bytesFromUuid, unscaledFromBytes, uuidFromBytes } from './value-bytes.ts';
import { assertValueOf } from './value-check.ts';

const UTF8 = new TextEncoder();

/**
 * The bytes of a bound or a field summary.
 *
 * @throws {InvalidArgumentError} the value is not of the type
 * @see Iceberg spec, "Appendix D: Single-value serialization", "Binary single-value serialization"
 */
export function encodeSingleValue(type: PrimitiveType, value: Value): Uint8Array {
  assertValueOf(type, value, 'A single value');
  switch (type.kind) {
    case 'boolean':
      return Uint8Array.of(value === true ? 1 : 0);
    case 'int':
    case 'date':
      return written(4, (view) => view.setInt32(0, value as number, true));
    case 'float':
      return written(4, (view) => view.setFloat32(0, value as number, true));
    case 'double':
      return written(8, (view) => view.setFloat64(0, value as number, true));
    case 'decimal':
      return bytesFromUnscaled(value as bigint);
    case 'string':
      return UTF8.encode(value as string);
    case 'uuid':
      return bytesFromUuid(value as string)!;
    case 'fixed':
    case 'binary':
      return value as Uint8Array;
    case 'unsupported':
      throw unsupported(type.text);
    default:
      return written(8, (view) => view.setBigInt64(0, value as bigint, true));
  }
}

/**
 * The inverse of {@link encodeSingleValue}. The length tells when bytes were written before the column was promoted
 * (int to long, float to double, date to timestamp); they are widened.
 *
 * @throws {InvalidMetadataError} a length that no writer of the type makes
 */
export function decodeSingleValue(type: PrimitiveType, bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type.kind) {
    case 'boolean':
      return sized(type, bytes, [1]) && bytes[0] !== 0;
    case 'int':
      return (
        sized(type, bytes, [4, 8]) && (bytes.length === 4 ? view.getInt32(0, true) : Number(view.getBigInt64(0, true)))
      );
    case 'date':
      return sized(type, bytes, [4]) && view.getInt32(0, true);
    case 'float':
    case 'double':
      return sized(type, bytes, [4, 8]) && (bytes.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true));
    case 'long':
      return (
        sized(type, bytes, [4, 8]) && (bytes.length === 4 ? BigInt(view.getInt32(0, true)) : view.getBigInt64(0, true))
      );
    case 'time':
      return sized(type, bytes, [8]) && view.getBigInt64(0, true);
    case 'timestamp':
    case 'timestamptz':
      return decodeTimestamp(type, bytes, view, 86_400_000_000n);
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return decodeTimestamp(type, bytes, view, 86_400_000_000_000n);
    case 'decimal':
      return unscaledFromBytes(bytes);
    case 'string':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    case 'uuid':
      return sized(type, bytes, [16]) && uuidFromBytes(bytes);
    case 'fixed':
    case 'binary':
      return bytes;
    case 'unsupported':
      throw unsupported(type.text);
  }
}

function decodeTimestamp(type: PrimitiveType, bytes: Uint8Array, view: DataView, unitsPerDay: bigint): Value {
  sized(type, bytes, [4, 8]);
  return bytes.length === 8 ? view.getBigInt64(0, true) : BigInt(view.getInt32(0, true)) * unitsPerDay;
}

function sized(type: PrimitiveType, bytes: Uint8Array, lengths: readonly number[]): true {
  if (lengths.includes(bytes.length)) return true;
  throw new InvalidMetadataError(
    `A single value of type ${formatType(type)} has ${bytes.length} bytes, expected ${lengths.join(' or ')}. ` +
      'The bound was not used. Check which writer made the file, and rewrite the manifest with a correct one.',
  );
}

function written(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  write(new DataView(bytes.buffer));
  return bytes;
}

function unsupported(text: string): UnsupportedFeatureError {
  return new UnsupportedFeatureError(
    `Values of type ${text} are not read or written here. Nothing was done. Leave the column out of filters, partitions and metrics.`,
  );
}
