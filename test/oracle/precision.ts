/**
 * The same call in a wider precision: the judge of roundings.
 *
 * Where a result of ours is not Theano's, both are measured at the result that float64 gives for the same numbers. What
 * ops do in float64 is compared with Theano's float64 by cases of their own, so that this truth is not ours alone; and
 * only where Theano's result is a rounding of it too, so that no other difference passes for one.
 */
import { Complex, type DType, type NDArray, type Scalar } from "../../runtime/index.ts";
import { elementsAgree } from "./encoding.ts";

/** Which dtype is wider, and how far from the exact value, relative to the largest, roundings in the narrow one lead. */
const NARROW: ReadonlyMap<DType, { readonly wider: DType; readonly rounding: number }> = new Map([
  ["int8", { wider: "int32", rounding: 2 ** -6 }],
  ["uint8", { wider: "int32", rounding: 2 ** -6 }],
  ["int16", { wider: "int32", rounding: 2 ** -17 }],
  ["uint16", { wider: "int32", rounding: 2 ** -17 }],
  ["float16", { wider: "float64", rounding: 2 ** -6 }],
  ["float32", { wider: "float64", rounding: 2 ** -17 }],
  ["complex64", { wider: "complex128", rounding: 2 ** -17 }],
]);

/** The same numbers in wider dtypes. */
export interface Widened {
  readonly values: readonly NDArray[];
  readonly rounding: number;
}

/** Null when none of the arrays has a narrow dtype. */
export function widened(values: readonly NDArray[]): Widened | null {
  const narrow = values.flatMap(({ dtype }) => NARROW.get(dtype) ?? []);
  if (narrow.length === 0) return null;
  return {
    values: values.map((value) => value.astype(NARROW.get(value.dtype)?.wider ?? value.dtype)),
    rounding: Math.max(...narrow.map(({ rounding }) => rounding)),
  };
}

/** Whether every element of ours agrees with Theano's, or is at least as near to an exact one that Theano's rounds. */
export function isAsNear(ours: NDArray, theirs: NDArray, exact: NDArray, rounding: number): boolean {
  if (ours.dtype !== theirs.dtype || ours.size !== exact.size) return false;
  const agree = elementsAgree(ours, theirs);
  const [found, given, truth] = [ours, theirs, exact].map((array) => [...array.elements()]);
  const limit = rounding * Math.max(...truth.map((x) => distance(x, 0)).filter(Number.isFinite));
  return found.every((value, i) => {
    const allowed = distance(given[i], truth[i]);
    return agree[i] || (allowed <= limit && distance(value, truth[i]) <= allowed);
  });
}

function distance(a: Scalar, b: Scalar): number {
  if (a instanceof Complex || b instanceof Complex) return Math.hypot(re(a) - re(b), im(a) - im(b));
  return Math.abs(Number(a) - Number(b));
}

const re = (x: Scalar): number => (x instanceof Complex ? x.re : Number(x));
const im = (x: Scalar): number => (x instanceof Complex ? x.im : 0);
