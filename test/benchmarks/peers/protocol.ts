/** What is said between the benchmark and the processes of its peers: one JSON object a line. */
import type { ElementType } from "../workload.ts";

/** An input in a file: its elements in row-major order, as the machine keeps them. */
export interface StoredInput {
  readonly name: string;
  readonly file: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly role: "argument" | "state";
}

/**
 * Makes a program, calls it twice, and writes the results of both calls to `out` as float64, one after the other. null:
 * the program is made and not called.
 */
export interface LoadRequest {
  readonly op: "load";
  readonly program: string;
  readonly inputs: readonly StoredInput[];
  readonly out: string | null;
}

export type Request = LoadRequest | { readonly op: "ready" } | { readonly op: "time"; readonly seconds: number };

/** What a process says when it has started. */
export interface Hello {
  readonly versions: Readonly<Record<string, string>>;
}

/** An answer in place of the expected one. */
export interface Failure {
  readonly reason: string;
}

export interface Loaded {
  /** Seconds from the wish for a program to its first results (to its end of making, when it is not called), reading inputs not counted. */
  readonly first: number;
  /** Elements of each list of results. */
  readonly sizes: readonly number[];
}

export interface Readiness {
  /** Seconds from the wish for a program to the moment from which it is as fast as it gets. */
  readonly seconds: number;
  /** What runs it, in the peer's words; null for peers that have one way only. */
  readonly tier: string | null;
}

/** Seconds per call: the fastest trial. */
export interface Timing {
  /** Processor time of the whole process. */
  readonly cpu: number;
  readonly wall: number;
  readonly calls: number;
}
