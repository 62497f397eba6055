/** Loops over programs, as C: the kernel that runs one again and again. Its frame is that of `backend/loop.ts`. */
import { HEADER_WORDS, MOVE_WORDS, PATCH_WORDS, WALK_WORDS } from "../loop.ts";

/** The kernel `tn_loop`. What runs a program is written after the table of kernels, in which this one stands. */
export const LOOP_SOURCE = `
static i64 tn_program(const double *p);
static double tn_place(const double *walks, const double *place) {
  const double *walk = walks + ${WALK_WORDS} * (i64)place[0];
  return walk[0] + walk[1] * walk[4] + place[1];
}
static int tn_loop(const double *frame) {
  double *f = (double *)frame, *walks = f + ${HEADER_WORDS};
  const double *program = (const double *)(u64)f[0];
  const i64 to = (i64)f[2], count = (i64)f[3], patches = (i64)f[4], moves = (i64)f[5];
  const double *patch = walks + ${WALK_WORDS} * count, *move = patch + ${PATCH_WORDS} * patches;
  for (i64 i = 0; i < count; i++) {
    double *walk = walks + ${WALK_WORDS} * i;
    walk[4] = ((i64)walk[2] + (i64)f[1]) % (i64)walk[3];
  }
  for (; (i64)f[1] < to; f[1]++) {
    for (i64 i = 0; i < patches; i++) *(double *)(u64)patch[${PATCH_WORDS} * i] = tn_place(walks, patch + ${PATCH_WORDS} * i + 1);
    if (tn_program(program)) return 1;
    for (i64 i = 0; i < moves; i++) {
      const double *m = move + ${MOVE_WORDS} * i;
      __builtin_memcpy((void *)(u64)tn_place(walks, m), (const void *)(u64)tn_place(walks, m + 2), (u64)m[4]);
    }
    if (f[6] >= 0 && *(const char *)(u64)tn_place(walks, f + 6)) { f[1]++; f[8] = 1; return 0; }
    for (i64 i = 0; i < count; i++) {
      double *walk = walks + ${WALK_WORDS} * i;
      if (++walk[4] == walk[3]) walk[4] = 0;
    }
  }
  return 0;
}
`;
