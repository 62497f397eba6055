/** The C backend: kernels compiled by the machine's own C compiler. */
import { NotImplementedError } from "../../base/errors.ts";
import type { Backend } from "../backend.ts";
import { nativeForm, nativeKernel } from "../native.ts";
import { cMachine } from "./machine.ts";

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
    return kernels.map((kernel, i) => nativeKernel(cMachine, kernel, i + 1, run));
  },
};
