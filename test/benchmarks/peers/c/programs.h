/* Programs of either precision: included once with REAL double, SUFFIX f64 and once with float, f32. */

void F(chain)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0], *restrict b = p[1], *restrict c = p[2];
  REAL *restrict y = p[3];
  SIMD for (int64_t i = 0; i < n[0]; i++) y[i] = 2 * a[i] + 3 * b[i] - c[i] * a[i];
}

void F(chain_tanh)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0], *restrict b = p[1], *restrict c = p[2];
  REAL *restrict y = p[3];
  SIMD for (int64_t i = 0; i < n[0]; i++) y[i] = (a[i] * b[i] + c[i]) * F(tanh)(a[i]) - b[i] * b[i];
}

void F(sigmoid)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0];
  REAL *restrict y = p[1];
  SIMD for (int64_t i = 0; i < n[0]; i++) y[i] = 1 / (1 + F(exp)(-a[i]));
}

void F(tanh_all)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0];
  REAL *restrict y = p[1];
  SIMD for (int64_t i = 0; i < n[0]; i++) y[i] = F(tanh)(a[i]);
}

void F(exp_all)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0];
  REAL *restrict y = p[1];
  SIMD for (int64_t i = 0; i < n[0]; i++) y[i] = F(exp)(a[i]);
}

typedef REAL F(vector) __attribute__((vector_size(64), aligned(8)));
#define LANES ((int64_t)(64 / sizeof(REAL)))

INLINE REAL F(across)(F(vector) v) {
  REAL total = 0;
  for (int64_t i = 0; i < LANES; i++) total += v[i];
  return total;
}

/* Blocks of few enough elements that their sums stay precise; four accumulators hide the latency of an addition. */
void F(sum)(void **p, const int64_t *n) {
  const REAL *a = p[0];
  double total = 0;
  int64_t i = 0;
  for (; i + 64 * LANES <= n[0]; i += 64 * LANES) {
    F(vector) s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (int64_t j = i; j < i + 64 * LANES; j += 4 * LANES) {
      s0 += *(const F(vector) *)(a + j);
      s1 += *(const F(vector) *)(a + j + LANES);
      s2 += *(const F(vector) *)(a + j + 2 * LANES);
      s3 += *(const F(vector) *)(a + j + 3 * LANES);
    }
    total += F(across)((s0 + s1) + (s2 + s3));
  }
  for (; i < n[0]; i++) total += a[i];
  *(REAL *)p[1] = (REAL)total;
}

/* Short rows side by side: column j of 16 or 32 rows is one vector or more. */
#define SIDE 32
#define SHORT 64

#define EACH_ROW(body) SIMD for (int64_t i = 0; i < SIDE; i++) { body }
#define FOR_SHORT(rows, length, body, stored) \
  for (int64_t r = 0; r < (rows); r += SIDE) { \
    int64_t first = r + SIDE <= (rows) ? r : ((rows) > SIDE ? (rows) - SIDE : 0); \
    const REAL *restrict from = a + first * (length); \
    REAL *restrict to = y + first * (length); \
    REAL t[SHORT][SIDE] __attribute__((aligned(64))); \
    for (int64_t j = 0; j < (length); j++) EACH_ROW(t[j][i] = from[i * (length) + j];) \
    body \
    for (int64_t j = 0; j < (length); j++) EACH_ROW(to[i * (length) + j] = stored;) \
  }

INLINE REAL F(top)(const REAL *a, int64_t n) {
  REAL m = a[0];
  _Pragma("omp simd reduction(max : m)") for (int64_t i = 0; i < n; i++) m = a[i] > m ? a[i] : m;
  return m;
}

void F(softmax)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0];
  REAL *restrict y = p[1];
  int64_t rows = n[0], length = n[1];
  if (length < SHORT && rows >= SIDE) {
    FOR_SHORT(rows, length, {
      REAL m[SIDE]; REAL s[SIDE];
      EACH_ROW(m[i] = t[0][i]; s[i] = 0;)
      for (int64_t j = 1; j < length; j++) EACH_ROW(m[i] = t[j][i] > m[i] ? t[j][i] : m[i];)
      for (int64_t j = 0; j < length; j++) EACH_ROW(REAL e = F(exp)(t[j][i] - m[i]); t[j][i] = e; s[i] += e;)
      EACH_ROW(s[i] = 1 / s[i];)
      for (int64_t j = 0; j < length; j++) EACH_ROW(t[j][i] *= s[i];)
    }, t[j][i])
    return;
  }
  for (int64_t r = 0; r < rows; r++, a += length, y += length) {
    REAL m = F(top)(a, length), s = 0;
    _Pragma("omp simd reduction(+ : s)") for (int64_t i = 0; i < length; i++) {
      REAL e = F(exp)(a[i] - m);
      y[i] = e;
      s += e;
    }
    s = 1 / s;
    SIMD for (int64_t i = 0; i < length; i++) y[i] *= s;
  }
}

