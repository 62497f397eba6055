/**
 * Frames: what native kernels read of a call. A frame is a row of 64-bit floats: for each buffer in order, the address of
 * its first element and its strides in elements; then the length of each axis. Addresses are exact as floats.
 */
import type { NDArray } from "../array/ndarray.ts";
import type { Kernel } from "./ir.ts";

/** How many numbers a kernel's frame has. */
export function frameSize({ buffers, axes }: Kernel): number {
  return buffers.reduce((sum, { ndim }) => sum + 1 + ndim, axes.length);
}

/** Where the address of each buffer stands in a kernel's frame. */
export function addressSlots({ buffers }: Kernel): readonly number[] {
  let slot = 0;
  return buffers.map(({ ndim }) => {
    const place = slot;
    slot += 1 + ndim;
    return place;
  });
}

/** Writes strides and lengths; the addresses are left to the caller. */
export function writeLayout(
  kernel: Kernel,
  frame: Float64Array,
  arrays: readonly Pick<NDArray, "shape" | "strides">[],
): void {
  let slot = 0;
  for (const { strides } of arrays) {
    slot++;
    for (const stride of strides) frame[slot++] = stride;
  }
  for (const { extent } of kernel.axes) {
    const [{ buffer, dim }] = extent;
    frame[slot++] = arrays[buffer].shape[dim];
  }
}

/** Whether native kernels take an array as it lies: densely along its last dimension. */
export function isRowDense({ shape, strides }: Pick<NDArray, "shape" | "strides">): boolean {
  const last = shape.length - 1;
  return last < 0 || shape[last] <= 1 || strides[last] === 1;
}
