/** Runs of native nodes: from a graph in its order of execution to what is run natively and what is not. */
import type { Apply } from "../../graph/apply.ts";
import { TensorConstant, type Variable } from "../../graph/variable.ts";
import type { Segment } from "./plan.ts";
import { isKnown, type Role } from "./roles.ts";

/** Neighbouring nodes that run natively, or one that does not. */
export type Stretch =
  | { readonly kind: "native"; readonly nodes: readonly Apply[] }
  | { readonly kind: "host"; readonly node: Apply; readonly index: number };

/** The nodes in order, cut where JavaScript has to run. Stretches without a kernel are not worth a plan. */
export function cutStretches(nodes: readonly Apply[], roles: ReadonlyMap<Apply, Role>): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let run: { readonly node: Apply; readonly index: number }[] = [];
  const close = (): void => {
    if (run.some(({ node }) => roles.get(node)?.kind === "kernel"))
      stretches.push({ kind: "native", nodes: run.map(({ node }) => node) });
    else stretches.push(...run.map((one): Stretch => ({ kind: "host", ...one })));
    run = [];
  };
  nodes.forEach((node, index) => {
    const role = roles.get(node);
    if (role === undefined || role.kind === "host") {
      close();
      stretches.push({ kind: "host", node, index });
      return;
    }
    // Values that are checked have to be there before the stretch runs.
    const checked = role.kind === "kernel" ? (role.lowered.check?.inputs ?? []) : [];
    if (checked.some((input) => run.some((other) => other.node === node.inputs[input].owner))) close();
    run.push({ node, index });
  });
  close();
  return stretches;
}

/** What a stretch of nodes reads and gives: that which others read. The graph's own variables come first, in its order. */
export function boundaryOf(
  nodes: readonly Apply[],
  graph: { readonly inputs: readonly Variable[]; readonly outputs: readonly Variable[] },
  isWanted: (variable: Variable) => boolean,
  roles: ReadonlyMap<Apply, Role>,
): Pick<Segment, "inputs" | "outputs" | "knownInputs"> {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const outer = [...read].filter((variable) => !made.has(variable) && !(variable instanceof TensorConstant));
  const inputs = inOrderOf(graph.inputs, outer);
  return {
    inputs,
    outputs: inOrderOf(graph.outputs, [...made].filter(isWanted)),
    knownInputs: inputs.flatMap((variable, i) => (isKnown(variable, roles) ? [i] : [])),
  };
}

/** The variables, first those that stand in a list, in its order. */
function inOrderOf(list: readonly Variable[], variables: readonly Variable[]): Variable[] {
  const rest = new Set(variables);
  const first = [...new Set(list)].filter((variable) => rest.delete(variable));
  return [...first, ...rest];
}
