import type { NDArray } from "../array/ndarray.ts";
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Thunk } from "./thunk.ts";

/** Watches a program being made and run: profiles, NaN guards and monitors are tracers. */
export interface Tracer {
  /** A clock in seconds; read before each thunk. */
  now(): number;
  /** `thunk`, the `index`-th in order, ran on `inputs` and gave `outputs`; it was started at `start`. May throw to stop the run. */
  ran(index: number, thunk: Thunk, inputs: readonly NDArray[], outputs: readonly NDArray[], start: number): void;
  /** The thunk of a node was made in so many seconds, `compiling` of them spent turning kernels into functions. */
  made?(node: Apply, seconds: number, compiling: number): void;
  /** The program is made: the thunks of the graph, in the order in which they run. */
  linked?(fgraph: FunctionGraph, thunks: readonly Thunk[]): void;
  /** Who watches the graph inside of a node's op; absent or null: nobody. Of several tracers the first one's is taken. */
  inner?(node: Apply): InnerTracer | null;
}

/** Watches a graph inside of an op. */
export interface InnerTracer extends Tracer {
  /** The graph ran once, in so many seconds. */
  finished(seconds: number): void;
}

/** Several tracers as one; null when there is none. */
export function combineTracers(tracers: readonly (Tracer | null)[]): Tracer | null {
  const all = tracers.filter((t) => t !== null);
  if (all.length <= 1) return all[0] ?? null;
  return {
    now: () => all[0].now(),
    ran(...event) {
      for (const tracer of all) tracer.ran(...event);
    },
    made(...event) {
      for (const tracer of all) tracer.made?.(...event);
    },
    linked(...event) {
      for (const tracer of all) tracer.linked?.(...event);
    },
    inner(node) {
      for (const tracer of all) {
        const inside = tracer.inner?.(node) ?? null;
        if (inside !== null) return inside;
      }
      return null;
    },
  };
}
