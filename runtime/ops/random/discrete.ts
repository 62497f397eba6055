/**
 * NumPy's legacy algorithms for the discrete distributions, which must draw as NumPy does for the numbers to be its own.
 * Sources: V. Kachitvichyanukul and B. Schmeiser, Binomial random variate generation, CACM 31 (1988), 216–222 (BTPE);
 * W. Hörmann, The transformed rejection method for generating Poisson random variables, Insurance: Mathematics and
 * Economics 12 (1993), 39–45 (PTRS).
 */
import { AssertionError, ValueError } from "../../base/errors.ts";
import type { Mt19937 } from "./mt19937.ts";

/** Below this expected count the binomial distribution is inverted term by term. */
const BTPE_FROM = 30;
/** From this mean on the Poisson distribution is drawn by rejection. */
const PTRS_FROM = 10;

/**
 * The number of successes of `n` trials.
 * @throws ValueError when `n` is negative or `p` is no probability.
 */
export function binomial(source: Mt19937, n: number, p: number): number {
  if (n < 0) throw new ValueError(`binomial: n must not be negative, got ${n}.`);
  if (!(p >= 0 && p <= 1)) throw new ValueError(`binomial: p must lie between 0 and 1, got ${p}.`);
  if (n === 0 || p === 0) return 0;
  const rarer = p <= 0.5 ? p : 1 - p;
  const draw = rarer * n <= BTPE_FROM ? binomialByInversion : binomialByRejection;
  const count = draw(source, n, rarer);
  return p <= 0.5 ? count : n - count;
}

function binomialByInversion(source: Mt19937, n: number, p: number): number {
  const q = 1 - p;
  const none = Math.exp(n * Math.log(q));
  const mean = n * p;
  const bound = Math.trunc(Math.min(n, mean + 10 * Math.sqrt(mean * q + 1)));
  let count = 0;
  let term = none;
  let rest = source.double();
  while (rest > term) {
    count++;
    if (count > bound) {
      count = 0;
      term = none;
      rest = source.double();
    } else {
      rest -= term;
      term = ((n - count + 1) * p * term) / (count * q);
    }
  }
  return count;
}

/** The hat of BTPE: a triangle, two parallelograms beside it and two exponential tails. */
interface Hat {
  readonly mode: number;
  readonly middle: number;
  readonly left: number;
  readonly right: number;
  readonly height: number;
  readonly leftRate: number;
  readonly rightRate: number;
  /** Areas, each including those before it. */
  readonly triangle: number;
  readonly parallelograms: number;
  readonly leftTail: number;
  readonly rightTail: number;
}

function hatOf(n: number, p: number): Hat {
  const q = 1 - p;
  const top = n * p + p;
  const mode = Math.floor(top);
  const triangle = Math.floor(2.195 * Math.sqrt(n * p * q) - 4.6 * q) + 0.5;
  const middle = mode + 0.5;
  const left = middle - triangle;
  const right = middle + triangle;
  const height = 0.134 + 20.5 / (15.3 + mode);
  const leftSlope = (top - left) / (top - left * p);
  const rightSlope = (right - top) / (right * q);
  const leftRate = leftSlope * (1 + leftSlope / 2);
  const rightRate = rightSlope * (1 + rightSlope / 2);
  const parallelograms = triangle * (1 + 2 * height);
  const leftTail = parallelograms + height / leftRate;
  const rightTail = leftTail + height / rightRate;
  return {
    mode,
    middle,
    left,
    right,
    height,
    leftRate,
    rightRate,
    triangle,
    parallelograms,
    leftTail,
    rightTail,
  };
}

function binomialByRejection(source: Mt19937, n: number, p: number): number {
  const hat = hatOf(n, p);
  for (;;) {
    const u = source.double() * hat.rightTail;
    const v = source.double();
    if (u <= hat.triangle) return Math.floor(hat.middle - hat.triangle * v + u);
    const candidate = candidateUnder(hat, n, u, v);
    if (candidate !== null && isAccepted(hat, n, p, candidate)) return candidate.count;
  }
}

