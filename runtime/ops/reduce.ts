/** CAReduce: an associative scalar op folded over some dimensions: sum, prod, max, min, all, any. */
import { type DType, dtypeInfo, isDiscrete, upcast } from "../array/dtype.ts";
import { normalizeAxes } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { pyList } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { reduceKernel } from "../loop/build.ts";
import type { ReduceOp } from "../loop/ir.ts";
import { type DimShuffleItem, dimshuffle } from "./dimshuffle.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";

/** The scalar ops that arrays can be folded with. */
export type ReduceOpName = Exclude<ReduceOp, "argmax" | "argmin">;

export interface ReduceParameters {
  readonly scalar: ReduceOpName;
  /** Dimensions folded away, ascending; null: all of them. */
  readonly axis: readonly number[] | null;
  /** dtype of the result; null: that of the input. */
  readonly dtype: DType | null;
  /** dtype in which it is accumulated; null: that of the result. */
  readonly accDtype: DType | null;
}

export class CAReduce extends Op {
  readonly family: string;
  readonly key: string;
  readonly parameters: ReduceParameters;

  constructor(parameters: ReduceParameters) {
    super();
    this.parameters = parameters;
    this.family = FAMILY[parameters.scalar];
    this.key = `CAReduce{${JSON.stringify(parameters)}}`;
  }

  /** `Sum{axis=[0], acc_dtype=float64}`, `Reduce{maximum}{0}`. */
  toString(): string {
    const { scalar, axis, accDtype } = this.parameters;
    if (this.family === "CAReduce") return `Reduce{${scalar}}${axis === null ? "" : `{${axis.join(", ")}}`}`;
    if (accDtype === null) return axis === null ? this.family : `${this.family}{${axis.join(", ")}}`;
    return `${this.family}{${axis === null ? "" : `axis=${pyList(axis)}, `}acc_dtype=${accDtype}}`;
  }

  /** The dimensions folded away, for an input of `ndim` dimensions. */
  axes(ndim: number): readonly number[] {
    return normalizeAxes(this.parameters.axis, ndim);
  }

  apply(x: Variable): Apply {
    const axes = this.axes(x.ndim);
    const shape = x.type.shape.filter((_, i) => !axes.includes(i));
    return new Apply(this, [x], [x.type.with({ dtype: this.parameters.dtype ?? x.dtype, shape })]);
  }

  override lower(node: Apply): Lowered {
    const [x] = node.inputs;
    const axes = this.axes(x.ndim);
    const outDtype = node.out.dtype;
    const kernel = reduceKernel({
      op: this.parameters.scalar,
      dtype: x.dtype,
      accDtype: this.parameters.accDtype ?? outDtype,
      outDtype,
      ndim: x.ndim,
      axes,
    });
    return { kernel, shapes: ([shape]) => [this.#outputShape(shape, axes)] };
  }

  #outputShape(shape: readonly number[], axes: readonly number[]): readonly number[] {
    const { scalar } = this.parameters;
    if ((scalar === "maximum" || scalar === "minimum") && axes.some((axis) => shape[axis] === 0))
      throw new ValueError(`${this} of an empty dimension has no value; the input has shape (${shape.join(", ")}).`);
    return shape.filter((_, i) => !axes.includes(i));
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const [x] = node.inputs;
    if (isDiscrete(node.out.dtype)) return [zerosLike(x)];
    const widen = (v: Variable): Variable => this.#widen(v, x.ndim);
    switch (this.parameters.scalar) {
      case "add":
        return [applyElemwise("second", x, widen(g))];
      case "mul":
        return [applyElemwise("true_div", applyElemwise("mul", widen(g), widen(node.out)), x)];
      case "maximum":
      case "minimum":
        return [applyElemwise("mul", applyElemwise("eq", widen(node.out), x), widen(g))];
      case "and_":
      case "or_":
        return [DISCONNECTED];
    }
  }

  /** Puts dimensions of length 1 back where they were folded away. */
  #widen(v: Variable, ndim: number): Variable {
    return keepDims(v, this.axes(ndim), ndim);
  }
}

