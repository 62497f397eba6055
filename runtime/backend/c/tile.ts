/** The tile of products in C: sums in registers that read a few rows of one factor and a panel of the other. */

/** In C, the rows of a tile: with two vectors of columns, their sums fill the registers. */
export const TILE_ROWS = "TN_ROWS";
/** How much of the inner axis is done at a time, so that a panel of columns stays in the fastest cache. */
export const DEPTH = 384;

/** On machines with 32 vector registers; more rows are faster still where there are many, and take longer to compile. */
const MANY_REGISTERS = 8;
const FEW_REGISTERS = 6;

/** Defines {@link TILE_ROWS}; `TN_VECTOR` comes before. */
export const TILE_ROWS_SOURCE = `#if TN_VECTOR == 64
#define TN_ROWS ${MANY_REGISTERS}
#else
#define TN_ROWS ${FEW_REGISTERS}
#endif
`;

/** A tile of at most {@link TILE_ROWS} rows and two vectors of columns of `beta · z + alpha · a · b`. */
export function tileSource(type: string, suffix: string): string {
  return `
typedef ${type} tn_v${suffix} __attribute__((vector_size(TN_VECTOR), aligned(sizeof(${type}))));
#define TN_N${suffix} (2 * TN_VECTOR / (i64)sizeof(${type}))
#if TN_VECTOR == 64
${tileOf(MANY_REGISTERS, type, suffix)}
#else
${tileOf(FEW_REGISTERS, type, suffix)}
#endif
`;
}

function tileOf(height: number, type: string, suffix: string): string {
  const rows = Array.from({ length: height }, (_, r) => r);
  const [vector, columns] = [`tn_v${suffix}`, `TN_N${suffix}`];
  const store = (r: number): string => `if (${r} < m) {
      ${vector} *d = (${vector} *)(c + ${r} * cs), *e = (${vector} *)(c + ${r} * cs + ${columns} / 2);
      if (beta == 0) { *d = alpha * l${r}; *e = alpha * h${r}; }
      else { const ${vector} *y = (const ${vector} *)(z + ${r} * zs), *w = (const ${vector} *)(z + ${r} * zs + ${columns} / 2); *d = beta * *y + alpha * l${r}; *e = beta * *w + alpha * h${r}; }
    }`;
  return `static __attribute__((noinline)) void tn_tile_${suffix}(i64 m, i64 n, i64 k, ${type} alpha, const ${type} *a, i64 ars, i64 acs, const ${type} *b, i64 bs, ${type} beta, const ${type} *z, i64 zs, ${type} *c, i64 cs) {
  ${rows.map((r) => `const ${type} *a${r} = a + (${r} < m ? ${r} : m - 1) * ars;`).join("\n  ")}
  ${rows.map((r) => `${vector} l${r} = {0}, h${r} = {0};`).join(" ")}
  for (i64 p = 0; p < k; p++) {
    const ${vector} l = *(const ${vector} *)(b + p * bs), h = *(const ${vector} *)(b + p * bs + ${columns} / 2);
    ${rows.map((r) => `{ const ${type} x = a${r}[p * acs]; l${r} += x * l; h${r} += x * h; }`).join("\n    ")}
  }
  if (n == ${columns}) {
    ${rows.map(store).join("\n    ")}
  } else {
    ${type} t[${height}][${columns}];
    ${rows.map((r) => `*(${vector} *)t[${r}] = l${r}; *(${vector} *)(t[${r}] + ${columns} / 2) = h${r};`).join("\n    ")}
    for (i64 i = 0; i < m && i < ${height}; i++)
      for (i64 j = 0; j < n; j++) c[i * cs + j] = beta == 0 ? alpha * t[i][j] : beta * z[i * zs + j] + alpha * t[i][j];
  }
}`;
}
