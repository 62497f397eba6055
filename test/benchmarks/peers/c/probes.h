/* What the machine can do on one thread: bytes that flow through arrays of a given size, and operations on registers. */

/* GB/s of a[i] = b[i] + 2 c[i] over arrays of so many bytes together. */
double probe_bandwidth(double bytes, double seconds) {
  int64_t n = (int64_t)(bytes / 24);
  double *a = aligned_alloc(64, (size_t)n * 8 + 64), *b = aligned_alloc(64, (size_t)n * 8 + 64);
  double *c = aligned_alloc(64, (size_t)n * 8 + 64);
  for (int64_t i = 0; i < n; i++) a[i] = 0, b[i] = 1, c[i] = 2;
  double end = clock_of(CLOCK_MONOTONIC) + seconds, best = INFINITY;
  int64_t repeats = bytes < 1e7 ? (int64_t)(1e7 / bytes) : 1;
  do {
    double start = clock_of(CLOCK_THREAD_CPUTIME_ID);
    for (int64_t k = 0; k < repeats; k++) {
      double *restrict to = a;
      const double *restrict x = b, *restrict y = c;
      SIMD for (int64_t i = 0; i < n; i++) to[i] = x[i] + 2 * y[i];
      __asm__ volatile("" : : "r"(a) : "memory");
    }
    double took = (clock_of(CLOCK_THREAD_CPUTIME_ID) - start) / (double)repeats;
    if (took < best) best = took;
  } while (clock_of(CLOCK_MONOTONIC) < end);
  free(a), free(b), free(c);
  return (double)(24 * n) / best / 1e9;
}

#define CHAINS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define PROBE(name, VECTOR, REAL) \
  double name(double seconds) { \
    const int64_t rounds = 200000; \
    double end = clock_of(CLOCK_MONOTONIC) + seconds, best = INFINITY; \
    do { \
      VECTOR x = {0}, y = {0}; \
      for (size_t i = 0; i < 64 / sizeof(REAL); i++) x[i] = (REAL)0.999, y[i] = (REAL)0.001; \
      CHAINS(BEGIN) \
      double start = clock_of(CLOCK_THREAD_CPUTIME_ID); \
      for (int64_t i = 0; i < rounds; i++) { CHAINS(FMA) __asm__ volatile("" : : : "memory"); } \
      double took = clock_of(CLOCK_THREAD_CPUTIME_ID) - start; \
      CHAINS(USE) \
      if (took < best) best = took; \
    } while (clock_of(CLOCK_MONOTONIC) < end); \
    return 12.0 * 2.0 * (64.0 / sizeof(REAL)) * (double)rounds / best / 1e9; \
  }
#define BEGIN(i) __typeof__(x) s##i = y * (float)(i + 1);
#define FMA(i) s##i = s##i * x + y;
#define USE(i) __asm__ volatile("" : : "v"(s##i));

/* GF/s of independent multiplications with additions. */
PROBE(probe_f64, vector_f64, double)
PROBE(probe_f32, vector_f32, float)
