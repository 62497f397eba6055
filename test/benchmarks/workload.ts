/** What a workload is: a program under a name that every peer knows, its sizes, its inputs, and what it costs. */
import type { SharedVariable, Variable } from "../../runtime/index.ts";

export type ElementType = "float64" | "float32" | "int64";

/** How an input's elements are drawn. */
export type Fill =
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly scale: number }
  /** Whole numbers from 0 to below. */
  | { readonly kind: "integers"; readonly below: number }
  | { readonly kind: "constant"; readonly value: number };

export interface Input {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly fill: Fill;
  /** A state is kept by the program between calls and changed by them: a shared variable. */
  readonly role: "argument" | "state";
}

/** A program in our library: results, and new values of its states. */
export interface Graph {
  readonly outputs: readonly Variable[];
  readonly updates: readonly (readonly [SharedVariable, Variable])[];
}

export type Symbols = (name: string) => Variable;
export type States = (name: string) => SharedVariable;
/** Elements by the names of inputs, in row-major order. */
export type Values = (name: string) => readonly number[];
/** Lengths by the names of inputs. */
export type Shapes = (name: string) => readonly number[];

/** What all peers have under the same name. */
export interface Program {
  readonly name: string;
  /** The program as a graph of ours. */
  build(inputs: Symbols, states: States): Graph;
  /**
   * The results in plain loops, slow and easy to read: what `build` is tested with at small sizes. Given the values of
   * all inputs and states; gives new values of states that it changes under their names.
   */
  plain(values: Values, shapes: Shapes): PlainResults;
}

export interface PlainResults {
  readonly outputs: readonly (readonly number[])[];
  readonly states?: Readonly<Record<string, readonly number[]>>;
}

/** How fast a program runs, call after call. */
export interface SpeedWorkload {
  readonly kind: "speed";
  readonly name: string;
  readonly group: string;
  readonly program: Program;
  readonly dtype: "float64" | "float32";
  readonly inputs: readonly Input[];
  /** Floating-point operations of a call that no implementation can avoid; null where that is no useful number. */
  readonly flops: number | null;
  /** Bytes that a call must read and write at least; null where that is no useful number. */
  readonly bytes: number | null;
  /** How far apart results of peers may be, relative to the largest magnitude of a result. */
  readonly tolerance: number;
}

/** How long until a program that nobody has compiled before gives something. */
export interface LatencyWorkload {
  readonly kind: "latency";
  readonly name: string;
  readonly group: string;
  readonly of: SpeedWorkload;
  /** The first result, or the moment from which native code runs. */
  readonly until: "first result" | "native code";
  /** Whether what earlier processes compiled is still on the disk. */
  readonly cache: "cold" | "warm";
}

export type Workload = SpeedWorkload | LatencyWorkload;

/** A stream of numbers from 0 to below 1 that is the same everywhere: Marsaglia's xorshift32. */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The elements of an input; the same at every call. */
export function drawn({ name, shape, fill }: Input): Float64Array {
  const seed = [...name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 7);
  const next = randomNumbers(seed);
  return Float64Array.from({ length: sizeOf(shape) }, () => element(fill, next));
}

function element(fill: Fill, next: () => number): number {
  switch (fill.kind) {
    case "uniform":
      return fill.low + (fill.high - fill.low) * next();
    case "normal":
      // Box and Muller's transform.
      return fill.scale * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    case "integers":
      return Math.floor(fill.below * next());
    case "constant":
      return fill.value;
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function bytesOf(dtype: ElementType): number {
  return dtype === "float32" ? 4 : 8;
}
