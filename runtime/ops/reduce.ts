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
import { type Axis, axesOf, restoreAxes } from "./axis.ts";
import { applyElemwise, applyUnnamed, conjugate, zerosLike } from "./elemwise.ts";

export type { Axis };

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
  /** A promise that a product meets no zero, which makes its gradient cheaper. */
  readonly noZeros?: boolean;
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
    const shape = this.#kept(x.type.shape);
    return new Apply(this, [x], [x.type.with({ dtype: this.parameters.dtype ?? x.dtype, shape })]);
  }

  override lower(node: Apply): Lowered {
    const [x] = node.inputs;
    const outDtype = node.out.dtype;
    const kernel = reduceKernel({
      op: this.parameters.scalar,
      dtype: x.dtype,
      accDtype: this.parameters.accDtype ?? outDtype,
      outDtype,
      ndim: x.ndim,
      axes: this.axes(x.ndim),
    });
    return { kernel, shapes: ([shape]) => [this.#outputShape(shape)] };
  }

  #outputShape(shape: readonly number[]): readonly number[] {
    const { scalar } = this.parameters;
    if (scalar === "maximum" || scalar === "minimum") checkNotEmpty(this, shape, this.axes(shape.length));
    return this.#kept(shape);
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [this.#kept(lengths)];
  }

  /** What belongs to the dimensions that stay. */
  #kept<Item>(items: readonly Item[]): readonly Item[] {
    const axes = this.axes(items.length);
    return items.filter((_, axis) => !axes.includes(axis));
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const [x] = node.inputs;
    if (isDiscrete(node.out.dtype)) return [zerosLike(x)];
    const widen = (v: Variable): Variable => restoreAxes(v, this.axes(x.ndim), x.ndim);
    switch (this.parameters.scalar) {
      case "add":
        return [applyUnnamed("second", x, widen(g))];
      case "mul":
        return [applyElemwise("mul", widen(g), conjugate(this.#otherFactors(x, widen)))];
      case "maximum":
      case "minimum":
        return [applyElemwise("mul", applyElemwise("eq", widen(node.out), x), widen(g))];
      case "and_":
      case "or_":
        return [DISCONNECTED];
    }
  }

  /**
   * For each element, the product of the others: the whole product divided by it, but where there is one zero among
   * them, that zero alone has a product, and where there are several, none has.
   */
  #otherFactors(x: Variable, widen: (v: Variable) => Variable): Variable {
    const product = (factors: Variable): Variable => widen(this.apply(factors).out);
    if (this.parameters.noZeros) return applyElemwise("true_div", product(x), x);
    const isZero = applyElemwise("eq", x, 0);
    const zeros = sum(isZero, { axis: this.axes(x.ndim), keepdims: true });
    const withoutZeros = product(applyElemwise("switch", isZero, 1, x));
    return applyElemwise(
      "switch",
      applyElemwise("eq", zeros, 0),
      applyElemwise("true_div", product(x), x),
      applyElemwise("switch", applyElemwise("and_", applyElemwise("eq", zeros, 1), isZero), withoutZeros, 0),
    );
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

/** @throws ValueError in NumPy's words when one of the dimensions is empty, so that there is no extreme element. */
export function checkNotEmpty(op: Op, shape: readonly number[], axes: readonly number[]): void {
  if (axes.some((axis) => shape[axis] === 0))
    throw new ValueError(
      `zero-size array to reduction operation maximum which has no identity: ${op} of the shape (${shape.join(", ")}).`,
    );
}

export interface ReduceOptions {
  /** Dimension or dimensions to fold away; negative ones count from the end; absent or null: all. */
  readonly axis?: Axis;
  /** Keep the folded dimensions with length 1. */
  readonly keepdims?: boolean;
}

export interface SumOptions extends ReduceOptions {
  /** dtype of the result. Absent: integers widen to 64 bits, floats keep theirs. */
  readonly dtype?: DType | null;
  /** dtype of the accumulator. Absent: float16 accumulates in float32, float32 in float64, complex64 in complex128. */
  readonly accDtype?: DType | null;
}

export interface ProdOptions extends SumOptions {
  /** A promise that there is no zero, which makes the gradient cheaper and wrong where it is broken. */
  readonly noZerosInInput?: boolean;
}

function reduce(
  input: TensorVariable,
  options: ReduceOptions,
  parameters: Omit<ReduceParameters, "axis">,
): TensorVariable {
  const given = options.axis ?? null;
  const axes = axesOf(given, input);
  const result = new CAReduce({ ...parameters, axis: given === null ? null : axes }).apply(input).out;
  return options.keepdims ? restoreAxes(result, axes, input.ndim) : result;
}

/** Theano's rule for sums and products: small integers widen to 64 bits; narrow floats accumulate in wider ones. */
function accumulate(x: TensorLike, options: SumOptions, scalar: "add" | "mul", noZeros = false): TensorVariable {
  const input = asTensor(x);
  const dtype = options.dtype ?? widened(input.dtype);
  const accDtype = options.accDtype ?? accumulatorDtype(dtype, input.dtype);
  return reduce(input, options, { scalar, dtype, accDtype, ...(noZeros && { noZeros }) });
}

function widened(dtype: DType): DType {
  switch (dtypeInfo(dtype).kind) {
    case "bool":
    case "int":
      return "int64";
    case "uint":
      return "uint64";
    default:
      return dtype;
  }
}

/** Twice the precision where there is one, and that of the result where that is more. */
function accumulatorDtype(result: DType, input: DType): DType {
  switch (result) {
    case "float16":
      return "float32";
    case "float32":
      return "float64";
    case "complex64":
      return "complex128";
    default:
      return upcast(result, input);
  }
}

/** Sum over `axis`. */
export function sum(x: TensorLike, options: SumOptions = {}): TensorVariable {
  return accumulate(x, options, "add");
}

/** Product over `axis`. Its gradient is that of the other factors, also where there are zeros among them. */
export function prod(x: TensorLike, options: ProdOptions = {}): TensorVariable {
  return accumulate(x, options, "mul", options.noZerosInInput);
}

/** Whether all elements over `axis` are non-zero. */
export function all(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return reduce(truth(x), options, { scalar: "and_", dtype: null, accDtype: null });
}

/** Whether any element over `axis` is non-zero. */
export function any(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  return reduce(truth(x), options, { scalar: "or_", dtype: null, accDtype: null });
}

function truth(x: TensorLike): TensorVariable {
  const input = asTensor(x);
  return input.dtype === "bool" ? input : applyElemwise("neq", input, 0);
}

/** Sums `term` over the dimensions in which `like` broadcast, so that it has the type of a gradient of `like`. */
export function sumTo(term: Variable, like: Variable): Variable {
  const axes = like.type.shape
    .map((_, axis) => axis)
    .filter((axis) => like.type.shape[axis] === 1 && term.type.shape[axis] !== 1);
  return axes.length === 0 ? term : sum(term, { axis: axes, keepdims: true });
}
