/** The dimensions that a reduction is asked for. */
import { isInteger } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { normalizeAxes } from "../array/shape.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { type DimShuffleItem, dimshuffle } from "./dimshuffle.ts";

/** Dimensions by number, negative ones from the end; null: all. An integer array or constant stands for its numbers. */
export type Axis = number | readonly number[] | NDArray | TensorConstant | null;

/**
 * The dimensions of `x` that `axis` names, ascending.
 * @throws TypeError for what is no whole number, such as NaN; ValueError for a dimension that `x` has not, or named twice.
 */
export function axesOf(axis: Axis, x: Variable): readonly number[] {
  const given = plainAxis(axis);
  try {
    return normalizeAxes(given, x.ndim);
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    throw new ValueError(`Not enough dimensions on ${x} to reduce on axis ${given}: its type is ${x.type}.`);
  }
}

function plainAxis(axis: Axis): number | readonly number[] | null {
  const value = axis instanceof TensorConstant ? axis.value : axis;
  const plain = value instanceof NDArray ? numbersOf(value) : value;
  const isWhole = (number: unknown) => Number.isSafeInteger(number);
  if (plain === null || (Array.isArray(plain) ? plain.every(isWhole) : isWhole(plain))) return plain;
  throw new TypeError(
    `Axis must be an integer, a list of integers, or a constant of integers. Got ${String(axis)}; leave it out, or write null, for all dimensions.`,
  );
}

function numbersOf(value: NDArray): number | readonly number[] {
  const numbers = isInteger(value.dtype) ? [...value.elements()].map(Number) : [Number.NaN];
  return value.ndim === 0 ? numbers[0] : numbers;
}

/** Puts a dimension of length 1 where each of `axes` was in a tensor of `ndim` dimensions. */
export function restoreAxes(reduced: Variable, axes: readonly number[], ndim: number): Variable {
  let next = 0;
  const order = Array.from({ length: ndim }, (_, axis): DimShuffleItem => (axes.includes(axis) ? "x" : next++));
  return dimshuffle(reduced, order);
}
