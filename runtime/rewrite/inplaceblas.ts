/** Rewrites that let nodes with state of their own, sums in BLAS and changed parts of tensors, work in place. */
import { AllocEmpty } from "../ops/allocempty.ts";
import { Gemm, Gemv, Ger } from "../ops/blas.ts";
import { nodeRewrite } from "./rewrite.ts";

/** Gemm in the memory of its summand. */
export const localInplaceGemm = nodeRewrite(
  "local_inplace_gemm",
  [new Gemm().key],
  ({ inputs: [z, a, x, y, b] }) => new Gemm(true).apply(z, a, x, y, b).out,
);

/** Gemv in the memory of its summand; memory without values is not shared with others but asked for again. */
export const makeCGemvDestructive = nodeRewrite(
  "make_c_gemv_destructive",
  [new Gemv().key],
  ({ inputs: [y, a, matrix, x, b] }, fgraph) => {
    const { owner } = y;
    const isShared = owner?.op instanceof AllocEmpty && fgraph.clients(y).length > 1;
    const target = isShared ? owner.op.apply(...owner.inputs).out : y;
    return new Gemv(true).apply(target, a, matrix, x, b).out;
  },
);

/** Ger in the memory of its summand. */
export const makeCGerDestructive = nodeRewrite(
  "make_c_ger_destructive",
  [new Ger().key],
  ({ inputs: [z, a, x, y] }) => new Ger(true).apply(z, a, x, y).out,
);
