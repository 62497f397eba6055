/**
 * Loops over programs, as native code reads them: a program runs step after step, on rows of arrays that move along with
 * the steps. The frame of the kernel that does this has
 *
 * | words | what |
 * |---|---|
 * | 9 | the address of the program; the next step, which the kernel counts on; the step to stop before; how many walks, patches and moves follow; the place of a byte that ends the loop, or walk -1; whether it did |
 * | 5 each | walks: the address of row 0, bytes from row to row, the row of step 0, how many rows there are before the first comes again; a word for the kernel |
 * | 3 each | patches: the address of a word of the program that gets the address of a place before each step; the place |
 * | 5 each | moves: to which place after each step, from which one, how many bytes |
 *
 * A place is the number of a walk and bytes from the beginning of its row on.
 */
import type { Reached } from "../graph/op.ts";
import type { ProgramMemory } from "./machine.ts";

export const HEADER_WORDS = 9;
export const WALK_WORDS = 5;
export const PATCH_WORDS = 3;
export const MOVE_WORDS = 5;

/** Which word of the frame counts the steps that were done. */
export const NEXT = 1;
/** Which word says where to stop. */
const STOP = 2;
/** Where the place stands that ends the loop. */
export const END = 6;
/** Which word tells whether a step ended the loop. */
export const HAS_ENDED = 8;

/** Memory that moves by a row with each step. */
export interface Walk {
  /** The address of row 0. */
  readonly address: number;
  /** From one row to the next. */
  readonly bytes: number;
  /** The row of step 0. */
  readonly first: number;
  /** After so many rows the first one comes again. */
  readonly length: number;
}

/** Bytes after the beginning of a walk's row. */
export interface Place {
  readonly walk: number;
  readonly offset: number;
}

/** What a loop does in each step. */
export interface Loop {
  /** The address of the program. */
  readonly program: number;
  readonly walks: readonly Walk[];
  /** Words of the program that hold addresses of places. */
  readonly patches: readonly { readonly word: number; readonly place: Place }[];
  /** Where a step puts a byte that ends the loop after it unless it is 0; null: nothing does. */
  readonly end: Place | null;
  /** What is copied after the program, in this order; what is moved does not overlap. */
  readonly moves: readonly { readonly to: Place; readonly from: Place; readonly bytes: number }[];
}

/** How many words the frame of a loop has. */
export function loopFrameSize({ walks, patches, moves }: Loop): number {
  return HEADER_WORDS + WALK_WORDS * walks.length + PATCH_WORDS * patches.length + MOVE_WORDS * moves.length;
}

/** Writes the frame of a loop; its steps are left to {@link writeSteps}. */
export function writeLoop(frame: Float64Array, { program, walks, patches, moves, end }: Loop): void {
  const placeWords = ({ walk, offset }: Place): number[] => [walk, offset];
  frame.set([
    ...[program, 0, 0, walks.length, patches.length, moves.length],
    ...placeWords(end ?? { walk: -1, offset: 0 }),
    0,
    ...walks.flatMap(({ address, bytes, first, length }) => [address, bytes, first, length, 0]),
    ...patches.flatMap(({ word, place }) => [word, ...placeWords(place)]),
    ...moves.flatMap(({ to, from, bytes }) => [...placeWords(to), ...placeWords(from), bytes]),
  ]);
}

/** Says which steps are to be run: from `from` on, up to and without `to`. */
export function writeSteps(frame: Float64Array, from: number, to: number): void {
  frame[NEXT] = from;
  frame[STOP] = to;
}

/** How far the loop came whose frame begins with the word `at`. */
export function reached(memory: ProgramMemory, at: number): Reached {
  return { next: memory.read(at + NEXT), hasEnded: memory.read(at + HAS_ENDED) !== 0 };
}
