/** When two arrays count as the same result: Theano's `values_eq_approx` and its tolerances. */
import { type FloatDType, isDiscrete, partDType } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { sameShape } from "../array/shape.ts";
import { config } from "../config/index.ts";

/** |a − b| ≤ absolute + relative · |b|. */
export interface CloseTolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Rows: `tensor.cmp_sloppy` 0, 1, 2 (Theano 1.0.5, `tensor.basic._get_atol_rtol`). */
const TOLERANCES: Readonly<Record<FloatDType, readonly CloseTolerance[]>> = {
  float16: [
    { absolute: 1e-3, relative: 1e-3 },
    { absolute: 5e-3, relative: 1e-2 },
    { absolute: 5e-3, relative: 1e-2 },
  ],
  float32: [
    { absolute: 1e-5, relative: 1e-5 },
    { absolute: 1e-4, relative: 1e-3 },
    { absolute: 5e-4, relative: 1e-3 },
  ],
  float64: [
    { absolute: 1e-8, relative: 1e-5 },
    { absolute: 1e-3, relative: 1e-4 },
    { absolute: 1e-3, relative: 1e-4 },
  ],
};

/** The tolerance at which two arrays are compared: that of the narrower float, or part of a complex number. */
export function toleranceFor(a: NDArray, b: NDArray): CloseTolerance {
  const parts = [partDType(a.dtype), partDType(b.dtype)];
  const narrow = NARROW.find((dtype) => parts.includes(dtype)) ?? "float64";
  return TOLERANCES[narrow][config.tensor.cmp_sloppy];
}

const NARROW = ["float16", "float32"] as const;

/**
 * Same shape and dtype; integers exact; floats and parts of complex numbers within the tolerance; NaN only where the other has NaN, infinities
 * only where the other has the same.
 */
export function valuesClose(a: NDArray, b: NDArray, tolerance: CloseTolerance = toleranceFor(a, b)): boolean {
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  if (isDiscrete(a.dtype)) return a.equals(b);
  const left = a.copy().data;
  const right = b.copy().data;
  for (let i = 0; i < left.length; i++) if (!close(Number(left[i]), Number(right[i]), tolerance)) return false;
  return true;
}

function close(a: number, b: number, { absolute, relative }: CloseTolerance): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= absolute + relative * Math.abs(b);
}
