/** Turning what users write into variables: numbers, nested arrays and NDArrays become constants. */
import { dtypeOfNumber, isFloat } from "../array/dtype.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { floatX, resolveDType, type SymbolicDType } from "./floatx.ts";
import { TensorType } from "./type.ts";
import { TensorConstant, TensorVariable } from "./variable.ts";

/** Whatever may stand for a symbolic tensor. */
export type TensorLike = TensorVariable | NDArrayLike;

/**
 * An array of what users write. An NDArray or typed array keeps its dtype; plain numbers have none and take floatX,
 * plain booleans and bigints are bool and int64.
 */
export function arrayOf(value: NDArrayLike, dtype?: SymbolicDType): NDArray {
  if (dtype !== undefined) return NDArray.from(value, resolveDType(dtype));
  const array = NDArray.from(value);
  if (value instanceof NDArray || ArrayBuffer.isView(value)) return array;
  return isFloat(array.dtype) ? array.astype(floatX()) : array;
}

/**
 * A constant; its lengths are known, and those of 1 broadcast. Without `dtype` it has that of {@link arrayOf}, except that a single plain number
 * takes the smallest dtype that holds it, so that `2 * x` keeps the dtype of `x` (Theano's `cast_policy=custom`).
 */
export function constant(value: NDArrayLike, name: string | null = null, dtype?: SymbolicDType): TensorConstant {
  const given = arrayOf(value, dtype ?? (typeof value === "number" ? dtypeOfNumber(value, floatX()) : undefined));
  // A constant never changes, whatever happens to the array that it was made from.
  const array = given === value ? given.copy() : given;
  return new TensorConstant(new TensorType(array.dtype, array.shape), array, name);
}

/**
 * The variable itself, or a constant of the value.
 * @throws TypeError when the value is neither a variable nor an array of numbers.
 */
export function asTensor(value: TensorLike, name: string | null = null): TensorVariable {
  return value instanceof TensorVariable ? value : constant(value, name);
}
