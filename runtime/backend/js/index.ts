/** The JavaScript backend: kernels as functions made with `new Function`. It runs everything, everywhere. */
import type { TypedArray } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { axisLength, checkArguments } from "../../loop/bind.ts";
import { type ArrayView, type Collapsed, collapse } from "../../loop/collapse.ts";
import type { Kernel } from "../../loop/ir.ts";
import { lastStage } from "../../loop/stage.ts";
import type { Backend, CompiledKernel } from "../backend.ts";
import { emitKernel } from "./emit.ts";
import type { Library } from "./spell.ts";

/** A generated function; its arguments are the kernel's arrays. */
type Body = (...arrays: readonly ArrayView<TypedArray>[]) => void;

export const jsBackend: Backend = {
  name: "js",
  supports: () => true,
  compile: (kernels) => kernels.map(compileKernel),
};

function compileKernel(kernel: Kernel): CompiledKernel {
  let forms: Forms | null = null;
  return (inputs, outputs) => {
    const arrays = [...inputs, ...outputs];
    checkArguments(kernel, arrays);
    const shapes = arrays.map((array) => array.shape);
    for (const axis of kernel.axes) axisLength(kernel, axis, shapes);
    forms ??= new Forms(kernel);
    forms.run(arrays);
  };
}

/** A kernel as it is, and with its axes merged. Functions are written when they are called first: one is enough as a rule. */
class Forms {
  readonly #kernel: Kernel;
  readonly #collapsed: Collapsed | null;
  #run: Body | null = null;
  #runCollapsed: Body | null = null;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#collapsed = collapse(kernel);
  }

  run(arrays: readonly NDArray[]): void {
    const views = this.#collapsed?.view<TypedArray>(arrays) ?? null;
    if (views !== null && this.#collapsed !== null) {
      this.#runCollapsed ??= makeFunction(this.#collapsed.kernel);
      this.#runCollapsed(...views);
    } else {
      this.#run ??= makeFunction(this.#kernel);
      this.#run(...arrays);
    }
  }
}

/** The source of the function that runs a kernel; `library` is filled with the functions that it calls. */
function source(kernel: Kernel, library: Library): string {
  const body = emitKernel(kernel, library);
  const parameters = kernel.buffers.map((_, i) => `a${i}`).join(", ");
  return `return function (${parameters}) {\n${body}\n};\n//# sourceURL=theanotes-${kernel.name.replace(/\W+/g, "-")}.js`;
}

function makeFunction(kernel: Kernel): Body {
  const library: Library = new Map();
  const text = lastStage("JavaScript", source(kernel, library));
  return new Function(...library.keys(), `"use strict";\n${text}`)(...library.values());
}
