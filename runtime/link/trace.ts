import type { NDArray } from "../array/ndarray.ts";
import type { Thunk } from "./thunk.ts";

/** Watches a program run: profiles, NaN guards and monitors are tracers. */
export interface Tracer {
  /** A clock in seconds; read before each thunk. */
  now(): number;
  /** `thunk`, the `index`-th in order, ran on `inputs` and gave `outputs`; it was started at `start`. May throw to stop the run. */
  ran(index: number, thunk: Thunk, inputs: readonly NDArray[], outputs: readonly NDArray[], start: number): void;
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
  };
}
