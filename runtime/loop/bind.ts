/** Binding a kernel to the arrays of a call: argument checks and the lengths of the axes. */
import type { NDArray } from "../array/ndarray.ts";
import type { Shape } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import type { Axis, DimRef, Kernel } from "./ir.ts";

/**
 * Checks that the arrays of a call are those that the kernel declares.
 * @throws TypeError for another number of arrays, dtype or number of dimensions.
 */
export function checkArguments(kernel: Kernel, arrays: readonly NDArray[]): void {
  if (arrays.length !== kernel.buffers.length) {
    throw new TypeError(`kernel ${kernel.name} takes ${kernel.buffers.length} arrays, got ${arrays.length}`);
  }
  kernel.buffers.forEach(({ name, dtype, ndim }, i) => {
    const array = arrays[i];
    if (array.dtype !== dtype || array.ndim !== ndim) {
      throw new TypeError(
        `kernel ${kernel.name} expects ${name} to be ${dtype} with ${ndim} dimensions, ` +
          `got ${array.dtype} with ${array.ndim}`,
      );
    }
  });
}

/**
 * The length of an axis, given the shapes of all buffers.
 * @throws ValueError in Theano's words when the dimensions that the axis is bound to differ.
 */
export function axisLength(kernel: Kernel, axis: Axis, shapes: readonly Shape[]): number {
  const [first, ...rest] = axis.extent;
  const length = shapes[first.buffer][first.dim];
  const other = rest.find(({ buffer, dim }) => shapes[buffer][dim] !== length);
  if (other !== undefined) throw mismatch(kernel, shapes, first, other);
  return length;
}

function mismatch(kernel: Kernel, shapes: readonly Shape[], a: DimRef, b: DimRef): ValueError {
  const inputs = kernel.buffers.filter(({ access }) => access === "in").length;
  const place = ({ buffer, dim }: DimRef): string => {
    const name = buffer < inputs ? `input[${buffer}]` : `output[${buffer - inputs}]`;
    return `${name}.shape[${dim}] = ${shapes[buffer][dim]}`;
  };
  return new ValueError(`Input dimension mis-match. (${place(a)}, ${place(b)})`);
}

/** The error for a reduction over no elements by an op that has no value for that. */
export function emptyReduction(op: string): ValueError {
  return new ValueError(`zero-size array to reduction operation ${op} which has no identity`);
}
