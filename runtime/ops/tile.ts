/** Repeating and rotating tensors. */
import { isDiscrete } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { type TakeOptions, take } from "./advanced.ts";
import { alloc } from "./alloc.ts";
import { type DimShuffleItem, dimshuffle, padLeft } from "./dimshuffle.ts";
import { applyElemwise } from "./elemwise.ts";
import { slice } from "./indexing.ts";
import { join } from "./join.ts";
import { flatten, reshape } from "./reshape.ts";
import { type Lengths, lengthList, lengthOfVector, lengthsOf, lengthVector, shape } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/**
 * Of a vector of counts, each position as often as its count says. The second input is how many counts there must be.
 * The length depends on values, so there is no loop IR.
 */
export class RepeatedPositions extends Op {
  readonly family = "RepeatedPositions";
  readonly key = "RepeatedPositions";

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the counts are a vector of integers. */
  apply(counts: Variable, length: Variable): Apply {
    if (counts.ndim !== 1 || !isDiscrete(counts.dtype))
      throw new TypeError(`repeats must be integers in a vector, got ${counts} of type ${counts.type}.`);
    return new Apply(this, [counts, length], [TensorType.ofRank("int64", 1)]);
  }

  override perform(_node: Apply, [counts, length]: readonly NDArray[]): readonly NDArray[] {
    const numbers = [...counts.elements()].map(Number);
    if (numbers.length !== Number(length.item()))
      throw new ValueError(
        `operands could not be broadcast together: ${numbers.length} repeats for ${length} elements`,
      );
    if (numbers.some((count) => count < 0)) throw new ValueError(`repeats may not contain negative values: ${counts}`);
    return [
      NDArray.from(
        numbers.flatMap((count, position) => Array<number>(count).fill(position)),
        "int64",
      ),
    ];
  }

  override gradient(): readonly NoGradient[] {
    return [DISCONNECTED, DISCONNECTED];
  }
}

/**
 * Every element as often as `counts` says: one number for all, also in a broadcastable vector, or one per element. Without an axis the tensor is
 * flattened first.
 * @throws IndexError when there is no such dimension; TypeError when the counts are no integers.
 */
export function repeat(
  x: TensorLike,
  counts: Lengths,
  { axis = null }: Pick<TakeOptions, "axis"> = {},
): TensorVariable {
  if (axis === null) return repeat(flatten(x), counts, { axis: 0 });
  const input = asTensor(x);
  const at = normalizeAxis(axis, input.ndim);
  const several =
    typeof counts === "number" || counts instanceof TensorVariable ? asTensor(counts) : lengthVector(counts);
  const given = several.ndim === 1 && several.broadcastable[0] ? subtensor(several, 0) : several;
  const lengths = lengthsOf(input);
  if (given.ndim === 1) return take(input, new RepeatedPositions().apply(given, lengths[at]).out, { axis: at });
  const order = input.type.shape.map((_, i): DimShuffleItem => i);
  const copies = alloc(dimshuffle(input, order.toSpliced(at + 1, 0, "x")), ...lengths.toSpliced(at + 1, 0, given));
  return reshape(copies, lengths.with(at, applyElemwise("mul", lengths[at], given)));
}

export interface TileOptions {
  /** How many dimensions the result has; needed where a symbolic vector does not tell how many counts it holds. */
  readonly ndim?: number;
}

/**
 * The tensor `counts[i]` times along each dimension i, aligned at the last one.
 * @throws ValueError when it is not known how many counts there are, or `ndim` is less than the tensor or the counts have.
 */
export function tile(x: TensorLike, counts: Lengths, { ndim }: TileOptions = {}): TensorVariable {
  const input = asTensor(x);
  const given = ndim === undefined ? lengthList(counts) : alignedCounts(lengthVector(counts), ndim);
  const rank = Math.max(given.length, input.ndim);
  if (ndim !== undefined && rank > ndim)
    throw new ValueError(`ndim is ${ndim}, but ${input} of type ${input.type} is tiled ${given.length} times over.`);
  const missing = Array.from({ length: rank - given.length }, () => asTensor(1));
  const times = [...missing, ...given];
  const padded = padLeft(input, rank - input.ndim);
  const lengths = lengthsOf(padded);
  const copies = alloc(padded, ...times, ...lengths);
  const order = times.flatMap((_, axis): DimShuffleItem[] => [axis, rank + axis]);
  return reshape(
    dimshuffle(copies, order),
    lengths.map((length, axis) => applyElemwise("mul", length, times[axis])),
  );
}

/** As many counts as dimensions: the last are those of the vector, and the others 1. */
function alignedCounts(counts: TensorVariable, ndim: number): readonly TensorVariable[] {
  const known = lengthOfVector(counts);
  if (known !== null) {
    const missing = Array.from({ length: ndim - known }, () => asTensor(1));
    return [...missing, ...Array.from({ length: known }, (_, i) => subtensor(counts, i))];
  }
  const missing = applyElemwise("sub", ndim, subtensor(shape(counts), 0));
  const padded = join(0, alloc(asTensor(1), missing), counts);
  return Array.from({ length: ndim }, (_, i) => subtensor(padded, i));
}

/** The elements moved on by `shift` places along a dimension, around the end; without an axis, in row-major order. */
export function roll(
  x: TensorLike,
  shift: TensorLike,
  { axis = null }: Pick<TakeOptions, "axis"> = {},
): TensorVariable {
  const input = asTensor(x);
  if (axis === null) {
    const flat = roll(flatten(input), shift, { axis: 0 });
    return reshape(flat, shape(input), { ndim: input.ndim });
  }
  const at = normalizeAxis(axis, input.ndim);
  const whole = Array.from({ length: at }, () => slice());
  const cut = applyElemwise("neg", applyElemwise("mod", shift, subtensor(shape(input), at)));
  return join(at, subtensor(input, ...whole, slice(cut)), subtensor(input, ...whole, slice(0, cut)));
}
