const SCRATCH = new BigInt64Array(1);
const SCRATCH_HALVES = new Int32Array(SCRATCH.buffer);
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = LITTLE_ENDIAN ? 1 : 0;
/** Strings up to this length are often the same again, a file's format most of all, and then not decoded again. */
const SHORT_BYTES = 16;
const TWO_32 = 4_294_967_296;

/**
 * A reading position in Avro binary data. Byte strings are slices that keep the whole block alive.
 *
 * Every method throws a RangeError on data that ends early or does not fit; whoever opened the file names it.
 *
 * @see Apache Avro specification, "Binary Encoding"
 */
export class AvroCursor {
  position = 0;
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #view: DataView;
  #lastShort = '';
  #lastShortStart = 0;
  #lastShortLength = 0;
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.position >= this.#end;
  }

  /** An int or long as a number. @throws {RangeError} beyond 2^53 - 1 */
  readNumber(): number {
    const bytes = this.#bytes;
    let position = this.position;
    // A byte past the end is undefined and reads as 0 here; the check below finds it.
    let byte = bytes[position++]!;
    let bits = byte & 0x7f;
    if ((byte & 0x80) !== 0) {
      byte = bytes[position++]!;
      bits |= (byte & 0x7f) << 7;
      if ((byte & 0x80) !== 0) {
        byte = bytes[position++]!;
        bits |= (byte & 0x7f) << 14;
        if ((byte & 0x80) !== 0) {
          byte = bytes[position++]!;
          bits |= (byte & 0x7f) << 21;
          if ((byte & 0x80) !== 0) return this.#readWideNumber();
        }
      }
    }
    if (position > this.#end) throw endedEarly();
    this.position = position;
    return (bits >>> 1) ^ -(bits & 1);
  }

  /** An int or long, exact over its 64 bits. */
  readLong(): bigint {
    this.#readVarint();
    SCRATCH_HALVES[LOW] = this.#low;
    SCRATCH_HALVES[HIGH] = this.#high;
    return SCRATCH[0]!;
  }

  readBoolean(): boolean {
    const byte = this.#bytes[this.position++];
    if (byte === undefined) throw endedEarly();
    return byte !== 0;
  }

  readFloat(): number {
    const value = this.#view.getFloat32(this.position, true);
    this.position += 4;
    return value;
  }

  readDouble(): number {
    const value = this.#view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  readBytes(): Uint8Array {
    return this.readFixed(this.readNumber());
  }

  readString(): string {
    const length = this.readNumber();
    const start = this.#advance(length);
    if (length > SHORT_BYTES) return this.#bytes.toString('utf8', start, this.position);
    if (this.#isLastShort(start, length)) return this.#lastShort;
    this.#lastShort = this.#bytes.toString('utf8', start, this.position);
    this.#lastShortStart = start;
    this.#lastShortLength = length;
    return this.#lastShort;
  }

  #isLastShort(start: number, length: number): boolean {
    if (length !== this.#lastShortLength) return false;
    for (let i = 0; i < length; i++) {
      if (this.#bytes[start + i] !== this.#bytes[this.#lastShortStart + i]) return false;
    }
    return true;
  }

  readFixed(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, this.position);
  }

  skipVarint(): void {
    const bytes = this.#bytes;
    let position = this.position;
    while ((bytes[position++]! & 0x80) !== 0);
    if (position > this.#end || position - this.position > 10) throw endedEarly();
    this.position = position;
  }

  /** So many ints or longs. */
  skipVarints(count: number): void {
    const bytes = this.#bytes;
    const end = this.#end;
    let position = this.position;
    for (let left = count; left > 0; left--) {
      const start = position;
      while ((bytes[position++]! & 0x80) !== 0);
      if (position > end || position - start > 10) throw endedEarly();
    }
    this.position = position;
  }

  skipBytes(): void {
    this.#advance(this.readNumber());
  }

  /** So many pairs of an int or long and bytes or a string. */
  skipKeyedBytes(count: number): void {
    const bytes = this.#bytes;
    const end = this.#end;
    let position = this.position;
    for (let left = count; left > 0; left--) {
      while ((bytes[position++]! & 0x80) !== 0);
      // Most bounds are shorter than 64 bytes, so their length is one even byte.
      const length = bytes[position]!;
      if ((length & 0x81) === 0) {
        position += 1 + (length >>> 1);
        if (position > end) throw endedEarly();
        continue;
      }
      this.position = position;
      this.skipBytes();
      position = this.position;
    }
    this.position = position;
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /**
   * How many items the next block of an array or map holds; 0 ends it. A negative count on the wire is followed by the block's
   * length in bytes, which this reads past.
   */
  readBlockCount(): number {
    const count = this.readNumber();
    if (count >= 0) return count;
    this.skipVarint();
    return -count;
  }

  #advance(length: number): number {
    const start = this.position;
    if (length < 0 || length > this.#end - start) throw endedEarly();
    this.position = start + length;
    return start;
  }

  #readWideNumber(): number {
    this.#readVarint();
    const value = this.#high * TWO_32 + (this.#low >>> 0);
    if (Number.isSafeInteger(value)) return value;
    throw new RangeError('a count or length is beyond 2^53 - 1');
  }

  /** Leaves the decoded value in two 32-bit halves. */
  #readVarint(): void {
    const bytes = this.#bytes;
    const limit = this.position + 10;
    let position = this.position;
    let byte = bytes[position++]!;
    let low = byte & 0x7f;
    let middle = 0;
    let high = 0;
    for (let shift = 7; (byte & 0x80) !== 0; shift += 7) {
      if (position >= limit) throw new RangeError('an integer has more than ten bytes');
      byte = bytes[position++]!;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift < 56) middle |= (byte & 0x7f) << (shift - 28);
      else high |= (byte & 0x7f) << (shift - 56);
    }
    if (position > this.#end) throw endedEarly();
    if (high > 0xff) throw new RangeError('an integer has more than 64 bits');
    this.position = position;
    const zigzagLow = low | (middle << 28);
    const zigzagHigh = (middle >>> 4) | (high << 24);
    const sign = -(zigzagLow & 1);
    this.#low = ((zigzagLow >>> 1) | (zigzagHigh << 31)) ^ sign;
    this.#high = (zigzagHigh >>> 1) ^ sign;
  }
}

const endedEarly = (): RangeError => new RangeError('the data ends early or a length is wrong');
