/** Basic indices, with Python's meaning. */
import { IndexError, ValueError } from "../base/errors.ts";
import type { Shape } from "./shape.ts";

/** Part of one axis, with Python's meaning: negative bounds count from the end, a negative step walks backwards. */
export interface Slice {
  readonly start?: number | null;
  readonly stop?: number | null;
  readonly step?: number | null;
}

/** One place of an index: an element, a part, a new axis of length 1 (`null`), or all axes not named otherwise. */
export type Index = number | Slice | null | "...";

/**
 * `index` into an axis, counted from the front.
 * @throws IndexError when it is not an integer within the axis.
 */
export function checkedIndex(index: number, axis: number, shape: Shape): number {
  const length = shape[axis] ?? 0;
  const normal = index < 0 ? index + length : index;
  if (!Number.isInteger(index) || normal < 0 || normal >= length) {
    throw new IndexError(`index ${index} is out of bounds for axis ${axis} with size ${length}`);
  }
  return normal;
}

/**
 * Where a slice starts, its step and how many elements it takes of an axis of `length`.
 * @throws ValueError for a step of 0 and for bounds that are not integers.
 */
export function resolveSlice(slice: Slice, length: number): { start: number; step: number; length: number } {
  const step = slice.step ?? 1;
  if (step === 0 || !Number.isInteger(step)) throw new ValueError(`a slice cannot have step ${step}`);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (bound: number | null | undefined, fallback: number): number => {
    if (bound === null || bound === undefined) return fallback;
    if (!Number.isInteger(bound)) throw new ValueError(`a slice cannot have the bound ${bound}`);
    return Math.min(Math.max(bound < 0 ? bound + length : bound, low), high);
  };
  const start = clamp(slice.start, step > 0 ? low : high);
  const stop = clamp(slice.stop, step > 0 ? high : low);
  return { start, step, length: Math.max(0, Math.ceil((stop - start) / step)) };
}
