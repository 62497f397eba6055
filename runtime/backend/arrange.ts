/** Arrays as native kernels want them: seen through merged axes, dense along their last dimension. */
import type { TypedArray } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import type { ArrayView, Collapsed } from "../loop/collapse.ts";
import { isRowDense } from "../loop/frame.ts";

/** What holds an array, with the means to get its dense copy. */
export interface Operands<T> {
  array(item: T): NDArray;
  /** The same values, densely. */
  copy(item: T): T;
}

/** The arrays of a call, some of them copied, and how the kernel sees them. */
export interface Arranged<T> {
  readonly items: readonly T[];
  readonly views: readonly ArrayView<TypedArray>[];
}

/** @param free buffers that may lie in any way. */
export function arrange<T>(
  items: readonly T[],
  { array, copy }: Operands<T>,
  collapsed: Collapsed | null,
  free: ReadonlySet<number>,
): Arranged<T> {
  const viewed = (some: readonly T[]): readonly ArrayView<TypedArray>[] | null => {
    const arrays = some.map((item) => canonical(array(item)));
    const views = collapsed === null ? arrays : collapsed.view<TypedArray>(arrays);
    return views?.every((view, i) => free.has(i) || isRowDense(view)) ? views : null;
  };
  const views = viewed(items);
  if (views !== null) return { items, views };
  const isFine = (item: T, i: number): boolean => {
    if (array(item).size === 0) return true;
    // Merged axes ask for more than rows that are dense.
    return collapsed === null ? free.has(i) || isRowDense(array(item)) : array(item).isContiguous;
  };
  const dense = items.map((item, i) => (isFine(item, i) ? item : copy(item)));
  const merged = viewed(dense);
  if (merged === null) throw new TypeError("dense arrays have axes that do not merge");
  return { items: dense, views: merged };
}

/** Without elements any strides will do: the plainest. */
function canonical(array: NDArray): NDArray {
  return array.size === 0 ? new NDArray(array.data, array.dtype, array.shape) : array;
}
