/** Kernels of a native unit that run one at a time, on arrays of any layout. */
import { dtypeInfo } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { transfer } from "../array/transfer.ts";
import { type Collapsed, collapse } from "../loop/collapse.ts";
import { addressSlots, frameSize, writeLayout } from "../loop/frame.ts";
import type { Kernel } from "../loop/ir.ts";
import { checkedLengths } from "../loop/lengths.ts";
import { arrange, type Operands } from "./arrange.ts";
import type { CompiledKernel } from "./backend.ts";
import type { Machine, RunProgram } from "./machine.ts";

/** What is compiled for a kernel: the same with axes merged, where some can be. */
export function nativeForm(kernel: Kernel): { readonly compiled: Kernel; readonly collapsed: Collapsed | null } {
  const collapsed = collapse(kernel);
  return { compiled: collapsed?.kernel ?? kernel, collapsed };
}

const DENSE: Operands<NDArray> = { array: (array) => array, copy: (array) => array.copy() };

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
    if (outputs.every(({ size }) => size === 0)) return;
    const { items: dense, views } = arrange(arrays, DENSE, collapsed, free);
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
