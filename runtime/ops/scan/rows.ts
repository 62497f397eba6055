/** The memory a Scan works on: rows of arrays, read and written one step after the other. */
import { assign } from "../../array/assign.ts";
import { dtypeInfo } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { sameShape } from "../../array/shape.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";

/** An array as its rows along the first dimension. */
export class Rows {
  readonly array: NDArray;
  readonly #shape: readonly number[];
  readonly #strides: readonly number[];
  /** The memory as bytes, where rows lie densely in it; rows are copied as bytes, whatever their dtype. */
  readonly #bytes: Uint8Array | null;
  readonly #elementBytes: number;

  constructor(array: NDArray) {
    this.array = array;
    this.#shape = array.shape.slice(1);
    this.#strides = array.strides.slice(1);
    this.#elementBytes = dtypeInfo(array.dtype).bytes;
    this.#bytes = array.isContiguous ? bytesOf(array) : null;
  }

  get length(): number {
    return this.array.shape[0];
  }

  /** A view of row `i`. */
  read(i: number): NDArray {
    const { data, dtype, offset, strides } = this.array;
    return new NDArray(data, dtype, this.#shape, this.#strides, offset + i * strides[0]);
  }

  /**
   * Copies `value` into row `i`.
   * @throws ValueError when it has another shape than the row.
   */
  write(i: number, value: NDArray): void {
    if (!sameShape(value.shape, this.#shape))
      throw new ValueError(
        `could not broadcast input array from shape ${pyTuple(value.shape)} into shape ${pyTuple(this.#shape)}`,
      );
    if (this.#bytes !== null && value.dtype === this.array.dtype && value.isContiguous)
      this.#bytes.set(bytesOf(value), i * value.size * this.#elementBytes);
    else assign(this.read(i), value);
  }
}

function bytesOf({ data, dtype, offset, size }: NDArray): Uint8Array {
  const { bytes } = dtypeInfo(dtype);
  return new Uint8Array(data.buffer, data.byteOffset + offset * bytes, size * bytes);
}

/** `array` with its rows from `start` on first, then those before. */
export function rotated(array: NDArray, start: number): NDArray {
  if (start === 0) return array;
  const result = new Rows(NDArray.zeros(array.shape, array.dtype));
  const rows = new Rows(array);
  for (let i = 0; i < rows.length; i++) result.write(i, rows.read((start + i) % rows.length));
  return result.array;
}