interface Candidate {
  readonly count: number;
  readonly height: number;
}

/** The number below a point of the hat outside of its triangle, or null where the point is rejected at once. */
function candidateUnder(hat: Hat, n: number, u: number, v: number): Candidate | null {
  if (u <= hat.parallelograms) {
    const x = hat.left + (u - hat.triangle) / hat.height;
    const height = v * hat.height + 1 - Math.abs(hat.mode - x + 0.5) / hat.triangle;
    return height > 1 ? null : { count: Math.floor(x), height };
  }
  if (u <= hat.leftTail) {
    const count = Math.floor(hat.left + Math.log(v) / hat.leftRate);
    return count < 0 || v === 0 ? null : { count, height: v * (u - hat.parallelograms) * hat.leftRate };
  }
  const count = Math.floor(hat.right - Math.log(v) / hat.rightRate);
  return count > n || v === 0 ? null : { count, height: v * (u - hat.leftTail) * hat.rightRate };
}

function isAccepted({ mode, middle }: Hat, n: number, p: number, { count, height }: Candidate): boolean {
  const q = 1 - p;
  const variance = n * p * q;
  const distance = Math.abs(count - mode);
  if (distance <= 20 || distance >= variance / 2 - 1) return height <= relativeMass(n, p, mode, count);
  const slack = (distance / variance) * ((distance * (distance / 3 + 0.625) + 0.16666666666666666) / variance + 0.5);
  const bell = (-distance * distance) / (2 * variance);
  const logHeight = Math.log(height);
  if (logHeight < bell - slack) return true;
  if (logHeight > bell + slack) return false;
  const x = count + 1;
  const f = mode + 1;
  const z = n + 1 - mode;
  const w = n - count + 1;
  const bound =
    middle * Math.log(f / x) +
    (n - mode + 0.5) * Math.log(z / w) +
    (count - mode) * Math.log((w * p) / (x * q)) +
    stirlingRest(f) +
    stirlingRest(z) +
    stirlingRest(x) +
    stirlingRest(w);
  return logHeight <= bound;
}

/** The probability of `count` relative to that of the mode. */
function relativeMass(n: number, p: number, mode: number, count: number): number {
  const odds = p / (1 - p);
  const scaled = odds * (n + 1);
  let mass = 1;
  for (let i = mode + 1; i <= count; i++) mass *= scaled / i - odds;
  for (let i = count + 1; i <= mode; i++) mass /= scaled / i - odds;
  return mass;
}

/** The rest of Stirling's series, as BTPE cuts it. */
function stirlingRest(x: number): number {
  const square = x * x;
  return (13680 - (462 - (132 - (99 - 140 / square) / square) / square) / square) / x / 166320;
}

/**
 * A number of events whose mean is `mean`.
 * @throws ValueError when the mean is negative, NaN, or too large for a 64-bit integer.
 */
export function poisson(source: Mt19937, mean: number): number {
  if (!(mean >= 0)) throw new ValueError(`poisson: lam must not be negative, got ${mean}.`);
  if (mean > LARGEST_MEAN) throw new ValueError(`poisson: lam value too large: ${mean}.`);
  if (mean === 0) return 0;
  return mean >= PTRS_FROM ? poissonByRejection(source, mean) : poissonByProducts(source, mean);
}

const LARGEST_MEAN = 2 ** 63 - 10 * Math.sqrt(2 ** 63);

function poissonByProducts(source: Mt19937, mean: number): number {
  const none = Math.exp(-mean);
  let product = source.double();
  let count = 0;
  while (product > none) {
    count++;
    product *= source.double();
  }
  return count;
}

function poissonByRejection(source: Mt19937, mean: number): number {
  const root = Math.sqrt(mean);
  const logMean = Math.log(mean);
  const b = 0.931 + 2.53 * root;
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = source.double() - 0.5;
    const v = source.double();
    const edge = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (edge < 0.013 && v > edge)) continue;
    const height = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (edge * edge) + b);
    if (height <= -mean + count * logMean - logGamma(count + 1)) return count;
  }
}

