/**
 * Products whose second factor lies by columns, as a transposed matrix does: for few rows, packing it would take longer than
 * multiplying. Both factors are read along the inner axis, four rows by four columns at a time.
 */

const SIDE = 4;

/** From so many steps of the inner axis on, sums across vectors cost less than packing. */
export const DOTS_FROM = 64;

/** The definition of `tn_dots_<suffix>`, which wants the inner axis dense in both factors; otherwise as `tn_gemm_<suffix>`. */
export function dotsSource(type: string, suffix: string): string {
  const each = Array.from({ length: SIDE }, (_, i) => i);
  const vector = `tn_v${suffix}`;
  const pairs = each.flatMap((r) => each.map((q) => [r, q] as const));
  const start = (name: string, count: string, at: string, step: string): string =>
    each
      .map((r) => `const ${type} *${name}${r} = ${name} + (${at} + (${r} < ${count} ? ${r} : 0)) * ${step};`)
      .join(" ");
  return `
static __attribute__((noinline)) void tn_dots_${suffix}(i64 m, i64 n, i64 k, ${type} alpha, const ${type} *a, i64 ars, const ${type} *b, i64 bcs, ${type} beta, const ${type} *z, i64 zs, ${type} *c, i64 cs) {
  const i64 lanes = TN_N${suffix} / 2;
  for (i64 i = 0; i < m; i += ${SIDE})
    for (i64 j = 0; j < n; j += ${SIDE}) {
      const i64 rows = m - i < ${SIDE} ? m - i : ${SIDE}, columns = n - j < ${SIDE} ? n - j : ${SIDE};
      ${start("a", "rows", "i", "ars")}
      ${start("b", "columns", "j", "bcs")}
      ${vector} ${pairs.map(([r, q]) => `s${r}${q} = {0}`).join(", ")};
      i64 p = 0;
      for (; p + lanes <= k; p += lanes) {
        const ${vector} ${each.map((q) => `y${q} = *(const ${vector} *)(b${q} + p)`).join(", ")};
        ${each.map((r) => `{ const ${vector} x = *(const ${vector} *)(a${r} + p); ${each.map((q) => `s${r}${q} += x * y${q};`).join(" ")} }`).join("\n        ")}
      }
      ${type} t[${SIDE * SIDE}][TN_N${suffix} / 2];
      ${pairs.map(([r, q]) => `*(${vector} *)t[${r * SIDE + q}] = s${r}${q};`).join(" ")}
      for (i64 l = lanes / 2; l > 0; l /= 2)
        for (i64 e = 0; e < ${SIDE * SIDE}; e++)
          for (i64 o = 0; o < l; o++) t[e][o] += t[e][o + l];
      for (; p < k; p++) {
        ${pairs.map(([r, q]) => `t[${r * SIDE + q}][0] += a${r}[p] * b${q}[p];`).join(" ")}
      }
      for (i64 r = 0; r < rows; r++)
        for (i64 q = 0; q < columns; q++) {
          ${type} *to = c + (i + r) * cs + j + q;
          *to = beta == 0 ? alpha * t[r * ${SIDE} + q][0] : beta * z[(i + r) * zs + j + q] + alpha * t[r * ${SIDE} + q][0];
        }
    }
}
`;
}
