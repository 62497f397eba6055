/** Rewrites of ops made of graphs. */
import { OpFromGraph } from "../ops/opfromgraph.ts";
import type { SequenceDatabase } from "./db.ts";
import { walkPass } from "./passes.ts";
import { nodeRewrite } from "./rewrite.ts";

/** Puts the graph of an op that is to be inlined in its place. */
export const inlineOfgExpansion = nodeRewrite("inline_ofg_expansion", ["OpFromGraph"], ({ op, inputs }) =>
  op instanceof OpFromGraph && op.isInline ? op.expand(inputs) : null,
);

/** Registers the pass before all others, so that they see one graph. */
export function registerOpFromGraph(optdb: SequenceDatabase): void {
  const pass = walkPass("inline_ofg_expansion", [inlineOfgExpansion], { order: "in_to_out", visitsNewNodes: true });
  optdb.register("inline_ofg_expansion", pass, -0.01, "fast_run", "fast_compile");
}
