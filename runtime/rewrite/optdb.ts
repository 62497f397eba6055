/**
 * The registry: every rewrite of this library under its names, tags and positions, those of Theano 1.0.5. Users add their
 * own to the databases exported here.
 */

import { ALGEBRA } from "./algebra.ts";
import { ASSERTS } from "./asserts.ts";
import { registerBlas } from "./blaspasses.ts";
import { CANONICALIZE } from "./canonicalize.ts";
import { CANONIZERS } from "./canonizer.ts";
import { topoConstantFolding } from "./constantfolding.ts";
import { EquilibriumDatabase, SequenceDatabase, WalkDatabase } from "./db.ts";
import { DIFFERENCES } from "./differences.ts";
import { EXPONENTIAL_SUMS } from "./exponentialsums.ts";
import { EXTREMES } from "./extremes.ts";
import { elemwiseFusion } from "./fusion.ts";
import { registerIfElse } from "./ifelse.ts";
import { INDEXING } from "./indexing.ts";
import { registerInplace } from "./inplacepasses.ts";
import { mergeNodesPass, mergePass } from "./merge.ts";
import { registerOpFromGraph } from "./opfromgraph.ts";
import { OPTIONAL, registerOptional } from "./optional.ts";
import { POWERS } from "./powers.ts";
import { REDUCTION_REWRITES } from "./reductions.ts";
import { RESHAPING } from "./reshaping.ts";
import type { Registration, StageName } from "./rewrite.ts";
import { registerScanRewrites } from "./scan/register.ts";
import { SET_INDEXING } from "./setindexing.ts";
import { SHAPES, shapeOpt } from "./shapes.ts";
import { SIGMOIDS } from "./sigmoids.ts";
import { SOFTMAXES } from "./softmaxes.ts";
import { SPECIALIZE } from "./specialize.ts";
import { STABILIZE } from "./stabilize.ts";
import { SWITCHES } from "./switches.ts";
import { USELESS } from "./useless.ts";

/** Removal of what changes nothing, once before the real work. */
export const useless = new WalkDatabase("useless", { order: "in_to_out", visitsNewNodes: true });
/** Brings graphs into one form, in which later stages find their patterns. */
export const canonicalize = new EquilibriumDatabase("canonicalize", { visitsNewNodes: true });
/** Puts forms that keep their digits in the place of ones that lose them. */
export const stabilize = new EquilibriumDatabase("stabilize", { visitsNewNodes: false });
/** Puts cheaper forms in the place of general ones. */
export const specialize = new EquilibriumDatabase("specialize", { visitsNewNodes: false });
/** Undoes what canonicalize did for the other stages only. */
export const uncanonicalize = new EquilibriumDatabase("uncanonicalize", { visitsNewNodes: false });

/** Puts forms in the place of others that run faster on this machine. */
export const specializeDevice = new EquilibriumDatabase("specialize_device", { visitsNewNodes: false });

/** All passes; a query picks some of them. */
export const optdb = new SequenceDatabase("optdb");

const QUICK = ["fast_run", "fast_compile"];

optdb.register("merge1", mergePass, 0, ...QUICK, "merge");
optdb.register("ShapeOpt", shapeOpt, 0.1, ...QUICK);
optdb.register("useless", useless, 0.6, ...QUICK);
optdb.register("merge1.1", mergePass, 0.65, ...QUICK, "merge");
optdb.register("canonicalize", canonicalize, 1, ...QUICK);
optdb.register("merge1.2", mergePass, 1.2, ...QUICK, "merge");
optdb.register("stabilize", stabilize, 1.5, "fast_run");
optdb.register("specialize", specialize, 2, ...QUICK);
optdb.register("uncanonicalize", uncanonicalize, 3, "fast_run");
optdb.register("specialize_device", specializeDevice, 48.6, ...QUICK);
optdb.register("elemwise_fusion", elemwiseFusion, 49, "fast_run", "fusion", "local_elemwise_fusion", "FusionOptimizer");
optdb.register("merge2", mergePass, 49, "fast_run", "merge");
optdb.register("merge3", mergePass, 100, "fast_run", "merge");
registerBlas(optdb);
registerInplace(optdb);
registerIfElse(optdb);
registerOpFromGraph(optdb);

canonicalize.registerCleanup("MergeOptimizer", mergePass, ...QUICK);
// Factors that cancel have to be one variable.
stabilize.registerCleanup("MergeOptimizer", mergeNodesPass, ...QUICK);
for (const database of [canonicalize, stabilize, specialize, uncanonicalize])
  database.registerFinal("topo_constant_folding", topoConstantFolding, ...QUICK);

const STAGES: Readonly<Record<StageName, EquilibriumDatabase | WalkDatabase>> = {
  useless,
  canonicalize,
  stabilize,
  specialize,
  uncanonicalize,
  specialize_device: specializeDevice,
};

/** Registers each rewrite under its own name in its stages. */
function register(registrations: readonly Registration[]): void {
  for (const { rewrite, stages, tags } of registrations)
    for (const stage of stages) STAGES[stage].register(rewrite.name, rewrite, ...tags);
}

register(USELESS);
register(CANONICALIZE);
register(REDUCTION_REWRITES);
register(CANONIZERS);
register(SWITCHES);
register(ALGEBRA);
register(STABILIZE);
register(SPECIALIZE);
register(POWERS);
register(EXTREMES);
registerOptional(optdb);
registerScanRewrites(optdb);
register(ASSERTS);
register(SHAPES);
register(INDEXING);
register(SET_INDEXING);
register(RESHAPING);
register(SIGMOIDS);
register(DIFFERENCES);
register(EXPONENTIAL_SUMS);
register(SOFTMAXES);
register(OPTIONAL);
