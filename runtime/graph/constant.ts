/** Turning what users write into variables: numbers, nested arrays and NDArrays become constants. */
import { inspect } from "node:util";
import { type DType, dtypeOfNumber, isDiscrete, isFloat } from "../array/dtype.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { AsTensorError } from "../base/errors.ts";
import { config } from "../config/index.ts";
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
 * The dtype of a plain number in an expression. Under `cast_policy=custom` it is the smallest that holds the number, so
 * that `2 * x` keeps the dtype of `x`; under `numpy+floatX` that of NumPy, but floatX for what is no integer.
 */
function dtypeOfLiteral(value: number): DType {
  if (config.cast_policy === "custom") return dtypeOfNumber(value, floatX());
  return isDiscrete(dtypeOfNumber(value, floatX())) ? "int64" : floatX();
}

/**
 * A constant; its lengths are known, and those of 1 broadcast. Without `dtype` it has that of {@link arrayOf}, except
 * that for a single plain number the flag `cast_policy` decides.
 * @throws AsTensorError when the value is no array of numbers; also for a plain boolean without `dtype`, as Theano does,
 * lest it be taken for a mask.
 */
export function constant(value: NDArrayLike, name: string | null = null, dtype?: SymbolicDType): TensorConstant {
  if (typeof value === "boolean" && dtype === undefined)
    throw new AsTensorError(
      `Cannot convert ${value} to TensorType: alone it may be meant as a mask. If a truth value is meant, give its dtype: T.constant(${value}, null, "bool").`,
    );
  if (name !== null && typeof name !== "string")
    throw new TypeError(`The second argument of T.constant is a name, and the third a dtype; got ${inspect(name)}.`);
  const given = tensorValue(value, dtype ?? (typeof value === "number" ? dtypeOfLiteral(value) : undefined));
  // A constant never changes, whatever happens to the array that it was made from.
  const array = given === value ? given.copy() : given;
  return new TensorConstant(new TensorType(array.dtype, array.shape), array, name);
}

/** As {@link arrayOf}; what is no array of numbers gives Theano's error. */
function tensorValue(value: NDArrayLike, dtype?: SymbolicDType): NDArray {
  try {
    return arrayOf(value, dtype);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new AsTensorError(`Cannot convert ${inspect(value)} to TensorType: ${error.message}`, { cause: error });
  }
}

/**
 * The variable itself, or a constant of the value.
 * @throws AsTensorError when the value is neither a variable nor an array of numbers, and for a plain boolean.
 */
export function asTensor(value: TensorLike, name: string | null = null): TensorVariable {
  return value instanceof TensorVariable ? value : constant(value, name);
}
