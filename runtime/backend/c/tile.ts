/** The tile of products in C: sums in registers that read a few rows of one factor and a panel of the other. */

/** Rows of a tile: with two vectors of columns, their sums fill the registers of common machines. */
export const TILE_ROWS = 6;
/** How much of the inner axis is done at a time, so that a panel of columns stays in the fastest cache. */
export const DEPTH = 384;

/** A tile of at most {@link TILE_ROWS} rows and two vectors of columns of `beta · z + alpha · a · b`. */
export function tileSource(type: string, suffix: string): string {
  const rows = Array.from({ length: TILE_ROWS }, (_, r) => r);
  return `
typedef ${type} tn_v${suffix} __attribute__((vector_size(TN_VECTOR), aligned(sizeof(${type}))));
#define TN_N${suffix} (2 * TN_VECTOR / (i64)sizeof(${type}))
static __attribute__((noinline)) void tn_tile_${suffix}(i64 m, i64 n, i64 k, ${type} alpha, const ${type} *a, i64 ars, i64 acs, const ${type} *b, i64 bs, ${type} beta, const ${type} *z, i64 zs, ${type} *c, i64 cs) {
  ${rows.map((r) => `const ${type} *a${r} = a + (${r} < m ? ${r} : m - 1) * ars;`).join("\n  ")}
  ${rows.map((r) => `tn_v${suffix} l${r} = {0}, h${r} = {0};`).join(" ")}
  for (i64 p = 0; p < k; p++) {
    const tn_v${suffix} l = *(const tn_v${suffix} *)(b + p * bs), h = *(const tn_v${suffix} *)(b + p * bs + TN_N${suffix} / 2);
    ${rows.map((r) => `{ const ${type} x = a${r}[p * acs]; l${r} += x * l; h${r} += x * h; }`).join("\n    ")}
  }
  if (n == TN_N${suffix}) {
    ${rows
      .map(
        (
          r,
        ) => `if (${r} < m) { tn_v${suffix} *d = (tn_v${suffix} *)(c + ${r} * cs), *e = (tn_v${suffix} *)(c + ${r} * cs + TN_N${suffix} / 2);
      if (beta == 0) { *d = alpha * l${r}; *e = alpha * h${r}; } else { const tn_v${suffix} *y = (const tn_v${suffix} *)(z + ${r} * zs), *w = (const tn_v${suffix} *)(z + ${r} * zs + TN_N${suffix} / 2); *d = beta * *y + alpha * l${r}; *e = beta * *w + alpha * h${r}; } }`,
      )
      .join("\n    ")}
  } else {
    ${type} t[${TILE_ROWS}][TN_N${suffix}];
    ${rows.map((r) => `*(tn_v${suffix} *)t[${r}] = l${r}; *(tn_v${suffix} *)(t[${r}] + TN_N${suffix} / 2) = h${r};`).join("\n    ")}
    for (i64 i = 0; i < m && i < ${TILE_ROWS}; i++)
      for (i64 j = 0; j < n; j++) c[i * cs + j] = beta == 0 ? alpha * t[i][j] : beta * z[i * zs + j] + alpha * t[i][j];
  }
}
`;
}
