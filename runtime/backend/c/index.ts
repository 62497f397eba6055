/** The C backend: kernels compiled by the machine's own C compiler. */
import { NotImplementedError } from "../../base/errors.ts";
import { interpret } from "../../loop/interp.ts";
import type { Kernel } from "../../loop/ir.ts";
import type { Backend, CompiledKernel } from "../backend.ts";
import { FIRST } from "../machine.ts";
import { nativeForm, nativeKernel } from "../native.ts";
import { cMachine } from "./machine.ts";

function byInterpreter(kernel: Kernel): CompiledKernel {
  return (inputs, outputs) => interpret(kernel, [...inputs, ...outputs]);
}

/** Waits for the compiler. @throws NotImplementedError where it made no code. */
export const cBackend: Backend = {
  name: "c",
  supports(kernel) {
    const reason = cMachine.refuses(kernel);
    return reason === null ? true : { reason };
  },
  compile(kernels) {
    const run = cMachine.compile(kernels.map((kernel) => nativeForm(kernel).compiled)).wait();
    if (run === null) throw new NotImplementedError("The C compiler made no code; see its warning.");
    return kernels.map((kernel, i) => nativeKernel(cMachine, kernel, FIRST + i, run, byInterpreter(kernel)));
  },
};
