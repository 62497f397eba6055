/** The order of elements, as sorting takes it: NaN last; complex numbers by their real, then their imaginary parts. */
import { Complex } from "./complex.ts";
import { isComplex, readElement, type Scalar } from "./dtype.ts";
import type { NDArray } from "./ndarray.ts";

/** Negative where `a` comes before `b`, positive where it comes after; 0 where neither does. */
export function compareElements(a: Scalar, b: Scalar): number {
  if (a instanceof Complex && b instanceof Complex) return compareElements(a.re, b.re) || compareElements(a.im, b.im);
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Elements at equal steps of storage. */
export interface Line {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** The positions of a line's elements from the smallest to the largest, or the other way round; equal ones stay in order. */
export function sortedPositions(x: NDArray, line: Line, descending = false): Int32Array {
  const { data, dtype, offset } = x;
  const at = (i: number): number => offset + line.start + i * line.step;
  if (isComplex(dtype) || dtype === "int64" || dtype === "uint64") {
    const elements = Array.from({ length: line.length }, (_, i) => readElement(data, dtype, at(i)));
    const sign = descending ? -1 : 1;
    const positions = elements.map((_, i) => i);
    return Int32Array.from(positions.sort((i, j) => sign * compareElements(elements[i], elements[j])));
  }
  const keys = new Float64Array(line.length);
  for (let i = 0; i < line.length; i++) keys[i] = Number(data[at(i)]);
  return mergeSort(keys, descending);
}

/** Bottom-up merge sort of positions by their keys. */
function mergeSort(keys: Float64Array, descending: boolean): Int32Array {
  const { length } = keys;
  let from = Int32Array.from({ length }, (_, i) => i);
  let to = new Int32Array(length);
  for (let width = 1; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width)
      merge(keys, from, to, start, Math.min(start + width, length), Math.min(start + 2 * width, length), descending);
    [from, to] = [to, from];
  }
  return from;
}

/** Merges two sorted runs that follow each other; of equal keys those of the first run come first. */
function merge(
  keys: Float64Array,
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
  descending: boolean,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takesLeft = right >= end || (left < middle && !isBefore(keys[from[right]], keys[from[left]], descending));
    to[at] = takesLeft ? from[left++] : from[right++];
  }
}

/** NaN is after every number, and before it where the order descends. */
function isBefore(a: number, b: number, descending: boolean): boolean {
  if (descending) return a > b || (Number.isNaN(a) && !Number.isNaN(b));
  return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}
