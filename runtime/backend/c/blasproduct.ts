/** Large products of matrices by a BLAS library. */
import type { Blas } from "./blas.ts";

/**
 * So many multiplications are done by the library; below, calling it costs more than it gains over the tiles of
 * `gemm.ts`.
 */
const LARGE = 2 ** 21;

/** The library's name of the product of matrices; null: it has none. */
export function gemmSymbol(blas: Blas, type: "float" | "double"): string | null {
  return blas.symbol(type === "float" ? "sgemm" : "dgemm");
}

/**
 * A product by Fortran's `gemm` of that name, which sees row-major matrices as transposed ones: cᵀ = bᵀ·aᵀ. Small
 * products, factors of which neither step is 1, and lengths that its integers do not hold, are left to `tn_tiled_…`.
 */
export function blasSource(name: string, ints: Blas["ints"], type: "float" | "double", suffix: "f32" | "f64"): string {
  const int = ints === 64 ? "i64" : "int";
  const most = ints === 64 ? "0x7fffffffffffffff" : "0x7fffffff";
  return `
void ${name}(const char *, const char *, const ${int} *, const ${int} *, const ${int} *, const ${type} *, const ${type} *, const ${int} *, const ${type} *, const ${int} *, const ${type} *, ${type} *, const ${int} *);
static void tn_gemm_${suffix}(i64 m, i64 n, i64 k, ${type} alpha, const ${type} *a, i64 ars, i64 acs, const ${type} *b, i64 brs, i64 bcs, ${type} beta, const ${type} *z, i64 zs, ${type} *c, i64 cs) {
  const int aRows = acs == 1 && ars >= k, bRows = bcs == 1 && brs >= n;
  const int fits = (aRows || (ars == 1 && acs >= m)) && (bRows || (bcs >= k && brs == 1)) && cs >= n;
  const i64 most = ${most};
  if (!fits || (double)m * n * k < ${LARGE} || m > most || n > most || k > most || ars > most || acs > most || brs > most || bcs > most || cs > most) {
    tn_tiled_${suffix}(m, n, k, alpha, a, ars, acs, b, brs, bcs, beta, z, zs, c, cs);
    return;
  }
  if (beta != 0 && z != c)
    for (i64 i = 0; i < m; i++)
      for (i64 j = 0; j < n; j++) c[i * cs + j] = z[i * zs + j];
  const ${int} rows = (${int})m, columns = (${int})n, inner = (${int})k, lda = (${int})(aRows ? ars : acs), ldb = (${int})(bRows ? brs : bcs), ldc = (${int})cs;
  ${name}(bRows ? "N" : "T", aRows ? "N" : "T", &columns, &rows, &inner, &alpha, b, &ldb, a, &lda, &beta, c, &ldc);
}
`;
}
