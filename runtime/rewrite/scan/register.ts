/** The rewrites of scans under Theano's names, tags and positions. */
import { Scan } from "../../ops/scan/op.ts";
import { EquilibriumDatabase, type Queryable, type SequenceDatabase } from "../db.ts";
import { walkPass } from "../passes.ts";
import { type GraphRewrite, graphRewrite, type NodeRewrite } from "../rewrite.ts";
import { makeInplace } from "./inplace.ts";
import { mergeScans } from "./merge.ts";
import { mergeInOuts } from "./mergeinouts.ts";
import { pushOutNonSequences, pushOutSequences } from "./pushout.ts";
import { pushOutDotOfOutputs, pushOutDotOfSequences } from "./pushoutdot.ts";
import { saveMemory } from "./savememory.ts";
import { removeConstantsAndUnusedInputs } from "./unusedinputs.ts";

/** Moves work out of loops, before anything else is done to the graph around them. */
export const scanEqopt1 = new EquilibriumDatabase("scan_eqopt1", { visitsNewNodes: false });
/** Tidies up and merges loops once the graph around them is in its canonical form. */
export const scanEqopt2 = new EquilibriumDatabase("scan_eqopt2", { visitsNewNodes: false });

const TAGS = ["fast_run", "scan"];

function everyScan(name: string, rewrite: NodeRewrite): GraphRewrite {
  return walkPass(name, [rewrite], { order: "in_to_out", visitsNewNodes: false });
}

function registerPasses(
  database: EquilibriumDatabase,
  passes: readonly (readonly [string, NodeRewrite | GraphRewrite])[],
): void {
  for (const [name, rewrite] of passes)
    database.register(name, rewrite.kind === "graph" ? rewrite : everyScan(name, rewrite), ...TAGS);
}

registerPasses(scanEqopt1, [
  ["scanOp_remove_constants_and_unused_inputs0", removeConstantsAndUnusedInputs],
  ["scanOp_pushout_nonseqs_ops", pushOutNonSequences],
  ["scanOp_pushout_seqs_ops", pushOutSequences],
]);
scanEqopt1.register("scan_pushout_dot1", pushOutDotOfSequences, ...TAGS, "more_mem");
scanEqopt1.register("scanOp_pushout_output", pushOutDotOfOutputs, ...TAGS, "more_mem");
registerPasses(scanEqopt2, [
  ["scanOp_remove_constants_and_unused_inputs1", removeConstantsAndUnusedInputs],
  ["scanOp_merge", mergeScans],
  ["scanOp_remove_constants_and_unused_inputs2", removeConstantsAndUnusedInputs],
  ["scanOp_merge_inouts", mergeInOuts],
  ["scanOp_remove_constants_and_unused_inputs3", removeConstantsAndUnusedInputs],
]);

/** Adds all rewrites of scans to the sequence of all passes. */
export function registerScanRewrites(database: SequenceDatabase): void {
  database.register("scan_eqopt1", whereScansAre(scanEqopt1), 0.05, ...TAGS);
  database.register("scan_eqopt2", whereScansAre(scanEqopt2), 1.6, ...TAGS);
  database.register("scanOp_save_mem", onlyForScans(saveMemory), 1.61, ...TAGS);
  database.register("scanOp_make_inplace", onlyForScans(makeInplace), 75, ...TAGS, "inplace");
}

/** Graphs without loops are not walked over in search of them. */
function onlyForScans({ name, apply }: GraphRewrite): GraphRewrite {
  return graphRewrite(name, (run) => {
    for (const { op } of run.fgraph.nodes) if (op instanceof Scan) return apply(run);
  });
}

function whereScansAre(database: EquilibriumDatabase): Queryable {
  return { query: (query) => onlyForScans(database.query(query)) };
}
