/** Finite differences: the judge of derivatives that Theano lacks, or has wrong. */
import { sameShape } from "../../runtime/array/shape.ts";
import type { NDArray } from "../../runtime/index.ts";

/** Step and tolerance of central differences, by the precision in which the function computes. */
const PRECISION: Readonly<Record<string, { readonly step: number; readonly tolerance: number }>> = {
  float64: { step: 1e-6, tolerance: 1e-6 },
  float32: { step: 1e-2, tolerance: 2e-3 },
};

/** A function whose sum of `weights` times results is differentiated. */
export interface Weighted {
  readonly compute: (...values: readonly NDArray[]) => readonly NDArray[];
  readonly weights: readonly NDArray[];
}

/**
 * Which elements of a gradient agree with central differences at a point, for the argument at `index`; null for arguments
 * of other dtypes than float64 and float32, and for gradients of another type than the argument.
 */
export function areSlopes(
  { compute, weights }: Weighted,
  point: readonly NDArray[],
  index: number,
  gradient: NDArray,
): boolean[] | null {
  const argument = point[index];
  const precision = PRECISION[argument.dtype];
  if (precision === undefined || gradient.dtype !== argument.dtype || !sameShape(gradient.shape, argument.shape))
    return null;
  const expected = Array.from({ length: argument.size }, (_, at) => {
    // Steps grow with the argument, which would swallow small ones.
    const step = precision.step * Math.max(1, Math.abs(Number(argument.data[at])));
    const moved = (by: number): { readonly place: number; readonly results: readonly NDArray[] } => {
      const copy = argument.copy();
      copy.data[at] = Number(copy.data[at]) + by;
      return { place: Number(copy.data[at]), results: compute(...point.with(index, copy)) };
    };
    const [after, before] = [moved(step), moved(-step)];
    const risen = weights.map((weight, i) => rise(before.results[i], after.results[i], weight));
    return risen.reduce((sum, one) => sum + one, 0) / (after.place - before.place);
  });
  const scale = Math.max(1, ...expected.map(Math.abs).filter(Number.isFinite));
  return [...gradient.elements()].map(
    (value, at) => Math.abs(Number(value) - expected[at]) <= precision.tolerance * scale,
  );
}

/** The weighted sum of what changed: other elements, which may be huge or NaN, are not in it. */
function rise(before: NDArray, after: NDArray, weight: NDArray): number {
  if (!sameShape(before.shape, after.shape)) return Number.NaN;
  const [from, to, factors] = [before, after, weight].map((array) => [...array.elements()].map(Number));
  return to.reduce((sum, value, i) => (Object.is(value, from[i]) ? sum : sum + factors[i] * (value - from[i])), 0);
}
