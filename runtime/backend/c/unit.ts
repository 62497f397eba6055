/** Units: the C of all kernels of a function, and a driver that runs programs of them in one call. */
import { config } from "../../config/index.ts";
import type { Kernel } from "../../loop/ir.ts";
import { lastStage } from "../../loop/stage.ts";
import { findBlas } from "./blas.ts";
import { COPY_SOURCE } from "./copy.ts";
import { type EmitOptions, emitKernel } from "./emit.ts";
import { FUSING, NOT_FUSING, PRODUCTS, productSource, VECTORS } from "./gemm.ts";
import { LOOP_SOURCE } from "./loop.ts";
import { prelude } from "./prelude.ts";
import { Spelling } from "./spelling.ts";

const DECLARATIONS = `typedef long long i64;
typedef unsigned long long u64;
void *malloc(unsigned long);
void free(void *);
`;

/**
 * Runs a program: pairs of a kernel's number and the address of its frame, after how many there are. A kernel that refuses a
 * value ends it; the result is the kernel's place, counted from 1, and 0 at the end.
 */
const DRIVER = `static i64 tn_program(const double *p) {
  const i64 count = (i64)p[0];
  for (i64 i = 0; i < count; i++)
    if (kernels[(i64)p[1 + 2 * i]]((const double *)(u64)p[2 + 2 * i])) return i + 1;
  return 0;
}
__attribute__((visibility("default"))) double tn_run(u64 program) { return tn_program((const double *)program); }
`;

/** The name of the driver in every unit. */
export const ENTRY = "tn_run";

/** How units are written under the present configuration. */
export function emitOptions(): EmitOptions {
  return { parallelFrom: config.openmp ? config.openmp_elemwise_minsize : null };
}

/** What the compiler gets. */
export interface Unit {
  readonly source: string;
  readonly linkFlags: readonly string[];
}

/** The code of kernels; they are numbered in their order, after those of copying and looping. @throws Refusal when a kernel has no C code. */
export function unitOf(kernels: readonly Kernel[], options = emitOptions()): Unit {
  const spelling = new Spelling();
  const functions = kernels.map((kernel, i) => lastStage("C", emitKernel(kernel, `k${i}`, spelling, options)));
  const names = PRODUCTS.filter((name) => spelling.products.has(name));
  // Opening a library costs more than compiling: only for those who multiply matrices.
  const blas = names.some((name) => name.startsWith("gemm")) ? findBlas() : null;
  const products = names.map((name) => productSource(name, blas));
  const source = [
    DECLARATIONS,
    prelude(spelling.helpers),
    COPY_SOURCE,
    LOOP_SOURCE,
    ...(products.length > 0 ? [VECTORS, FUSING, ...products, NOT_FUSING] : []),
    ...functions,
    `static int (*const kernels[])(const double *) = {${["tn_copy", "tn_loop", ...kernels.map((_, i) => `k${i}`)].join(", ")}};\n`,
    DRIVER,
  ].join("\n");
  return { source, linkFlags: blas?.linkFlags ?? [] };
}