void F(log_softmax)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0];
  REAL *restrict y = p[1];
  int64_t rows = n[0], length = n[1];
  if (length < SHORT && rows >= SIDE) {
    FOR_SHORT(rows, length, {
      REAL m[SIDE]; REAL s[SIDE];
      EACH_ROW(m[i] = t[0][i]; s[i] = 0;)
      for (int64_t j = 1; j < length; j++) EACH_ROW(m[i] = t[j][i] > m[i] ? t[j][i] : m[i];)
      for (int64_t j = 0; j < length; j++) EACH_ROW(s[i] += F(exp)(t[j][i] - m[i]);)
      EACH_ROW(m[i] += F(log)(s[i]);)
      for (int64_t j = 0; j < length; j++) EACH_ROW(t[j][i] -= m[i];)
    }, t[j][i])
    return;
  }
  for (int64_t r = 0; r < rows; r++, a += length, y += length) {
    REAL m = F(top)(a, length), s = 0;
    _Pragma("omp simd reduction(+ : s)") for (int64_t i = 0; i < length; i++) s += F(exp)(a[i] - m);
    REAL shift = m + F(log)(s);
    SIMD for (int64_t i = 0; i < length; i++) y[i] = a[i] - shift;
  }
}

void F(layer_norm)(void **p, const int64_t *n) {
  const REAL *restrict a = p[0];
  REAL *restrict y = p[1];
  int64_t rows = n[0], length = n[1];
  REAL over = (REAL)1 / (REAL)length, epsilon = (REAL)1e-5;
  if (length < SHORT && rows >= SIDE) {
    FOR_SHORT(rows, length, {
      REAL m[SIDE]; REAL s[SIDE];
      EACH_ROW(m[i] = 0; s[i] = 0;)
      for (int64_t j = 0; j < length; j++) EACH_ROW(m[i] += t[j][i];)
      EACH_ROW(m[i] *= over;)
      for (int64_t j = 0; j < length; j++) EACH_ROW(t[j][i] -= m[i]; s[i] += t[j][i] * t[j][i];)
      for (int64_t i = 0; i < SIDE; i++) s[i] = 1 / (REAL)sqrt(s[i] * over + epsilon);
      for (int64_t j = 0; j < length; j++) EACH_ROW(t[j][i] *= s[i];)
    }, t[j][i])
    return;
  }
  for (int64_t r = 0; r < rows; r++, a += length, y += length) {
    REAL mean = 0, square = 0;
    _Pragma("omp simd reduction(+ : mean)") for (int64_t i = 0; i < length; i++) mean += a[i];
    mean *= over;
    _Pragma("omp simd reduction(+ : square)") for (int64_t i = 0; i < length; i++)
      square += (a[i] - mean) * (a[i] - mean);
    REAL scale = 1 / (REAL)sqrt(square * over + epsilon);
    SIMD for (int64_t i = 0; i < length; i++) y[i] = (a[i] - mean) * scale;
  }
}

/*
 * Products: tiles of 8 rows by 3 vectors live in registers. C = beta C + alpha A B, with A lying in any way and the rows
 * of B dense. Where B is large and read by many tiles of rows, strips of it are packed first.
 */
#define MR 8
#define NR (3 * LANES)
#define KC 256
/* Rows of which a block stays in the second-level cache. */
#define MC 192
#define ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)

