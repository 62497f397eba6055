/** Turning what users write into variables: numbers, nested arrays and NDArrays become constants. */
import { type DType, dtypeOfNumber } from "../array/dtype.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { floatX } from "./floatx.ts";
import { type Dim, TensorType } from "./type.ts";
import { TensorConstant, TensorVariable } from "./variable.ts";

/** Whatever may stand for a symbolic tensor. */
export type TensorLike = TensorVariable | NDArrayLike;

/**
 * A constant; lengths of 1 broadcast. Without `dtype` an array keeps its own, and a plain number takes the smallest
 * that holds it (Theano's `cast_policy=custom`).
 */
export function constant(value: NDArrayLike, name: string | null = null, dtype?: DType): TensorConstant {
  const array = NDArray.from(value, dtype ?? (typeof value === "number" ? dtypeOfNumber(value, floatX()) : undefined));
  const shape = array.shape.map((n): Dim => (n === 1 ? 1 : null));
  return new TensorConstant(new TensorType(array.dtype, shape), array, name);
}

/**
 * The variable itself, or a constant of the value.
 * @throws AsTensorError-like TypeError when the value is neither a variable nor an array of numbers.
 */
export function asTensor(value: TensorLike, name: string | null = null): TensorVariable {
  return value instanceof TensorVariable ? value : constant(value, name);
}
