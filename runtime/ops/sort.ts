/** Sorting along a dimension. The order depends on values, so there is no loop IR. */

import { isComplex, isDiscrete } from "../array/dtype.ts";
import { gatherElements } from "../array/gather.ts";
import { type Lines, linesAlong } from "../array/lines.ts";
import { NDArray } from "../array/ndarray.ts";
import { sortedPositions } from "../array/order.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { arange } from "./alloc.ts";
import { axesOf } from "./axis.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { zerosLike } from "./elemwise.ts";
import { flatten } from "./reshape.ts";
import { knownNumber, shape } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** NumPy's names of ways to sort. All give the same values; here every one keeps equal elements in their order. */
export type SortKind = "quicksort" | "mergesort" | "heapsort" | "stable";

const KINDS: readonly SortKind[] = ["quicksort", "mergesort", "heapsort", "stable"];

/** What both ops have in common. The second input is the dimension, a constant. */
abstract class Sorting extends Op {
  readonly family: string;
  readonly key: string;
  readonly kind: SortKind;

  constructor(family: string, kind: SortKind) {
    super();
    this.family = family;
    this.kind = kind;
    this.key = `${family}{${kind}, None}`;
  }

  /** `SortOp{quicksort, None}`. */
  toString(): string {
    return this.key;
  }

  protected lines(x: NDArray, axis: NDArray): Lines {
    return linesAlong(x.shape, Number(axis.item()));
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths];
  }
}

/** The elements from the smallest to the largest along a dimension; NaN is last. */
export class SortOp extends Sorting {
  constructor(kind: SortKind) {
    super("SortOp", kind);
  }

  apply(x: Variable, axis: Variable): Apply {
    return new Apply(this, [x, axis], [x.type]);
  }

  override perform(_node: Apply, [x, axis]: readonly NDArray[]): readonly NDArray[] {
    const lines = this.lines(x, axis);
    if (isComplex(x.dtype)) return [sortedComplex(x.asContiguous(), lines)];
    const result = x.copy();
    for (const start of lines.starts) {
      if (lines.step === 1) result.data.subarray(start, start + lines.length).sort();
      else sortLine(result, start, lines);
    }
    return [result];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, axis] = node.inputs;
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    if (isDiscrete(x.dtype)) return [zerosLike(x), DISCONNECTED];
    const argsorting = new ArgSortOp(this.kind);
    const from = argsorting.apply(x, axis).out;
    const back = argsorting.apply(from, axis).out;
    return [alongAxis(g, back, knownAxis(axis)), DISCONNECTED];
  }
}

/** A line whose elements do not lie side by side, by way of a copy whose do. */
function sortLine({ data }: NDArray, start: number, { step, length }: Lines): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const line = data.slice(0, length);
    for (let i = 0; i < length; i++) line[i] = data[start + i * step];
    line.sort();
    for (let i = 0; i < length; i++) data[start + i * step] = line[i];
    return;
  }
  const line = data.slice(0, length);
  for (let i = 0; i < length; i++) line[i] = data[start + i * step];
  line.sort();
  for (let i = 0; i < length; i++) data[start + i * step] = line[i];
}

/** JavaScript sorts no complex numbers, so their positions are sorted. */
function sortedComplex(x: NDArray, { starts, step, length }: Lines): NDArray {
  const offsets = new Array<number>(x.size);
  for (const start of starts)
    sortedPositions(x, { start, step, length }).forEach((position, i) => {
      offsets[start + i * step] = x.offset + start + position * step;
    });
  return gatherElements(x, offsets, x.shape);
}

/** The positions of the elements from the smallest to the largest; equal ones stay in their order. */
export class ArgSortOp extends Sorting {
  constructor(kind: SortKind) {
    super("ArgSortOp", kind);
  }

  apply(x: Variable, axis: Variable): Apply {
    return new Apply(this, [x, axis], [x.type.with({ dtype: "int64" })]);
  }

  override perform(_node: Apply, [x, axis]: readonly NDArray[]): readonly NDArray[] {
    const dense = x.asContiguous();
    const { starts, step, length } = this.lines(x, axis);
    const positions = new BigInt64Array(x.size);
    for (const start of starts)
      sortedPositions(dense, { start, step, length }).forEach((position, i) => {
        positions[start + i * step] = BigInt(position);
      });
    return [new NDArray(positions, "int64", x.shape)];
  }

  override gradient(node: Apply): readonly (Variable | NoGradient)[] {
    return [zerosLike(node.inputs[0]), DISCONNECTED];
  }
}

function knownAxis(axis: Variable): number {
  const value = knownNumber(axis);
  if (value === null) throw new ValueError(`The gradient of sorting needs a known dimension, got ${axis}.`);
  return value;
}

/** The elements at `positions` along a dimension, one for each: NumPy's `take_along_axis`. */
export function alongAxis(x: Variable, positions: Variable, axis: number): TensorVariable {
  return subtensor(x, ...placesAlong(x, positions, axis));
}

/** The index of {@link alongAxis}: `positions` along a dimension, and every place of the others. */
export function placesAlong(x: Variable, positions: Variable, axis: number): readonly TensorVariable[] {
  return x.type.shape.map((_, i) => {
    if (i === axis) return positions;
    return dimshuffle(
      arange(subtensor(shape(x), i)),
      x.type.shape.map((_, j) => (i === j ? 0 : "x")),
    );
  });
}

export interface SortOptions {
  /** The dimension, the last one unless given; null: the tensor is flattened first. */
  readonly axis?: number | null;
  /** Taken as NumPy's; sorting is stable in any case. */
  readonly kind?: SortKind;
}

function sorted(x: TensorLike, { axis = -1, kind = "quicksort" }: SortOptions, op: typeof SortOp | typeof ArgSortOp) {
  if (!KINDS.includes(kind)) throw new ValueError(`sort kind must be one of ${KINDS.join(", ")}; got "${kind}".`);
  const input = axis === null ? flatten(x) : asTensor(x);
  const [at] = axesOf(axis ?? 0, input);
  return new op(kind).apply(input, constant(at, null, "int64")).out;
}

/** The elements in ascending order along a dimension; NaN comes last. @throws ValueError for an unknown kind or dimension. */
export function sort(x: TensorLike, options: SortOptions = {}): TensorVariable {
  return sorted(x, options, SortOp);
}

/** The positions (int64) that would sort a dimension; equal elements stay in their order. */
export function argsort(x: TensorLike, options: SortOptions = {}): TensorVariable {
  return sorted(x, options, ArgSortOp);
}

export const sortFunctions = { sort, argsort };
