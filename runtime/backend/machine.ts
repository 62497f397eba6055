/** Native code as programs see it: memory with addresses, and units of kernels that are compiled in the background. */
import type { TypedArray } from "../array/dtype.ts";
import type { Kernel } from "../loop/ir.ts";

/** Memory that does not move. */
export interface Block {
  readonly buffer: ArrayBuffer;
  /** Where it begins in the buffer, in bytes. */
  readonly start: number;
  readonly address: number;
}

/** Runs the program at an address. */
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

/** Where native code runs. */
export interface Machine {
  readonly name: "c";
  /** Why there is no code for a kernel; null: there is. */
  refuses(kernel: Kernel): string | null;
  /** Buffers of a kernel that may lie in any way; the others must be dense along their last dimension. */
  freeBuffers(kernel: Kernel): ReadonlySet<number>;
  /** Starts compiling kernels; their numbers are their places here, after that of copying. */
  compile(kernels: readonly Kernel[]): UnitJob;
  /** The address of an array's first element of storage. */
  addressOf(data: TypedArray): number;
  /** @throws MemoryError when there is not enough. */
  allocate(bytes: number): Block;
}
