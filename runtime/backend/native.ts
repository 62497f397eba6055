/** Kernels of a native unit that run one at a time, on arrays of any layout. */
import { dtypeInfo, type TypedArray } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { transfer } from "../array/transfer.ts";
import { type ArrayView, type Collapsed, collapse } from "../loop/collapse.ts";
import { addressSlots, frameSize, isRowDense, writeLayout } from "../loop/frame.ts";
import type { Kernel } from "../loop/ir.ts";
import { checkedLengths } from "../loop/lengths.ts";
import type { CompiledKernel } from "./backend.ts";
import type { Machine, RunProgram } from "./machine.ts";

/** What is compiled for a kernel: the same with axes merged, where some can be. */
export function nativeForm(kernel: Kernel): { readonly compiled: Kernel; readonly collapsed: Collapsed | null } {
  const collapsed = collapse(kernel);
  return { compiled: collapsed?.kernel ?? kernel, collapsed };
}

/** A kernel as a function, given its number in a unit. */
export function nativeKernel(machine: Machine, kernel: Kernel, number: number, run: RunProgram): CompiledKernel {
  const { compiled, collapsed } = nativeForm(kernel);
  const free = machine.freeBuffers(compiled);
  const slots = addressSlots(compiled);
  // One call, and where its frame is.
  const words = new Float64Array(new ArrayBuffer(8 * (3 + frameSize(compiled))));
  const address = machine.addressOf(words);
  words.set([1, number, address + 24]);
  const frame = words.subarray(3);
  return (inputs, outputs) => {
    const arrays = [...inputs, ...outputs];
    checkedLengths(kernel, arrays);
    const { views, dense } = arrange(arrays, collapsed, free);
    writeLayout(compiled, frame, views);
    slots.forEach((slot, i) => {
      const { data, offset, dtype } = dense[i];
      frame[slot] = machine.addressOf(data) + offset * dtypeInfo(dtype).bytes;
    });
    run(address);
    outputs.forEach((output, i) => {
      const written = dense[inputs.length + i];
      if (written !== output) transfer(output.shape, output, written);
    });
  };
}

/** The arrays, copied where they do not lie as native code wants them, and how it sees them. */
function arrange(
  arrays: readonly NDArray[],
  collapsed: Collapsed | null,
  free: ReadonlySet<number>,
): { readonly views: readonly ArrayView<TypedArray>[]; readonly dense: readonly NDArray[] } {
  const dense = arrays.map((array, i) => (free.has(i) || isRowDense(array) ? array : array.copy()));
  if (collapsed === null) return { views: dense, dense };
  const views = collapsed.view<TypedArray>(dense);
  if (views !== null) return { views, dense };
  const contiguous = arrays.map((array, i) => (free.has(i) ? array : array.asContiguous()));
  const merged = collapsed.view<TypedArray>(contiguous);
  if (merged === null) throw new TypeError("dense arrays have axes that do not merge");
  return { views: merged, dense: contiguous };
}
