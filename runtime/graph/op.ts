import { inspect } from "node:util";
import type { NDArray } from "../array/ndarray.ts";
import type { Kernel } from "../loop/ir.ts";
import type { Apply } from "./apply.ts";
import type { Variable } from "./variable.ts";

/** Why an input has no gradient: the output does not depend on it, or the derivative does not exist or is not written. */
export type NoGradient =
  | { readonly kind: "disconnected" }
  | {
      readonly kind: "undefined";
      readonly reason: string;
      /** The op has no rule at all, not only none for this input. */
      readonly hasNoRule?: true;
    };

export const DISCONNECTED: NoGradient = { kind: "disconnected" };

/**
 * Reverse mode through a graph inside of an op: from the gradients of some of its variables, those of `wrt`. They are
 * added to what flows in from the others, and nothing flows through `wrt`.
 */
export type Differentiate = (
  gradients: ReadonlyMap<Variable, Variable>,
  wrt: readonly Variable[],
) => readonly (Variable | NoGradient)[];

/**
 * A graph that an op runs inside of itself, any number of times. Its nodes may belong to other graphs too: whoever
 * rewrites it works on a copy.
 */
export interface InnerGraph {
  readonly inputs: readonly Variable[];
  readonly outputs: readonly Variable[];
  /** For each inner input, which input of the node it is, or is a part of. */
  readonly outerInputs: readonly number[];
  /** What rewrites it: the name of an optimizer, or a query of the rewrite database. Absent: what suits the outer graph. */
  readonly optimizer?: unknown;
}

/** Rows of an array that the steps of a loop have one after the other: step `t` row `first + t`, counted round and round. */
export interface Rows {
  readonly array: NDArray;
  readonly first: number;
}

/** Steps of a loop, and what they read and write. */
export interface Steps {
  readonly from: number;
  /** The step to stop before. */
  readonly to: number;
  /** For each input of the inner graph, what all steps read, or a row for each. */
  readonly inputs: readonly (NDArray | Rows)[];
  /**
   * For each output, the rows it goes to; null: nowhere. A row is written after the step has read all it reads. One
   * output more, a truth value, ends the loop after the step in which it is true.
   */
  readonly outputs: readonly (Rows | null)[];
}

/** How far a loop came. */
export interface Reached {
  /** The first step that was not run. */
  readonly next: number;
  /** Whether a step said that it was the last one. */
  readonly hasEnded: boolean;
}

/** A compiled inner graph: the values of its outputs for values of its inputs. Outputs may share memory with inputs. */
export interface InnerFunction {
  (inputs: readonly NDArray[]): readonly NDArray[];
  /**
   * Runs steps without JavaScript between them, as far as that can be done. Those that were not run are left to the
   * caller.
   */
  runSteps?(steps: Steps): Reached;
}

/** The lengths of an array. */
type Shape = readonly number[];

/** Looks at values before a kernel runs. */
export interface ValueCheck {
  /** The inputs whose values are looked at; of the others only shapes. */
  readonly inputs: readonly number[];
  /** @throws ValueError naming the value that is refused. */
  run(inputs: readonly NDArray[]): void;
}

/** A node as loop IR. */
export interface Lowered {
  readonly kernel: Kernel;
  /**
   * Shapes of the outputs from those of the inputs, and from the values of those that are {@link deciding}.
   * @throws ValueError when the inputs do not fit together.
   */
  shapes(inputs: readonly Shape[], values: readonly NDArray[]): readonly Shape[];
  /** The inputs whose values decide about shapes, and are not read by the kernel. Absent: only shapes do. */
  readonly deciding?: readonly number[];
  /** JavaScript runs the op's own `perform`, which does better than loops. */
  readonly nativeOnly?: true;
  /** Refuses values that loops would not notice, such as labels out of range. Absent: every value is fine. */
  readonly check?: ValueCheck;
}

/**
 * What a node computes. Ops are values: two with the same key are the same op, and none has state.
 *
 * An op says how it runs in one of three ways: `lower` gives loop IR, which every backend prints (the normal way),
 * `perform` works on arrays directly (views, shapes, and what is not a loop), or `inner` is a graph that
 * `performInner` runs; the linker compiles it as it does the graph around it.
 */
export abstract class Op {
  /** Name and parameters; equal keys mean interchangeable ops. */
  abstract readonly key: string;

  /** Name of the op's family, for profiles: `Elemwise`, `DimShuffle`. */
  abstract readonly family: string;

  /** As `debugprint` shows it. */
  abstract toString(): string;

  /**
   * Applies the op; the type rule.
   * @throws TypeError or ValueError naming the inputs that do not fit.
   */
  abstract apply(...inputs: readonly Variable[]): Apply;

  /**
   * Reverse mode: the gradient of a scalar cost with respect to each input, from that with respect to each output
   * (null: the cost does not depend on that output). Absent: the op has no gradient. Ops with an inner graph are
   * handed the means to differentiate it.
   */
  gradient?(
    node: Apply,
    outputGradients: readonly (Variable | null)[],
    differentiate: Differentiate,
  ): readonly (Variable | NoGradient)[];

  /**
   * Loop IR of the node, or null when only `perform` can run it. The kernel follows from the op, from types, constants, and
   * from which inputs are the same: nodes that are equal in these share one.
   */
  lower?(node: Apply): Lowered | null;

  /** Runs the node on arrays. Outputs listed in `views` may share memory with inputs; only inputs in `destroys` are changed. */
  perform?(node: Apply, inputs: readonly NDArray[]): readonly NDArray[];

  /** The graph that the op runs inside of itself. It is rewritten together with the graph that the node is in. */
  readonly inner?: InnerGraph;

  /** The same op over a rewritten inner graph. */
  withInner?(inner: InnerGraph): Op;

  /** True: `performInner` copies what a run gives before the next one, so that runs may use the same memory again. */
  readonly copiesInner: boolean = false;

  /** Runs a node whose op has an inner graph; `run` is that graph, compiled once per node. No input is changed. */
  performInner?(node: Apply, inputs: readonly NDArray[], run: InnerFunction): readonly NDArray[];

  /**
   * Present in lazy ops: from the value of the first input, which inputs they need. Only those are computed; in the
   * place of the others `perform` finds the first one.
   */
  needs?(first: NDArray): readonly number[];

  /**
   * The lengths of each output as int64 scalars, from those of each input; it lets a graph know shapes without
   * computing values. Absent: only computing tells.
   */
  inferShape?(node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[];

  /** Floating-point operations for arrays of these shapes, which profiles relate to the time; absent: not counted. */
  flops?(node: Apply, inputs: readonly Shape[], outputs: readonly Shape[]): number;

  /** Output index → index of the input it is a view of. */
  readonly views: Readonly<Record<number, number>> = {};

  /**
   * Output index → index of the input it overwrites. `perform` gets an array that it may write to and returns it; loop IR
   * is as ever, but must read elements of that input only where it writes them.
   */
  readonly destroys: Readonly<Record<number, number>> = {};

  /** False keeps constant folding away (random draws, prints). */
  readonly foldable: boolean = true;

  equals(other: Op): boolean {
    return this.key === other.key;
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString();
  }
}