static void F(tile)(int64_t k, const REAL *a, int64_t ar, int64_t ac, const REAL *b, int64_t br, REAL *c, int64_t cr,
                    int64_t rows, int64_t columns, REAL alpha, REAL beta) {
  typedef F(vector) V;
#define START(i) V c##i##0 = {0}, c##i##1 = {0}, c##i##2 = {0}; const REAL *a##i = a + (i < rows ? i : rows - 1) * ar;
#define STEP(i) { REAL x = a##i[j * ac]; c##i##0 += x * b0; c##i##1 += x * b1; c##i##2 += x * b2; }
  ROWS(START)
  for (int64_t j = 0; j < k; j++) {
    const REAL *row = b + j * br;
    V b0 = *(const V *)row, b1 = *(const V *)(row + LANES), b2 = *(const V *)(row + 2 * LANES);
    ROWS(STEP)
  }
  if (columns == NR) {
#define STORE(i) if (i < rows) { V *to = (V *)(c + i * cr); \
    if (beta == 0) to[0] = alpha * c##i##0, to[1] = alpha * c##i##1, to[2] = alpha * c##i##2; \
    else to[0] = beta * to[0] + alpha * c##i##0, to[1] = beta * to[1] + alpha * c##i##1, to[2] = beta * to[2] + alpha * c##i##2; }
    ROWS(STORE)
    return;
  }
  REAL whole[MR][3 * 64 / sizeof(REAL)];
#define SPILL(i) ((V *)whole[i])[0] = c##i##0, ((V *)whole[i])[1] = c##i##1, ((V *)whole[i])[2] = c##i##2;
  ROWS(SPILL)
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++)
      c[i * cr + j] = (beta == 0 ? 0 : beta * c[i * cr + j]) + alpha * whole[i][j];
#undef START
#undef STEP
#undef STORE
#undef SPILL
}

/* Strips of NR columns, dense, the last filled up with zeros. */
static void F(pack)(int64_t k, int64_t columns, const REAL *b, int64_t br, int64_t bc, REAL *to) {
  for (int64_t j = 0; j < k; j++)
    for (int64_t i = 0; i < NR; i++) to[j * NR + i] = i < columns ? b[j * br + i * bc] : 0;
}

static void F(product)(int64_t m, int64_t n, int64_t k, REAL alpha, const REAL *a, int64_t ar, int64_t ac, const REAL *b,
                       int64_t br, int64_t bc, REAL beta, REAL *c) {
  int isLarge = m >= 64, isPacked = bc != 1 || isLarge;
  REAL *strips = scratch(0, sizeof(REAL) * (size_t)(KC * (n + NR)));
  REAL *rows = scratch(1, sizeof(REAL) * (size_t)(KC * (MC + MR)));
  for (int64_t k0 = 0; k0 < k; k0 += KC) {
    int64_t kc = k - k0 < KC ? k - k0 : KC;
    REAL keep = k0 == 0 ? beta : 1;
    for (int64_t j = 0; j < n; j += NR)
      if (isPacked || n - j < NR)
        F(pack)(kc, n - j < NR ? n - j : NR, b + k0 * br + j * bc, br, bc, strips + j * kc);
    for (int64_t m0 = 0; m0 < m; m0 += MC) {
      int64_t mc = m - m0 < MC ? m - m0 : MC;
      if (isLarge)
        for (int64_t i = 0; i < mc; i += MR)
          for (int64_t j = 0; j < kc; j++)
            for (int64_t r = 0; r < MR; r++)
              rows[i * kc + j * MR + r] = i + r < mc ? a[(m0 + i + r) * ar + (k0 + j) * ac] : 0;
      for (int64_t j = 0; j < n; j += NR) {
        int64_t columns = n - j < NR ? n - j : NR;
        int isStrip = isPacked || columns < NR;
        const REAL *from = isStrip ? strips + j * kc : b + k0 * br + j;
        for (int64_t i = 0; i < mc; i += MR) {
          int64_t some = mc - i < MR ? mc - i : MR, at = m0 + i;
          const REAL *left = isLarge ? rows + i * kc : a + at * ar + k0 * ac;
          F(tile)(kc, left, isLarge ? 1 : ar, isLarge ? MR : ac, from, isStrip ? NR : br, c + at * n + j, n, some, columns,
                  alpha, keep);
        }
      }
    }
  }
}

void F(dot)(void **p, const int64_t *n) {
  F(product)(n[0], n[2], n[1], 1, p[0], n[1], 1, p[1], n[2], 1, 0, p[2]);
}

/* x, y, w1, b1, w2, b2, cost; batch, inputs, units, classes. The products with which the weights change are added to
   them as they are computed. */
