/** Copying arrays of any layout into dense ones, in linear memory. */
import type { DType, TypedArray } from "../../array/dtype.ts";
import { contiguousStrides } from "../../array/shape.ts";
import { transfer } from "../../array/transfer.ts";
import type { LinearMemory } from "./memory.ts";

/**
 * The copying kernel; its frame: the addresses of the dense array and of the other one, bytes of an element, the number of
 * dimensions, their lengths, and the strides of the other array in elements.
 */
export function copy({ memory, floats }: LinearMemory, frame: number): void {
  const at = frame / 8;
  const [target, source, bytes, ndim] = floats.subarray(at, at + 4);
  const shape = [...floats.subarray(at + 4, at + 4 + ndim)];
  const strides = [...floats.subarray(at + 4 + ndim, at + 4 + 2 * ndim)];
  const { data, dtype } = elements(memory.buffer, bytes);
  const to = { data, dtype, strides: contiguousStrides(shape), offset: target / bytes };
  transfer(shape, to, { data, dtype, strides, offset: source / bytes });
}

/** The whole memory as elements of a size; bits are moved as they are. */
function elements(buffer: ArrayBuffer, bytes: number): { readonly data: TypedArray; readonly dtype: DType } {
  const whole = (size: number): number => Math.floor(buffer.byteLength / size);
  switch (bytes) {
    case 1:
      return { data: new Uint8Array(buffer, 0, whole(1)), dtype: "uint8" };
    case 2:
      return { data: new Uint16Array(buffer, 0, whole(2)), dtype: "uint16" };
    case 4:
      return { data: new Uint32Array(buffer, 0, whole(4)), dtype: "uint32" };
    case 8:
      return { data: new BigUint64Array(buffer, 0, whole(8)), dtype: "uint64" };
    default:
      throw new TypeError(`there are no elements of ${bytes} bytes here`);
  }
}
