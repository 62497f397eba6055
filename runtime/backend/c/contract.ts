/**
 * Sums of products over several axes in C, as products of matrices whose factors lie anywhere: an element of a factor is
 * where two tables say, one by the row and one by the column. Convolutions are such sums; what a filter covers is packed
 * for one panel of columns at a time, so that the matrix of all that filters cover is never made.
 */
import { DEPTH, TILE_ROWS } from "./tile.ts";

/**
 * The functions `tn_contract_<suffix>`: `c`, which is dense, becomes the product of `a` (m × k), whose element (i, p) is
 * at `am[i] + ak[p]`, and `b` (k × n), whose element (p, j) is at `bk[p] + bn[j]`; and `tn_pad_<suffix>`: a dense copy of
 * `size` elements along each dimension, beginning at `low`, with zeros where there are none.
 */
export function contractionSource(type: string, suffix: string): string {
  return `
#define TN_G${suffix} (TN_N${suffix} / 4)
typedef ${type} tn_g${suffix} __attribute__((vector_size(TN_VECTOR / 2), aligned(sizeof(${type}))));
static ${type} *tn_rows_${suffix}(${type} *to, const ${type} *from, int inside, i64 ndim, const i64 *length, const i64 *step, const i64 *low, const i64 *size) {
  if (ndim == 0) { *to = inside ? *from : 0; return to + 1; }
  const i64 n = size[0], first = low[0], s = step[0], l = length[0];
  if (ndim == 1) {
    for (i64 i = 0; i < n; i++) to[i] = 0;
    const i64 start = first < 0 ? -first : 0, end = l - first < n ? l - first : n;
    if (inside && s == 1) for (i64 i = start; i < end; i++) to[i] = from[first + i];
    else if (inside) for (i64 i = start; i < end; i++) to[i] = from[(first + i) * s];
    return to + n;
  }
  for (i64 i = 0; i < n; i++) {
    const int on = inside && first + i >= 0 && first + i < l;
    to = tn_rows_${suffix}(to, on ? from + (first + i) * s : from, on, ndim - 1, length + 1, step + 1, low + 1, size + 1);
  }
  return to;
}
static ${type} *tn_pad_${suffix}(const ${type} *from, i64 ndim, const i64 *length, const i64 *step, const i64 *low, const i64 *size) {
  i64 all = 1;
  for (i64 d = 0; d < ndim; d++) all *= size[d];
  ${type} *to = malloc(sizeof(${type}) * (all + 1));
  tn_rows_${suffix}(to, from, 1, ndim, length, step, low, size);
  return to;
}
static void tn_panel_${suffix}(i64 width, i64 depth, const ${type} *b, const i64 *bk, const i64 *bn, ${type} *panel) {
  for (i64 q = 0; q < TN_N${suffix}; q += TN_G${suffix}) {
    ${type} *to = panel + q;
    const i64 *at = bn + q;
    const i64 count = width - q < TN_G${suffix} ? width - q : TN_G${suffix};
    int together = count == TN_G${suffix};
    for (i64 r = 1; r < count; r++) together &= at[r] == at[0] + r;
    if (together) {
      const ${type} *from = b + at[0];
      for (i64 p = 0; p < depth; p++) *(tn_g${suffix} *)(to + p * TN_N${suffix}) = *(const tn_g${suffix} *)(from + bk[p]);
      continue;
    }
    const ${type} *from[TN_G${suffix}];
    for (i64 r = 0; r < TN_G${suffix}; r++) from[r] = b + at[count <= 0 ? -q : r < count ? r : 0];
    for (i64 p = 0; p < depth; p++) {
      const i64 o = bk[p];
      for (i64 r = 0; r < TN_G${suffix}; r++) to[p * TN_N${suffix} + r] = from[r][o];
    }
  }
}
static __attribute__((noinline)) void tn_contract_${suffix}(i64 m, i64 n, i64 k, const ${type} *a, const i64 *am, const i64 *ak, const ${type} *b, const i64 *bk, const i64 *bn, ${type} *c) {
  if (k == 0) for (i64 i = 0; i < m * n; i++) c[i] = 0;
  ${type} *left = malloc(sizeof(${type}) * ${DEPTH} * (m + TN_N${suffix})), *panel = left + ${DEPTH} * m;
  for (i64 p0 = 0; p0 < k; p0 += ${DEPTH}) {
    const i64 depth = k - p0 < ${DEPTH} ? k - p0 : ${DEPTH};
    for (i64 i = 0; i < m; i++) {
      const ${type} *from = a + am[i];
      for (i64 p = 0; p < depth; p++) left[i * depth + p] = from[ak[p0 + p]];
    }
    for (i64 j = 0; j < n; j += TN_N${suffix}) {
      const i64 width = n - j < TN_N${suffix} ? n - j : TN_N${suffix};
      tn_panel_${suffix}(width, depth, b, bk + p0, bn + j, panel);
      for (i64 i = 0; i < m; i += ${TILE_ROWS}) {
        ${type} *to = c + i * n + j;
        tn_tile_${suffix}(m - i, width, depth, 1, left + i * depth, depth, 1, panel, TN_N${suffix}, p0 == 0 ? 0 : 1, to, n, to, n);
      }
    }
  }
  free(left);
}
`;
}
