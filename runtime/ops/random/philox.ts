/**
 * The counter-based generator Philox4x32-10: block number n of a stream is a function of n and a key, so that any part of
 * a stream can be made without what comes before, and integers alone decide, the same everywhere.
 *
 * Source: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011.
 */
import { ValueError } from "../../base/errors.ts";

/** Words of a state: the key's two (the seed, low half first), then the counter's four (block, block's high half, stream, 0). */
export const COUNTER_STATE_WORDS = 6;
const BLOCK_LOW = 2;
const BLOCK_HIGH = 3;
const BLOCK_WORDS = 4;
const ROUNDS = 10;

/**
 * The state at the start of a stream.
 * @throws ValueError when the seed is no whole number from 0 to 2^53 − 1.
 */
export function counterState(seed: number, stream: number): Uint32Array<ArrayBuffer> {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ValueError(`Seed must be a whole number from 0 to 2**53 - 1, got ${seed}.`);
  return Uint32Array.of(seed % 2 ** 32, Math.floor(seed / 2 ** 32), 0, 0, stream, 0);
}

/** Writes the block that belongs to a state of key and counter. */
export function philoxBlock(state: Uint32Array, block: Uint32Array): void {
  let [key0, key1, c0, c1, c2, c3] = state;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = productHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = productHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ key0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ key1) >>> 0;
    c3 = low0 >>> 0;
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
}

/** The upper 32 bits of the product of two unsigned words, by halves. */
function productHigh(a: number, b: number): number {
  const lowA = a & 0xffff;
  const highA = a >>> 16;
  const lowB = b & 0xffff;
  const highB = b >>> 16;
  const middle = highA * lowB + ((lowA * lowB) >>> 16);
  const other = lowA * highB + (middle & 0xffff);
  return highA * highB + (middle >>> 16) + (other >>> 16);
}

/** Reads a stream word by word from a copy of a state. */
export class Philox {
  readonly #state: Uint32Array<ArrayBuffer>;
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #read = BLOCK_WORDS;

  /** @throws ValueError when the state has a wrong number of words. */
  constructor(state: Uint32Array) {
    if (state.length !== COUNTER_STATE_WORDS)
      throw new ValueError(
        `The state of a counter-based generator has ${COUNTER_STATE_WORDS} words, got ${state.length}.`,
      );
    this.#state = Uint32Array.from(state);
  }

  /** The state behind the last block that was begun. */
  get next(): Uint32Array<ArrayBuffer> {
    return this.#state;
  }

  /** 32 random bits. */
  uint32(): number {
    if (this.#read === BLOCK_WORDS) this.#advance();
    return this.#block[this.#read++];
  }

  #advance(): void {
    philoxBlock(this.#state, this.#block);
    this.#read = 0;
    this.#state[BLOCK_LOW]++;
    if (this.#state[BLOCK_LOW] === 0) this.#state[BLOCK_HIGH]++;
  }

  /** A float64 in [0, 1) of 53 random bits. */
  double(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }
}
