/** Picking parts of one layout that begin at several places of storage, and writing to them. */
import { slotsOf, type TypedArray } from "./dtype.ts";
import { NDArray } from "./ndarray.ts";
import { contiguousStrides, type Shape, sizeOf } from "./shape.ts";
import { transfer, type View } from "./transfer.ts";

/** Parts of an array: where each begins, in elements of its storage, and how the elements of one lie. */
export interface Parts {
  readonly offsets: readonly number[];
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** A dense array of the parts, one after the other along a new first axis. */
export function gather(x: NDArray, parts: Parts): NDArray {
  const result = NDArray.zeros([parts.offsets.length, ...parts.shape], x.dtype);
  if (isSingle(x, parts)) {
    copyPlaces(result.data, null, x.data, parts.offsets);
    return result;
  }
  const step = sizeOf(parts.shape);
  const strides = contiguousStrides(parts.shape);
  parts.offsets.forEach((offset, i) => {
    transfer(parts.shape, part(result, i * step, strides), part(x, offset, parts.strides));
  });
  return result;
}

/** A dense array of this shape of the elements that lie at the offsets, in row-major order. */
export function gatherElements(x: NDArray, offsets: readonly number[], shape: Shape): NDArray {
  return gather(x, { offsets, shape: [], strides: [] }).reshape(shape);
}

/** Writes or adds dense `values`, one after the other along their first axis, to the parts; where parts meet, repeatedly. */
export function scatter(x: NDArray, parts: Parts, values: NDArray, mode: "set" | "add"): void {
  const step = sizeOf(parts.shape);
  const strides = contiguousStrides(parts.shape);
  if (values.offset === 0 && x.dtype !== "bool" && isSingle(x, parts)) {
    if (mode === "set") copyPlaces(x.data, parts.offsets, values.data, null);
    else addPlaces(x.data, parts.offsets, values.data);
    return;
  }
  parts.offsets.forEach((offset, i) => {
    transfer(parts.shape, part(x, offset, parts.strides), part(values, values.offset + i * step, strides), mode);
  });
}

function part({ data, dtype }: View, offset: number, strides: readonly number[]): View {
  return { data, dtype, strides, offset };
}

/** Whether every part is one slot of storage. */
function isSingle({ dtype }: NDArray, { shape }: Parts): boolean {
  return sizeOf(shape) === 1 && slotsOf(dtype) === 1;
}

/** Copies slots between places; null stands for one after the other. */
function copyPlaces(
  to: TypedArray,
  targets: readonly number[] | null,
  from: TypedArray,
  sources: readonly number[] | null,
): void {
  const count = (targets ?? sources ?? []).length;
  for (let i = 0; i < count; i++) to[targets?.[i] ?? i] = from[sources?.[i] ?? i];
}

function addPlaces(to: TypedArray, targets: readonly number[], from: TypedArray): void {
  if (to instanceof BigInt64Array || to instanceof BigUint64Array) {
    for (let i = 0; i < targets.length; i++) to[targets[i]] += BigInt(from[i]);
  } else {
    for (let i = 0; i < targets.length; i++) to[targets[i]] += Number(from[i]);
  }
}

/** The elements of an integer array as numbers, in row-major order. */
export function wholeNumbers(x: NDArray): number[] {
  const { data, offset, size } = x.asContiguous();
  const numbers = new Array<number>(size);
  for (let i = 0; i < size; i++) numbers[i] = Number(data[offset + i]);
  return numbers;
}

/** Whole numbers as the elements of an int64 array. */
export function int64From(numbers: ArrayLike<number>): BigInt64Array {
  const elements = new BigInt64Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) elements[i] = BigInt(numbers[i]);
  return elements;
}

/** The indices of the elements that are not zero, in row-major order: one list per axis. NaN is not zero. */
export function nonzeroIndices(x: NDArray): Int32Array[] {
  const { data, dtype, offset, size, shape } = x.asContiguous();
  const slots = slotsOf(dtype);
  const found: number[] = [];
  for (let i = 0; i < size; i++) {
    const at = slots * (offset + i);
    if (Number(data[at]) !== 0 || (slots > 1 && Number(data[at + 1]) !== 0)) found.push(i);
  }
  const strides = contiguousStrides(shape);
  return shape.map((length, axis) => Int32Array.from(found, (i) => Math.floor(i / strides[axis]) % length));
}
