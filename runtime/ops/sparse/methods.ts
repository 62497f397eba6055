/** Methods of symbolic sparse matrices: the functions of `theano.sparse` that Theano has as operators and methods. */
import type { TensorLike } from "../../graph/constant.ts";
import type { SymbolicDType } from "../../graph/floatx.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { cast, denseFromSparse, neg, transpose } from "./convert.ts";
import { add, mul, sub } from "./elementwise.ts";
import { getItem, type SparseIndex, type SparseSumOptions, spSum } from "./layout.ts";
import { structuredDot } from "./products.ts";
import { type SparseLike, SparseVariable } from "./variable.ts";

/** What this file adds to {@link SparseVariable}. */
export interface SparseMethods {
  /** Rows as columns. */
  readonly T: SparseVariable;
  transpose(): SparseVariable;
  neg(): SparseVariable;
  /** Sparse where the other operand is, else dense. */
  add(other: SparseLike | TensorLike): SparseVariable | TensorVariable;
  sub(other: SparseLike | TensorLike): SparseVariable | TensorVariable;
  mul(other: SparseLike | TensorLike): SparseVariable;
  /** The product of matrices, with gradients that reach the entries only. */
  dot(other: SparseLike | TensorLike): TensorVariable;
  sum(options?: SparseSumOptions): TensorVariable;
  astype(dtype: SymbolicDType): SparseVariable;
  /** The matrix with its zeros. */
  toDense(): TensorVariable;
  /** Indexing: `x.at(1, 2)` is an element, `x.at(T.slice(0, 2))` the first two rows; see `sparse.getItem`. */
  at(...index: readonly SparseIndex[]): SparseVariable | TensorVariable;
}

declare module "./variable.ts" {
  // The bundle knows none of the functions that are written with it, so their methods are merged in from above.
  interface SparseVariable extends SparseMethods {}
}

const METHODS: Omit<SparseMethods, "T"> & ThisType<SparseVariable> = {
  transpose() {
    return transpose(this);
  },
  neg() {
    return neg(this);
  },
  add(other) {
    return add(this, other);
  },
  sub(other) {
    return sub(this, other);
  },
  mul(other) {
    return mul(this, other);
  },
  dot(other) {
    return structuredDot(this, other);
  },
  sum(options) {
    return spSum(this, options);
  },
  astype(dtype) {
    return cast(this, dtype);
  },
  toDense() {
    return denseFromSparse(this);
  },
  at(...index) {
    return getItem(this, ...index);
  },
};

Object.assign(SparseVariable.prototype, METHODS);
Object.defineProperty(SparseVariable.prototype, "T", {
  get(this: SparseVariable): SparseVariable {
    return transpose(this);
  },
});
