/** Methods of symbolic variables: what operators do in a cell, written out, and the commonest functions. */
import type { TensorLike } from "../graph/constant.ts";
import type { SymbolicDType } from "../graph/floatx.ts";
import { TensorVariable } from "../graph/variable.ts";
import { type TakeOptions, take } from "./advanced.ts";
import { cast } from "./cast.ts";
import { type DimShuffleItem, dimshuffle, transpose } from "./dimshuffle.ts";
import { dot } from "./dot.ts";
import { applyElemwise } from "./elemwise.ts";
import { argmax, argmin, max, min, ptp } from "./extremes.ts";
import type { SymbolicIndex } from "./indexing.ts";
import { all, any, type ProdOptions, prod, type ReduceOptions, type SumOptions, sum } from "./reduce.ts";
import { flatten, type ReshapeOptions, reshape, squeeze, swapaxes } from "./reshape.ts";
import { type Lengths, shape } from "./shapevector.ts";
import { type MeanOptions, mean, norm, std, type VarianceOptions, variance } from "./statistics.ts";
import { subtensor } from "./subtensor.ts";

/** What `methods.ts` adds to {@link TensorVariable}. */
export interface TensorMethods {
  /** Elementwise, broadcasting: `x + y`, `x - y`, `x * y`, `x / y`, `floor(x / y)`, `x mod y`, `x ** y`. */
  add(y: TensorLike): TensorVariable;
  sub(y: TensorLike): TensorVariable;
  mul(y: TensorLike): TensorVariable;
  div(y: TensorLike): TensorVariable;
  intDiv(y: TensorLike): TensorVariable;
  mod(y: TensorLike): TensorVariable;
  pow(y: TensorLike): TensorVariable;
  neg(): TensorVariable;
  abs(): TensorVariable;
  /** Comparisons; the result is bool. */
  lt(y: TensorLike): TensorVariable;
  le(y: TensorLike): TensorVariable;
  gt(y: TensorLike): TensorVariable;
  ge(y: TensorLike): TensorVariable;
  eq(y: TensorLike): TensorVariable;
  neq(y: TensorLike): TensorVariable;
  /** Reductions over `axis`, or over everything. */
  sum(options?: SumOptions): TensorVariable;
  prod(options?: ProdOptions): TensorVariable;
  mean(options?: MeanOptions): TensorVariable;
  /** {@link variance} and {@link std}; `ddof: 1` for the unbiased estimate. */
  var(options?: VarianceOptions): TensorVariable;
  std(options?: VarianceOptions): TensorVariable;
  norm(order: number, options?: ReduceOptions): TensorVariable;
  max(options?: ReduceOptions): TensorVariable;
  min(options?: ReduceOptions): TensorVariable;
  ptp(options?: ReduceOptions): TensorVariable;
  /** Positions of the first extreme elements. */
  argmax(options?: ReduceOptions): TensorVariable;
  argmin(options?: ReduceOptions): TensorVariable;
  all(options?: ReduceOptions): TensorVariable;
  any(options?: ReduceOptions): TensorVariable;
  /** Product of vectors and matrices. */
  dot(y: TensorLike): TensorVariable;
  /** Converted to another dtype; `"floatX"` is what the flag says. */
  astype(dtype: SymbolicDType): TensorVariable;
  dimshuffle(...order: readonly DimShuffleItem[]): TensorVariable;
  /** Indexing: `x.at(0, T.slice(1, null, 2), null)` is Python's `x[0, 1::2, None]`; see {@link SymbolicIndex}. */
  at(...index: readonly SymbolicIndex[]): TensorVariable;
  /** The elements at some positions of one dimension. */
  take(positions: TensorLike, options?: TakeOptions): TensorVariable;
  /** The elements under another shape; one length may be -1. */
  reshape(lengths: Lengths, options?: ReshapeOptions): TensorVariable;
  flatten(ndim?: number): TensorVariable;
  ravel(): TensorVariable;
  squeeze(): TensorVariable;
  swapaxes(axis1: number, axis2: number): TensorVariable;
  /** The tensor with its dimensions reversed. */
  readonly T: TensorVariable;
  /** The lengths as an int64 vector. */
  readonly shape: TensorVariable;
  /** The number of elements. */
  readonly size: TensorVariable;
}

declare module "../graph/variable.ts" {
  // The floor of the graph knows no ops, so their methods are merged in from above.
  interface TensorVariable extends TensorMethods {}
}

type Methods = Omit<TensorMethods, "T" | "shape" | "size"> & ThisType<TensorVariable>;

const METHODS: Methods = {
  add(y) {
    return applyElemwise("add", this, y);
  },
  sub(y) {
    return applyElemwise("sub", this, y);
  },
  mul(y) {
    return applyElemwise("mul", this, y);
  },
  div(y) {
    return applyElemwise("true_div", this, y);
  },
  intDiv(y) {
    return applyElemwise("int_div", this, y);
  },
  mod(y) {
    return applyElemwise("mod", this, y);
  },
  pow(y) {
    return applyElemwise("pow", this, y);
  },
  neg() {
    return applyElemwise("neg", this);
  },
  abs() {
    return applyElemwise("abs_", this);
  },
  lt(y) {
    return applyElemwise("lt", this, y);
  },
  le(y) {
    return applyElemwise("le", this, y);
  },
  gt(y) {
    return applyElemwise("gt", this, y);
  },
  ge(y) {
    return applyElemwise("ge", this, y);
  },
  eq(y) {
    return applyElemwise("eq", this, y);
  },
  neq(y) {
    return applyElemwise("neq", this, y);
  },
  sum(options) {
    return sum(this, options);
  },
  prod(options) {
    return prod(this, options);
  },
  mean(options) {
    return mean(this, options);
  },
  max(options) {
    return max(this, options);
  },
  min(options) {
    return min(this, options);
  },
  var(options) {
    return variance(this, options);
  },
  std(options) {
    return std(this, options);
  },
  norm(order, options) {
    return norm(this, order, options);
  },
  ptp(options) {
    return ptp(this, options);
  },
  argmax(options) {
    return argmax(this, options);
  },
  argmin(options) {
    return argmin(this, options);
  },
  all(options) {
    return all(this, options);
  },
  any(options) {
    return any(this, options);
  },
  dot(y) {
    return dot(this, y);
  },
  astype(dtype) {
    return cast(this, dtype);
  },
  dimshuffle(...order) {
    return dimshuffle(this, order);
  },
  at(...index) {
    return subtensor(this, ...index);
  },
  take(positions, options) {
    return take(this, positions, options);
  },
  reshape(lengths, options) {
    return reshape(this, lengths, options);
  },
  flatten(ndim) {
    return flatten(this, ndim);
  },
  ravel() {
    return flatten(this);
  },
  squeeze() {
    return squeeze(this);
  },
  swapaxes(axis1, axis2) {
    return swapaxes(this, axis1, axis2);
  },
};

Object.assign(TensorVariable.prototype, METHODS);
for (const [name, of] of Object.entries({
  T: (x: TensorVariable) => transpose(x),
  shape,
  size: (x: TensorVariable) => prod(shape(x)),
}))
  Object.defineProperty(TensorVariable.prototype, name, {
    get(this: TensorVariable): TensorVariable {
      return of(this);
    },
  });
