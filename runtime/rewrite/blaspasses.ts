/** The passes that recognize BLAS routines; Theano's `BlasOpt`, whose members are registered one by one here. */
import {
  localDot22ToDot22scalar,
  localDot22ToGerOrGemv,
  localDotToDot22,
  localGemmToGemv,
  localGemmToGer,
} from "./blas.ts";
import { gemmOptimizer } from "./blasgemm.ts";
import { localDimshuffleLift } from "./canonicalize.ts";
import type { SequenceDatabase } from "./db.ts";
import { equilibriumPass, walkPass } from "./passes.ts";
import type { GraphRewrite, NodeRewrite } from "./rewrite.ts";

/** A pass that tries rewrites once at every node, from the inputs on. */
export function onceOver(name: string, ...rewrites: readonly NodeRewrite[]): GraphRewrite {
  return walkPass(name, rewrites, { order: "in_to_out", visitsNewNodes: true });
}

const toVectors = equilibriumPass("local_gemm_to_gemv", {
  rewrites: [localGemmToGemv, localGemmToGer, localDot22ToGerOrGemv, localDimshuffleLift],
  passes: [],
  final: [],
  cleanup: [],
  visitsNewNodes: true,
});

/** Registers the passes, all under the tag `BlasOpt`. */
export function registerBlas(optdb: SequenceDatabase): void {
  const dot22 = onceOver("local_dot_to_dot22", localDotToDot22);
  const scalar = onceOver("local_dot22_to_dot22scalar", localDot22ToDot22scalar);
  optdb.register("local_dot_to_dot22", dot22, 1.7, "fast_run", "fast_compile", "BlasOpt");
  optdb.register("gemm_optimizer", gemmOptimizer, 1.701, "fast_run", "BlasOpt");
  optdb.register("local_dot22_to_dot22scalar", scalar, 1.702, "fast_run", "BlasOpt");
  optdb.register("local_gemm_to_gemv", toVectors, 1.703, "fast_run", "BlasOpt");
}
