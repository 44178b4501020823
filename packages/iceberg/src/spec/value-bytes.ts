const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Shortest big-endian two's complement: 0 is `00`, 128 is `00 80`, -128 is `80`. */
export function bytesFromUnscaled(unscaled: bigint): Uint8Array {
  // A negative number needs the bits of its complement, which makes -128 fit one byte.
  const magnitude = unscaled < 0n ? ~unscaled : unscaled;
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length;
  return fixedBytesFromUnscaled(unscaled, Math.floor(bits / 8) + 1);
}

/** Big-endian two's complement of exactly `length` bytes; what does not fit is cut, so check before. */
export function fixedBytesFromUnscaled(unscaled: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = BigInt.asUintN(8 * length, unscaled);
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Big-endian two's complement of any length; no bytes are 0. */
export function unscaledFromBytes(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hexFromBytes(bytes)}`));
}

/** 16 bytes, big-endian, of a uuid in text; undefined when it is none. */
export function bytesFromUuid(uuid: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) return undefined;
  return bytesFromHex(uuid.replaceAll('-', ''));
}

/** Lower case, with dashes. */
export function uuidFromBytes(bytes: Uint8Array): string {
  const hex = hexFromBytes(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Lower case. */
export function hexFromBytes(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX[byte]!;
  return hex;
}

/** undefined when the text is not pairs of hex digits. */
export function bytesFromHex(hex: string): Uint8Array | undefined {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(hex)) return undefined;
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
