/** Reductions and orders of NumPy's arrays along an axis. */
import { type DType, dtypeInfo, isFloat, type Scalar } from "../../../runtime/array/dtype.ts";
import type { NDArray } from "../../../runtime/array/ndarray.ts";
import { ValueError } from "../../../runtime/base/errors.ts";
import { arrayOf } from "./numpy-elementwise.ts";
import { isNumber, numberOf, truth } from "./values.ts";

/** What becomes of the values along the reduced axes. */
type Reduction = (values: readonly number[]) => number | boolean;

interface Reducer {
  readonly reduce: Reduction;
  /** The dtype of the result. */
  readonly dtype: (own: DType) => DType;
}

const same = (own: DType): DType => own;
const widened = (own: DType): DType => (isFloat(own) ? own : dtypeInfo(own).kind === "uint" ? "uint64" : "int64");
const floating = (own: DType): DType => (isFloat(own) ? own : "float64");

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const average = (values: readonly number[]): number => total(values) / values.length;
const variance = (values: readonly number[]): number => {
  const center = average(values);
  return average(values.map((x) => (x - center) ** 2));
};

export const REDUCERS: Readonly<Record<string, Reducer>> = {
  sum: { reduce: total, dtype: widened },
  prod: { reduce: (values) => values.reduce((a, b) => a * b, 1), dtype: widened },
  mean: { reduce: average, dtype: floating },
  var: { reduce: variance, dtype: floating },
  std: { reduce: (values) => Math.sqrt(variance(values)), dtype: floating },
  max: { reduce: (values) => nonEmpty(values).reduce((a, b) => (Number.isNaN(a) || a > b ? a : b)), dtype: same },
  min: { reduce: (values) => nonEmpty(values).reduce((a, b) => (Number.isNaN(a) || a < b ? a : b)), dtype: same },
  argmax: { reduce: (values) => values.indexOf(Math.max(...nonEmpty(values))), dtype: () => "int64" },
  argmin: { reduce: (values) => values.indexOf(Math.min(...nonEmpty(values))), dtype: () => "int64" },
  all: { reduce: (values) => values.every((x) => x !== 0), dtype: () => "bool" },
  any: { reduce: (values) => values.some((x) => x !== 0), dtype: () => "bool" },
  count_nonzero: { reduce: (values) => values.filter((x) => x !== 0).length, dtype: () => "int64" },
};

function nonEmpty(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new ValueError("zero-size array to reduction operation which has no identity");
  return values;
}

/** Reduces over an axis, several, or all. */
export function reduceArray(name: string, array: NDArray, axis: unknown = null, keepdims: unknown = false): NDArray {
  const reducer = REDUCERS[name];
  if (reducer === undefined) throw new ValueError(`no reduction ${name}`);
  const given = axis === null ? array.shape.map((_, i) => i) : [axis].flat().map(numberOf);
  const axes = given.map((a) => (a < 0 ? a + array.ndim : a));
  const kept = array.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const lanes = array.transpose([...kept, ...axes]);
  const count = axes.reduce((product, a) => product * (array.shape[a] ?? 1), 1);
  const values = [...lanes.elements()].map(Number);
  const size = kept.reduce((product, a) => product * (array.shape[a] ?? 1), 1);
  const results = Array.from({ length: size }, (_, i) => reducer.reduce(values.slice(i * count, (i + 1) * count)));
  const shape = array.shape.flatMap((length, i) => (axes.includes(i) ? (truth(keepdims) ? [1] : []) : [length]));
  return arrayOf(results, reducer.dtype(array.dtype), shape);
}

/** Replaces the values along one axis, the last by default, by as many others. */
export function alongAxis(
  array: NDArray,
  axis: unknown,
  dtype: DType,
  f: (values: readonly Scalar[]) => readonly Scalar[],
): NDArray {
  const flat = axis === null ? array.reshape([array.size]) : array;
  const at = isNumber(axis) ? numberOf(axis) : -1;
  const own = at < 0 ? at + flat.ndim : at;
  const order = [...flat.shape.keys()].filter((i) => i !== own).concat(own);
  const lanes = flat.transpose(order);
  const length = flat.shape[own] ?? 1;
  const values = [...lanes.elements()];
  const results = Array.from({ length: length === 0 ? 0 : values.length / length }, (_, i) =>
    f(values.slice(i * length, (i + 1) * length)),
  ).flat();
  const back = order.map((_, i) => order.indexOf(i));
  return arrayOf(results, dtype, lanes.shape).transpose(back);
}
