/** Derivatives compared with finite differences, for the tests of ops. */
import { expect } from "vitest";
import { isFloat } from "../../runtime/array/dtype.ts";
import { grad, NDArray, Rop, T, theano, type Variable } from "../../runtime/index.ts";

/** What makes outputs of inputs; outputs that are not floating-point are looked at by nobody. */
export type Build = (...inputs: Variable[]) => Variable | readonly Variable[];

/** An expression, and a float64 point at which it is smooth. Inputs whose values are integers are held fixed. */
export interface Example {
  readonly name: string;
  readonly build: Build;
  readonly points: readonly NDArray[];
  /** Why the gradients have none themselves, where they have none. */
  readonly once?: string;
}

/** A row of a table of examples. */
export type Row = readonly [name: string, build: Build, points: readonly NDArray[], once?: string];

/** The examples of a family of ops. */
export function examplesOf(family: string, rows: readonly Row[]): Example[] {
  return rows.map(([name, build, points, once]) => ({
    name: `${family}: ${name}`,
    build,
    points,
    ...(once === undefined ? {} : { once }),
  }));
}

/** Symbolic variables for arrays; lengths of 1 broadcast. */
export function variablesFor(points: readonly NDArray[]): Variable[] {
  return points.map((point, i) =>
    T.tensor(
      point.dtype,
      point.shape.map((length) => length === 1),
      `x${i}`,
    ),
  );
}

/** Numbers without pattern between -1 and 1, the same for the same seed. */
export function scattered(shape: readonly number[], seed = 1): NDArray {
  const result = NDArray.zeros(shape, "float64");
  for (let i = 0; i < result.size; i++) result.data[i] = Math.sin(12.9898 * (i + 1) + 78.233 * seed);
  return result;
}

/** The derivatives of an expression, as graphs. */
export interface Derivatives {
  readonly inputs: readonly Variable[];
  /** What varies: the floating-point inputs. */
  readonly wrt: readonly Variable[];
  readonly outputs: readonly Variable[];
  /** For each output, by what its elements are multiplied before they are added up to a cost. */
  readonly weights: readonly Variable[];
  /** For each of `wrt`, the direction in which it moves. */
  readonly directions: readonly Variable[];
  /** Of the cost, with respect to each of `wrt`. */
  readonly gradients: readonly Variable[];
  /** Of each output along the directions. */
  readonly forward: readonly Variable[];
  /** Of the gradients along the directions, which is that of their product with these; none when only `once`. */
  readonly curvature: readonly Variable[];
}

const alike = (variables: readonly Variable[], name: string): Variable[] =>
  variables.map(({ dtype, broadcastable }, i) => T.tensor(dtype, broadcastable, `${name}${i}`));

function sumOfProducts(left: readonly Variable[], right: readonly Variable[]): Variable {
  return left.map((x, i) => T.sum(T.mul(x, right[i]))).reduce((total, term) => T.add(total, term));
}

/** The graphs of all derivatives of an example. */
export function derivativesOf({ build, points, once }: Omit<Example, "name">): Derivatives {
  const inputs = variablesFor(points);
  const built = build(...inputs);
  const outputs = [built].flat().filter(({ dtype }) => isFloat(dtype));
  const wrt = inputs.filter(({ dtype }) => isFloat(dtype));
  const [weights, directions] = [alike(outputs, "weight"), alike(wrt, "direction")];
  // What is disconnected has zeros, which the differences confirm or refute.
  const options = { disconnectedInputs: "ignore" } as const;
  const gradients = grad(sumOfProducts(outputs, weights), wrt, options);
  const forward = Rop(outputs, wrt, directions, { disconnectedOutputs: "ignore" });
  const curvature = once === undefined ? grad(sumOfProducts(gradients, directions), wrt, options) : [];
  return { inputs, wrt, outputs, weights, directions, gradients, forward, curvature };
}

/**
 * Checks, at float64 `points`, the gradients of everything `build` returns with respect to all of its inputs against
 * central differences, and its forward mode; and, with `twice`, also the gradients of those gradients.
 */
export function expectGradients(
  build: Build,
  points: readonly NDArray[],
  { twice = false }: { readonly twice?: boolean } = {},
): void {
  expectDerivatives({ build, points, ...(twice ? {} : { once: "not asked for" }) });
}

/** Random numbers are the same at every call. */
const OPTIONS = { noDefaultUpdates: true, onUnusedInput: "ignore" } as const;

