/** The interpreter as a backend: for tests, and to judge the others by. */
import { interpret } from "../loop/interp.ts";
import type { Backend } from "./backend.ts";

export const interpBackend: Backend = {
  name: "interp",
  supports: () => true,
  compile: (kernels) => kernels.map((kernel) => (inputs, outputs) => interpret(kernel, [...inputs, ...outputs])),
};
