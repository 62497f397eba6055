/** Functions that are written with other ones: no op of their own. */
import { ValueError } from "../base/errors.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { asPositions } from "./advanced.ts";
import { alloc, arange, type DTypeOption, zeros } from "./alloc.ts";
import { cast } from "./cast.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { applyElemwise } from "./elemwise.ts";
import { setSubtensor } from "./incsubtensor.ts";
import type { Position, SymbolicSlice } from "./indexing.ts";
import { stack } from "./join.ts";
import { elementwise } from "./math.ts";
import { all } from "./reduce.ts";
import { lengthsOf } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** Which way a number halfway between two integers is rounded. */
export type RoundMode = "half_to_even" | "half_away_from_zero";

/** The nearest integers, as floats. @throws ValueError for an unknown mode. */
export function round(x: TensorLike, options: { readonly mode?: RoundMode | null } = {}): TensorVariable {
  switch (options.mode ?? "half_to_even") {
    case "half_to_even":
      return applyElemwise("round_half_to_even", x);
    case "half_away_from_zero":
      return applyElemwise("round_half_away_from_zero", x);
    default:
      throw new ValueError(`round mode ${options.mode} is not implemented: it is half_to_even or half_away_from_zero.`);
  }
}

/** The nearest integers, as int64. @throws TypeError for a tensor that is not floating-point. */
export function iround(x: TensorLike, options: { readonly mode?: RoundMode | null } = {}): TensorVariable {
  return cast(round(x, options), "int64");
}

/** The floored quotient and the remainder, which has the divisor's sign. */
export function divmod(x: TensorLike, y: TensorLike): [quotient: TensorVariable, remainder: TensorVariable] {
  return [applyElemwise("int_div", x, y), applyElemwise("mod", x, y)];
}

/** The quotient of integers, rounded up. */
export function ceilIntdiv(x: TensorLike, y: TensorLike): TensorVariable {
  const [quotient, rest] = divmod(x, y);
  return applyElemwise("add", cast(applyElemwise("neq", rest, 0), quotient.dtype), quotient);
}

export interface CloseOptions {
  /** Tolerance relative to the second argument; 1e-5 unless given. */
  readonly rtol?: number;
  /** Tolerance for all numbers; 1e-8 unless given. */
  readonly atol?: number;
  /** Whether NaN is close to NaN. */
  readonly equalNan?: boolean;
}

/** Where `|x - y| ≤ atol + rtol·|y|`, or both are the same infinity. The second argument is the reference. */
export function isclose(x: TensorLike, y: TensorLike, options: CloseOptions = {}): TensorVariable {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  const { maximum, minimum, sub, add, mul, abs_, le, eq, isnan, isinf, invert, and_, or_ } = elementwise;
  // The larger minus the smaller one, since the difference of unsigned integers has no sign.
  const distance = sub(maximum(x, y), minimum(x, y));
  const near = le(distance, add(constant(atol), mul(constant(rtol), abs_(y))));
  const close = or_(eq(x, y), and_(near, invert(isinf(y))));
  return equalNan ? or_(close, and_(isnan(x), isnan(y))) : close;
}

/** Whether all elements are close; see {@link isclose}. */
export function allclose(x: TensorLike, y: TensorLike, options: CloseOptions = {}): TensorVariable {
  return all(isclose(x, y, options));
}

/**
 * The triangular window of `length` points that ends in zeros, of dtype floatX.
 * Source: M. S. Bartlett (1950), Periodogram analysis and continuous spectra.
 */
export function bartlett(length: TensorLike): TensorVariable {
  const { sub, abs_, trueDiv, mul, eq } = elementwise;
  const last = sub(length, 1);
  const window = sub(1, abs_(sub(trueDiv(mul(2, arange(length)), last), 1)));
  return cast(elementwise.switch(eq(last, 0), 1, window), "floatX");
}

/**
 * A matrix with a row per class number: 1 in its column, and 0 elsewhere; of dtype floatX unless given.
 * @throws TypeError unless the classes are a vector; IndexError for a class that there is not, when it is run.
 */
export function toOneHot(
  classes: TensorLike,
  nbClass: TensorLike,
  { dtype = "floatX" }: DTypeOption = {},
): TensorVariable {
  const rows = asPositions(classes);
  if (rows.ndim !== 1) throw new TypeError(`toOneHot takes a vector of classes, got ${rows} of type ${rows.type}.`);
  const [count] = lengthsOf(rows);
  const blank = zeros([count, asTensor(nbClass)], { dtype });
  return setSubtensor(subtensor(blank, arange(count), rows), constant(1, null, dtype));
}

/** Nested lists of tensors of one shape. */
export type TensorTree = TensorLike | readonly TensorTree[];

/** The tensors of nested lists along new dimensions, the outermost list first. */
export function stacklists(tree: TensorTree): TensorVariable {
  return isBranch(tree) ? stack(tree.map(stacklists)) : asTensor(tree);
}

function isBranch(tree: TensorTree): tree is readonly TensorTree[] {
  return Array.isArray(tree);
}

/** The numbers of each range along a dimension of its own, of length 1 along those of the others. */
export function ogrid(...ranges: readonly SymbolicSlice[]): TensorVariable[] {
  return ranges.map(({ start, stop, step }, i) => {
    if (stop === null || stop === undefined) throw new ValueError(`Range ${i} of a grid has no end: it needs a stop.`);
    const numbers = arange(asNumber(start ?? 0), asNumber(stop), asNumber(step ?? 1));
    return dimshuffle(
      numbers,
      ranges.map((_, axis) => (axis === i ? 0 : "x")),
    );
  });
}

function asNumber(position: Position): TensorLike {
  return typeof position === "bigint" ? Number(position) : position;
}

/** The numbers of each range at every place of a grid that has one dimension per range. */
export function mgrid(...ranges: readonly SymbolicSlice[]): TensorVariable[] {
  const open = ogrid(...ranges);
  const lengths = open.map((numbers, axis) => lengthsOf(numbers)[axis]);
  return open.map((numbers) => alloc(numbers, ...lengths));
}

/** A copy of a tensor. */
export function tensorCopy(x: TensorLike): TensorVariable {
  return applyElemwise("identity", x);
}

const { sqr, pow, intDiv, and_, or_, xor, invert } = elementwise;

export const composedFunctions = {
  round,
  iround,
  divmod,
  ceilIntdiv,
  isclose,
  allclose,
  bartlett,
  toOneHot,
  stacklists,
  ogrid,
  mgrid,
  tensorCopy,
  /** Other names that Theano and NumPy have for elementwise functions. */
  square: sqr,
  power: pow,
  floorDiv: intDiv,
  bitwiseAnd: and_,
  bitwiseOr: or_,
  bitwiseXor: xor,
  bitwiseNot: invert,
  where: elementwise.switch,
};
