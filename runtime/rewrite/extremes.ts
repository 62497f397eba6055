/** Rewrites of largest and smallest elements: only what is used is computed. */

import { elemwise } from "../ops/elemwise.ts";
import { Argmax, MaxAndArgmax } from "../ops/extremes.ts";
import { CAReduce, type ReduceOpName } from "../ops/reduce.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

function extreme(scalar: ReduceOpName, axis: readonly number[] | null): CAReduce {
  return new CAReduce({ scalar, axis, dtype: null, accDtype: null });
}

/** MaxAndArgmax of which one output is not used → that of the other alone. */
export const localMaxAndArgmax = nodeRewrite("local_max_and_argmax", ["MaxAndArgmax"], (node, fgraph) => {
  const { op, inputs, outputs } = node;
  if (!(op instanceof MaxAndArgmax)) return null;
  const [max, argmax] = outputs;
  if (fgraph.clients(max).length === 0) return [max, new Argmax(op.axes).apply(inputs[0]).out];
  if (fgraph.clients(argmax).length === 0) return [extreme("maximum", op.axes).apply(inputs[0]).out, argmax];
  return null;
});

/** −max(−x) → min(x), and the same with the complements of integers. */
export const localMaxToMin = nodeRewrite(
  "local_max_to_min",
  [elemwise("neg").key, elemwise("invert").key],
  ({ op, inputs: [inner] }) => {
    const max = inner.owner;
    if (!(max?.op instanceof CAReduce) || max.op.parameters.scalar !== "maximum") return null;
    const reversal = max.inputs[0].owner;
    return reversal?.op.equals(op) ? extreme("minimum", max.op.parameters.axis).apply(reversal.inputs[0]).out : null;
  },
);

export const EXTREMES: readonly Registration[] = [
  { rewrite: localMaxAndArgmax, stages: ["uncanonicalize"], tags: ["fast_run"] },
  { rewrite: localMaxToMin, stages: ["uncanonicalize"], tags: ["fast_run"] },
];
