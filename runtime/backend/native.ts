/** Kernels of a native unit that run one at a time, on arrays of any layout. */
import type { NDArray } from "../array/ndarray.ts";
import { transfer } from "../array/transfer.ts";
import { type Collapsed, collapse } from "../loop/collapse.ts";
import { addressSlots, frameSize, writeLayout } from "../loop/frame.ts";
import type { Kernel } from "../loop/ir.ts";
import { checkedLengths } from "../loop/lengths.ts";
import { stage } from "../loop/stage.ts";
import { arrange, type Operands } from "./arrange.ts";
import type { CompiledKernel } from "./backend.ts";
import type { Machine, RunProgram } from "./machine.ts";

/** A kernel as it is compiled. */
export interface NativeForm {
  readonly compiled: Kernel;
  /** How arrays are seen through merged axes; null: as they are. */
  readonly collapsed: Collapsed | null;
}

/** What is compiled for a kernel: the same with axes merged, where some can be. */
export function nativeForm(kernel: Kernel): NativeForm {
  const collapsed = collapse(kernel);
  return { compiled: stage("merging axes", collapsed?.kernel ?? kernel), collapsed };
}

const DENSE: Operands<NDArray> = { array: (array) => array, copy: (array) => array.copy() };

/**
 * A kernel as a function, given its number in a unit.
 * @param otherwise runs it where a value is refused, to tell which.
 */
export function nativeKernel(
  machine: Machine,
  kernel: Kernel,
  number: number,
  run: RunProgram,
  otherwise: CompiledKernel,
): CompiledKernel {
  const { compiled, collapsed } = nativeForm(kernel);
  const free = machine.freeBuffers(compiled);
  const slots = addressSlots(compiled);
  // One call, and where its frame is.
  const program = machine.program(3 + frameSize(compiled));
  program.words.set([1, number, program.address + 24]);
  const frame = program.words.subarray(3);
  return (inputs, outputs) => {
    const arrays = [...inputs, ...outputs];
    checkedLengths(kernel, arrays);
    if (outputs.every(({ size }) => size === 0)) return;
    const { items: dense, views } = arrange(arrays, DENSE, collapsed, free);
    writeLayout(compiled, frame, views);
    for (const [i, slot] of slots.entries()) frame[slot] = machine.enter(dense[i]);
    program.load();
    const refused = run(program.address);
    if (refused === 0)
      for (const [i, output] of outputs.entries()) {
        const place = inputs.length + i;
        machine.exit(dense[place], frame[slots[place]]);
        if (dense[place] !== output) transfer(output.shape, output, dense[place]);
      }
    machine.leave();
    if (refused !== 0) otherwise(inputs, outputs);
  };
}
