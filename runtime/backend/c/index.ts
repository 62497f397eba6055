/** The C backend: kernels compiled by the machine's own C compiler. */
import { dtypeInfo, type TypedArray } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { transfer } from "../../array/transfer.ts";
import { NotImplementedError } from "../../base/errors.ts";
import { type ArrayView, collapse } from "../../loop/collapse.ts";
import { addressSlots, frameSize, isRowDense, writeLayout } from "../../loop/frame.ts";
import type { Kernel } from "../../loop/ir.ts";
import { checkedLengths } from "../../loop/lengths.ts";
import type { Backend, CompiledKernel } from "../backend.ts";
import type { RunProgram } from "../machine.ts";
import { cMachine } from "./machine.ts";

/** Waits for the compiler. @throws NotImplementedError where it made no code. */
export const cBackend: Backend = {
  name: "c",
  supports(kernel) {
    const reason = cMachine.refuses(kernel);
    return reason === null ? true : { reason };
  },
  compile(kernels) {
    const collapsed = kernels.map((kernel) => collapse(kernel));
    const run = cMachine.compile(kernels.map((kernel, i) => collapsed[i]?.kernel ?? kernel)).wait();
    if (run === null) throw new NotImplementedError("The C compiler made no code; see its warning.");
    return kernels.map((kernel, i) => new NativeKernel(kernel, i + 1, run).call);
  },
};

/** One kernel of a unit, run alone. */
class NativeKernel {
  readonly #kernel: Kernel;
  readonly #number: number;
  readonly #run: RunProgram;
  readonly #collapsed: ReturnType<typeof collapse>;
  readonly #free: ReadonlySet<number>;

  constructor(kernel: Kernel, number: number, run: RunProgram) {
    this.#kernel = kernel;
    this.#number = number;
    this.#run = run;
    this.#collapsed = collapse(kernel);
    this.#free = cMachine.freeBuffers(this.#collapsed?.kernel ?? kernel);
  }

  readonly call: CompiledKernel = (inputs, outputs) => {
    const arrays = [...inputs, ...outputs];
    checkedLengths(this.#kernel, arrays);
    let dense = arrays.map((array, i) => (this.#free.has(i) || isRowDense(array) ? array : array.copy()));
    let views = this.#collapsed?.view<TypedArray>(dense) ?? null;
    if (this.#collapsed !== null && views === null) {
      dense = dense.map((array, i) => (this.#free.has(i) ? array : array.asContiguous()));
      views = this.#collapsed.view<TypedArray>(dense);
    }
    this.#invoke(views ?? dense, dense);
    outputs.forEach((output, i) => {
      const written = dense[inputs.length + i];
      if (written !== output) transfer(output.shape, output, written);
    });
  };

  #invoke(views: readonly ArrayView<TypedArray>[], arrays: readonly NDArray[]): void {
    const kernel = this.#collapsed !== null && views !== arrays ? this.#collapsed.kernel : this.#kernel;
    const words = new Float64Array(new ArrayBuffer(8 * (3 + frameSize(kernel))));
    const address = cMachine.addressOf(words);
    words[0] = 1;
    words[1] = this.#number;
    words[2] = address + 24;
    const frame = words.subarray(3);
    writeLayout(kernel, frame, views);
    addressSlots(kernel).forEach((slot, i) => {
      const { data, offset, dtype } = arrays[i];
      frame[slot] = cMachine.addressOf(data) + offset * dtypeInfo(dtype).bytes;
    });
    this.#run(address);
  }
}
