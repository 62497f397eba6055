/** Attributes and methods of NumPy's arrays. */
import { dtypeInfo, isFloat } from "../../../runtime/array/dtype.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { AttributeError } from "../../../runtime/base/errors.ts";
import { fromRuntime } from "./convert.ts";
import { arrayOf, asArray, checkedDType, elementwise, mapArray } from "./numpy-elementwise.ts";
import { matrixProduct } from "./numpy-linalg.ts";
import { alongAxis, REDUCERS, reduceArray } from "./numpy-reduce.ts";
import { isNumber, type Keywords, numberOf, PyFloat, PyFunction, repr, str, tuple } from "./values.ts";

/** `array.name`. @throws AttributeError when arrays have no such attribute. */
export function arrayAttribute(array: NDArray, name: string): unknown {
  switch (name) {
    case "shape":
      return tuple(array.shape);
    case "dtype":
      return array.dtype;
    case "ndim":
    case "size":
    case "nbytes":
      return array[name];
    case "itemsize":
      return dtypeInfo(array.dtype).bytes;
    case "strides":
      return tuple(array.byteStrides);
    case "T":
      return array.transpose();
    case "data":
    case "base":
      return array;
    case "flat":
      return [...array.elements()].map((value) => scalarOf(array, value));
  }
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method !== undefined) return new PyFunction(name, (args, keywords) => method(array, args, keywords));
  if (name in REDUCERS)
    return new PyFunction(name, (args, keywords) =>
      reduceArray(name, array, keywords.get("axis") ?? args[0], keywords.get("keepdims")),
    );
  throw new AttributeError(`'numpy.ndarray' object has no attribute '${name}'`);
}

/** An element as Python's own number. */
function scalarOf(array: NDArray, value: unknown): unknown {
  return isFloat(array.dtype) && typeof value === "number" ? new PyFloat(value) : fromRuntime(value);
}

function toList(array: NDArray): unknown {
  if (array.ndim === 0) return scalarOf(array, array.item());
  return Array.from({ length: array.shape[0] ?? 0 }, (_, i) => toList(array.slice(i)));
}

/** Lengths given as one tuple or as several numbers. */
export function lengthsOf(args: readonly unknown[]): number[] {
  return args.flat().map(numberOf);
}

type Method = (array: NDArray, args: readonly unknown[], keywords: Keywords) => unknown;

export const METHODS: Readonly<Record<string, Method>> = {
  copy: (array) => array.copy(),
  astype: (array, [dtype]) => array.astype(checkedDType(dtype)).copy(),
  reshape: (array, args) => array.reshape(lengthsOf(args)),
  transpose: (array, args) => (args.length === 0 ? array.transpose() : array.transpose(lengthsOf(args))),
  swapaxes: (array, [a, b]) => {
    const axes = array.shape.map((_, i) => i);
    const [first, second] = [a, b].map((axis) => (numberOf(axis) + array.ndim) % array.ndim);
    axes[first ?? 0] = second ?? 0;
    axes[second ?? 0] = first ?? 0;
    return array.transpose(axes);
  },
  flatten: (array) => array.copy().reshape([array.size]),
  ravel: (array) => array.reshape([array.size]),
  squeeze: (array) => array.reshape(array.shape.filter((length) => length !== 1)),
  item: (array, args) => scalarOf(array, args.length === 0 ? array.item() : array.get(...lengthsOf(args))),
  tolist: toList,
  dot: (array, [other]) => matrixProduct(array, asArray(other)),
  fill: (array, [value]) => {
    const filled = NDArray.full([array.data.length], numberOf(value), array.dtype);
    for (const [i, x] of [...filled.elements()].entries()) array.data[i] = typeof x === "bigint" ? x : Number(x);
    return null;
  },
  round: (array, [digits = 0]) => {
    const scale = 10 ** numberOf(digits);
    return mapArray(array, (x) => halfToEven(x * scale) / scale, array.dtype);
  },
  clip: (array, [low, high]) =>
    elementwise("minimum", elementwise("maximum", array, asArray(low)), asArray(high)).astype(array.dtype),
  cumsum: (array, [axis], keywords) => cumulate(array, keywords.get("axis") ?? axis ?? null, (a, b) => a + b),
  cumprod: (array, [axis], keywords) => cumulate(array, keywords.get("axis") ?? axis ?? null, (a, b) => a * b),
  argsort: (array, [axis = -1]) =>
    alongAxis(array, axis, "int64", (values) =>
      values.map((_, i) => i).sort((i, j) => Number(values[i]) - Number(values[j])),
    ),
  sort: (array, [axis = -1]) => {
    const sorted = alongAxis(array, axis, array.dtype, (values) => values.toSorted((a, b) => Number(a) - Number(b)));
    [...sorted.elements()].forEach((value, i) => {
      array.data[array.offset + i] = typeof value === "bigint" ? value : Number(value);
    });
    return null;
  },
  repeat: (array, [count]) =>
    arrayOf(
      [...array.elements()].flatMap((x) => Array(numberOf(count)).fill(x)),
      array.dtype,
      [array.size * numberOf(count)],
    ),
  nonzero: (array) => {
    const found = [...array.elements()].flatMap((x, i) => (Number(x) === 0 ? [] : [BigInt(i)]));
    return tuple([NDArray.from(found, "int64")]);
  },
  take: (array, [positions]) => {
    const values = [...array.elements()];
    const at = asArray(positions);
    return arrayOf(
      [...at.elements()].map((i) => values[Number(i)] ?? 0),
      array.dtype,
      at.shape,
    );
  },
  tobytes: (array) => repr(array),
  __str__: (array) => str(array),
  __repr__: (array) => repr(array),
  __abs__: (array) => mapArray(array, Math.abs, array.dtype),
  __len__: (array) => array.shape[0] ?? 0,
  __array__: (array) => array,
};

function cumulate(array: NDArray, axis: unknown, add: (a: number, b: number) => number): NDArray {
  const dtype = isFloat(array.dtype) ? array.dtype : "int64";
  return alongAxis(array, isNumber(axis) ? axis : null, dtype, (values) => {
    let sum: number | null = null;
    return values.map((value) => {
      sum = sum === null ? Number(value) : add(sum, Number(value));
      return sum;
    });
  });
}

/** Rounds as NumPy and IEEE 754 do: halves go to the even neighbour. */
export function halfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
