/** Methods of symbolic variables: what operators do in a cell, written out, and the functions of `T`. */
import type { TensorLike } from "../graph/constant.ts";
import { TensorVariable } from "../graph/variable.ts";
import { take } from "./advanced.ts";
import { fill, onesLike, zerosLike } from "./alloc.ts";
import { cast } from "./cast.ts";
import { round, tensorCopy } from "./composed.ts";
import { cumprod, cumsum } from "./cumulative.ts";
import { diagonal } from "./diagonal.ts";
import { type DimShuffleItem, dimshuffle, transpose } from "./dimshuffle.ts";
import { modCheck } from "./division.ts";
import { dot } from "./dot.ts";
import { argmax, argmin, max, min, ptp } from "./extremes.ts";
import type { BooleanList, SymbolicIndex } from "./indexing.ts";
import { trace } from "./linalg/inverse.ts";
import { elementwise } from "./math.ts";
import { choose } from "./permutation.ts";
import { all, any, prod, sum } from "./reduce.ts";
import { flatten, reshape, squeeze, swapaxes } from "./reshape.ts";
import { compress, nonzero, nonzeroValues, searchsorted } from "./search.ts";
import { shape } from "./shapevector.ts";
import { argsort, sort } from "./sort.ts";
import { mean, norm, std, variance } from "./statistics.ts";
import { subtensor } from "./subtensor.ts";
import { repeat } from "./tile.ts";

const { arccos, arccosh, arcsin, arcsinh, arctan, arctanh, cos, cosh, sin, sinh, tan, tanh } = elementwise;
const { exp, exp2, expm1, log, log10, log1p, log2, sqrt, sqr, deg2rad, rad2deg } = elementwise;
const { add, sub, mul, trueDiv, intDiv, pow, neg, abs_, sgn, ceil, floor, trunc, clip } = elementwise;
const { lt, le, gt, ge, eq, neq, and_, or_, xor, invert, conj } = elementwise;

/** `x.sum(options)` is `sum(x, options)`: functions whose first argument is the variable, under the method's name. */
const FUNCTIONS = {
  /** Elementwise, broadcasting: `x + y`, `x - y`, `x * y`, `x / y`, `floor(x / y)`, `x mod y`, `x ** y`. */
  add,
  sub,
  mul,
  div: trueDiv,
  intDiv,
  mod: modCheck,
  pow,
  neg,
  abs: abs_,
  sgn,
  sqr,
  sqrt,
  ceil,
  floor,
  trunc,
  round,
  clip,
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sin,
  cos,
  tan,
  arcsin,
  arccos,
  arctan,
  sinh,
  cosh,
  tanh,
  arcsinh,
  arccosh,
  arctanh,
  deg2rad,
  rad2deg,
  conj,
  conjugate: conj,
  /** Comparisons; the result is bool. */
  lt,
  le,
  gt,
  ge,
  eq,
  neq,
  /** Bit by bit, or of truth values. */
  and: and_,
  or: or_,
  xor,
  invert,
  /** Reductions over `axis`, or over everything. */
  sum,
  prod,
  mean,
  /** Variance; `ddof: 1` for the unbiased estimate. */
  var: variance,
  std,
  norm,
  max,
  min,
  ptp,
  /** Positions of the first extreme elements. */
  argmax,
  argmin,
  all,
  any,
  cumsum,
  cumprod,
  sort,
  argsort,
  searchsorted,
  nonzeroValues,
  /** Product of vectors, matrices and tensors. */
  dot,
  /** Converted to another dtype; `"floatX"` is what the flag says. */
  astype: cast,
  copy: tensorCopy,
  fill,
  zerosLike,
  onesLike,
  /** The elements at some positions of one dimension. */
  take,
  choose,
  compress,
  diagonal,
  /** The sum of the main diagonal of a matrix. */
  trace,
  repeat,
  /** The elements under another shape; one length may be -1. */
  reshape,
  flatten,
  squeeze,
  swapaxes,
};

/** A function without its first argument. */
type Method<Function> = Function extends (x: TensorLike, ...args: infer Args) => infer Result
  ? (...args: Args) => Result
  : never;

type FunctionMethods = { [Name in keyof typeof FUNCTIONS]: Method<(typeof FUNCTIONS)[Name]> };

/** What `methods.ts` adds to {@link TensorVariable}. */
export interface TensorMethods extends FunctionMethods {
  /** Indexing: `x.at(0, T.slice(1, null, 2), null)` is Python's `x[0, 1::2, None]`; see {@link SymbolicIndex}. */
  at(...index: readonly (SymbolicIndex | BooleanList)[]): TensorVariable;
  /** The dimensions in another order, written out or as a list; `"x"` is a new one of length 1. */
  dimshuffle(...order: readonly DimShuffleItem[] | readonly [readonly DimShuffleItem[]]): TensorVariable;
  /** The dimensions in another order, written out or as a list; reversed unless given. */
  transpose(...axes: readonly number[] | readonly [readonly number[]]): TensorVariable;
  ravel(): TensorVariable;
  /** The places of elements that are not zero, one vector per dimension. */
  nonzero(): TensorVariable[];
  /** The tensor with its dimensions reversed. */
  readonly T: TensorVariable;
  /** The lengths as an int64 vector. */
  readonly shape: TensorVariable;
  /** The number of elements. */
  readonly size: TensorVariable;
  /** The parts of complex numbers. */
  readonly real: TensorVariable;
  readonly imag: TensorVariable;
}

declare module "../graph/variable.ts" {
  // The floor of the graph knows no ops, so their methods are merged in from above.
  interface TensorVariable extends TensorMethods {}
}

const METHODS: Pick<TensorMethods, "at" | "dimshuffle" | "transpose" | "ravel" | "nonzero"> & ThisType<TensorVariable> =
  {
    at(...index) {
      return subtensor(this, ...index);
    },
    dimshuffle(...order) {
      return dimshuffle(this, order.flat());
    },
    transpose(...axes) {
      return axes.length === 0 ? transpose(this) : dimshuffle(this, axes.flat());
    },
    ravel() {
      return flatten(this);
    },
    nonzero() {
      return nonzero(this);
    },
  };

const GETTERS: Readonly<Record<string, (x: TensorVariable) => TensorVariable>> = {
  T: (x) => transpose(x),
  shape,
  size: (x) => prod(shape(x)),
  real: elementwise.real,
  imag: elementwise.imag,
};

for (const [name, of] of Object.entries(FUNCTIONS))
  Object.defineProperty(TensorVariable.prototype, name, {
    value(this: TensorVariable, ...args: readonly unknown[]): unknown {
      return Reflect.apply(of, undefined, [this, ...args]);
    },
  });
Object.assign(TensorVariable.prototype, METHODS);
for (const [name, of] of Object.entries(GETTERS))
  Object.defineProperty(TensorVariable.prototype, name, {
    get(this: TensorVariable): TensorVariable {
      return of(this);
    },
  });
