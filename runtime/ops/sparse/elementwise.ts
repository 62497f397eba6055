/** Arithmetic element by element, and comparisons. */
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import type { ScalarOpName } from "../../scalar/table.ts";
import { take } from "../advanced.ts";
import { cast } from "../cast.ts";
import { applyElemwise } from "../elemwise.ts";
import { incSubtensor } from "../incsubtensor.ts";
import { elementwise } from "../math.ts";
import { subtensor } from "../subtensor.ts";
import {
  cscFromDense,
  csrFromDense,
  denseFromSparse,
  fromPlaces,
  neg,
  remove0,
  toFormat,
  valuesAt,
} from "./convert.ts";
import { MatchEntries, PatternUnion } from "./patterns.ts";
import { asSparseVariable, isSparse, type SparseLike, type SparseVariable } from "./variable.ts";

type MatrixLike = SparseLike | TensorLike;

/** A scalar op applied to the entries of a matrix. */
function ofEntries(name: ScalarOpName): (x: SparseLike) => SparseVariable {
  return (x) => {
    const matrix = asSparseVariable(x);
    return matrix.withData(applyElemwise(name, matrix.data));
  };
}

/** A scalar op applied to the entries of a matrix and a number. */
function withNumber(name: ScalarOpName): (x: SparseLike, y: TensorLike) => SparseVariable {
  return (x, y) => {
    const matrix = asSparseVariable(x);
    return matrix.withData(applyElemwise(name, matrix.data, scalar(y)));
  };
}

/** @throws TypeError for what has dimensions: one number goes with all entries. */
function scalar(x: TensorLike): TensorVariable {
  const number = asTensor(x);
  if (number.ndim !== 0)
    throw new TypeError(
      `Structured functions take a number besides the sparse matrix; ${number} has the type ${number.type}.`,
    );
  return number;
}

/** Functions of the entries alone: what is zero because it has no entry stays so, whatever they make of zero. */
export const structuredFunctions = {
  structuredSigmoid: ofEntries("sigmoid"),
  structuredExp: ofEntries("exp"),
  structuredLog: ofEntries("log"),
  structuredPow: withNumber("pow"),
  structuredMinimum: withNumber("minimum"),
  structuredMaximum: withNumber("maximum"),
  structuredAdd: withNumber("add"),
};

/** Functions that make zero of zero, and so work on the entries. */
export const zeroPreservingFunctions = {
  sqr: ofEntries("sqr"),
  sqrt: ofEntries("sqrt"),
  sin: ofEntries("sin"),
  tan: ofEntries("tan"),
  arcsin: ofEntries("arcsin"),
  arctan: ofEntries("arctan"),
  sinh: ofEntries("sinh"),
  tanh: ofEntries("tanh"),
  arcsinh: ofEntries("arcsinh"),
  arctanh: ofEntries("arctanh"),
  expm1: ofEntries("expm1"),
  log1p: ofEntries("log1p"),
  deg2rad: ofEntries("deg2rad"),
  rad2deg: ofEntries("rad2deg"),
  rint: ofEntries("round_half_to_even"),
  ceil: ofEntries("ceil"),
  floor: ofEntries("floor"),
  trunc: ofEntries("trunc"),
  sgn: ofEntries("sgn"),
  conjugate: ofEntries("conj"),
};

/** The places at which one of two matrices has entries, in the format of the first. */
function union(x: SparseVariable, y: SparseVariable): SparseVariable {
  const [indices, indptr] = new PatternUnion().apply(
    x.indices,
    x.indptr,
    x.shape,
    y.indices,
    y.indptr,
    y.shape,
  ).outputs;
  return x.with({ indices, indptr });
}

/** A scalar op that makes zero of two zeros, applied to two sparse matrices. */
function ofTwo(name: ScalarOpName, x: SparseLike, y: SparseLike): SparseVariable {
  const left = asSparseVariable(x);
  const right = toFormat(y, left.format);
  const places = union(left, right);
  return places.withData(applyElemwise(name, valuesAt(places, left), valuesAt(places, right)));
}

/** The dense operand of a sparse matrix. @throws TypeError when it has too many dimensions. */
function denseOperand(name: string, y: TensorLike, ...ranks: readonly number[]): TensorVariable {
  const dense = asTensor(y);
  if (!ranks.includes(dense.ndim))
    throw new TypeError(
      `sparse.${name} takes a dense operand of ${ranks.join(" or ")} dimensions; ${dense} has the type ${dense.type}.`,
    );
  return dense;
}

function needsSparse(name: string, x: TensorLike, y: TensorLike): TypeError {
  return new TypeError(`sparse.${name} needs at least one sparse matrix, got ${x} and ${y}.`);
}

/** A dense matrix with the entries of a sparse one added to it. */
function addDense(x: SparseLike, y: TensorVariable): TensorVariable {
  const matrix = asSparseVariable(x);
  const common = elementwise.add(y, cast(asTensor(0), matrix.dtype));
  return incSubtensor(subtensor(common, ...matrix.places), matrix.data);
}

/**
 * The sum of two matrices: sparse, in the format of the first, when both are, else dense.
 * @throws TypeError when neither is sparse; ValueError, when it is run, for different shapes.
 */
