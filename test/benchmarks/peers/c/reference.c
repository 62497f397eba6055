/*
 * The programs of the benchmark as C written by hand: what a compiler of graphs is measured against. No library but
 * libm for single numbers; elementary functions are branch-free polynomials, so that loops of them become vectors.
 * Built by install.ts with the flags that the C backend of the runtime uses.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIMD _Pragma("omp simd")
#define INLINE static inline

/* Cody and Waite's reduction to |r| <= ln 2 / 2: x = k ln 2 + r. Adding 1.5 * 2^52 rounds to a whole number. */
INLINE double reduce_f64(double x, double *k) {
  double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52;
  *k = shifted - 0x1.8p52;
  return (x - *k * 0x1.62e42fefa39efp-1) - *k * 0x1.abc9e3b39803fp-56;
}
INLINE float reduce_f32(float x, float *k) {
  float shifted = x * 0x1.715476p+0f + 0x1.8p23f;
  *k = shifted - 0x1.8p23f;
  return (x - *k * 0x1.62e4p-1f) - *k * 0x1.7f7d1cp-20f;
}

/* exp(r) - 1 by Taylor's series in Estrin's form. */
INLINE double expm1_series_f64(double r) {
  double r2 = r * r, r4 = r2 * r2;
  double low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
  double middle = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
  double high = (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600);
  return r + r2 * (low + r4 * (middle + r4 * high));
}
INLINE float expm1_series_f32(float r) {
  float r2 = r * r;
  float low = 1.0f / 2 + r * (1.0f / 6), middle = 1.0f / 24 + r * (1.0f / 120);
  return r + r2 * (low + r2 * (middle + r2 * (1.0f / 720 + r * (1.0f / 5040))));
}

/* 2^k for whole k within the exponents of normal numbers: the low bits of k + 1.5 * 2^52 are those of k. A conversion to
   an integer would do, too, but counts as something that may trap, which keeps loops from becoming vectors. */
INLINE double power2_f64(double k) {
  union { double f; uint64_t i; } u = {.f = k + 0x1.8p52};
  u.i = (u.i + 1023) << 52;
  return u.f;
}
INLINE float power2_f32(float k) {
  union { float f; uint32_t i; } u = {.f = k + 0x1.8p23f};
  u.i = (u.i + 127) << 23;
  return u.f;
}

/* Clamped where results over- and underflow; NaN fails both comparisons and stays. Scaled in two steps, so that
   subnormal results come out right. */
INLINE double exp_f64(double x) {
  double k;
  x = x > 710.0 ? 710.0 : x;
  x = x < -746.0 ? -746.0 : x;
  double r = reduce_f64(x, &k), half = (k * 0.5 + 0x1.8p52) - 0x1.8p52;
  return (1.0 + expm1_series_f64(r)) * power2_f64(half) * power2_f64(k - half);
}
INLINE float exp_f32(float x) {
  float k;
  x = x > 89.0f ? 89.0f : x;
  x = x < -105.0f ? -105.0f : x;
  float r = reduce_f32(x, &k), half = (k * 0.5f + 0x1.8p23f) - 0x1.8p23f;
  return (1.0f + expm1_series_f32(r)) * power2_f32(half) * power2_f32(k - half);
}

/* tanh |x| = e / (e + 2) with e = exp(2 |x|) - 1, which loses nothing near zero. */
INLINE double tanh_f64(double x) {
  double k, twice = 2.0 * fabs(x);
  twice = twice > 40.0 ? 40.0 : twice;
  double r = reduce_f64(twice, &k), s = power2_f64(k), e = s * expm1_series_f64(r) + (s - 1.0);
  return copysign(e / (e + 2.0), x);
}
INLINE float tanh_f32(float x) {
  float k, twice = 2.0f * fabsf(x);
  twice = twice > 20.0f ? 20.0f : twice;
  float r = reduce_f32(twice, &k), s = power2_f32(k), e = s * expm1_series_f32(r) + (s - 1.0f);
  return copysignf(e / (e + 2.0f), x);
}

