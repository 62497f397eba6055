/**
 * The Mersenne twister MT19937 as NumPy's `RandomState` uses it: seeding, and the few draws on which all of its
 * distributions rest. Source of the algorithm: M. Matsumoto and T. Nishimura, ACM TOMACS 8 (1998), 3–30.
 */
import { ValueError } from "../../base/errors.ts";
import { exactLog } from "./exactlog.ts";

const WORDS = 624;
const SHIFT = 397;
const POSITION = WORDS;
const HAS_GAUSS = WORDS + 1;
const GAUSS = WORDS + 2;

/** Words of a generator's state: the key, the position in it, whether a normal number is kept, and its float64's two halves. */
export const STATE_WORDS = WORDS + 4;

const UPPER_BIT = 0x80000000;
const LOWER_BITS = 0x7fffffff;
const TWIST = 0x9908b0df;

/** What a generator may be seeded with: a number below 2^32, or a list of them. */
export type RandomSeed = number | readonly number[];

/**
 * The state of `numpy.random.RandomState(seed)`.
 * @throws ValueError for what is no whole number from 0 to 2^32 − 1, or for an empty list.
 */
export function seededState(seed: RandomSeed): Uint32Array<ArrayBuffer> {
  const isList = typeof seed !== "number";
  const numbers = isList ? seed : [seed];
  for (const number of numbers)
    if (!Number.isInteger(number) || number < 0 || number > 0xffffffff)
      throw new ValueError(`Seed must be between 0 and 2**32 - 1, got ${number}.`);
  if (numbers.length === 0) throw new ValueError("Seed must be non-empty.");
  const state = new Uint32Array(STATE_WORDS);
  if (isList) seedByList(state, numbers);
  else seedByNumber(state, seed);
  state[POSITION] = WORDS;
  return state;
}

/** A state that nobody can foresee. */
export function unforeseeableState(): Uint32Array<ArrayBuffer> {
  return seededState([...crypto.getRandomValues(new Uint32Array(WORDS))]);
}

function seedByNumber(key: Uint32Array, seed: number): void {
  key[0] = seed;
  for (let i = 1; i < WORDS; i++) key[i] = Math.imul(1812433253, key[i - 1] ^ (key[i - 1] >>> 30)) + i;
}

function seedByList(key: Uint32Array, seeds: readonly number[]): void {
  seedByNumber(key, 19650218);
  let i = 1;
  const step = (factor: number, addend: number): void => {
    key[i] = (key[i] ^ Math.imul(key[i - 1] ^ (key[i - 1] >>> 30), factor)) + addend;
    i++;
    if (i < WORDS) return;
    key[0] = key[WORDS - 1];
    i = 1;
  };
  for (let k = 0; k < Math.max(WORDS, seeds.length); k++) step(1664525, seeds[k % seeds.length] + (k % seeds.length));
  for (let k = 1; k < WORDS; k++) step(1566083941, -i);
  key[0] = UPPER_BIT;
}

/** Draws from a state, which it changes in place. */
export class Mt19937 {
  readonly state: Uint32Array<ArrayBuffer>;
  /** The two words of the kept normal number as one float64, low half first. */
  readonly #halves = new Uint32Array(2);
  readonly #whole = new Float64Array(this.#halves.buffer);

  /** @throws ValueError when the state has a wrong number of words. */
  constructor(state: Uint32Array<ArrayBuffer>) {
    if (state.length !== STATE_WORDS)
      throw new ValueError(
        `The state of a RandomState generator has ${STATE_WORDS} words, got ${state.length}; make one by randomState(seed).`,
      );
    this.state = state;
  }

  /** 32 random bits. */
  uint32(): number {
    const { state } = this;
    if (state[POSITION] >= WORDS) this.#refill();
    let y = state[state[POSITION]++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #refill(): void {
    const key = this.state;
    for (let i = 0; i < WORDS; i++) {
      const y = (key[i] & UPPER_BIT) | (key[(i + 1) % WORDS] & LOWER_BITS);
      key[i] = key[(i + SHIFT) % WORDS] ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : TWIST);
    }
    key[POSITION] = 0;
  }

  /** A float64 in [0, 1) of 53 random bits. */
  double(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A whole number from 0 to `max`, all as likely; bits under the smallest mask, again until they fit. `max` < 2^53. */
  upTo(max: number): number {
    if (max === 0) return 0;
    const bits = Math.floor(Math.log2(max)) + 1;
    const isWide = max > 0xffffffff;
    const lowMask = isWide || bits >= 32 ? 0xffffffff : 2 ** bits - 1;
    const highMask = isWide ? 2 ** (bits - 32) - 1 : 0;
    for (;;) {
      const high = isWide ? (this.uint32() & highMask) >>> 0 : 0;
      const value = high * 2 ** 32 + ((this.uint32() & lowMask) >>> 0);
      if (value <= max) return value;
    }
  }

  /** A standard normal number by Marsaglia's polar method, which makes two at a time: the second is kept for the next call. */
  gauss(): number {
    const { state } = this;
    if (state[HAS_GAUSS] !== 0) {
      const kept = this.#kept();
      this.#keep(0, false);
      return kept;
    }
    let x = 0;
    let y = 0;
    let square = 0;
    do {
      x = 2 * this.double() - 1;
      y = 2 * this.double() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * exactLog(square)) / square);
    this.#keep(factor * x, true);
    return factor * y;
  }

  #kept(): number {
    this.#halves.set(this.state.subarray(GAUSS));
    return this.#whole[0];
  }

  #keep(value: number, isKept: boolean): void {
    this.#whole[0] = value;
    this.state.set(this.#halves, GAUSS);
    this.state[HAS_GAUSS] = isKept ? 1 : 0;
  }
}