const FAMILY: Readonly<Record<ReduceOpName, string>> = {
  add: "Sum",
  mul: "Prod",
  maximum: "CAReduce",
  minimum: "CAReduce",
  and_: "All",
  or_: "Any",
};

/** Puts a dimension of length 1 where each of `axes` was in a tensor of `ndim` dimensions. */
function keepDims(reduced: Variable, axes: readonly number[], ndim: number): Variable {
  let next = 0;
  const order = Array.from({ length: ndim }, (_, axis): DimShuffleItem => (axes.includes(axis) ? "x" : next++));
  return dimshuffle(reduced, order);
}

export type Axis = number | readonly number[] | null;

export interface ReduceOptions {
  /** Dimension or dimensions to fold away; negative ones count from the end; absent or null: all. */
  readonly axis?: Axis;
  /** Keep the folded dimensions with length 1. */
  readonly keepdims?: boolean;
}

export interface SumOptions extends ReduceOptions {
  /** dtype of the result. Absent: integers widen to 64 bits, floats keep theirs. */
  readonly dtype?: DType;
  /** dtype of the accumulator. Absent: float32 accumulates in float64. */
  readonly accDtype?: DType;
}

function reduce(x: TensorLike, options: ReduceOptions, parameters: Omit<ReduceParameters, "axis">): TensorVariable {
  const input = asTensor(x);
  const given = options.axis ?? null;
  const axes = normalizeAxes(given, input.ndim);
  const result = new CAReduce({ ...parameters, axis: given === null ? null : axes }).apply(input).out;
  return options.keepdims ? keepDims(result, axes, input.ndim) : result;
}

/** Theano's rule for sums and products: small integers widen to 64 bits; float32 accumulates in float64. */
function accumulate(x: TensorLike, scalar: "add" | "mul", options: SumOptions): TensorVariable {
  const input = asTensor(x);
  const dtype = options.dtype ?? widened(input.dtype);
  const accDtype = options.accDtype ?? (dtype === "float32" ? "float64" : upcast(dtype, input.dtype));
  return reduce(input, options, { scalar, dtype, accDtype });
}

function widened(dtype: DType): DType {
  switch (dtypeInfo(dtype).kind) {
    case "bool":
    case "int":
      return "int64";
    case "uint":
      return "uint64";
    case "float":
      return dtype;
  }
}

/** Sum over `axis`. */
export function sum(x: TensorLike, options: SumOptions = {}): TensorVariable {
  return accumulate(x, "add", options);
}

/** Product over `axis`. */
export function prod(x: TensorLike, options: SumOptions = {}): TensorVariable {
  return accumulate(x, "mul", options);
}

/** Largest element over `axis`; NaN when there is one. */
export function max(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return reduce(x, options, { scalar: "maximum", dtype: null, accDtype: null });
}

/** Smallest element over `axis`; NaN when there is one. */
export function min(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return reduce(x, options, { scalar: "minimum", dtype: null, accDtype: null });
}

/** Whether all elements over `axis` are non-zero. */
export function all(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return reduce(applyElemwise("neq", x, 0), options, { scalar: "and_", dtype: null, accDtype: null });
}

/** Whether any element over `axis` is non-zero. */
export function any(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return reduce(applyElemwise("neq", x, 0), options, { scalar: "or_", dtype: null, accDtype: null });
}

/** Sums `term` over the dimensions in which `like` broadcast, so that it has the type of a gradient of `like`. */
export function sumTo(term: Variable, like: Variable): Variable {
  const axes = like.type.shape
    .map((_, axis) => axis)
    .filter((axis) => like.type.shape[axis] === 1 && term.type.shape[axis] !== 1);
  return axes.length === 0 ? term : sum(term, { axis: axes, keepdims: true });
}