/* Of positive normal numbers: m 2^k with m near 1, and log m = 2 atanh((m - 1) / (m + 1)). */
INLINE double log_f64(double x) {
  union { double f; int64_t i; } u = {.f = x};
  int64_t k = (u.i - 0x3fe6a09e667f3bcdLL) >> 52;
  u.i -= k << 52;
  double s = (u.f - 1.0) / (u.f + 1.0), z = s * s, z2 = z * z, z4 = z2 * z2;
  double low = (2.0 / 3 + z * (2.0 / 5)) + z2 * (2.0 / 7 + z * (2.0 / 9));
  double high = (2.0 / 11 + z * (2.0 / 13)) + z2 * (2.0 / 15 + z * (2.0 / 17)) + z4 * (2.0 / 19 + z * (2.0 / 21));
  return (double)k * 0x1.62e42fefa39efp-1 + (2.0 * s + s * z * (low + z4 * high));
}
INLINE float log_f32(float x) {
  union { float f; int32_t i; } u = {.f = x};
  int32_t k = (u.i - 0x3f3504f3) >> 23;
  u.i -= k << 23;
  float s = (u.f - 1.0f) / (u.f + 1.0f), z = s * s;
  return (float)k * 0x1.62e43p-1f + (2.0f * s + s * z * ((2.0f / 3 + z * (2.0f / 5)) + z * z * (2.0f / 7 + z * (2.0f / 9))));
}

/* Memory that stays: the same number gives the same block again. */
static void *scratch(int which, size_t bytes) {
  static void *memory[8];
  static size_t sizes[8];
  if (sizes[which] < bytes) {
    free(memory[which]);
    memory[which] = aligned_alloc(64, (bytes + 63) / 64 * 64);
    sizes[which] = bytes;
  }
  return memory[which];
}

typedef void program(void **p, const int64_t *n);

#define JOIN_(name, suffix) name##_##suffix
#define JOIN(name, suffix) JOIN_(name, suffix)
#define F(name) JOIN(name, SUFFIX)

#define REAL double
#define SUFFIX f64
#include "programs.h"
#undef REAL
#undef SUFFIX
#define REAL float
#define SUFFIX f32
#include "programs.h"
#undef REAL
#undef SUFFIX

#include "densities.h"

static const struct { const char *name; program *run; } PROGRAMS[] = {
#define BOTH(text, name) {text "-f64", name##_f64}, {text "-f32", name##_f32},
  BOTH("chain", chain) BOTH("chain-tanh", chain_tanh) BOTH("sigmoid", sigmoid) BOTH("tanh", tanh_all)
  BOTH("exp", exp_all) BOTH("sum", sum) BOTH("softmax", softmax) BOTH("log-softmax", log_softmax)
  BOTH("layer-norm", layer_norm) BOTH("dot", dot) BOTH("mlp", mlp) BOTH("lstm", lstm)
  {"logreg-f64", logreg}, {"hierarchical-f64", hierarchical}, {"poisson-f64", poisson},
};

/* The number of a program, or -1. */
int find_program(const char *name) {
  for (size_t i = 0; i < sizeof PROGRAMS / sizeof *PROGRAMS; i++)
    if (strcmp(PROGRAMS[i].name, name) == 0) return (int)i;
  return -1;
}

void run_program(int number, void **p, const int64_t *n) { PROGRAMS[number].run(p, n); }

static double clock_of(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Fastest trial within so many seconds: seconds of the thread and of the wall per call, and calls in all. */
void time_program(int number, void **p, const int64_t *n, double seconds, double *result) {
  program *run = PROGRAMS[number].run;
  double end = clock_of(CLOCK_MONOTONIC) + seconds, cpu = INFINITY, wall = INFINITY;
  int64_t calls = 1, total = 0;
  do {
    double w = clock_of(CLOCK_MONOTONIC), c = clock_of(CLOCK_THREAD_CPUTIME_ID);
    for (int64_t i = 0; i < calls; i++) run(p, n);
    c = clock_of(CLOCK_THREAD_CPUTIME_ID) - c;
    w = clock_of(CLOCK_MONOTONIC) - w;
    total += calls;
    if (c / (double)calls < cpu) cpu = c / (double)calls;
    if (w / (double)calls < wall) wall = w / (double)calls;
    if (w < 0.002) calls *= 2;
  } while (clock_of(CLOCK_MONOTONIC) < end);
  result[0] = cpu, result[1] = wall, result[2] = (double)total;
}

#include "probes.h"
