/**
 * The draws of NumPy's `RandomState`, and Theano's helpers around them, on arrays: parameters broadcast, and numbers are
 * drawn in row-major order.
 */
import { NDArray } from "../../array/ndarray.ts";
import { broadcastShapes, sameShape, sizeOf } from "../../array/shape.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { float64s } from "./dense.ts";
import { binomial, multinomial, poisson, safeProbabilities } from "./discrete.ts";
import type { Mt19937 } from "./mt19937.ts";

type Shape = readonly number[];

/** Draws from `source` numbers of shape `size` (null: that of the parameters). */
export type Draw = (source: Mt19937, size: Shape | null, parameters: readonly NDArray[]) => NDArray;

/** The draws by the names that Theano's `RandomFunction` shows. */
export const DRAWS = {
  uniform: elementwise((source, low, high) => low + (high - low) * source.double(), checkRange),
  normal: elementwise((source, mean, deviation) => mean + deviation * source.gauss(), checkDeviation),
  binomial: elementwise((source, n, p) => binomial(source, Math.trunc(n), p)),
  poisson: elementwise((source, mean) => poisson(source, mean)),
  random_integers_helper: elementwise((source, low, high) => low + source.upTo(high - low), checkBounds),
  choice_helper: drawChoice,
  permutation_helper: drawPermutations,
  multinomial_helper: drawMultinomials,
} as const satisfies Record<string, Draw>;

export type DrawName = keyof typeof DRAWS;

type Check = (a: number, b: number) => string | null;

/** A distribution of single numbers with one parameter or two; `check` says what is wrong with those of one of them. */
function elementwise(one: (source: Mt19937, a: number, b: number) => number, check: Check = () => null): Draw {
  return (source, size, parameters) => {
    const shape = commonShape(size, parameters);
    const [a, b = NOTHING] = parameters.map((parameter) => columnOf(parameter, shape));
    const result = new Float64Array(sizeOf(shape));
    for (let i = 0; i < result.length; i++) {
      const first = a.values[i * a.step];
      const second = b.values[i * b.step];
      const complaint = check(first, second);
      if (complaint !== null) throw new ValueError(complaint);
      result[i] = one(source, first, second);
    }
    return fromFloats(result, shape);
  };
}

/** A parameter of every number of a draw; one that is the same for all has step 0. */
interface Column {
  readonly values: Float64Array;
  readonly step: 0 | 1;
}

const NOTHING: Column = { values: new Float64Array(1), step: 0 };

function columnOf(parameter: NDArray, shape: Shape): Column {
  if (parameter.size === 1) return { values: float64s(parameter), step: 0 };
  return { values: float64s(parameter.broadcastTo(shape)), step: 1 };
}

function checkRange(low: number, high: number): string | null {
  return Number.isFinite(high - low) ? null : `uniform: the range from ${low} to ${high} exceeds valid bounds.`;
}

function checkDeviation(_mean: number, deviation: number): string | null {
  return deviation < 0 ? `normal: the standard deviation must not be negative, got ${deviation}.` : null;
}

function checkBounds(low: number, high: number): string | null {
  return low <= high ? null : `random_integers: low >= high + 1, there is no integer from ${low} to ${high}.`;
}

/** @throws ValueError when the parameters do not stretch to the size. */
function commonShape(size: Shape | null, parameters: readonly NDArray[]): Shape {
  const shape = broadcastShapes(...parameters.map((p) => p.shape), ...(size === null ? [] : [size]));
  if (size !== null && !sameShape(shape, size))
    throw new ValueError(
      `Output size ${pyTuple(size)} is not compatible with broadcast dimensions of inputs ${pyTuple(shape)}.`,
    );
  return shape;
}

function fromFloats(data: Float64Array<ArrayBuffer>, shape: Shape): NDArray {
  return new NDArray(data, "float64", shape);
}

/** Numbers from 0 to n − 1 in random order, by Fisher and Yates from the end. */
function permuted(source: Mt19937, n: number): Float64Array<ArrayBuffer> {
  const order = Float64Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = source.upTo(i);
    const moved = order[i];
    order[i] = order[j];
    order[j] = moved;
  }
  return order;
}

function drawPermutations(source: Mt19937, size: Shape | null, [count]: readonly NDArray[]): NDArray {
  const n = Number(count.item());
  const shape = size ?? [];
  const result = new Float64Array(sizeOf(shape) * n);
  for (let at = 0; at < result.length; at += n) result.set(permuted(source, n), at);
  return fromFloats(result, [...shape, n]);
}

