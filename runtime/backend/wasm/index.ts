/** The WebAssembly backend: kernels as functions of vectors of 128 bits, compiled at once and everywhere the same. */
import { dtypeInfo, type TypedArray } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { contiguousStrides, isContiguousLayout } from "../../array/shape.ts";
import { transfer } from "../../array/transfer.ts";
import { type ArrayView, type Collapsed, collapse } from "../../loop/collapse.ts";
import { addressSlots, frameSize, writeLayout } from "../../loop/frame.ts";
import { interpret } from "../../loop/interp.ts";
import type { Kernel } from "../../loop/ir.ts";
import { checkedLengths } from "../../loop/lengths.ts";
import type { Backend, CompiledKernel } from "../backend.ts";
import type { LinearMemory } from "./memory.ts";
import { refusal } from "./plan.ts";
import { compileUnit, type WasmUnit } from "./unit.ts";

export { type LinearMemory, linearMemory } from "./memory.ts";
export { compileUnit, type WasmUnit } from "./unit.ts";

export const wasmBackend: Backend = {
  name: "wasm",
  supports: (kernel) => {
    const reason = refusal(kernel);
    return reason === null ? true : { reason: `WebAssembly: ${reason}` };
  },
  compile: compileKernels,
};

/** Two forms of each kernel go into the unit: as it is, and with its axes merged where that is possible. */
function compileKernels(kernels: readonly Kernel[]): readonly CompiledKernel[] {
  const forms = kernels.map((kernel) => ({ kernel, collapsed: collapse(kernel) }));
  const all = forms.flatMap(({ kernel, collapsed }) => (collapsed === null ? [kernel] : [kernel, collapsed.kernel]));
  const unit = compileUnit(all);
  let first = 0;
  return forms.map(({ kernel, collapsed }) => {
    const number = first;
    first += collapsed === null ? 1 : 2;
    return (inputs, outputs) => new Call(unit, kernel, inputs, outputs).run(number, collapsed);
  });
}

/** An array that was copied to linear memory: `data` is the address of its storage. */
type Placed = ArrayView<number>;

/** One call of a kernel: its arrays in linear memory. */
class Call {
  readonly #unit: WasmUnit;
  readonly #kernel: Kernel;
  readonly #arrays: readonly NDArray[];
  readonly #inputs: number;

  constructor(unit: WasmUnit, kernel: Kernel, inputs: readonly NDArray[], outputs: readonly NDArray[]) {
    this.#unit = unit;
    this.#kernel = kernel;
    this.#arrays = [...inputs, ...outputs];
    this.#inputs = inputs.length;
    checkedLengths(kernel, this.#arrays);
  }

  run(number: number, collapsed: Collapsed | null): void {
    const sources = this.#arrays.map((array, i) => (i < this.#inputs ? compact(array) : null));
    const sizes = this.#arrays.map(({ dtype, size }, i) => (sources[i]?.length ?? size) * dtypeInfo(dtype).bytes);
    // The program, of one kernel, and its frame.
    const frameBytes = PROGRAM_BYTES + 8 * frameSize(this.#kernel);
    const { memory } = this.#unit;
    const block = memory.allocate(sizes.reduce((sum, size) => sum + aligned(size), aligned(frameBytes)));
    try {
      let address = block + aligned(frameBytes);
      const placed = this.#arrays.map((array, i): Placed => {
        const source = sources[i];
        const data = address;
        address += aligned(sizes[i]);
        if (source === null) return { data, offset: 0, shape: array.shape, strides: contiguousStrides(array.shape) };
        copyIn(memory, source.data, data);
        return { data, offset: source.offset, shape: array.shape, strides: source.strides };
      });
      const views = collapsed?.view(placed) ?? null;
      const kernel = views === null || collapsed === null ? this.#kernel : collapsed.kernel;
      memory.floats.set([views === null ? number : number + 1, block + PROGRAM_BYTES], block / 8);
      writeFrame(memory, block + PROGRAM_BYTES, kernel, views ?? placed);
      if (this.#unit.run(block, 1) !== 0) {
        // It throws the error.
        interpret(this.#kernel, this.#arrays);
        return;
      }
      for (const [i, array] of this.#arrays.entries()) if (sources[i] === null) copyOut(memory, placed[i].data, array);
    } finally {
      memory.free(block);
    }
  }
}

/** One pair of floats: the number of a kernel and the address of its frame. */
const PROGRAM_BYTES = 16;

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Storage to be copied as it is, and how an array is seen in it. */
interface Source {
  readonly data: TypedArray;
  readonly length: number;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The part of its storage that an array spans, or a dense copy where that is much more than the array. */
function compact(array: NDArray): Source {
  const { data, shape, strides, offset, size } = array;
  if (size === 0) return { data: data.subarray(0, 0), length: 0, offset: 0, strides };
  const reach = strides.map((stride, axis) => stride * (shape[axis] - 1));
  const start = reach.reduce((sum, step) => sum + Math.min(step, 0), offset);
  const end = reach.reduce((sum, step) => sum + Math.max(step, 0), offset) + 1;
  if (end - start > 2 * size) return compact(array.copy());
  const whole = start === 0 && end === data.length;
  return { data: whole ? data : data.subarray(start, end), length: end - start, offset: offset - start, strides };
}

function copyIn(memory: LinearMemory, data: TypedArray, address: number): void {
  memory.bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), address);
}

function copyOut(memory: LinearMemory, address: number, array: NDArray): void {
  const { data, dtype, shape, strides, offset, size } = array;
  const bytes = size * dtypeInfo(dtype).bytes;
  if (isContiguousLayout(shape, strides)) {
    const target = new Uint8Array(data.buffer, data.byteOffset + offset * dtypeInfo(dtype).bytes, bytes);
    target.set(memory.bytes.subarray(address, address + bytes));
    return;
  }
  const dense = NDArray.zeros(shape, dtype);
  new Uint8Array(dense.data.buffer).set(memory.bytes.subarray(address, address + bytes));
  transfer(shape, array, dense);
}

function writeFrame(memory: LinearMemory, address: number, kernel: Kernel, arrays: readonly Placed[]): void {
  const frame = memory.floats.subarray(address / 8, address / 8 + frameSize(kernel));
  writeLayout(kernel, frame, arrays);
  addressSlots(kernel).forEach((slot, i) => {
    frame[slot] = arrays[i].data + arrays[i].offset * dtypeInfo(kernel.buffers[i].dtype).bytes;
  });
}
