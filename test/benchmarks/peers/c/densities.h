/* Models of float64. */

/* x, y, w, b, predictions, entropies; rows, columns. Four rows at a time, so that w and its slope are read once for them. */
void logreg(void **p, const int64_t *n) {
  const double *restrict x = p[0], *restrict y = p[1];
  double *restrict w = p[2], *restrict b = p[3], *restrict predicted = p[4], *restrict entropy = p[5];
  int64_t rows = n[0], columns = n[1];
  double *restrict d = scratch(2, sizeof(double) * (size_t)rows), *restrict g = scratch(3, sizeof(double) * (size_t)columns);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const double *a = x + r * columns;
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    _Pragma("omp simd reduction(+ : s0, s1, s2, s3)") for (int64_t j = 0; j < columns; j++) {
      s0 += a[j] * w[j], s1 += a[columns + j] * w[j];
      s2 += a[2 * columns + j] * w[j], s3 += a[3 * columns + j] * w[j];
    }
    d[r] = s0, d[r + 1] = s1, d[r + 2] = s2, d[r + 3] = s3;
  }
  for (; r < rows; r++) {
    double s = 0;
    _Pragma("omp simd reduction(+ : s)") for (int64_t j = 0; j < columns; j++) s += x[r * columns + j] * w[j];
    d[r] = s;
  }
  double shift = b[0], total = 0;
  _Pragma("omp simd reduction(+ : total)") for (int64_t i = 0; i < rows; i++) {
    double q = 1 / (1 + exp_f64(-d[i] - shift));
    predicted[i] = q > 0.5 ? 1 : 0;
    entropy[i] = -y[i] * log_f64(q) - (1 - y[i]) * log_f64(1 - q);
    d[i] = (q - y[i]) / (double)rows;
    total += d[i];
  }
  memset(g, 0, sizeof(double) * (size_t)columns);
  for (r = 0; r + 4 <= rows; r += 4) {
    const double *a = x + r * columns;
    double d0 = d[r], d1 = d[r + 1], d2 = d[r + 2], d3 = d[r + 3];
    SIMD for (int64_t j = 0; j < columns; j++)
      g[j] += (d0 * a[j] + d1 * a[columns + j]) + (d2 * a[2 * columns + j] + d3 * a[3 * columns + j]);
  }
  for (; r < rows; r++) SIMD for (int64_t j = 0; j < columns; j++) g[j] += d[r] * x[r * columns + j];
  SIMD for (int64_t j = 0; j < columns; j++) w[j] -= 0.1 * (g[j] + 0.02 * w[j]);
  b[0] -= 0.1 * total;
}

/* y, x, g, a, mu, b, s; density and its slopes by a, mu, b, s; observations, groups. A pass that gathers and computes,
   one that scatters. */
void hierarchical(void **p, const int64_t *n) {
  const double *restrict y = p[0], *restrict x = p[1], *restrict a = p[3];
  const int64_t *restrict g = p[2];
  double mu = *(double *)p[4], b = *(double *)p[5], s = *(double *)p[6], scale = exp(-s);
  double *restrict da = p[8], *restrict r = scratch(2, sizeof(double) * (size_t)n[0]);
  double square = 0, db = 0;
  _Pragma("omp simd reduction(+ : square, db)") for (int64_t i = 0; i < n[0]; i++) {
    double z = (y[i] - a[g[i]] - b * x[i]) * scale;
    r[i] = z;
    square += z * z;
    db += z * x[i];
  }
  /* Two lists, so that neighbours of one group do not wait for each other. */
  double *restrict other = scratch(3, sizeof(double) * (size_t)n[1]);
  memset(da, 0, sizeof(double) * (size_t)n[1]);
  memset(other, 0, sizeof(double) * (size_t)n[1]);
  int64_t i = 0;
  for (; i + 2 <= n[0]; i += 2) da[g[i]] += r[i], other[g[i + 1]] += r[i + 1];
  for (; i < n[0]; i++) da[g[i]] += r[i];
  double prior = 0, dmu = 0;
  for (int64_t j = 0; j < n[1]; j++) {
    double z = a[j] - mu;
    prior += z * z, dmu += z;
    da[j] = (da[j] + other[j]) * scale - z;
  }
  *(double *)p[7] = -0.5 * square - (double)n[0] * s - 0.5 * prior;
  *(double *)p[9] = dmu, *(double *)p[10] = db * scale, *(double *)p[11] = square - (double)n[0];
}

/* y, x, a, b; density and its slopes by a and b; observations. */
void poisson(void **p, const int64_t *n) {
  const double *restrict y = p[0], *restrict x = p[1];
  double a = *(double *)p[2], b = *(double *)p[3], density = 0, da = 0, db = 0;
  _Pragma("omp simd reduction(+ : density, da, db)") for (int64_t i = 0; i < n[0]; i++) {
    double eta = a + b * x[i], e = exp_f64(eta), d = y[i] - e;
    density += y[i] * eta - e;
    da += d;
    db += d * x[i];
  }
  *(double *)p[4] = density, *(double *)p[5] = da, *(double *)p[6] = db;
}
