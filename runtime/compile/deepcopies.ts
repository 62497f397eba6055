/** Puts copies where results would share memory, as Theano does, so that a graph and its profile show what is copied. */
import { DestroyHandler, viewRoot } from "../graph/destroy.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { deepCopy } from "../ops/deepcopy.ts";

/**
 * Copies each output of an optimized graph that shows the memory of a later output, of a constant, or of an input.
 * Inputs that the call updates are left out, for their old values are nobody's after it, and those that the graph
 * overwrites.
 */
export function insertDeepCopies(fgraph: FunctionGraph): void {
  const handler = fgraph.feature(DestroyHandler);
  const updated = new Set([...fgraph.updates.values()].map((index) => fgraph.inputs[index]));
  const isKept = (root: Variable): boolean =>
    root.owner === null && !updated.has(root) && (handler?.destroyerOf(root) ?? null) === null;
  const roots = fgraph.outputs.map(viewRoot);
  roots.forEach((root, i) => {
    if (roots.lastIndexOf(root) > i || isKept(root))
      fgraph.replaceOutput(i, deepCopy(fgraph.outputs[i]), "insert_deepcopy");
  });
}
