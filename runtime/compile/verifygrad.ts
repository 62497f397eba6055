/** Checking a symbolic gradient against finite differences; Theano's `verify_grad`. */
import { type DType, isFloat } from "../array/dtype.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { TheanoError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { grad } from "../grad/gradient.ts";
import { TensorType } from "../graph/type.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { applyElemwise } from "../ops/elemwise.ts";
import { sum } from "../ops/reduce.ts";
import { compileFunction } from "./function.ts";
import type { Mode } from "./mode.ts";

/** A symbolic gradient is not the derivative. */
export class GradientError extends TheanoError {
  override readonly name = "GradientError";
}

export interface VerifyGradOptions {
  /** How many random projections of the output are tried; default 2. */
  readonly nTests?: number;
  /** Uniform random numbers in [0, 1); default a generator with a fixed seed, so that a failure repeats. */
  readonly rng?: () => number;
  /** The step of the differences; default 1e-7 for float64, 3e-4 for float32. */
  readonly eps?: number;
  /** Errors below it are accepted; default 1e-4 for float64, 1e-2 for float32. */
  readonly absTol?: number;
  /** Errors relative to the sum of both magnitudes below it are accepted; defaults as for `absTol`. */
  readonly relTol?: number;
  readonly mode?: string | Mode;
}

const STEP: Readonly<Partial<Record<DType, number>>> = { float64: 1e-7, float32: 3e-4, float16: 1e-1 };
const TOLERANCE: Readonly<Partial<Record<DType, number>>> = { float64: 1e-4, float32: 1e-2, float16: 5e-2 };

/**
 * Compares the gradient of `f` at `point` with finite differences: of the sum of `f`'s elements times random weights,
 * with respect to every element of every input.
 * @param f builds the expression from one variable per array of `point`.
 * @param point floating-point arrays, which set dtypes and shapes; lists of numbers are float64.
 * @throws GradientError naming the input and the element of the largest error that neither tolerance accepts.
 * @throws TypeError when an array of `point` is not floating-point.
 */
export function verifyGrad(
  f: (...inputs: Variable[]) => Variable,
  point: readonly NDArrayLike[],
  options: VerifyGradOptions = {},
): void {
  const random = options.rng ?? fixedGenerator();
  const arrays = point.map((array) => (Array.isArray(array) ? NDArray.from(array, "float64") : NDArray.from(array)));
  for (let test = 0; test < (options.nTests ?? 2); test++) checkProjection(f, arrays, random, options);
}

function checkProjection(
  f: (...inputs: Variable[]) => Variable,
  point: readonly NDArray[],
  random: () => number,
  options: VerifyGradOptions,
): void {
  const inputs = point.map((array, i) => inputFor(array, i));
  const output = f(...inputs);
  const settings = { mode: options.mode, onUnusedInput: "ignore" } as const;
  const { shape } = compileFunction(inputs, output, settings)(...point);
  const weights = NDArray.zeros(shape, output.dtype);
  for (let i = 0; i < weights.size; i++) weights.data[i] = random() + 0.5;
  const cost = sum(applyElemwise("mul", output, weights));
  const valueAt = compileFunction(inputs, cost, settings);
  const gradients = compileFunction(inputs, grad(cost, inputs, { disconnectedInputs: "ignore" }), settings)(...point);
  point.forEach((array, position) => {
    const step = options.eps ?? STEP[array.dtype] ?? 1e-7;
    const tolerance = TOLERANCE[array.dtype] ?? 1e-4;
    const numeric = differences((moved) => Number(valueAt(...point.with(position, moved)).item()), array, step);
    const worst = worstElement(numeric, gradients[position]);
    const [abs, rel] = [options.absTol ?? tolerance, options.relTol ?? tolerance];
    if (worst.absolute > abs && worst.relative > rel) throw gradientError(worst, position, array, abs, rel);
  });
}

function inputFor(array: NDArray, position: number): TensorVariable {
  if (!isFloat(array.dtype))
    throw new TypeError(
      `verifyGrad differentiates at floating-point arrays; array ${position} has dtype ${array.dtype}.`,
    );
  const type = TensorType.ofBroadcastable(
    array.dtype,
    array.shape.map((length) => length === 1),
  );
  return new TensorVariable(type, `input ${position}`);
}

/** (f(x + step) − f(x)) / step, element by element, as Theano does. */
function differences(f: (point: NDArray) => number, point: NDArray, step: number): Float64Array {
  const here = f(point);
  return Float64Array.from({ length: point.size }, (_, at) => {
    const moved = point.copy();
    const before = Number(moved.data[at]);
    moved.data[at] = before + step;
    // What was added is not exactly `step`, most of all in float32.
    return (f(moved) - here) / (Number(moved.data[at]) - before);
  });
}

interface Worst {
  readonly at: number;
  readonly numeric: number;
  readonly symbolic: number;
  readonly absolute: number;
  readonly relative: number;
}

/** The element whose smaller one of absolute and relative error is largest; NaN on one side only is an infinite error. */
function worstElement(numeric: Float64Array, gradient: NDArray): Worst {
  const symbolic = gradient.astype("float64").copy().data;
  const errors = Array.from(numeric, (a, at): Worst => {
    const b = Number(symbolic[at]);
    const absolute = Object.is(a, b) ? 0 : Number.isNaN(a - b) ? Infinity : Math.abs(a - b);
    const relative = absolute / Math.max(Math.abs(a) + Math.abs(b), 1e-8);
    return { at, numeric: a, symbolic: b, absolute, relative: Number.isNaN(relative) ? Infinity : relative };
  });
  const none: Worst = { at: 0, numeric: 0, symbolic: 0, absolute: 0, relative: 0 };
  const size = (e: Worst): number => Math.min(e.absolute, e.relative);
  return errors.reduce((worst, e) => (size(e) > size(worst) ? e : worst), none);
}

function gradientError(worst: Worst, position: number, array: NDArray, abs: number, rel: number): GradientError {
  const six = (x: number): string => x.toFixed(6);
  return new GradientError(
    [
      "GradientError: numeric gradient and analytic gradient exceed tolerance:",
      `        At position ${worst.at} of argument ${position} with shape ${pyTuple(array.shape)},`,
      `            val1 = ${six(worst.symbolic)}      ,  val2 = ${six(worst.numeric)}`,
      `            abs. error = ${six(worst.absolute)},  abs. tolerance = ${six(abs)}`,
      `            rel. error = ${six(worst.relative)},  rel. tolerance = ${six(rel)}`,
      "The first value is that of the symbolic gradient, the second one that of finite differences.",
    ].join("\n"),
  );
}

/** A multiplicative congruential generator; source: S. K. Park and K. W. Miller, 1988. */
function fixedGenerator(): () => number {
  let state = 20161123;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
