/**
 * The loop IR: kernels as typed loop nests over arrays, the one form that every backend prints.
 *
 * A kernel is written once for all shapes and strides. Its axes take their lengths from the arrays of a call; its
 * accesses name elements by affine subscripts, and an array's strides turn those into storage positions. There are no
 * branches but scalar selection, and no order of evaluation that a backend could not change without changing results by
 * more than the rounding that {@link Accumulator} allows. What a kernel means is what `interp.ts` does.
 */
import type { DType } from "../array/dtype.ts";
import type { Tree } from "../scalar/expr.ts";

/** An array argument. */
export interface Buffer {
  readonly name: string;
  readonly dtype: DType;
  readonly ndim: number;
  readonly access: "in" | "out";
}

/** A dimension of a buffer, by its place among the kernel's buffers. */
export interface DimRef {
  readonly buffer: number;
  readonly dim: number;
}

/** An index variable. It runs from 0 to the length of the dimensions it is bound to, which must agree; at least one. */
export interface Axis {
  readonly name: string;
  readonly extent: readonly DimRef[];
}

/** `scale · ⌊length(axis) / divisor⌋`; the divisor is 1 where it is not said. */
export interface LengthTerm {
  readonly axis: string;
  readonly scale: number;
  readonly divisor?: number;
}

/**
 * `offset + Σ scale·axis + Σ lengths`: a place along one dimension. No terms is a dimension that repeats, or has
 * length 1.
 */
export interface Subscript {
  readonly terms: readonly { readonly axis: string; readonly scale: number }[];
  readonly offset: number;
  /** Lengths of axes that are added: places may be counted from the end of a dimension, or from its middle. */
  readonly lengths?: readonly LengthTerm[];
  /**
   * An int64 local whose value is the place instead; there are no terms then. Negative values count from the end, others
   * that are out of range throw IndexError. Some axis is bound to the dimension, so that its length is known.
   */
  readonly position?: string;
}

/** An element of a buffer: one subscript per dimension. */
export interface Access {
  readonly buffer: number;
  readonly index: readonly Subscript[];
}

/** Reads an element. */
export interface Load {
  readonly kind: "load";
  readonly access: Access;
  readonly dtype: DType;
  /** Reads 0 where a subscript is out of range. Some axis is bound to each dimension, so that its length is known. */
  readonly padded?: true;
}

/** The value of a `let` or of an accumulator, by name. */
export interface Local {
  readonly kind: "local";
  readonly name: string;
  readonly dtype: DType;
}

/** The value of an axis. */
export interface AxisValue {
  readonly kind: "axis";
  readonly axis: string;
  readonly dtype: "int64";
}

/** A scalar expression over elements, locals and axes. */
export type Expr = Tree<Load | Local | AxisValue>;

/** How a reduction combines values. `argmax` and `argmin` give the row-major position of the first extreme value. */
export type ReduceOp = "add" | "mul" | "maximum" | "minimum" | "and_" | "or_" | "argmax" | "argmin";

/**
 * A reduction's result, which is a local after it. Values are converted to `dtype` and combined in it (`argmax` and
 * `argmin` compare values as they are, and `dtype` is int64). NaN propagates through `maximum` and `minimum`, and is
 * the extreme value of `argmax` and `argmin`. The order of combination is free: a floating-point sum must be as accurate
 * as pairwise summation; floats are combined in float64, complex numbers in complex128, and rounded once.
 */
export interface Accumulator {
  readonly name: string;
  readonly op: ReduceOp;
  readonly dtype: DType;
  readonly value: Expr;
}

export type Statement =
  /** Runs `body` for every value of the axis. The iterations are independent of each other. */
  | { readonly kind: "loop"; readonly axis: string; readonly body: readonly Statement[] }
  /**
   * Combines values over all the axes, the last one varying fastest. `body` runs before the values are taken and holds
   * `let` and `reduce` only. Over no elements the result is the op's identity, which for the extremes of floats is an
   * infinity; an op without one throws ValueError.
   */
  | {
      readonly kind: "reduce";
      readonly axes: readonly string[];
      readonly body: readonly Statement[];
      readonly accumulators: readonly Accumulator[];
    }
  /** Names a value for the statements that follow in the same body. */
  | { readonly kind: "let"; readonly name: string; readonly value: Expr }
  /**
   * Writes an element, or adds to it; the value has the buffer's dtype. Every element of an output is written exactly once,
   * but for positions: what stores at them is not independent, and comes after the loops that write all elements.
   */
  | { readonly kind: "store"; readonly access: Access; readonly value: Expr; readonly adds?: true };

/** A computation on arrays: the inputs among `buffers` come first, then the outputs, in the order of a call's arguments. */
export interface Kernel {
  readonly name: string;
  readonly buffers: readonly Buffer[];
  readonly axes: readonly Axis[];
  readonly body: readonly Statement[];
}