export function add(x: SparseLike, y: SparseLike): SparseVariable;
export function add(x: SparseLike, y: TensorLike): TensorVariable;
export function add(x: TensorLike, y: SparseLike): TensorVariable;
export function add(x: MatrixLike, y: MatrixLike): SparseVariable | TensorVariable;
export function add(x: MatrixLike, y: MatrixLike): SparseVariable | TensorVariable {
  if (isSparse(x)) return isSparse(y) ? ofTwo("add", x, y) : addDense(x, denseOperand("add", y, 2));
  if (isSparse(y)) return addDense(y, denseOperand("add", x, 2));
  throw needsSparse("add", x, y);
}

/**
 * The difference of two matrices: sparse, in the format of the first, when both are, else dense.
 * @throws TypeError when neither is sparse; ValueError, when it is run, for different shapes.
 */
export function sub(x: SparseLike, y: SparseLike): SparseVariable;
export function sub(x: SparseLike, y: TensorLike): TensorVariable;
export function sub(x: TensorLike, y: SparseLike): TensorVariable;
export function sub(x: MatrixLike, y: MatrixLike): SparseVariable | TensorVariable;
export function sub(x: MatrixLike, y: MatrixLike): SparseVariable | TensorVariable {
  return add(x, isSparse(y) ? neg(y) : elementwise.neg(y));
}

/**
 * The product element by element, which is sparse: of two matrices, or of one and a dense matrix, a vector that goes with
 * every row, or a number.
 * @throws TypeError when neither is sparse.
 */
export function mul(x: MatrixLike, y: MatrixLike): SparseVariable {
  if (!isSparse(x)) {
    if (!isSparse(y)) throw needsSparse("mul", x, y);
    return mul(y, x);
  }
  const left = asSparseVariable(x);
  if (isSparse(y)) return mulSparse(left, toFormat(y, left.format));
  return left.withData(elementwise.mul(left.data, atEntries(left, denseOperand("mul", y, 0, 1, 2))));
}

/** The product of two matrices of one format, which has entries where both have. */
function mulSparse(x: SparseVariable, y: SparseVariable): SparseVariable {
  const [left, right] = new MatchEntries().apply(x.indices, x.indptr, x.shape, y.indices, y.indptr, y.shape).outputs;
  const pick = (part: TensorVariable, entries = left): TensorVariable => take(part, entries, { axis: 0 });
  const [rows, columns] = x.places;
  const data = elementwise.mul(pick(x.data), pick(y.data, right));
  return fromPlaces(x.format, data, [pick(rows), pick(columns)], x.shape);
}

/** What a dense operand has for every entry. */
function atEntries(x: SparseVariable, y: TensorVariable): TensorVariable {
  const [, columns] = x.places;
  if (y.ndim === 0) return y;
  return y.ndim === 1 ? take(y, columns, { axis: 0 }) : subtensor(y, ...x.places);
}

/** Every row times a vector, element by element. @throws TypeError when it is no vector. */
export function mulSV(x: SparseLike, y: TensorLike): SparseVariable {
  return mul(x, denseOperand("mulSV", y, 1));
}

/** The entries of every row plus those of a vector; places without entry stay so. @throws TypeError when it is no vector. */
export function structuredAddSV(x: SparseLike, y: TensorLike): SparseVariable {
  const matrix = asSparseVariable(x);
  return matrix.withData(elementwise.add(matrix.data, atEntries(matrix, denseOperand("structuredAddSV", y, 1))));
}

type Comparison = "eq" | "neq" | "lt" | "le" | "gt" | "ge";

/** Which comparisons hold between two zeros. */
const HOLDS_FOR_ZEROS: ReadonlySet<Comparison> = new Set<Comparison>(["eq", "le", "ge"]);

/** A comparison of a sparse matrix with another, which is sparse, or with a dense one, which is dense: ones and zeros of uint8. */
function comparison(name: Comparison) {
  function compare(x: SparseLike, y: SparseLike): SparseVariable;
  function compare(x: SparseLike, y: TensorLike): TensorVariable;
  function compare(x: TensorLike, y: SparseLike): TensorVariable;
  function compare(x: MatrixLike, y: MatrixLike): SparseVariable | TensorVariable;
  function compare(x: MatrixLike, y: MatrixLike): SparseVariable | TensorVariable {
    if (isSparse(x) && isSparse(y) && !HOLDS_FOR_ZEROS.has(name)) {
      const compared = ofTwo(name, x, y);
      return remove0(compared.withData(cast(compared.data, "uint8")));
    }
    if (!isSparse(x) && !isSparse(y)) throw needsSparse(name, x, y);
    const operands = [x, y].map((operand) =>
      isSparse(operand) ? denseFromSparse(operand) : denseOperand(name, operand, 2),
    );
    const dense = cast(applyElemwise(name, ...operands), "uint8");
    if (!isSparse(x) || !isSparse(y)) return dense;
    return x.format === "csr" ? csrFromDense(dense) : cscFromDense(dense);
  }
  return compare;
}

/** Comparisons element by element; most elements of two sparse matrices are equal, so that `eq`, `le` and `ge` are not sparse. */
export const comparisonFunctions = {
  eq: comparison("eq"),
  neq: comparison("neq"),
  lt: comparison("lt"),
  le: comparison("le"),
  gt: comparison("gt"),
  ge: comparison("ge"),
};
