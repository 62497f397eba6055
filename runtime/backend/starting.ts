/**
 * What runs functions before native code takes over: JavaScript, and WebAssembly where a kernel computes much from few
 * elements, as matrix products do. JavaScript of a new process is slow until V8 has compiled it, and loops run once may
 * end before that; WebAssembly is compiled at once.
 */
import type { NDArray } from "../array/ndarray.ts";
import { MemoryError } from "../base/errors.ts";
import { axisLength } from "../loop/bind.ts";
import type { Kernel } from "../loop/ir.ts";
import type { Backend, BackendName, CompiledKernel } from "./backend.ts";
import { jsBackend } from "./js/index.ts";
import { FIRST } from "./machine.ts";
import { nativeForm, nativeKernel } from "./native.ts";
import { wasmMachine } from "./wasm/machine.ts";

/** Steps of the innermost loops from which on a kernel is worth its WebAssembly. */
const HEAVY = 2 ** 16;
/** Steps for each element: arrays are copied to WebAssembly's memory and back. */
const INTENSE = 4;

/** Starts in JavaScript; see above. */
export const startingBackend: Backend = {
  name: "js",
  supports: (kernel) => jsBackend.supports(kernel),
  compile: (kernels) => {
    const light = jsBackend.compile(kernels);
    return kernels.map((kernel, i) => startingKernel(kernel, light[i]));
  },
};

function startingKernel(kernel: Kernel, light: CompiledKernel): CompiledKernel {
  // Fewer axes go over each element once.
  if (kernel.axes.length < 2) return light;
  let heavy: CompiledKernel | null = null;
  let work = 0;
  let tier: BackendName = "js";
  const run = (inputs: readonly NDArray[], outputs: readonly NDArray[]): void => {
    const steps = intenseSteps(kernel, [...inputs, ...outputs]);
    work += steps;
    const isHeavy = steps > 0 && work >= HEAVY;
    if (isHeavy) heavy ??= compileHeavy(kernel, light);
    const kernelNow = (isHeavy ? heavy : null) ?? light;
    tier = kernelNow === light ? "js" : "wasm";
    kernelNow(inputs, outputs);
  };
  return Object.assign(run, { tier: () => tier });
}

/** How often the innermost loops run, where that is often for each element; else 0. */
function intenseSteps(kernel: Kernel, arrays: readonly NDArray[]): number {
  const shapes = arrays.map(({ shape }) => shape);
  const steps = kernel.axes.reduce((product, axis) => product * axisLength(kernel, axis, shapes), 1);
  const elements = arrays.reduce((sum, { size }) => sum + size, 0);
  return steps >= INTENSE * elements ? steps : 0;
}

/** The kernel in WebAssembly, and in JavaScript where arrays find no room there; `light` where there is none. */
function compileHeavy(kernel: Kernel, light: CompiledKernel): CompiledKernel {
  const { compiled } = nativeForm(kernel);
  const code = wasmMachine.refuses(compiled) === null ? wasmMachine.compile([compiled]).wait() : null;
  if (code === null) return light;
  const heavy = nativeKernel(wasmMachine, kernel, FIRST, code, light);
  return (inputs, outputs) => {
    try {
      heavy(inputs, outputs);
    } catch (error) {
      if (!(error instanceof MemoryError)) throw error;
      wasmMachine.leave();
      light(inputs, outputs);
    }
  };
}
