/** The passes that let nodes work in place; they come last, all under the tag `inplace`. */
import { onceOver } from "./blaspasses.ts";
import type { SequenceDatabase } from "./db.ts";
import { addDestroyHandler, inplaceElemwise } from "./inplace.ts";
import { localInplaceGemm, makeCGemvDestructive, makeCGerDestructive } from "./inplaceblas.ts";
import { randomMakeInplace } from "./inplacerandom.ts";
import { localInplaceIncsubtensor1, localInplaceSetsubtensor } from "./inplacesetting.ts";

/** Registers the passes. */
export function registerInplace(optdb: SequenceDatabase): void {
  const tags = ["fast_run", "inplace"];
  const setsubtensor = onceOver("local_inplace_setsubtensor", localInplaceSetsubtensor);
  const incsubtensor1 = onceOver("local_inplace_incsubtensor1", localInplaceIncsubtensor1);
  const gemm = onceOver("InplaceBlasOpt", localInplaceGemm);
  const vectors = onceOver("c_blas_destructive", makeCGerDestructive, makeCGemvDestructive);
  optdb.register("add_destroy_handler", addDestroyHandler, 49.5, ...tags);
  optdb.register("local_inplace_setsubtensor", setsubtensor, 60, ...tags);
  optdb.register("local_inplace_incsubtensor1", incsubtensor1, 60, ...tags);
  optdb.register("InplaceBlasOpt", gemm, 70, ...tags, "blas_opt_inplace");
  optdb.register("c_blas_destructive", vectors, 70, ...tags, "c_blas");
  optdb.register("inplace_elemwise_opt", inplaceElemwise, 75, ...tags, "inplace_elemwise_optimizer");
  optdb.register("random_make_inplace", onceOver("random_make_inplace", randomMakeInplace), 99, ...tags);
}
