/** What the ops of linear algebra share: names, checks, and the way between arrays and plain matrices. */
import { type DType, isComplex, isDiscrete } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { AssertionError, AttributeError, LinAlgError, ValueError } from "../../base/errors.ts";
import { pyQuote, pyTuple } from "../../base/python.ts";
import { describeFrame } from "../../base/stack.ts";
import type { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { Op } from "../../graph/op.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import type { Dense } from "./decompositions.ts";

/** An op on whole matrices: a factorization is no loop nest, so these have no loop IR. Integers count as float64. */
export abstract class MatrixOp extends Op {
  readonly family: string;
  readonly key: string;

  /** `Name`, or `Name{property=value}` in Python's spelling. */
  constructor(name: string, properties: Readonly<Record<string, string | boolean | number>> = {}) {
    super();
    this.family = name;
    const list = Object.entries(properties).map(([property, value]) => `${property}=${pyRepr(value)}`);
    this.key = list.length === 0 ? name : `${name}{${list.join(", ")}}`;
  }

  toString(): string {
    return this.key;
  }
}

function pyRepr(value: string | boolean | number): string {
  if (typeof value === "string") return pyQuote(value);
  return typeof value === "boolean" ? (value ? "True" : "False") : String(value);
}

/**
 * The input of an op as a real floating-point tensor of one of the given ranks.
 * @throws AssertionError for another rank; TypeError for complex numbers.
 */
export function realInput(op: Op, x: TensorLike, ...ranks: readonly number[]): TensorVariable {
  const input = asTensor(x);
  if (!ranks.includes(input.ndim))
    throw new AssertionError(
      `${op} takes a tensor of ${ranks.join(" or ")} dimensions, got ${input} of type ${input.type}.`,
    );
  if (isComplex(input.dtype))
    throw new TypeError(`${op} computes with real numbers, but ${input} is of type ${input.type}.`);
  return isDiscrete(input.dtype) ? cast(input, "float64") : input;
}

/**
 * A matrix, of which it is not known that it is not square.
 * @throws AssertionError for another rank; ValueError when the known lengths differ; TypeError for complex numbers.
 */
export function squareInput(op: Op, x: TensorLike): TensorVariable {
  const input = realInput(op, x, 2);
  const [rows, columns] = input.type.shape;
  if (rows !== null && columns !== null && rows !== columns)
    throw new ValueError(`${op} takes a square matrix, but ${input} has the shape ${pyTuple([rows, columns])}.`);
  return input;
}

/** The values of a matrix; a vector counts as one column. They are not to be changed. */
export function toDense(x: NDArray): Dense {
  const [rows, columns = 1] = x.shape;
  const { data, offset } = x.astype("float64").asContiguous();
  if (!(data instanceof Float64Array)) throw new TypeError(`a matrix of ${x.dtype} has no real values`);
  return { rows, columns, data: data.subarray(offset, offset + rows * columns) };
}

/** As {@link toDense}. @throws LinAlgError when the matrix is not square. */
export function toSquare(op: Op, x: NDArray): Dense {
  const dense = toDense(x);
  if (dense.rows !== dense.columns)
    throw new LinAlgError(`Last 2 dimensions of the array must be square: ${op} got the shape ${pyTuple(x.shape)}`);
  return dense;
}

/** An array of a matrix' values, by default under its own shape. */
export function fromDense(
  { rows, columns, data }: Dense,
  dtype: DType,
  shape: readonly number[] = [rows, columns],
): NDArray {
  return new NDArray(data, "float64", shape).astype(dtype);
}

/** An array of numbers without further dimensions. */
export function vectorOf(values: Float64Array, dtype: DType): NDArray {
  return new NDArray(values, "float64", [values.length]).astype(dtype);
}

/** The error for an op that, as in Theano, has no gradient. */
export function withoutGradient(node: Apply): AttributeError {
  const { frame } = node.origin;
  const place = frame === null ? "" : ` (written at ${describeFrame(frame)})`;
  return new AttributeError(
    `'${node.op.family}' object has no attribute 'grad': no gradient is known for ${node}${place}; keep it out of the gradient with disconnectedGrad.`,
  );
}
