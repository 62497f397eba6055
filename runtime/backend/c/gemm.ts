/**
 * Products of matrices in C, for machines without BLAS: a tile of results in registers, over one or two vectors of
 * columns, that reads its factors where they lie and packs only what it would read many times or in short steps.
 */

import type { Blas } from "./blas.ts";
import { blasSource, gemmSymbol } from "./blasproduct.ts";
import { contractionSource } from "./contract.ts";
import { DOTS_FROM, dotsSource } from "./dots.ts";
import { DEPTH, TILE_ROWS, TILE_ROWS_SOURCE, tileSource } from "./tile.ts";

/** The functions that a unit may call. */
export const PRODUCTS = [
  "tile_f32",
  "tile_f64",
  "contract_f32",
  "contract_f64",
  "gemm_f32",
  "gemm_f64",
  "mv_f32",
  "mv_f64",
] as const;
export type ProductName = (typeof PRODUCTS)[number];

/** The definition of a function `tn_<name>`; those of {@link VECTORS} come before. A library does what it can. */
export function productSource(name: ProductName, blas: Blas | null): string {
  switch (name) {
    case "tile_f32":
      return tileSource("float", "f32");
    case "tile_f64":
      return tileSource("double", "f64");
    case "contract_f32":
      return contractionSource("float", "f32");
    case "contract_f64":
      return contractionSource("double", "f64");
    case "gemm_f32":
      return matrixMatrixSource("float", "f32", blas);
    case "gemm_f64":
      return matrixMatrixSource("double", "f64", blas);
    case "mv_f32":
      return matrixVectorSource("float", "f32");
    case "mv_f64":
      return matrixVectorSource("double", "f64");
  }
}

function matrixMatrixSource(type: "float" | "double", suffix: "f32" | "f64", blas: Blas | null): string {
  const symbol = blas === null ? null : gemmSymbol(blas, type);
  if (blas === null || symbol === null) return gemmSource(type, suffix);
  return gemmSource(type, suffix, "tiled") + blasSource(symbol, blas.ints, type, suffix);
}

/** The widest vectors of the machine, and how many rows fit into its registers. */
export const VECTORS = `
#if defined(__AVX512F__)
#define TN_VECTOR 64
#elif defined(__AVX__)
#define TN_VECTOR 32
#else
#define TN_VECTOR 16
#endif
${TILE_ROWS_SOURCE}`;

/** Sums of products may round once for both: no one expects their last digits, and half the speed depends on it. */
export const FUSING = `
#if defined(__clang__)
#pragma clang fp contract(fast)
#else
#pragma GCC push_options
#pragma GCC optimize("fp-contract=fast")
#endif
`;
export const NOT_FUSING = `
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC pop_options
#endif
`;

/** Columns whose packed panels stay in the second cache. */
const COLUMNS = 512;
/** Rows of the first factor that stay in the second cache, too, while all panels go over them. */
const ROWS = 96;
/** Columns from which gathering steps of the first factor that lie far apart pays. */
const GATHER_FROM = 64;
/** Rows from which packing the second factor pays. */
const PACK_FROM = 48;

/**
 * `c = beta · z + alpha · a · b`, with steps along rows and columns of both factors; where beta is 0, z is not read. It may
 * be c itself.
 */