void F(mlp)(void **p, const int64_t *n) {
  const REAL *x = p[0];
  const int64_t *y = p[1];
  REAL *w1 = p[2], *b1 = p[3], *w2 = p[4], *b2 = p[5];
  int64_t batch = n[0], inputs = n[1], units = n[2], classes = n[3];
  REAL *h = scratch(2, sizeof(REAL) * (size_t)(batch * units)), *s = scratch(3, sizeof(REAL) * (size_t)(batch * classes));
  REAL *dh = scratch(4, sizeof(REAL) * (size_t)(batch * units));
  const REAL rate = (REAL)0.01, decay = (REAL)1e-4;
  REAL squares = 0, loss = 0;
  _Pragma("omp simd reduction(+ : squares)") for (int64_t i = 0; i < inputs * units; i++) squares += w1[i] * w1[i];
  _Pragma("omp simd reduction(+ : squares)") for (int64_t i = 0; i < units * classes; i++) squares += w2[i] * w2[i];

  for (int64_t r = 0; r < batch; r++) memcpy(h + r * units, b1, sizeof(REAL) * (size_t)units);
  F(product)(batch, units, inputs, 1, x, inputs, 1, w1, units, 1, 1, h);
  SIMD for (int64_t i = 0; i < batch * units; i++) h[i] = F(tanh)(h[i]);
  for (int64_t r = 0; r < batch; r++) memcpy(s + r * classes, b2, sizeof(REAL) * (size_t)classes);
  F(product)(batch, classes, units, 1, h, units, 1, w2, classes, 1, 1, s);
  for (int64_t r = 0; r < batch; r++) {
    REAL *row = s + r * classes, m = F(top)(row, classes), total = 0;
    REAL score = row[y[r]] - m;
    for (int64_t j = 0; j < classes; j++) row[j] = F(exp)(row[j] - m), total += row[j];
    loss += F(log)(total) - score;
    for (int64_t j = 0; j < classes; j++) row[j] /= total * (REAL)batch;
    row[y[r]] -= 1 / (REAL)batch;
  }
  *(REAL *)p[6] = loss / (REAL)batch + decay * squares;

  F(product)(batch, units, classes, 1, s, classes, 1, w2, 1, classes, 0, dh);
  SIMD for (int64_t i = 0; i < batch * units; i++) dh[i] *= 1 - h[i] * h[i];
  REAL kept = 1 - rate * 2 * decay;
  F(product)(units, classes, batch, -rate, h, 1, units, s, classes, 1, kept, w2);
  F(product)(inputs, units, batch, -rate, x, 1, inputs, dh, units, 1, kept, w1);
  for (int64_t r = 0; r < batch; r++) {
    SIMD for (int64_t j = 0; j < units; j++) b1[j] -= rate * dh[r * units + j];
    for (int64_t j = 0; j < classes; j++) b2[j] -= rate * s[r * classes + j];
  }
}

/* x, w, u, b, h0, last hidden; steps, batch, inputs, units. */
void F(lstm)(void **p, const int64_t *n) {
  const REAL *x = p[0], *w = p[1], *u = p[2], *b = p[3], *h0 = p[4];
  int64_t steps = n[0], batch = n[1], inputs = n[2], units = n[3], columns = 4 * units;
  REAL *z = scratch(2, sizeof(REAL) * (size_t)(steps * batch * columns));
  REAL *restrict h = p[5], *restrict c = scratch(3, sizeof(REAL) * (size_t)(batch * units));
  memcpy(h, h0, sizeof(REAL) * (size_t)(batch * units));
  memcpy(c, h0, sizeof(REAL) * (size_t)(batch * units));
  for (int64_t r = 0; r < steps * batch; r++) memcpy(z + r * columns, b, sizeof(REAL) * (size_t)columns);
  F(product)(steps * batch, columns, inputs, 1, x, inputs, 1, w, columns, 1, 1, z);
  for (int64_t t = 0; t < steps; t++) {
    REAL *now = z + t * batch * columns;
    F(product)(batch, columns, units, 1, h, units, 1, u, columns, 1, 1, now);
    for (int64_t r = 0; r < batch; r++) {
      const REAL *restrict g = now + r * columns;
      REAL *restrict hr = h + r * units, *restrict cr = c + r * units;
      SIMD for (int64_t j = 0; j < units; j++) {
        REAL in = 1 / (1 + F(exp)(-g[j])), forget = 1 / (1 + F(exp)(-g[units + j]));
        REAL out = 1 / (1 + F(exp)(-g[2 * units + j]));
        cr[j] = forget * cr[j] + in * F(tanh)(g[3 * units + j]);
        hr[j] = out * F(tanh)(cr[j]);
      }
    }
  }
}

#undef LANES
#undef SIDE
#undef SHORT
#undef EACH_ROW
#undef FOR_SHORT
#undef MR
#undef NR
#undef KC
#undef MC
#undef ROWS
