/** The largest and smallest elements and their positions. */
import { isComplex, isDiscrete } from "../array/dtype.ts";
import { NotImplementedError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { type Lowered, type NoGradient, Op } from "../graph/op.ts";
import type { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { argReduceKernel, maxAndArgmaxKernel } from "../loop/build.ts";
import { axesOf, restoreAxes } from "./axis.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";
import { stack } from "./join.ts";
import { checkNotEmpty, type ReduceOptions } from "./reduce.ts";

/** What the two ops have in common: the dimensions over which is searched. */
abstract class Search extends Op {
  readonly family: string;
  readonly key: string;
  /** Ascending. */
  readonly axes: readonly number[];

  constructor(family: string, axes: readonly number[]) {
    super();
    this.family = family;
    this.axes = axes;
    this.key = `${family}{axis=${pyTuple(axes)}}`;
  }

  /** `MaxAndArgmax{axis=(0,)}`. */
  toString(): string {
    return this.key;
  }

  /** What belongs to the dimensions that stay. */
  protected kept<Item>(items: readonly Item[]): readonly Item[] {
    return items.filter((_, axis) => !this.axes.includes(axis));
  }

  protected keptType(x: Variable): TensorType {
    return x.type.with({ shape: this.kept(x.type.shape) });
  }

  protected keptShape(shape: readonly number[]): readonly number[] {
    checkNotEmpty(this, shape, this.axes);
    return this.kept(shape);
  }
}

/** The largest element over some dimensions, and its position in row-major order over them. NaN counts as largest. */
export class MaxAndArgmax extends Search {
  constructor(axes: readonly number[]) {
    super("MaxAndArgmax", axes);
  }

  apply(x: Variable): Apply {
    const type = this.keptType(x);
    return new Apply(this, [x], [type, type.with({ dtype: "int64" })]);
  }

  override lower(node: Apply): Lowered {
    const [{ dtype, ndim }] = node.inputs;
    return {
      kernel: maxAndArgmaxKernel({ dtype, ndim, axes: this.axes }),
      shapes: ([shape]) => [this.keptShape(shape), this.keptShape(shape)],
    };
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [this.kept(lengths), this.kept(lengths)];
  }

  /** Every element that is as large as the largest gets the whole gradient, as in Theano. */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x] = node.inputs;
    if (g === null || isDiscrete(x.dtype)) return [zerosLike(x)];
    const widen = (v: Variable): Variable => restoreAxes(v, this.axes, x.ndim);
    const isLargest = applyElemwise("eq", widen(max(x, { axis: this.axes })), x);
    return [applyElemwise("mul", isLargest, widen(g))];
  }
}

/** The position of the largest element alone. */
export class Argmax extends Search {
  constructor(axes: readonly number[]) {
    super("Argmax", axes);
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [this.keptType(x).with({ dtype: "int64" })]);
  }

  override lower(node: Apply): Lowered {
    const [{ dtype, ndim }] = node.inputs;
    return {
      kernel: argReduceKernel({ op: "argmax", dtype, ndim, axes: this.axes }),
      shapes: ([shape]) => [this.keptShape(shape)],
    };
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [this.kept(lengths)];
  }

  override gradient(node: Apply): readonly (Variable | NoGradient)[] {
    return [zerosLike(node.inputs[0])];
  }
}

/**
 * The largest elements over `axis` and their positions, counted in row-major order over these dimensions (int64).
 * @throws TypeError and ValueError for dimensions that do not exist; see {@link axesOf}.
 */
export function maxAndArgmax(
  x: TensorLike,
  options: ReduceOptions = {},
): [max: TensorVariable, argmax: TensorVariable] {
  const input = asTensor(x);
  const axes = axesOf(options.axis ?? null, input);
  const [max, argmax] = new MaxAndArgmax(axes).apply(input).outputs;
  max.name = "max";
  argmax.name = "argmax";
  return options.keepdims ? [restoreAxes(max, axes, input.ndim), restoreAxes(argmax, axes, input.ndim)] : [max, argmax];
}

/** Largest element over `axis`; NaN when there is one. @throws ValueError over an empty dimension, when it is run. */
export function max(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return maxAndArgmax(x, options)[0];
}

/** Position of the first largest element over `axis`, in row-major order over these dimensions; int64. */
export function argmax(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return maxAndArgmax(x, options)[1];
}

/** Smallest element over `axis`; NaN when there is one. @throws ValueError over an empty dimension, when it is run. */
export function min(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  const input = asTensor(x);
  return reversed(max(reversed(input), { ...options, axis: axesOf(options.axis ?? null, input) }));
}

/** Position of the first smallest element over `axis`, in row-major order over these dimensions; int64. */
export function argmin(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  const input = asTensor(x);
  return argmax(reversed(input), { ...options, axis: axesOf(options.axis ?? null, input) });
}

/**
 * Numbers in the opposite order. Integers by their complement, since the smallest one has no negative.
 * @throws NotImplementedError for complex numbers, whose smallest Theano does not give either.
 */
function reversed(x: TensorVariable): TensorVariable {
  if (isComplex(x.dtype))
    throw new NotImplementedError(
      `Complex numbers have no smallest one, and ${x} is ${x.dtype}: take abs() or real().`,
    );
  return applyElemwise(isDiscrete(x.dtype) ? "invert" : "neg", x);
}

/** Largest minus smallest element over `axis`; "peak to peak". */
export function ptp(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return applyElemwise("sub", max(x, options), min(x, options));
}

/** The smallest of several tensors, element by element. @throws ValueError for none. */
export function smallest(...tensors: readonly TensorLike[]): TensorVariable {
  if (tensors.length === 2) return applyElemwise("switch", applyElemwise("lt", tensors[0], tensors[1]), ...tensors);
  return min(stack(tensors), { axis: 0 });
}

/** The largest of several tensors, element by element. @throws ValueError for none. */
export function largest(...tensors: readonly TensorLike[]): TensorVariable {
  if (tensors.length === 2) return applyElemwise("switch", applyElemwise("gt", tensors[0], tensors[1]), ...tensors);
  return max(stack(tensors), { axis: 0 });
}

export const extremeFunctions = { max, min, argmax, argmin, maxAndArgmax, ptp, smallest, largest };
