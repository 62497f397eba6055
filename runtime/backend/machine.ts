/** Native code as programs see it: memory with addresses, and units of kernels, compiled in the background or at once. */
import type { NDArray } from "../array/ndarray.ts";
import type { Kernel } from "../loop/ir.ts";
import type { BackendName } from "./backend.ts";

/** Runs the program at an address; 0, or which of its kernels refused a value, counted from 1. */
export type RunProgram = (address: number) => number;

/** Kernels on their way to native code. */
export interface UnitJob {
  /** The driver once it is there; null before; and for good where compilation failed. Cheap. */
  poll(): RunProgram | null;
  /** Whether the compiler is at work. */
  isPending(): boolean;
  /** As `poll`, after waiting for the compiler. */
  wait(): RunProgram | null;
}

/** A program with its frames: numbers that are written here and read by native code. */
export interface ProgramMemory {
  readonly words: Float64Array;
  /** Where native code finds the first of them. */
  readonly address: number;
  /** Makes native code see what was written since. */
  load(): void;
  /** A number as native code left it. */
  read(word: number): number;
}

/** Memory that native code uses for as long as this is alive. */
export interface Reserved {
  readonly address: number;
}

/** A result in memory of JavaScript: from which byte on. */
export interface Fetched {
  readonly buffer: ArrayBuffer;
  readonly start: number;
}

/** Memory for a result of a run. */
export interface Created {
  readonly address: number;
  /** The result, after the run and before its end. */
  fetch(): Fetched;
}

/** The kernel with the number 0 in every unit: copies an array of any layout into a dense one; see `c/copy.ts` for its frame. */
export const COPY = 0;
/** The kernel with the number 1: runs a program step by step; see `loop.ts` for its frame. */
export const LOOP = 1;
/** The number of a unit's own first kernel. */
export const FIRST = 2;

/** Where native code runs. Its kernels follow the convention of `loop/frame.ts`. */
export interface Machine {
  readonly name: Exclude<BackendName, "interp" | "js">;
  /** Why there is no code for a kernel; null: there is. */
  refuses(kernel: Kernel): string | null;
  /** Buffers of a kernel that may lie in any way; the others must be dense along their last dimension. */
  freeBuffers(kernel: Kernel): ReadonlySet<number>;
  /** Starts compiling kernels; their numbers are their places here, counted from {@link FIRST}. */
  compile(kernels: readonly Kernel[]): UnitJob;
  /** @throws MemoryError when there is not enough. */
  program(words: number): ProgramMemory;
  /** @throws MemoryError when there is not enough. */
  reserve(bytes: number): Reserved;
  /** The first element of an array that does not change, for as long as what is returned is alive. */
  keep(array: NDArray): Reserved;
  /** The first element of an array that is read during one run. */
  enter(array: NDArray): number;
  /** The values that a run left at an address, where that is not the dense array's own memory. */
  exit(array: NDArray, address: number): void;
  /** Whether results stay at their addresses after a run. */
  readonly resultsStay: boolean;
  /** Whether JavaScript can be stopped between the steps of a loop. */
  readonly stopsLoops: boolean;
  /** Memory for a result of one run. @throws MemoryError when there is not enough. */
  create(bytes: number): Created;
  /** Takes back the memory of a result that nobody holds any more. */
  recycle(array: NDArray): void;
  /** Ends a run: what was entered and created may go. */
  leave(): void;
}
