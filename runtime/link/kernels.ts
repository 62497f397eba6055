/** Compiled kernels of one graph, each made once: the layers of a network are the same nodes again and again. */
import type { Backend, CompiledKernel } from "../backend/backend.ts";
import type { Apply } from "../graph/apply.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import type { Kernel } from "../loop/ir.ts";
import { kernelText } from "../loop/text.ts";

export class KernelCache {
  readonly #byNode = new Map<string, CompiledKernel>();
  /** By their texts: those of nodes over arrays of other lengths are often the same. */
  readonly #byText = new Map<string, CompiledKernel>();

  /** The compiled kernel of a node; that of an equal node, or an equal kernel, serves. */
  compile(node: Apply, kernel: Kernel, backend: Backend): CompiledKernel {
    const key = keyOf(node);
    const known = this.#byNode.get(key);
    if (known !== undefined) return known;
    const text = kernelText({ ...kernel, name: "" });
    const compiled = this.#byText.get(text) ?? backend.compile([kernel])[0];
    this.#byText.set(text, compiled);
    this.#byNode.set(key, compiled);
    return compiled;
  }
}

/** Whatever an op may look at when it is lowered: itself, types, values of constants, and which inputs are the same. */
function keyOf({ op, inputs, outputs }: Apply): string {
  const input = (variable: Variable): string => {
    const value = variable instanceof TensorConstant ? variable.key : "";
    return `${typeOf(variable)}#${inputs.indexOf(variable)}${value}`;
  };
  return `${op.key}(${inputs.map(input).join()}):${outputs.map(typeOf).join()}`;
}

function typeOf({ type }: Variable): string {
  return `${type.key}[${type.shape.join()}]`;
}
