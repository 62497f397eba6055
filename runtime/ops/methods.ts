/** Methods of symbolic variables: what operators do in a cell, written out, and the commonest functions. */
import type { TensorLike } from "../graph/constant.ts";
import type { SymbolicDType } from "../graph/floatx.ts";
import { TensorVariable } from "../graph/variable.ts";
import { cast } from "./cast.ts";
import { type DimShuffleItem, dimshuffle, transpose } from "./dimshuffle.ts";
import { dot } from "./dot.ts";
import { applyElemwise } from "./elemwise.ts";
import { max, min, prod, type ReduceOptions, type SumOptions, sum } from "./reduce.ts";
import { mean } from "./shape.ts";

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
  prod(options?: SumOptions): TensorVariable;
  mean(options?: ReduceOptions): TensorVariable;
  max(options?: ReduceOptions): TensorVariable;
  min(options?: ReduceOptions): TensorVariable;
  /** Product of vectors and matrices. */
  dot(y: TensorLike): TensorVariable;
  /** Converted to another dtype; `"floatX"` is what the flag says. */
  astype(dtype: SymbolicDType): TensorVariable;
  dimshuffle(...order: readonly DimShuffleItem[]): TensorVariable;
  /** The tensor with its dimensions reversed. */
  readonly T: TensorVariable;
}

declare module "../graph/variable.ts" {
  // The floor of the graph knows no ops, so their methods are merged in from above.
  interface TensorVariable extends TensorMethods {}
}

type Methods = Omit<TensorMethods, "T"> & ThisType<TensorVariable>;

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
  dot(y) {
    return dot(this, y);
  },
  astype(dtype) {
    return cast(this, dtype);
  },
  dimshuffle(...order) {
    return dimshuffle(this, order);
  },
};

Object.assign(TensorVariable.prototype, METHODS);
Object.defineProperty(TensorVariable.prototype, "T", {
  get(this: TensorVariable): TensorVariable {
    return transpose(this);
  },
});
