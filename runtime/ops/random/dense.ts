/** Arrays as storage of their own in row-major order, for tight loops. */
import type { NDArray } from "../../array/ndarray.ts";

/** The values as float64s. */
export function float64s(array: NDArray): Float64Array<ArrayBuffer> {
  const { data, offset, size } = array.astype("float64").asContiguous();
  return data instanceof Float64Array ? data.slice(offset, offset + size) : wrongStorage("float64", array);
}

/** The words of an int32 array. */
export function int32s(array: NDArray): Int32Array<ArrayBuffer> {
  const { data, offset, size } = array.asContiguous();
  return data instanceof Int32Array ? data.slice(offset, offset + size) : wrongStorage("int32", array);
}

/** The words of a uint32 array. */
export function uint32s(array: NDArray): Uint32Array<ArrayBuffer> {
  const { data, offset, size } = array.asContiguous();
  return data instanceof Uint32Array ? data.slice(offset, offset + size) : wrongStorage("uint32", array);
}

function wrongStorage(wanted: string, { dtype }: NDArray): never {
  throw new TypeError(`Expected an array of ${wanted}, got one of ${dtype}.`);
}
