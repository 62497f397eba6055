/** Turning what users write into variables: numbers, nested arrays and NDArrays become constants. */
import { dtypeOfNumber } from "../array/dtype.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { config } from "../config/index.ts";
import { type Dim, TensorType } from "./type.ts";
import { TensorConstant, TensorVariable } from "./variable.ts";

/** Whatever may stand for a symbolic tensor. */
export type TensorLike = TensorVariable | NDArrayLike;

/**
 * A constant of the value's own type; lengths of 1 broadcast. A plain number takes the smallest dtype that holds it
 * (Theano's `cast_policy=custom`).
 */
export function constant(value: NDArrayLike, name: string | null = null): TensorConstant {
  const array = typeof value === "number" ? NDArray.scalar(value, dtypeOfNumber(value, config.floatX)) : NDArray.from(value);
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