function gemmSource(type: string, suffix: string, name = "gemm"): string {
  return `${dotsSource(type, suffix)}
static __attribute__((noinline)) void tn_${name}_${suffix}(i64 m, i64 n, i64 k, ${type} alpha, const ${type} *a, i64 ars, i64 acs, const ${type} *b, i64 brs, i64 bcs, ${type} beta, const ${type} *z, i64 zs, ${type} *c, i64 cs) {
  if (k == 0) {
    for (i64 i = 0; i < m; i++)
      for (i64 j = 0; j < n; j++) c[i * cs + j] = beta == 0 ? 0 : beta * z[i * zs + j];
    return;
  }
  if (brs == 1 && bcs != 1 && acs == 1 && m < ${PACK_FROM} && k >= ${DOTS_FROM}) {
    tn_dots_${suffix}(m, n, k, alpha, a, ars, b, bcs, beta, z, zs, c, cs);
    return;
  }
  ${type} *gather = m >= ${PACK_FROM} && n >= ${GATHER_FROM} ? malloc(sizeof(${type}) * ${ROWS * DEPTH}) : 0;
  ${type} *packed = malloc(sizeof(${type}) * (${DEPTH} * (${COLUMNS} + TN_N${suffix})));
  for (i64 j0 = 0; j0 < n; j0 += ${COLUMNS}) {
    const i64 columns = n - j0 < ${COLUMNS} ? n - j0 : ${COLUMNS};
    for (i64 p0 = 0; p0 < k; p0 += ${DEPTH}) {
      const i64 depth = k - p0 < ${DEPTH} ? k - p0 : ${DEPTH};
      const ${type} *from = b + p0 * brs + j0 * bcs;
      const ${type} start = p0 == 0 ? beta : 1;
      const int pack = bcs != 1 || m >= ${PACK_FROM};
      for (i64 j = 0; j < columns; j += TN_N${suffix}) {
        const i64 width = columns - j < TN_N${suffix} ? columns - j : TN_N${suffix};
        ${type} *panel = packed + j * depth;
        if (!pack && width == TN_N${suffix}) continue;
        if (bcs == 1 && width == TN_N${suffix})
          for (i64 p = 0; p < depth; p++) {
            *(tn_v${suffix} *)(panel + p * TN_N${suffix}) = *(const tn_v${suffix} *)(from + p * brs + j);
            *(tn_v${suffix} *)(panel + p * TN_N${suffix} + TN_N${suffix} / 2) = *(const tn_v${suffix} *)(from + p * brs + j + TN_N${suffix} / 2);
          }
        else if (bcs == 1)
          for (i64 p = 0; p < depth; p++)
            for (i64 q = 0; q < TN_N${suffix}; q++) panel[p * TN_N${suffix} + q] = q < width ? from[p * brs + j + q] : 0;
        else
          for (i64 q = 0; q < TN_N${suffix}; q++)
            for (i64 p = 0; p < depth; p++) panel[p * TN_N${suffix} + q] = q < width ? from[p * brs + (j + q) * bcs] : 0;
      }
      for (i64 i0 = 0; i0 < m; i0 += ${ROWS}) {
        const i64 rows = m - i0 < ${ROWS} ? m - i0 : ${ROWS};
        const ${type} *block = a + i0 * ars + p0 * acs;
        i64 rs = ars, ps = acs;
        if (gather) {
          for (i64 i = 0; i < rows; i += ${TILE_ROWS})
            for (i64 p = 0; p < depth; p++)
              for (i64 r = 0; r < ${TILE_ROWS}; r++) gather[i * depth + p * ${TILE_ROWS} + r] = i + r < rows ? block[(i + r) * ars + p * acs] : 0;
          block = gather;
          rs = 1;
          ps = ${TILE_ROWS};
        }
        for (i64 j = 0; j < columns; j += TN_N${suffix})
          for (i64 i = 0; i < rows; i += ${TILE_ROWS}) {
            const i64 width = columns - j < TN_N${suffix} ? columns - j : TN_N${suffix};
            const int direct = !pack && width == TN_N${suffix};
            ${type} *to = c + (i0 + i) * cs + j0 + j;
            tn_tile_${suffix}(rows - i, width, depth, alpha, gather ? block + i * depth : block + i * rs, rs, ps, direct ? from + j : packed + j * depth, direct ? brs : TN_N${suffix}, start, p0 == 0 ? z + (i0 + i) * zs + j0 + j : to, p0 == 0 ? zs : cs, to, cs);
          }
      }
    }
  }
  free(packed);
  free(gather);
}
`;
}

/** `y = a · x`, four rows or four columns at a time, whichever lie densely. */
function matrixVectorSource(type: string, suffix: string): string {
  return `
static __attribute__((noinline)) void tn_mv_${suffix}(i64 m, i64 n, const ${type} *a, i64 rs, i64 cs, const ${type} *x, i64 xs, ${type} *y) {
  if (rs == 1 && cs != 1) {
    #pragma omp simd
    for (i64 i = 0; i < m; i++) y[i] = 0;
    i64 j = 0;
    for (; j + 4 <= n; j += 4) {
      const ${type} *a0 = a + j * cs, *a1 = a0 + cs, *a2 = a1 + cs, *a3 = a2 + cs;
      const ${type} x0 = x[j * xs], x1 = x[(j + 1) * xs], x2 = x[(j + 2) * xs], x3 = x[(j + 3) * xs];
      #pragma omp simd
      for (i64 i = 0; i < m; i++) y[i] += (a0[i] * x0 + a1[i] * x1) + (a2[i] * x2 + a3[i] * x3);
    }
    for (; j < n; j++) {
      const ${type} *a0 = a + j * cs;
      const ${type} x0 = x[j * xs];
      #pragma omp simd
      for (i64 i = 0; i < m; i++) y[i] += a0[i] * x0;
    }
    return;
  }
  i64 i = 0;
  if (cs == 1 && xs == 1) {
    for (; i + 4 <= m; i += 4) {
      const ${type} *a0 = a + i * rs, *a1 = a0 + rs, *a2 = a1 + rs, *a3 = a2 + rs;
      ${type} s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      #pragma omp simd reduction(+: s0, s1, s2, s3)
      for (i64 j = 0; j < n; j++) {
        s0 += a0[j] * x[j];
        s1 += a1[j] * x[j];
        s2 += a2[j] * x[j];
        s3 += a3[j] * x[j];
      }
      y[i] = s0;
      y[i + 1] = s1;
      y[i + 2] = s2;
      y[i + 3] = s3;
    }
  }
  for (; i < m; i++) {
    const ${type} *a0 = a + i * rs;
    ${type} s0 = 0;
    #pragma omp simd reduction(+: s0)
    for (i64 j = 0; j < n; j++) s0 += a0[j * cs] * x[j * xs];
    y[i] = s0;
  }
}
`;
}
