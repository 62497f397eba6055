/** Taking a value as an argument: Theano's `TensorType.filter`, with its wording. */
import { type DType, upcast } from "../array/dtype.ts";
import { NDArray, type NDArrayLike } from "../array/ndarray.ts";
import { pyTuple } from "../base/python.ts";
import { config } from "../config/index.ts";
import type { FilterOptions, TensorType } from "./type.ts";
import { TensorVariable } from "./variable.ts";

/**
 * @throws TypeError for a wrong dtype, rank, or a length other than 1 where the type broadcasts.
 */
export function admitValue(type: TensorType, value: NDArrayLike, options: FilterOptions): NDArray {
  if (value instanceof TensorVariable)
    throw new TypeError(
      `Expected an array-like object, but found a Variable: ${value} of type ${value.type}. Compiled functions take values, not symbolic variables.`,
    );
  const array = options.strict ? strictArray(type, value) : convert(type, value, options.allowDowncast ?? null);
  if (array.ndim !== type.ndim)
    throw new TypeError(
      `Wrong number of dimensions: expected ${type.ndim}, got ${array.ndim} with shape ${pyTuple(array.shape)}.`,
    );
  const bad = type.shape.findIndex((dim, i) => dim !== null && array.shape[i] !== dim);
  if (bad >= 0 && type.shape[bad] !== 1)
    throw new TypeError(
      `Wrong length: dimension ${bad} must be ${type.shape[bad]}, and the value has shape ${pyTuple(array.shape)}; the type's shape is ${type.shapeText}.`,
    );
  if (bad >= 0)
    throw new TypeError(
      `Non-unit value on shape on a broadcastable dimension: dimension ${bad} of ${type} must be 1, and the value has shape ${pyTuple(array.shape)}.`,
    );
  return array;
}

function strictArray(type: TensorType, value: NDArrayLike): NDArray {
  if (!(value instanceof NDArray)) throw new TypeError(`${type} expected an NDArray, got ${describeValue(value)}.`);
  if (value.dtype !== type.dtype)
    throw new TypeError(`${type} expected an NDArray with dtype=${type.dtype}, got one with dtype=${value.dtype}.`);
  return value;
}

function convert(type: TensorType, value: NDArrayLike, allowDowncast: boolean | null): NDArray {
  if (value instanceof NDArray && value.dtype === type.dtype) return value;
  const array = NDArray.from(value);
  const untyped = !(value instanceof NDArray) && !ArrayBuffer.isView(value);
  // Plain JavaScript numbers carry no dtype; they may take floatX's precision, as Theano lets Python floats.
  const literalToFloatX = untyped && allowDowncast !== false && type.dtype === config.floatX;
  if (allowDowncast === true || literalToFloatX || upcast(array.dtype, type.dtype) === type.dtype)
    return array.astype(type.dtype);
  const narrowed = array.astype(type.dtype);
  if (untyped && allowDowncast !== false && sameNumbers(array, narrowed)) return narrowed;
  throw lossError(type, value, array.dtype);
}

function sameNumbers(a: NDArray, b: NDArray): boolean {
  return b.astype(a.dtype).equals(a);
}

function lossError(type: TensorType, value: NDArrayLike, from: DType): TypeError {
  const what = describeValue(value);
  if (value instanceof NDArray || ArrayBuffer.isView(value))
    return new TypeError(
      `${type} cannot store a value of dtype ${from} without risking loss of precision. If you do not mind this loss, you can: 1) explicitly cast your data to ${type.dtype}, or 2) set "allowInputDowncast: true" when calling "theano.function". Value: ${what}`,
    );
  return new TypeError(
    `${type} cannot store accurately value ${what}, it would be represented as ${NDArray.from(value).astype(type.dtype)}. If you do not mind this precision loss, you can: 1) explicitly convert your data to ${type.dtype}, or 2) set "allowInputDowncast: true" when calling "theano.function".`,
  );
}

function describeValue(value: NDArrayLike): string {
  const text =
    value instanceof NDArray
      ? value.repr()
      : String(JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v)));
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