function drawMultinomials(source: Mt19937, size: Shape | null, [n, pvals]: readonly NDArray[]): NDArray {
  const outcomes = pvals.shape[pvals.ndim - 1];
  const groups = pvals.shape.slice(0, -1);
  const shape = size ?? broadcastShapes(n.shape, groups);
  const counts = float64s(n.broadcastTo(shape));
  const rows = pvals
    .broadcastTo([...shape, outcomes])
    .copy()
    .reshape([counts.length, outcomes]);
  const result = new Float64Array(counts.length * outcomes);
  const round = pvals.dtype === "float32" ? Math.fround : (x: number) => x;
  counts.forEach((count, i) => {
    const probabilities = safeProbabilities(float64s(rows.slice(i)), round);
    result.set(multinomial(source, count, probabilities), i * outcomes);
  });
  return fromFloats(result, [...shape, outcomes]);
}

/** Picks from a vector, or from the numbers below one; an empty vector of probabilities makes all as likely. */
function drawChoice(source: Mt19937, size: Shape | null, [from, replace, p]: readonly NDArray[]): NDArray {
  if (from.ndim > 1) throw new ValueError(`choice: a must be a number or a vector, got shape ${pyTuple(from.shape)}.`);
  if (p.ndim !== 1) throw new ValueError(`choice: p must be a vector, got shape ${pyTuple(p.shape)}.`);
  const population = from.ndim === 0 ? Number(from.item()) : from.size;
  const count = sizeOf(size ?? []);
  if (population <= 0 && count > 0)
    throw new ValueError("choice: a must be greater than 0 unless no samples are taken.");
  const weights = p.size === 0 ? null : checkedWeights(float64s(p), population);
  const places = Number(replace.item()) !== 0 ? withReplacement : withoutReplacement;
  const picked = places(source, population, count, weights);
  if (from.ndim === 0) return fromFloats(picked, size ?? []);
  const values = float64s(from);
  return fromFloats(
    picked.map((place) => values[place]),
    size ?? [],
  );
}

/** @throws ValueError unless there is one probability for each, none negative, with sum 1. */
function checkedWeights(weights: Float64Array<ArrayBuffer>, population: number): Float64Array<ArrayBuffer> {
  if (weights.length !== population)
    throw new ValueError(`choice: 'a' and 'p' must have same size, got ${population} and ${weights.length}.`);
  if (weights.some((weight) => !(weight >= 0))) throw new ValueError("choice: probabilities are not non-negative.");
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) > Math.sqrt(Number.EPSILON))
    throw new ValueError(`choice: probabilities do not sum to 1 but to ${sum}.`);
  return weights;
}

type Weights = Float64Array<ArrayBuffer> | null;

function withReplacement(
  source: Mt19937,
  population: number,
  count: number,
  weights: Weights,
): Float64Array<ArrayBuffer> {
  const pick = weights === null ? () => source.upTo(population - 1) : picker(source, weights);
  return new Float64Array(count).map(pick);
}

function withoutReplacement(
  source: Mt19937,
  population: number,
  count: number,
  weights: Weights,
): Float64Array<ArrayBuffer> {
  if (count > population)
    throw new ValueError("choice: Cannot take a larger sample than population when 'replace=False'.");
  if (weights === null) return permuted(source, population).slice(0, count);
  if (weights.filter((weight) => weight > 0).length < count)
    throw new ValueError("choice: Fewer non-zero entries in p than size.");
  const left = weights.slice();
  const found = new Set<number>();
  while (found.size < count) {
    // All that are still missing are drawn at once, and only afterwards are repetitions dropped: so NumPy does.
    const fresh = new Float64Array(count - found.size).map(picker(source, left));
    for (const place of fresh) found.add(place);
    for (const place of found) left[place] = 0;
  }
  return Float64Array.from(found);
}

/** Draws places with the given weights, by their running sums. */
function picker(source: Mt19937, weights: Float64Array): () => number {
  let sum = 0;
  const sums = weights.map((weight) => {
    sum += weight;
    return sum;
  });
  const steps = sums.map((step) => step / sum);
  return () => firstAbove(steps, source.double());
}

/** The place of the first of ascending numbers that is greater than `x`. */
function firstAbove(steps: Float64Array, x: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
