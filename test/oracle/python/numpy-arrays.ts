/** How NumPy makes arrays, joins them and takes them apart. */
import type { DType } from "../../../runtime/array/dtype.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { ValueError } from "../../../runtime/base/errors.ts";
import { arrayOf, asArray, checkedDType, elementwise, mapArray } from "./numpy-elementwise.ts";
import { lengthsOf } from "./numpy-methods.ts";
import { type Keywords, numberOf, PyFloat } from "./values.ts";

export function dtypeOr(given: unknown, fallback: DType): DType {
  return given === undefined || given === null ? fallback : checkedDType(given);
}

export function withDType(x: unknown, dtype: unknown): NDArray {
  return dtype === undefined || dtype === null ? asArray(x) : asArray(x, checkedDType(dtype));
}

export function filled([shape, dtype]: readonly unknown[], keywords: Keywords, value: number): NDArray {
  return NDArray.full(
    lengthsOf([keywords.get("shape") ?? shape]),
    value,
    dtypeOr(keywords.get("dtype") ?? dtype, "float64"),
  );
}

export function like(x: unknown, value: number, dtype: unknown): NDArray {
  const array = asArray(x);
  return NDArray.full(array.shape, value, dtypeOr(dtype, array.dtype));
}

export function arange(args: readonly unknown[], dtype: unknown): NDArray {
  const [first = 0, second, step = 1] = args.slice(0, 3).map(numberOf);
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const isFloat = args.slice(0, 3).some((arg) => arg instanceof PyFloat);
  const values = Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);
  return arrayOf(values, dtypeOr(dtype ?? args[3], isFloat ? "float64" : "int64"), [values.length]);
}

export function linspace(start: number, stop: number, count: number): NDArray {
  const step = (stop - start) / (count - 1);
  const values = Array.from({ length: count }, (_, i) => (i === count - 1 ? stop : start + i * step));
  return arrayOf(values, "float64", [count]);
}

export function eye(n: number, columns: unknown, k: number, dtype: DType): NDArray {
  const m = columns === undefined || columns === null ? n : numberOf(columns);
  return arrayOf(
    Array.from({ length: n * m }, (_, i) => (i % m === Math.floor(i / m) + k ? 1 : 0)),
    dtype,
    [n, m],
  );
}

export function diagonal(x: NDArray): NDArray {
  const values = [...x.elements()];
  if (x.ndim === 2) {
    const length = Math.min(...x.shape);
    return arrayOf(
      Array.from({ length }, (_, i) => values[i * (x.shape[1] ?? 1) + i] ?? 0),
      x.dtype,
      [length],
    );
  }
  const n = x.size;
  return arrayOf(
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? (values[i / (n + 1)] ?? 0) : 0)),
    x.dtype,
    [n, n],
  );
}

export function triangle(x: NDArray, keeps: (i: number, j: number) => boolean): NDArray {
  const columns = x.shape[1] ?? 1;
  const values = [...x.elements()].map((value, i) => (keeps(Math.floor(i / columns), i % columns) ? value : 0));
  return arrayOf(values, x.dtype, x.shape);
}

export function choose(test: NDArray, then: NDArray, otherwise: NDArray): NDArray {
  const marks = mapArray(test, (x) => (x === 0 ? 0 : 1), "float64");
  const both = elementwise("+", then, otherwise);
  const shape = elementwise("*", marks, both).shape;
  const [m, a, b] = [marks, then, otherwise].map((array) => [...array.broadcastTo(shape).elements()]);
  return arrayOf(
    (m ?? []).map((mark, i) => (mark === 1 ? a : b)?.[i] ?? 0),
    both.dtype,
    shape,
  );
}

export function withAxis(x: NDArray, axis: number): NDArray {
  const at = axis < 0 ? axis + x.ndim + 1 : axis;
  return x.reshape([...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

export function atLeast2d(x: NDArray): NDArray {
  return x.ndim >= 2 ? x : x.reshape([1, x.size]);
}

export function join(arrays: readonly NDArray[], axis: number): NDArray {
  const [first] = arrays;
  if (first === undefined) throw new ValueError("need at least one array to concatenate");
  const at = axis < 0 ? axis + first.ndim : axis;
  const order = [at, ...first.shape.map((_, i) => i).filter((i) => i !== at)];
  const values = arrays.flatMap((array) => [...array.transpose(order).elements()]);
  const dtype = arrays
    .map((array) => array.dtype)
    .reduce((a, b) => elementwise("+", NDArray.zeros([1], a), NDArray.zeros([1], b)).dtype);
  const length = arrays.reduce((sum, array) => sum + (array.shape[at] ?? 0), 0);
  const shape = order.map((i) => (i === at ? length : (first.shape[i] ?? 1)));
  return arrayOf(values, dtype, shape).transpose(order.map((_, i) => order.indexOf(i)));
}

export function tile(x: NDArray, reps: readonly number[]): NDArray {
  const ndim = Math.max(x.ndim, reps.length);
  let result = x.reshape([...Array<number>(ndim - x.ndim).fill(1), ...x.shape]);
  const counts = [...Array<number>(ndim - reps.length).fill(1), ...reps];
  for (const [axis, count] of counts.entries()) result = join(Array<NDArray>(count).fill(result), axis);
  return result;
}
