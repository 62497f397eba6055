/** A text that says what a graph computes: equal texts mean interchangeable graphs. */
import { createHash } from "node:crypto";
import type { InnerGraph } from "../../graph/op.ts";
import { TensorConstant, type Variable } from "../../graph/variable.ts";
import { toposort } from "../../graph/walk.ts";

/**
 * Inputs count by their places and types, nodes by their ops and inputs, constants by their values; names do not count.
 */
export function graphSignature({ inputs, outputs }: Pick<InnerGraph, "inputs" | "outputs">): string {
  const hash = createHash("sha1");
  const names = new Map<Variable, string>();
  inputs.forEach((input, i) => {
    names.set(input, `i${i}`);
    hash.update(`i${i}:${input.type.key};`);
  });
  const nameOf = (variable: Variable): string => {
    const known = names.get(variable);
    if (known !== undefined) return known;
    const name = variable instanceof TensorConstant ? `c${variable.key}` : `free${names.size}`;
    names.set(variable, name);
    return name;
  };
  toposort(outputs, new Set(inputs)).forEach((node, n) => {
    const types = node.outputs.map((output) => output.type.key).join();
    hash.update(`${n}=${node.op.key}(${node.inputs.map(nameOf).join()}):${types};`);
    node.outputs.forEach((output, k) => {
      names.set(output, `n${n}.${k}`);
    });
  });
  hash.update(outputs.map(nameOf).join());
  return hash.digest("hex");
}
