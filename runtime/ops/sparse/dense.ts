/** Arrays as dense storage for tight loops; what is returned may be the array's own memory and is only read. */
import { isComplex } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { NotImplementedError } from "../../base/errors.ts";

/** Positions as int32s. */
export function positionsOf(array: NDArray): Int32Array {
  const { data, offset, size } = array.astype("int32").asContiguous();
  if (!(data instanceof Int32Array)) throw new TypeError(`Expected positions, got an array of ${array.dtype}.`);
  return data.subarray(offset, offset + size);
}

/** An int32 vector over this memory. */
export function positionVector(positions: Int32Array<ArrayBuffer>): NDArray {
  return new NDArray(positions, "int32", [positions.length]);
}

/**
 * Real numbers as float64s in row-major order; integers beyond 2^53 lose digits.
 * @throws NotImplementedError for complex numbers.
 */
export function float64sOf(array: NDArray): Float64Array {
  if (isComplex(array.dtype))
    throw new NotImplementedError(
      `Products of sparse matrices are real, and one factor is ${array.dtype}: multiply its real and imaginary parts.`,
    );
  const { data, offset, size } = array.astype("float64").asContiguous();
  if (!(data instanceof Float64Array)) throw new TypeError(`Expected numbers, got an array of ${array.dtype}.`);
  return data.subarray(offset, offset + size);
}