/** Compares all derivatives of an example with central differences. */
export function expectDerivatives(example: Omit<Example, "name">): void {
  const { points } = example;
  const graphs = derivativesOf(example);
  const valuesAt = theano.function([...graphs.inputs], [...graphs.outputs], OPTIONS);
  const derivativesAt = theano.function(
    [...graphs.inputs, ...graphs.weights, ...graphs.directions],
    [...graphs.gradients, ...graphs.forward, ...graphs.curvature],
    OPTIONS,
  );
  const varying = graphs.inputs.flatMap((x, k) => (graphs.wrt.includes(x) ? [k] : []));
  const weights = valuesAt(...points).map(({ shape }, i) => scattered(shape, i + 2));
  const directions = varying.map((k, i) => scattered(points[k].shape, i + 5));
  const split = (at: readonly NDArray[]) => {
    const found = derivativesAt(...at, ...weights, ...directions);
    const [ends, rest] = [varying.length, varying.length + graphs.outputs.length];
    return { gradients: found.slice(0, ends), forward: found.slice(ends, rest), curvature: found.slice(rest) };
  };
  const moved = (by: number) => points.map((point, k) => shifted(point, directions[varying.indexOf(k)], by));
  const found = split(points);

  varying.forEach((k, i) => {
    const slopes = slopesByElement((point) => valuesAt(...points.with(k, point)), points[k], weights);
    expectClose(found.gradients[i], slopes, points[k].shape, `the gradient of input ${k}`);
  });
  slopesOf((by) => valuesAt(...moved(by))).forEach((slope, o) => {
    expectClose(found.forward[o], slope, weights[o].shape, `forward mode of output ${o}`);
  });
  if (graphs.curvature.length === 0) return;
  slopesOf((by) => split(moved(by)).gradients).forEach((slope, i) => {
    expectClose(found.curvature[i], slope, directions[i].shape, `the second derivative of input ${varying[i]}`);
  });
}

/** The slopes of Σ `weights` · `f` with respect to each element of `point`. */
function slopesByElement(f: (point: NDArray) => readonly NDArray[], point: NDArray, weights: readonly NDArray[]) {
  return Array.from({ length: point.size }, (_, at) => {
    const unit = NDArray.zeros(point.shape, "float64");
    unit.data[at] = 1;
    const along = slopesOf((by) => f(shifted(point, unit, by)));
    return along.reduce((total, slope, o) => total + product(slope, weights[o]), 0);
  });
}

/** `point + by · direction`; the point itself without a direction. */
function shifted(point: NDArray, direction: NDArray | undefined, by: number): NDArray {
  if (direction === undefined) return point;
  const result = point.copy();
  for (let i = 0; i < result.size; i++) result.data[i] = Number(result.data[i]) + by * Number(direction.data[i]);
  return result;
}

const numbers = (array: NDArray): number[] => [...array.elements()].map(Number);

function product(slope: readonly number[], weights: NDArray): number {
  return slope.reduce((total, value, i) => total + value * Number(weights.data[i]), 0);
}

/** The slope at 0 of every element of what `f` gives; the error is about 1e-10 for functions of ordinary size. */
function slopesOf(f: (by: number) => readonly NDArray[]): number[][] {
  const step = 1e-5;
  const [after, before] = [f(step), f(-step)].map((arrays) => arrays.map(numbers));
  return after.map((values, i) => values.map((value, at) => (value - before[i][at]) / (2 * step)));
}

const TOLERANCE = 1e-6;

function expectClose(found: NDArray, numeric: readonly number[], shape: readonly number[], what: string): void {
  expect(found.shape, `the shape of ${what}`).toEqual(shape);
  numbers(found).forEach((value, at) => {
    const isClose = Math.abs(value - numeric[at]) <= TOLERANCE * Math.max(1, Math.abs(numeric[at]));
    if (!isClose) expect(value, `${what}, element ${at}`).toBe(numeric[at]);
  });
}

/**
 * Runs the gradients of an example once in DebugMode, which compares every rewrite and both implementations. Infinite
 * constants, which stand in some derivatives, are legal; and once is enough to rewrite a graph.
 */
export function expectDebugModeAgrees(example: Omit<Example, "name">): void {
  const { inputs, outputs, weights, gradients } = derivativesOf(example);
  const shapes = theano.function([...inputs], [...outputs], OPTIONS)(...example.points);
  const checked = theano.function([...inputs, ...weights], [...outputs, ...gradients], {
    ...OPTIONS,
    mode: theano.DebugMode({ checkFinite: false, patience: 1 }),
  });
  checked(...example.points, ...shapes.map(({ shape }, i) => scattered(shape, i + 2)));
}
