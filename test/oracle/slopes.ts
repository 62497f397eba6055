/** Finite differences: the judge of derivatives that Theano lacks, or has wrong. */
import type { NDArray } from "../../runtime/index.ts";

/** Step and tolerance of central differences, by the precision in which the function computes. */
const PRECISION: Readonly<Record<string, { readonly step: number; readonly tolerance: number }>> = {
  float64: { step: 1e-6, tolerance: 1e-6 },
  float32: { step: 1e-2, tolerance: 2e-3 },
};

/**
 * Whether a gradient agrees with central differences of a scalar function at a point, for every element of the
 * argument at `index`. Arguments of other dtypes than float64 and float32 are not judged.
 */
export function isSlope(
  cost: (...values: readonly NDArray[]) => NDArray,
  point: readonly NDArray[],
  index: number,
  gradient: NDArray,
): boolean {
  const precision = PRECISION[point[index].dtype];
  if (precision === undefined || gradient.dtype !== point[index].dtype) return false;
  const expected = Array.from({ length: point[index].size }, (_, at) => slope(cost, point, index, at, precision.step));
  const found = [...gradient.elements()].map(Number);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const isClose = (value: number, at: number): boolean => Math.abs(value - found[at]) <= precision.tolerance * scale;
  return sameLengths(gradient, point[index]) && expected.every(isClose);
}

function slope(
  cost: (...values: readonly NDArray[]) => NDArray,
  point: readonly NDArray[],
  index: number,
  at: number,
  step: number,
): number {
  const moved = (by: number): { readonly place: number; readonly value: number } => {
    const argument = point[index].copy();
    argument.data[at] = Number(argument.data[at]) + by;
    return { place: Number(argument.data[at]), value: Number(cost(...point.with(index, argument)).item()) };
  };
  const [after, before] = [moved(step), moved(-step)];
  return (after.value - before.value) / (after.place - before.place);
}

function sameLengths(a: NDArray, b: NDArray): boolean {
  return a.ndim === b.ndim && a.shape.every((length, axis) => length === b.shape[axis]);
}
