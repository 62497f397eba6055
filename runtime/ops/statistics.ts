/** Means, variances and norms. */
import { type DType, isDiscrete } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { axesOf } from "./axis.ts";
import { cast } from "./cast.ts";
import { applyElemwise } from "./elemwise.ts";
import { max, min } from "./extremes.ts";
import { type ReduceOptions, type SumOptions, sum } from "./reduce.ts";
import { shape } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

export interface MeanOptions extends SumOptions {
  /**
   * Theano's choice of one node for the whole mean. The graph is the same either way here; a dtype cannot be given with it.
   */
  readonly op?: boolean;
}

/**
 * Arithmetic mean over `axis`: the sum divided by one length after the other. Integers are averaged in float64, and
 * float16 in float32, since its sums overflow easily.
 * @throws ValueError when `op` is given together with a dtype.
 */
export function mean(x: TensorLike, options: MeanOptions = {}): TensorVariable {
  const { op = false, dtype = null } = options;
  if (op && dtype !== null) throw new ValueError("The option op of mean cannot be given together with dtype.");
  const input = asTensor(x);
  const isHalf = (dtype ?? input.dtype) === "float16";
  const total = sum(input, isHalf && dtype === null ? { ...options, dtype: "float32" } : options);
  const lengths = cast(shape(input), quotientDtype(total.dtype));
  const quotient = dividedBy(total, axesOf(options.axis ?? null, input), lengths);
  return named("mean", isHalf ? cast(quotient, "float16") : quotient);
}

/** In what a sum of this dtype is divided. */
function quotientDtype(dtype: DType): DType {
  return dtype === "float16" || dtype === "float32" || dtype === "complex64" ? "float32" : "float64";
}

/** Divided by those of `counts` that belong to `axes`; over no dimension, integers are converted as if they were. */
function dividedBy(total: TensorVariable, axes: readonly number[], counts: TensorVariable): TensorVariable {
  if (axes.length === 0) return isDiscrete(total.dtype) ? cast(total, quotientDtype(total.dtype)) : total;
  return axes.reduce((rest, axis) => applyElemwise("true_div", rest, subtensor(counts, axis)), total);
}

function named(name: string, variable: TensorVariable): TensorVariable {
  variable.name = name;
  return variable;
}

export interface VarianceOptions extends ReduceOptions {
  /** What is subtracted from the number of elements: 1 for the unbiased estimate. */
  readonly ddof?: number;
  /** Takes off what rounding left of the mean of the deviations: the corrected two-pass algorithm. */
  readonly corrected?: boolean;
}

/**
 * Variance over `axis`: the mean of the squared deviations from the mean.
 * @throws ValueError unless `ddof` is a number. Source of the correction: Chan, Golub, LeVeque (1983), Algorithms for
 * computing the sample variance.
 */
export function variance(x: TensorLike, options: VarianceOptions = {}): TensorVariable {
  const { ddof = 0, corrected = false, keepdims } = options;
  if (typeof ddof !== "number") throw new ValueError(`Parameter ddof should be a number, got ${String(ddof)}.`);
  const input = asTensor(x);
  const axis = axesOf(options.axis ?? null, input);
  const centered = applyElemwise("sub", input, mean(input, { axis, keepdims: true }));
  const two = constant(2, null, centered.dtype);
  const squares = applyElemwise("pow", centered, two);
  const counts = applyElemwise("sub", shape(input), ddof);
  const averaged =
    ddof === 0
      ? mean(squares, { axis, keepdims })
      : dividedBy(sum(squares, { axis, keepdims }), axis, cast(counts, centered.dtype));
  if (!corrected) return named("var", averaged);
  const rest = applyElemwise("pow", sum(centered, { axis, keepdims }), two);
  const once = dividedBy(rest, axis, cast(counts, centered.dtype));
  const error = dividedBy(once, axis, cast(shape(input), centered.dtype));
  return named("var", applyElemwise("sub", averaged, error));
}

/** Standard deviation over `axis`: the square root of {@link variance}. */
export function std(x: TensorLike, options: VarianceOptions = {}): TensorVariable {
  return named("std", applyElemwise("sqrt", variance(x, options)));
}

/**
 * The norm `(Σ |x|^order)^(1/order)` over `axis`; the number of non-zero elements for 0, and the largest or smallest
 * magnitude for plus or minus infinity.
 */
export function norm(x: TensorLike, order: number, options: ReduceOptions = {}): TensorVariable {
  const input = asTensor(x);
  if (order === 0) return sum(applyElemwise("neq", input, 0), options);
  const magnitude = applyElemwise("abs_", input);
  if (order === Infinity) return max(magnitude, options);
  if (order === -Infinity) return min(magnitude, options);
  return applyElemwise("pow", sum(applyElemwise("pow", magnitude, order), options), 1 / order);
}

export const statisticsFunctions = {
  mean,
  /** Variance over `axis`. */
  var: variance,
  std,
  norm,
};
