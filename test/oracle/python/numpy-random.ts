/**
 * NumPy's RandomState: the Mersenne Twister MT19937 with the legacy distributions, so that programs draw NumPy's
 * numbers. Sources: Matsumoto and Nishimura 1998; NumPy 1.24's documentation of its compatibility guarantee.
 */
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { arrayItem } from "./items.ts";
import { arrayOf, asArray } from "./numpy-elementwise.ts";
import { numberOf } from "./values.ts";

const N = 624;
const M = 397;

export class RandomState {
  readonly #state = new Uint32Array(N);
  #at = N;
  /** The second of a pair of normal draws. */
  #spare: number | null = null;

  constructor(seed: number) {
    this.seed(seed);
  }

  seed(seed: number): void {
    this.#state[0] = seed >>> 0;
    for (let i = 1; i < N; i++) {
      const last = this.#state[i - 1] ?? 0;
      this.#state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
    this.#at = N;
    this.#spare = null;
  }

  /** 32 random bits. */
  bits(): number {
    if (this.#at === N) this.#twist();
    let y = this.#state[this.#at++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const s = this.#state;
    for (let i = 0; i < N; i++) {
      const y = ((s[i] ?? 0) & 0x80000000) | ((s[(i + 1) % N] ?? 0) & 0x7fffffff);
      s[i] = (s[(i + M) % N] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    const high = this.bits() >>> 5;
    const low = this.bits() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Standard normal by Marsaglia's polar method, two at a time. */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const r2 = x * x + y * y;
      if (r2 >= 1 || r2 === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(r2)) / r2);
      this.#spare = factor * x;
      return factor * y;
    }
  }

  exponential(): number {
    return -Math.log(1 - this.uniform());
  }

  /** Uniform among 0 … max, by masking and rejecting. */
  below(max: number): number {
    if (max === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(max)) - 1;
    for (;;) {
      const value = (this.bits() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  /** Successes of n trials, by inverting the distribution function; for small n·p, as NumPy does. */
  binomial(n: number, p: number): number {
    if (n === 0 || p === 0) return 0;
    if (p > 0.5) return n - this.binomial(n, 1 - p);
    const q = 1 - p;
    const first = Math.exp(n * Math.log(q));
    const mean = n * p;
    const bound = Math.trunc(Math.min(n, mean + 10 * Math.sqrt(mean * q + 1)));
    let successes = 0;
    let probability = first;
    let u = this.uniform();
    while (u > probability) {
      successes += 1;
      if (successes > bound) {
        successes = 0;
        probability = first;
        u = this.uniform();
      } else {
        u -= probability;
        probability = ((n - successes + 1) * p * probability) / (successes * q);
      }
    }
    return successes;
  }

  /** A random order of 0 … n − 1. */
  order(n: number): number[] {
    const positions = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i);
      [positions[i], positions[j]] = [positions[j] ?? 0, positions[i] ?? 0];
    }
    return positions;
  }

  /** The rows of an array, or 0 … n − 1, in random order. */
  permutation(x: unknown): NDArray {
    const array =
      typeof x === "number"
        ? NDArray.from(
            Array.from({ length: x }, (_, i) => BigInt(i)),
            "int64",
          )
        : asArray(x);
    return arrayItem(array, NDArray.from(this.order(array.shape[0] ?? 0).map(BigInt), "int64"));
  }

  /** Positions drawn with probabilities, by inverting their sums. */
  weighted(count: number, weights: readonly number[]): number[] {
    const sums: number[] = [];
    for (const weight of weights) sums.push((sums.at(-1) ?? 0) + weight);
    const all = sums.at(-1) ?? 1;
    return Array.from({ length: count }, () => {
      const u = this.uniform();
      return sums.findIndex((sum) => sum / all > u);
    });
  }
}

/** As many draws as a shape holds. */
export function draws(shape: readonly number[], draw: () => number, dtype: "float64" | "int64" = "float64"): NDArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return arrayOf(Array.from({ length: size }, draw), dtype, shape);
}

/** A shape given as a number, a tuple, or None for a single value. */
export function shapeOf(size: unknown): number[] {
  if (size === null || size === undefined) return [];
  return [size].flat().map(numberOf);
}
