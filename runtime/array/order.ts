/** The order of elements, as sorting takes it: NaN last; complex numbers by their real, then their imaginary parts. */
import { Complex } from "./complex.ts";
import { readElement, type Scalar } from "./dtype.ts";
import type { NDArray } from "./ndarray.ts";

/** Negative where `a` comes before `b`, positive where it comes after; 0 where neither does. */
export function compareElements(a: Scalar, b: Scalar): number {
  if (a instanceof Complex && b instanceof Complex) return compareElements(a.re, b.re) || compareElements(a.im, b.im);
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** The positions of a line's elements from the smallest to the largest, or the other way round; equal ones stay in their order. */
export function sortedPositions(
  x: NDArray,
  line: { readonly start: number; readonly step: number; readonly length: number },
  descending = false,
): number[] {
  const elements = Array.from({ length: line.length }, (_, i) =>
    readElement(x.data, x.dtype, x.offset + line.start + i * line.step),
  );
  const sign = descending ? -1 : 1;
  return elements.map((_, i) => i).sort((i, j) => sign * compareElements(elements[i], elements[j]));
}
