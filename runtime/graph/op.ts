import { inspect } from "node:util";
import type { NDArray } from "../array/ndarray.ts";
import type { Kernel } from "../loop/ir.ts";
import type { Apply } from "./apply.ts";
import type { Variable } from "./variable.ts";

/** Why an input has no gradient: the output does not depend on it, or the derivative does not exist or is not written. */
export type NoGradient = { readonly kind: "disconnected" } | { readonly kind: "undefined"; readonly reason: string };

export const DISCONNECTED: NoGradient = { kind: "disconnected" };

/** A node as loop IR. */
export interface Lowered {
  readonly kernel: Kernel;
  /**
   * Shapes of the outputs from those of the inputs.
   * @throws ValueError when the inputs do not fit together.
   */
  shapes(inputs: readonly (readonly number[])[]): readonly (readonly number[])[];
  /**
   * Refuses values that loops would not notice, such as labels out of range. Absent: every value is fine.
   * @throws ValueError naming the value.
   */
  check?(inputs: readonly NDArray[]): void;
}

/**
 * What a node computes. Ops are values: two with the same key are the same op, and none has state.
 *
 * An op says how it runs in one of two ways: `lower` gives loop IR, which every backend prints (the normal way), or
 * `perform` works on arrays directly (views, shapes, and what is not a loop).
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
   * (null: the cost does not depend on that output). Absent: the op has no gradient.
   */
  gradient?(node: Apply, outputGradients: readonly (Variable | null)[]): readonly (Variable | NoGradient)[];

  /** Loop IR of the node, or null when only `perform` can run it. */
  lower?(node: Apply): Lowered | null;

  /** Runs the node on arrays. Outputs listed in `views` may share memory with inputs; no input is changed. */
  perform?(node: Apply, inputs: readonly NDArray[]): readonly NDArray[];

  /**
   * The lengths of each output as int64 scalars, from those of each input; it lets a graph know shapes without
   * computing values. Absent: only computing tells.
   */
  inferShape?(node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[];

  /** Output index → index of the input it is a view of. */
  readonly views: Readonly<Record<number, number>> = {};

  /** Output index → index of the input it overwrites. */
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
