/** From dense to sparse and back, between formats, and to other forms of the same matrix. */
import type { DType } from "../../array/dtype.ts";
import type { TensorLike } from "../../graph/constant.ts";
import { asTensor } from "../../graph/constant.ts";
import type { SymbolicDType } from "../../graph/floatx.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { take } from "../advanced.ts";
import { alloc, onesLike } from "../alloc.ts";
import { cast as castDense } from "../cast.ts";
import { transpose as transposeDense } from "../dimshuffle.ts";
import { incSubtensor } from "../incsubtensor.ts";
import { elementwise } from "../math.ts";
import { nonzero } from "../search.ts";
import { shape } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { flipped, majorAxis, type SparseFormat } from "./matrix.ts";
import { Compress, MatchEntries, PatternOfDense } from "./patterns.ts";
import { asSparseVariable, type SparseLike, SparseVariable } from "./variable.ts";

/** `[0]` of a dtype, to be stretched. */
function zero(dtype: DType): TensorVariable {
  return castDense(asTensor(0), dtype);
}

/** The sum of the values at each of `count` positions; what has no value is 0. */
export function addUp(values: TensorVariable, positions: TensorVariable, count: TensorLike): TensorVariable {
  return incSubtensor(take(alloc(zero(values.dtype), count), positions, { axis: 0 }), values);
}

function fromDense(x: TensorLike, format: SparseFormat): SparseVariable {
  const source = asTensor(x);
  const [indices, indptr] = new PatternOfDense(format).apply(source).outputs;
  const pattern = { indices, indptr, shape: castDense(shape(source), "int32") };
  return withValuesOf(source, new SparseVariable(format, { data: source, ...pattern }));
}

/** The pattern of a sparse matrix with the elements of a dense one. */
export function withValuesOf(source: TensorVariable, pattern: SparseVariable): SparseVariable {
  return pattern.withData(subtensor(source, ...pattern.places), { source });
}

/**
 * The elements of a dense matrix that are not zero, by rows. Gradients reach them; where what is computed depends on the
 * zeros too, such as sums and products, gradients reach all elements.
 * @throws TypeError when it is not a matrix.
 */
export function csrFromDense(x: TensorLike): SparseVariable {
  return fromDense(x, "csr");
}

/** The elements of a dense matrix that are not zero, by columns; see {@link csrFromDense}. */
export function cscFromDense(x: TensorLike): SparseVariable {
  return fromDense(x, "csc");
}

/** The matrix with its zeros. Gradients reach the entries only: they are structured. */
export function denseFromSparse(x: SparseLike): TensorVariable {
  const matrix = asSparseVariable(x);
  const zeros = alloc(zero(matrix.dtype), matrix.length(0), matrix.length(1));
  return incSubtensor(subtensor(zeros, ...matrix.places), matrix.data);
}

/** A matrix of entries given by their rows and columns, which it sorts. */
export function fromPlaces(
  format: SparseFormat,
  data: TensorVariable,
  [rows, columns]: readonly [TensorVariable, TensorVariable],
  lengths: TensorVariable,
  source: TensorVariable | null = null,
): SparseVariable {
  const length = subtensor(lengths, majorAxis(format));
  const [major, minor] = format === "csr" ? [rows, columns] : [columns, rows];
  const [order, indices, indptr] = new Compress().apply(major, minor, length).outputs;
  const sorted = take(data, order, { axis: 0 });
  return new SparseVariable(format, { data: sorted, indices, indptr, shape: lengths }, { source });
}

/** The same matrix in a format; itself when it has that. */
export function toFormat(x: SparseLike, format: SparseFormat): SparseVariable {
  const matrix = asSparseVariable(x);
  return matrix.format === format ? matrix : sortedAs(format, matrix);
}

function sortedAs(format: SparseFormat, x: SparseVariable): SparseVariable {
  return fromPlaces(format, x.data, x.places, x.shape, x.source);
}

/** The same matrix with the entries of each row of csr, or column of csc, in order. */
export function ensureSortedIndices(x: SparseLike): SparseVariable {
  const matrix = asSparseVariable(x);
  return sortedAs(matrix.format, matrix);
}

/** The matrix without entries that are zero. */
export function remove0(x: SparseLike): SparseVariable {
  const matrix = asSparseVariable(x);
  const [kept] = nonzero(matrix.data);
  const pick = (part: TensorVariable): TensorVariable => take(part, kept, { axis: 0 });
  const [rows, columns] = matrix.places;
  return fromPlaces(matrix.format, pick(matrix.data), [pick(rows), pick(columns)], matrix.shape, matrix.source);
}

/** The matrix without entries that are zero, the others in order. */
export function clean(x: SparseLike): SparseVariable {
  return remove0(x);
}

/** Rows as columns: the same parts in the other format. */
export function transpose(x: SparseLike): SparseVariable {
  const matrix = asSparseVariable(x);
  const { data, indices, indptr, source } = matrix;
  const lengths = subtensor(matrix.shape, { start: null, stop: null, step: -1 });
  return new SparseVariable(
    flipped(matrix.format),
    { data, indices, indptr, shape: lengths },
    { source: source === null ? null : transposeDense(source) },
  );
}

/** The entries converted to a dtype. */
export function cast(x: SparseLike, dtype: SymbolicDType): SparseVariable {
  const matrix = asSparseVariable(x);
  return matrix.withData(castDense(matrix.data, dtype));
}

/** The opposite of every entry. */
export function neg(x: SparseLike): SparseVariable {
  const matrix = asSparseVariable(x);
  const source = matrix.source === null ? null : elementwise.neg(matrix.source);
  return matrix.withData(elementwise.neg(matrix.data), { source });
}

/** Ones where a matrix has entries. */
export function spOnesLike(x: SparseLike): SparseVariable {
  const matrix = asSparseVariable(x);
  return matrix.withData(onesLike(matrix.data));
}

/** A matrix of the same shape without entries. */
export function spZerosLike(x: SparseLike): SparseVariable {
  const matrix = asSparseVariable(x);
  const { data, indices, indptr } = matrix;
  const none = { start: 0, stop: 0 };
  return matrix.with({
    data: subtensor(data, none),
    indices: subtensor(indices, none),
    indptr: elementwise.mul(indptr, castDense(asTensor(0), "int8")),
  });
}

/**
 * The elements of a matrix at the entries of a pattern of the same format and shape. Gradients reach all of these where
 * the matrix was made from a dense one, else those where it has entries itself.
 */
export function valuesAt(pattern: SparseVariable, x: SparseVariable): TensorVariable {
  if (x.source !== null) return subtensor(x.source, ...pattern.places);
  const { indices, indptr } = pattern;
  const [places, entries] = new MatchEntries().apply(
    indices,
    indptr,
    pattern.shape,
    x.indices,
    x.indptr,
    x.shape,
  ).outputs;
  return addUp(take(x.data, entries, { axis: 0 }), places, subtensor(shape(indices), 0));
}