/** Coefficients B₂ₖ / (2k (2k − 1)) of Stirling's series, as NumPy has them. */
const STIRLING = [
  8.333333333333333e-2, -2.777777777777778e-3, 7.936507936507937e-4, -5.952380952380952e-4, 8.417508417508418e-4,
  -1.917526917526918e-3, 6.41025641025641e-3, -2.955065359477124e-2, 1.796443723688307e-1, -1.3924322169059,
] as const;
const LOG_TWO_PI = 1.8378770664093453;

/** The logarithm of Γ for whole `x`, rounded as NumPy's: by Stirling's series from 7 on, by recurrence below. */
function logGamma(x: number): number {
  if (x === 1 || x === 2) return 0;
  const steps = x < 7 ? 7 - x : 0;
  let at = x + steps;
  const inverse = 1 / at;
  const square = inverse * inverse;
  const series = STIRLING.reduceRight((sum, coefficient) => sum * square + coefficient, 0);
  let result = series / at + 0.5 * LOG_TWO_PI + (at - 0.5) * Math.log(at) - at;
  for (let k = 0; k < steps; k++) {
    result -= Math.log(at - 1);
    at -= 1;
  }
  return result;
}

/** How often each outcome comes in `n` experiments; the probabilities are those of {@link safeProbabilities}. */
export function multinomial(source: Mt19937, n: number, probabilities: Float64Array): Float64Array {
  const counts = new Float64Array(probabilities.length);
  const last = probabilities.length - 1;
  let left = n;
  let mass = 1;
  for (let j = 0; j < last && left > 0; j++) {
    counts[j] = binomial(source, left, Math.min(1, probabilities[j] / mass));
    left -= counts[j];
    mass -= probabilities[j];
  }
  if (left > 0 && last >= 0) counts[last] = left;
  return counts;
}

/** The largest amount by which rounding may bring the sum of probabilities over 1. */
const ROUNDING = 1e-5;
/** By this factor probabilities are then made smaller. */
const SHRINK = 1 - 5e-5;

/** How numbers of the probabilities' dtype are rounded. */
type Rounding = (x: number) => number;

/**
 * Probabilities as Theano hands them to NumPy: made a little smaller where their sum is barely over 1 or the last is
 * almost 0, in the arithmetic of their own dtype, which `round` rounds to.
 * @throws AssertionError when one is negative or their sum exceeds 1.
 */
export function safeProbabilities(given: Float64Array, round: Rounding): Float64Array {
  if (given.some((p) => !(p >= 0)))
    throw new AssertionError(`multinomial: probabilities must not be negative, got [${given.join(", ")}].`);
  const sum = pairwiseSum(given, round);
  const isOver = sum > 1 && sum < 1 + ROUNDING;
  const isShrunk = isOver || given[given.length - 1] < 5e-5;
  const used = isShrunk ? given.map((p) => round(p * round(SHRINK))) : given;
  if (pairwiseSum(used, round) > 1)
    throw new AssertionError(`multinomial: the sum of the probabilities is ${sum}, which is more than 1.`);
  return used;
}

/** NumPy's sum of a dense vector: eight running sums, and halves of what is longer than 128. */
function pairwiseSum(values: Float64Array, round: Rounding): number {
  const add = (a: number, b: number) => round(a + b);
  const sumOf = (from: number, count: number): number => {
    if (count < 8) return values.subarray(from, from + count).reduce(add, 0);
    if (count > 128) {
      const half = Math.floor(count / 16) * 8;
      return add(sumOf(from, half), sumOf(from + half, count - half));
    }
    const lanes = [...values.subarray(from, from + 8)];
    const whole = count - (count % 8);
    for (let i = 8; i < whole; i++) lanes[i % 8] = add(lanes[i % 8], values[from + i]);
    const pairs = [0, 2, 4, 6].map((i) => add(lanes[i], lanes[i + 1]));
    const sum = add(add(pairs[0], pairs[1]), add(pairs[2], pairs[3]));
    return values.subarray(from + whole, from + count).reduce(add, sum);
  };
  return sumOf(0, values.length);
}
