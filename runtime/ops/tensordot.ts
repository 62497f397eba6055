/** Sums of products over several dimensions, as one product of matrices. */
import { ValueError } from "../base/errors.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { applyElemwise } from "./elemwise.ts";
import { patternbroadcast } from "./rebroadcast.ts";
import { reshape } from "./reshape.ts";
import { lengthsOf } from "./shapevector.ts";

/**
 * Which dimensions are summed over: their number (the last ones of the first tensor and the first ones of the second),
 * or the dimensions of each tensor, pair by pair.
 */
export type ContractionAxes = number | readonly [first: number | readonly number[], second: number | readonly number[]];

/** A product of two matrices, or of two stacks of matrices. */
type MatrixProduct = (a: TensorVariable, b: TensorVariable) => TensorVariable;

/**
 * Sums the products of elements of `a` and `b` over pairs of dimensions. The other dimensions of `a`, then those of `b`
 * are left; with `batch` 1 both tensors are stacks along dimension 0, which comes first in the result.
 * @throws ValueError when a dimension does not exist, is named twice or is the batch's, or the numbers of dimensions differ.
 */
export function contract(
  a: TensorVariable,
  b: TensorVariable,
  axes: ContractionAxes,
  product: MatrixProduct,
  batch: 0 | 1 = 0,
): TensorVariable {
  const [summedA, summedB] = summedAxes(a, b, axes, batch);
  const [freeA, freeB] = [others(a, summedA, batch), others(b, summedB, batch)];
  const stack = batch === 1 ? [0] : [];
  const left = merged(a, [stack, freeA, summedA].slice(1 - batch));
  const right = merged(b, [stack, summedB, freeB].slice(1 - batch));
  const result = product(left, right);
  if (freeA.length === 1 && freeB.length === 1) return result;
  const [lengthsA, lengthsB] = [lengthsOf(a), lengthsOf(b)];
  const keptA = [...stack, ...freeA];
  const lengths = [...keptA.map((axis) => lengthsA[axis]), ...freeB.map((axis) => lengthsB[axis])];
  const ones = [...keptA.map((axis) => a.broadcastable[axis]), ...freeB.map((axis) => b.broadcastable[axis])];
  return patternbroadcast(reshape(result, lengths, { ndim: lengths.length }), ones);
}

/** The dimensions summed over in each tensor, counted from the front. */
function summedAxes(a: Variable, b: Variable, axes: ContractionAxes, batch: number): readonly [number[], number[]] {
  if (typeof axes !== "number") {
    if (axes.length !== 2)
      throw new ValueError(
        `Axes should be an integer or a list/tuple of len 2 (${JSON.stringify(axes)} was provided): the dimensions of the first tensor and those of the second.`,
      );
    const [first, second] = [checkedAxes("a", a, axes[0], batch), checkedAxes("b", b, axes[1], batch)];
    if (first.length !== second.length)
      throw new ValueError(`Axes elements must have the same length, got ${JSON.stringify(axes)}.`);
    return [first, second];
  }
  for (const [name, x] of Object.entries({ a, b })) {
    if (!Number.isInteger(axes) || axes < 0 || axes > x.ndim)
      throw new ValueError(
        `axes can not be larger than the dimension of ${name} (${name}.ndim=${x.ndim}, axes=${axes}): ${name} is ${x} of type ${x.type}.`,
      );
    if (axes > x.ndim - batch)
      throw new ValueError(
        `axes to sum over must not include the batch axis of ${name} (${name}.ndim=${x.ndim}, axes=${axes}).`,
      );
  }
  const count = Array.from({ length: axes }, (_, i) => i);
  return [count.map((i) => a.ndim - axes + i), count.map((i) => batch + i)];
}

function checkedAxes(name: string, x: Variable, given: number | readonly number[], batch: number): number[] {
  const axes = (typeof given === "number" ? [given] : given).map((axis) => (axis < 0 ? axis + x.ndim : axis));
  const bad = axes.find((axis) => !Number.isInteger(axis) || axis < 0 || axis >= x.ndim);
  if (bad !== undefined)
    throw new ValueError(
      `axes contains dimensions greater than or equal to ${name}.ndim (${name}.ndim=${x.ndim}, axis ${bad}): ${name} is ${x} of type ${x.type}.`,
    );
  if (new Set(axes).size < axes.length) throw new ValueError(`axes names a dimension of ${name} twice: [${axes}].`);
  if (axes.some((axis) => axis < batch))
    throw new ValueError(`axes to sum over must not contain the batch axis of ${name} (axes=[${axes}]).`);
  return axes;
}

function others(x: Variable, summed: readonly number[], batch: number): number[] {
  return x.type.shape.map((_, axis) => axis).filter((axis) => axis >= batch && !summed.includes(axis));
}

/** The tensor with each group of its dimensions made into one. */
function merged(x: TensorVariable, groups: readonly (readonly number[])[]): TensorVariable {
  const ordered = dimshuffle(x, groups.flat());
  if (groups.every((group) => group.length === 1)) return ordered;
  const lengths = lengthsOf(x);
  const counts = groups.map((group) =>
    group.length === 0 ? 1 : group.map((axis) => lengths[axis]).reduce((size, n) => applyElemwise("mul", size, n)),
  );
  return reshape(ordered, counts);
}
