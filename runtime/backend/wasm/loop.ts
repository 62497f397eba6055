/** Loops over programs in linear memory; see `backend/loop.ts` for the frame. */
import { END, HAS_ENDED, HEADER_WORDS, MOVE_WORDS, NEXT, PATCH_WORDS, WALK_WORDS } from "../loop.ts";
import type { LinearMemory } from "./memory.ts";

/**
 * Runs a loop in JavaScript, where it can be stopped between steps: what a step costs is its kernels.
 * @param run runs a program at an address; not 0 where it refuses a value.
 */
export function runLoop(memory: LinearMemory, frame: number, run: (program: number) => number): number {
  const at = frame / 8;
  const header = memory.floats.slice(at, at + HEADER_WORDS);
  const [program, from, to, walkCount, patchCount, moveCount, endWalk] = header;
  const sizes = [WALK_WORDS * walkCount, PATCH_WORDS * patchCount, MOVE_WORDS * moveCount];
  let next = at + HEADER_WORDS;
  const [walks, patches, moves] = sizes.map((size) => {
    next += size;
    return memory.floats.slice(next - size, next);
  });
  const placeIn = (words: Float64Array, at: number, step: number): number => {
    const walk = WALK_WORDS * words[at];
    return walks[walk] + walks[walk + 1] * ((walks[walk + 2] + step) % walks[walk + 3]) + words[at + 1];
  };
  for (let step = from; step < to; step++) {
    // Kernels may let the memory grow: its views are new then.
    const { floats } = memory;
    floats[at + NEXT] = step;
    for (let i = 0; i < patches.length; i += PATCH_WORDS) floats[patches[i] / 8] = placeIn(patches, i + 1, step);
    if (run(program) !== 0) return 1;
    for (let i = 0; i < moves.length; i += MOVE_WORDS) {
      const source = placeIn(moves, i + 2, step);
      memory.bytes.copyWithin(placeIn(moves, i, step), source, source + moves[i + 4]);
    }
    if (endWalk >= 0 && memory.bytes[placeIn(header, END, step)] !== 0) {
      memory.floats.set([step + 1], at + NEXT);
      memory.floats.set([1], at + HAS_ENDED);
      return 0;
    }
  }
  memory.floats[at + NEXT] = to;
  return 0;
}
