/** Rewrites of lazy choices. */
import { IfElse } from "../ops/ifelse.ts";
import type { SequenceDatabase } from "./db.ts";
import { walkPass } from "./passes.ts";
import { nodeRewrite } from "./rewrite.ts";

/** Choices among scalars are left as they are in graphs of this many nodes or more: the copies saved are tiny. */
const LARGE_GRAPH = 500;

/** Hands the values of the first branch on without a copy. */
export const condMakeInplace = nodeRewrite("cond_make_inplace", ["IfElse"], (node, fgraph) => {
  const { op, inputs, outputs } = node;
  if (!(op instanceof IfElse) || op.isView) return null;
  if (fgraph.nodes.size >= LARGE_GRAPH && outputs.every((output) => output.ndim === 0)) return null;
  return op.asView().apply(...inputs).outputs;
});

/** Registers the pass where Theano has it, after all others that save copies. */
export function registerIfElse(optdb: SequenceDatabase): void {
  const pass = walkPass("cond_make_inplace", [condMakeInplace], { order: "in_to_out", visitsNewNodes: false });
  optdb.register("cond_make_inplace", pass, 95, "fast_run", "inplace");
}
