/** Products of matrices by a BLAS library, where the flag `blas.ldflags` names one. */
import { config } from "../../config/index.ts";

/** The linker's options for the library; none: there is none, and the tiles of `gemm.ts` do its work. */
export function blasFlags(): readonly string[] {
  return config.blas.ldflags.split(/\s+/).filter((flag) => flag !== "");
}

/**
 * A product by Fortran's `gemm`, which sees row-major matrices as transposed ones: cᵀ = bᵀ·aᵀ. Factors of which neither
 * step is 1, and lengths that its integers do not hold, are left to `tn_tiled_…`.
 */
export function blasSource(type: "float" | "double", suffix: "f32" | "f64"): string {
  const name = type === "float" ? "sgemm_" : "dgemm_";
  return `
void ${name}(const char *, const char *, const int *, const int *, const int *, const ${type} *, const ${type} *, const int *, const ${type} *, const int *, const ${type} *, ${type} *, const int *);
static void tn_gemm_${suffix}(i64 m, i64 n, i64 k, ${type} alpha, const ${type} *a, i64 ars, i64 acs, const ${type} *b, i64 brs, i64 bcs, ${type} beta, const ${type} *z, i64 zs, ${type} *c, i64 cs) {
  const int aRows = acs == 1 && ars >= k, bRows = bcs == 1 && brs >= n;
  const int fits = (aRows || (ars == 1 && acs >= m)) && (bRows || (bcs >= k && brs == 1)) && cs >= n;
  const i64 most = 0x7fffffff;
  if (!fits || m == 0 || n == 0 || k == 0 || m > most || n > most || k > most || ars > most || acs > most || brs > most || bcs > most || cs > most) {
    tn_tiled_${suffix}(m, n, k, alpha, a, ars, acs, b, brs, bcs, beta, z, zs, c, cs);
    return;
  }
  if (beta != 0 && z != c)
    for (i64 i = 0; i < m; i++)
      for (i64 j = 0; j < n; j++) c[i * cs + j] = z[i * zs + j];
  const int rows = (int)m, columns = (int)n, inner = (int)k, lda = (int)(aRows ? ars : acs), ldb = (int)(bRows ? brs : bcs), ldc = (int)cs;
  ${name}(bRows ? "N" : "T", aRows ? "N" : "T", &columns, &rows, &inner, &alpha, b, &ldb, a, &lda, &beta, c, &ldc);
}
`;
}
