/** What the ops on rows of matrices share: checks of types and shapes, and the dtype they compute in. */
import { type DType, dtypeInfo, isDiscrete, isFloat } from "../../array/dtype.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { Op } from "../../graph/op.ts";
import type { Dim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import type { Place } from "../../loop/builder.ts";
import { dimshuffle } from "../dimshuffle.ts";

/** The dtype in which sums and exponentials of elements are taken: narrow floats are too coarse for it. */
export function workingDType(dtype: DType): DType {
  return isFloat(dtype) && dtypeInfo(dtype).bytes < 4 ? "float32" : dtype;
}

/** Where an element lies, given an axis per dimension: dimensions known to have length 1 stretch. */
export function placesIn(x: Variable, axes: readonly string[]): readonly Place[] {
  return axes.map((axis, dim) => (x.type.shape[dim] === 1 ? "first" : axis));
}

/**
 * A matrix of floats; a vector is taken as one row.
 * @throws ValueError for anything else, naming the variable.
 */
export function floatRows(op: Op, name: string, value: TensorLike): TensorVariable {
  const x = asTensor(value);
  if ((x.ndim !== 1 && x.ndim !== 2) || !isFloat(x.dtype))
    throw new ValueError(`${name} must be 1-d or 2-d tensor of floats. Got ${x.type}: ${op} was given ${x}.`);
  return x.ndim === 1 ? dimshuffle(x, ["x", 0]) : x;
}

/** @throws ValueError unless the value is a tensor of floats with one of the numbers of dimensions. */
export function floatsOfRank(op: Op, name: string, value: TensorLike, ranks: readonly number[]): TensorVariable {
  const x = asTensor(value);
  if (!ranks.includes(x.ndim) || !isFloat(x.dtype))
    throw new ValueError(
      `${name} must be ${ranks.join("-d or ")}-d tensor of floats. Got ${x.type}: ${op} was given ${x}.`,
    );
  return x;
}

/** @throws ValueError unless the value is a vector of integers. */
export function labelVector(op: Op, name: string, value: TensorLike): TensorVariable {
  const y = asTensor(value);
  if (y.ndim !== 1 || !isDiscrete(y.dtype))
    throw new ValueError(`${name} must be 1-d tensor of [u]ints. Got ${y.type}: ${op} was given ${y}.`);
  return y;
}

/** What is known of the shapes of variables. */
export function shapesOf(...variables: readonly Variable[]): readonly (readonly Dim[])[] {
  return variables.map(({ type }) => type.shape);
}

/** Lengths that must be the same number, each with what it is the length of; null for one that is not known yet. */
export type Matched = readonly (readonly [what: string, length: Dim])[];

/**
 * Compares lengths, those that are known while the graph is built as well as those of a call.
 * @throws ValueError when two differ, naming both and all shapes.
 */
export function checkLengths(op: Op, shapes: readonly (readonly Dim[])[], matched: Matched): void {
  const [first, ...rest] = matched.filter(([, length]) => length !== null);
  for (const [what, length] of rest)
    if (length !== first[1]) {
      const all = shapes.map((shape) => pyTuple(shape.map((dim) => dim ?? "?"))).join(", ");
      throw new ValueError(
        `${op}: ${first[0]} is ${first[1]}, but ${what} is ${length}; the inputs have the shapes ${all}.`,
      );
    }
}
