/** Copying arrays of any layout into dense ones, as C. */

/**
 * The kernel `tn_copy`. Its frame: addresses of the dense array and of the other one, bytes of an element, the number of
 * dimensions, their lengths, and the strides of the other array in elements. Transposed matrices go in blocks, so that
 * neither side is read or written in single elements of distant cache lines.
 */
export const COPY_SOURCE = `${[4, 8].map(copyOf).join("")}
static int tn_copy(const double *f) {
  char *to = (char *)(u64)f[0];
  const char *from = (const char *)(u64)f[1];
  const i64 bytes = (i64)f[2], ndim = (i64)f[3];
  const double *shape = f + 4, *strides = f + 4 + ndim;
  if (bytes == 4) { tn_copy4((unsigned int *)to, (const unsigned int *)from, ndim, shape, strides); return 0; }
  if (bytes == 8) { tn_copy8((u64 *)to, (const u64 *)from, ndim, shape, strides); return 0; }
  i64 size = 1;
  for (i64 d = 0; d < ndim; d++) size *= (i64)shape[d];
  for (i64 i = 0; i < size; i++) {
    i64 rest = i, at = 0;
    for (i64 d = ndim - 1; d >= 0; d--) { at += rest % (i64)shape[d] * (i64)strides[d]; rest /= (i64)shape[d]; }
    for (i64 b = 0; b < bytes; b++) to[i * bytes + b] = from[at * bytes + b];
  }
  return 0;
}
`;

function copyOf(bytes: number): string {
  const type = bytes === 4 ? "unsigned int" : "u64";
  return `
static ${type} *tn_copy${bytes}(${type} *to, const ${type} *from, i64 ndim, const double *shape, const double *strides) {
  if (ndim == 0) { *to = *from; return to + 1; }
  const i64 n = (i64)shape[0], s = (i64)strides[0];
  if (ndim == 1) {
    if (s == 1) for (i64 i = 0; i < n; i++) to[i] = from[i];
    else for (i64 i = 0; i < n; i++) to[i] = from[i * s];
    return to + n;
  }
  if (ndim == 2 && s == 1) {
    const i64 m = (i64)shape[1], t = (i64)strides[1];
    for (i64 i = 0; i < n; i += 16)
      for (i64 j = 0; j < m; j += 16)
        for (i64 k = i; k < i + 16 && k < n; k++)
          for (i64 l = j; l < j + 16 && l < m; l++) to[k * m + l] = from[k + l * t];
    return to + n * m;
  }
  for (i64 i = 0; i < n; i++) to = tn_copy${bytes}(to, from + i * s, ndim - 1, shape + 1, strides + 1);
  return to;
}
`;
}
