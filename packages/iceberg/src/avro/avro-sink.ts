const INITIAL_BYTES = 4096;

/**
 * Growing Avro binary data.
 *
 * @see Apache Avro specification, "Binary Encoding"
 */
export class AvroSink {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written since the last {@link clear}; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** An int or long. @throws {RangeError} not an integer, or one a number does not hold exactly */
  writeNumber(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an exact integer`);
    if (value < -0x20000000 || value > 0x1fffffff) {
      this.writeLong(BigInt(value));
      return;
    }
    this.#reserve(5);
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** @throws {RangeError} more than 64 bits */
  writeLong(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} has more than 64 bits`);
    this.#reserve(10);
    const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    let low = Number(zigzag & 0xfffffffn);
    let middle = Number((zigzag >> 28n) & 0xfffffffn);
    let high = Number(zigzag >> 56n);
    while (low > 0x7f || middle > 0 || high > 0) {
      this.#bytes[this.#length++] = (low & 0x7f) | 0x80;
      low = (low >>> 7) | ((middle & 0x7f) << 21);
      middle = (middle >>> 7) | ((high & 0x7f) << 21);
      high >>>= 7;
    }
    this.#bytes[this.#length++] = low;
  }

  writeBoolean(value: boolean): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value ? 1 : 0;
  }

  writeFloat(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeFloatLE(value, this.#length);
  }

  writeDouble(value: number): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  writeBytes(value: Uint8Array): void {
    this.writeNumber(value.length);
    this.writeFixed(value);
  }

  writeString(value: string): void {
    const length = Buffer.byteLength(value);
    this.writeNumber(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(value, this.#length, 'utf8');
  }

  writeFixed(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
