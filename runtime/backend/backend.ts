/** The interface that every backend has: from loop IR to functions on arrays. */
import type { NDArray } from "../array/ndarray.ts";
import type { Kernel } from "../loop/ir.ts";

/**
 * Runs a kernel. The outputs are allocated with the right shapes; strides are arbitrary. An output may share its
 * elements with an input that the kernel reads only at the place it writes.
 * @throws ValueError when lengths that must agree do not, or an empty array has no maximum.
 */
export interface CompiledKernel {
  (inputs: readonly NDArray[], outputs: readonly NDArray[]): void;
  /** What runs it at present; absent: the backend that made it. */
  tier?(): BackendName;
}

/** Why a backend does not take a kernel. */
export interface Reason {
  readonly reason: string;
}

/** The backends, by name. */
export type BackendName = "interp" | "js" | "c" | "wasm" | "webgpu";

/** A way to run kernels. */
export interface Backend {
  readonly name: BackendName;
  /** Whether `compile` takes the kernel; if not, the reason, so that it can go to another backend. */
  supports(kernel: Kernel): true | Reason;
  /** Compiles the kernels of one function together. */
  compile(kernels: readonly Kernel[]): readonly CompiledKernel[];
}
