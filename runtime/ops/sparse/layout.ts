/** Parts of sparse matrices, matrices put together, and what goes along their rows and columns. */
import { isInteger, upcast } from "../../array/dtype.ts";
import { IndexError, ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { SymbolicDType } from "../../graph/floatx.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { asPositions, take } from "../advanced.ts";
import { arange, zerosLike } from "../alloc.ts";
import { cast as castDense } from "../cast.ts";
import { diagonal } from "../diagonal.ts";
import { setSubtensor } from "../incsubtensor.ts";
import { type BasicIndex, isBasic, isSlice, isWhole, type Position, type SymbolicIndex, slice } from "../indexing.ts";
import { concatenate } from "../join.ts";
import { elementwise } from "../math.ts";
import { sum } from "../reduce.ts";
import { reshape } from "../reshape.ts";
import { lengthsOf, makeVector } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { addUp, cast, fromPlaces, toFormat, valuesAt } from "./convert.ts";
import type { SparseFormat } from "./matrix.ts";
import { Compress, SelectMajor } from "./patterns.ts";
import { asSparseVariable, type SparseLike, SparseVariable } from "./variable.ts";

export interface SparseSumOptions {
  /** 0: over rows; 1: over columns; absent or null: over all. */
  readonly axis?: 0 | 1 | null;
  /** true: gradients reach the entries only, also where the matrix was made from a dense one. */
  readonly sparseGrad?: boolean;
}

/**
 * The dense sum along an axis, or of all elements.
 * @throws ValueError when there is no such axis.
 */
export function spSum(x: SparseLike, { axis = null, sparseGrad = false }: SparseSumOptions = {}): TensorVariable {
  const matrix = asSparseVariable(x);
  if (axis !== null && axis !== 0 && axis !== 1)
    throw new ValueError(`sparse.spSum: axis must be 0, 1 or null, got ${axis}.`);
  const { data, source, dtype } = matrix;
  // Sums have the dtype of the matrix, as Theano's.
  if (source !== null && !sparseGrad) return castDense(sum(source, { axis }), dtype);
  if (axis === null) return castDense(sum(data), dtype);
  return addUp(data, matrix.places[axis === 0 ? 1 : 0], matrix.length(axis === 0 ? 1 : 0));
}

function scale(x: SparseLike, s: TensorLike, axis: 0 | 1): SparseVariable {
  const matrix = asSparseVariable(x);
  const factors = asTensor(s);
  if (factors.ndim !== 1)
    throw new TypeError(`Sparse matrices are scaled by a vector; ${factors} has the type ${factors.type}.`);
  return matrix.withData(elementwise.mul(matrix.data, take(factors, matrix.places[axis], { axis: 0 })));
}

/** Every row times its element of a vector. @throws TypeError when it is no vector. */
export function rowScale(x: SparseLike, s: TensorLike): SparseVariable {
  return scale(x, s, 0);
}

/** Every column times its element of a vector. @throws TypeError when it is no vector. */
export function colScale(x: SparseLike, s: TensorLike): SparseVariable {
  return scale(x, s, 1);
}

/** The diagonal of a square matrix, as a dense vector. */
export function diag(x: SparseLike): TensorVariable {
  const matrix = asSparseVariable(x);
  if (matrix.source !== null) return diagonal(matrix.source);
  return valuesAt(onDiagonal(matrix.format, matrix.data, matrix.majorLength), matrix);
}

/** A square matrix with entries on the diagonal. */
function onDiagonal(format: SparseFormat, data: TensorVariable, length: TensorVariable): SparseVariable {
  const indices = castDense(arange(length), "int32");
  const indptr = castDense(arange(elementwise.add(length, 1)), "int32");
  return new SparseVariable(format, { data, indices, indptr, shape: castDense(makeVector([length, length]), "int32") });
}

/** The square csc matrix of a diagonal. @throws TypeError when it is no vector. */
export function squareDiagonal(diagonal: TensorLike): SparseVariable {
  const data = asTensor(diagonal);
  if (data.ndim !== 1) throw new TypeError(`sparse.squareDiagonal takes a vector; ${data} has the type ${data.type}.`);
  return onDiagonal("csc", data, lengthsOf(data)[0]);
}

export interface StackOptions {
  /** The format of the result; csc unless given, as in Theano. */
  readonly format?: SparseFormat;
  /** The dtype of the result; absent: that in which all entries can be written. */
  readonly dtype?: SymbolicDType;
}

function stacked(blocks: readonly SparseLike[], axis: 0 | 1, { format = "csc", dtype }: StackOptions): SparseVariable {
  const matrices = blocks.map(asSparseVariable);
  const [first] = matrices;
  if (first === undefined) throw new ValueError("There is nothing to stack: give at least one sparse matrix.");
  const common = dtype ?? upcast(...matrices.map((matrix) => matrix.dtype));
  const columns: TensorVariable[][] = [[], []];
  let end: TensorVariable = castDense(asTensor(0), "int32");
  for (const matrix of matrices) {
    matrix.places.forEach((places, i) => {
      columns[i].push(i === axis ? elementwise.add(places, end) : places);
    });
    end = elementwise.add(end, matrix.length(axis));
  }
  const data = concatenate(matrices.map((matrix) => cast(matrix, common).data));
  const [rows, others] = columns.map((parts) => concatenate(parts));
  const other = first.length(axis === 0 ? 1 : 0);
  const lengths = castDense(makeVector(axis === 0 ? [end, other] : [other, end]), "int32");
  return fromPlaces(format, data, [rows, others], lengths);
}

/** Matrices side by side. @throws ValueError when there are none. */
export function hstack(blocks: readonly SparseLike[], options: StackOptions = {}): SparseVariable {
  return stacked(blocks, 1, options);
}

/** Matrices one below the other. @throws ValueError when there are none. */
export function vstack(blocks: readonly SparseLike[], options: StackOptions = {}): SparseVariable {
  return stacked(blocks, 0, options);
}

/** Some rows (`axis` 0) or columns (1), in the order asked for, as often as asked for. */
function selected(x: SparseVariable, axis: 0 | 1, wanted: TensorVariable): SparseVariable {
  const matrix = toFormat(x, axis === 0 ? "csr" : "csc");
  const [order, indptr] = new SelectMajor().apply(matrix.indptr, wanted).outputs;
  const pick = (part: TensorVariable): TensorVariable => take(part, order, { axis: 0 });
  const count = lengthsOf(wanted)[0];
  const lengths = axis === 0 ? [count, matrix.length(1)] : [matrix.length(0), count];
  const part = new SparseVariable(matrix.format, {
    data: pick(matrix.data),
    indices: pick(matrix.indices),
    indptr,
    shape: castDense(makeVector(lengths), "int32"),
  });
  return toFormat(part, x.format);
}

/** Positions along an axis. @throws TypeError unless they are a vector of integers. */
function positionsAlong(positions: TensorLike): TensorVariable {
  const list = asPositions(positions);
  if (list.ndim !== 1 || !isInteger(list.dtype))
    throw new TypeError(`Sparse matrices are indexed by vectors of integers; ${list} has the type ${list.type}.`);
  return list;
}

/** The rows at the given positions; a row may be asked for several times, and its gradient is the sum over these. */
export function getItemList(x: SparseLike, rows: TensorLike): SparseVariable {
  return selected(asSparseVariable(x), 0, positionsAlong(rows));
}

/**
 * The elements at pairs of positions, as a dense vector.
 * @throws TypeError unless both are vectors of integers; IndexError, when it is run, for positions out of range.
 */
export function getItem2lists(x: SparseLike, rows: TensorLike, columns: TensorLike): TensorVariable {
  const matrix = asSparseVariable(x);
  const places = [rows, columns].map((list, axis) => counted(positionsAlong(list), matrix.length(axis === 0 ? 0 : 1)));
  if (matrix.source !== null) return subtensor(matrix.source, ...places);
  const [major, minor] = matrix.format === "csr" ? places : [places[1], places[0]];
  const [order, indices, indptr] = new Compress().apply(major, minor, matrix.majorLength).outputs;
  const values = valuesAt(matrix.with({ indices, indptr }), matrix);
  return setSubtensor(take(zerosLike(values), order, { axis: 0 }), values);
}

/** Positions counted from the beginning; negative ones count from the end. */
function counted(positions: TensorVariable, length: TensorVariable): TensorVariable {
  return elementwise.switch(elementwise.lt(positions, 0), elementwise.add(positions, length), positions);
}

/** The element at a place, without dimensions. */
export function getItemScalar(x: SparseLike, row: Position, column: Position): TensorVariable {
  const [i, j] = [row, column].map((position) => reshape(asPositions(asTensor(position)), [1]));
  return reshape(getItem2lists(x, i, j), [], { ndim: 0 });
}

/** Rows and columns by slices; a number is a slice of one. */
export function getItem2d(x: SparseLike, rows: BasicIndex, columns: BasicIndex = slice()): SparseVariable {
  return along(along(asSparseVariable(x), 0, rows), 1, columns);
}

function along(x: SparseVariable, axis: 0 | 1, part: BasicIndex): SparseVariable {
  if (isWhole(part)) return x;
  const wanted = subtensor(arange(x.length(axis)), part);
  return selected(x, axis, wanted.ndim === 0 ? reshape(wanted, [1]) : wanted);
}

/** A place between the brackets of an index: an element, a part, or several at once. */
export type SparseIndex = Exclude<SymbolicIndex, null | "...">;

/**
 * `x[rows, columns]`: an element for two numbers, elements for two lists, rows for one list, else a matrix.
 * @throws IndexError for more than two places, or for a list and something else.
 */
export function getItem(x: SparseLike, ...index: readonly SparseIndex[]): SparseVariable | TensorVariable {
  const [rows, columns = slice()] = index;
  if (index.length === 0 || index.length > 2)
    throw new IndexError(`A sparse matrix takes one or two places between brackets, got ${index.length}.`);
  if (!isBasic(rows)) {
    if (!isBasic(columns)) return getItem2lists(x, rows, columns);
    if (index.length === 1) return getItemList(x, rows);
  } else if (isBasic(columns)) {
    return isSlice(rows) || isSlice(columns) ? getItem2d(x, rows, columns) : getItemScalar(x, rows, columns);
  }
  throw new IndexError(
    "A sparse matrix takes a list of rows, or two lists of one length; not a list and something else.",
  );
}
