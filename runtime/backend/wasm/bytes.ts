/** A growing row of bytes, with the number formats of WebAssembly (core specification 2.0, 5.2). */
export class Bytes {
  #data = new Uint8Array(64);
  #length = 0;

  /** What was written. It is valid until more is. */
  get written(): Uint8Array {
    return this.#data.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#data[this.#length++] = value;
  }

  /** An unsigned number in LEB128. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** An integer of 32 bits in signed LEB128. */
  signed32(value: number): void {
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) + 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** An integer of 64 bits in signed LEB128. */
  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest > 0x3fn) {
      this.byte(Number(rest & 0x7fn) + 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  float32(value: number): void {
    this.append(new Uint8Array(Float32Array.of(value).buffer));
  }

  float64(value: number): void {
    this.append(new Uint8Array(Float64Array.of(value).buffer));
  }

  /** A name: its length, and its letters in UTF-8. */
  text(name: string): void {
    this.sized(new TextEncoder().encode(name));
  }

  /** Bytes after their number. */
  sized(bytes: Uint8Array): void {
    this.unsigned(bytes.length);
    this.append(bytes);
  }

  /** The number of entries, then the entries. */
  vector<Entry>(entries: readonly Entry[], write: (entry: Entry) => void): void {
    this.unsigned(entries.length);
    for (const entry of entries) write(entry);
  }

  append(bytes: ArrayLike<number>): void {
    this.#reserve(bytes.length);
    this.#data.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#data.length) return;
    const more = new Uint8Array(Math.max(2 * this.#data.length, this.#length + count));
    more.set(this.written);
    this.#data = more;
  }
}
