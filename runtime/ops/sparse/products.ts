/** Products in which sparse matrices take part. */
import { isContinuous, isDiscrete, upcast } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { TensorType } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { transpose as transposeDense } from "../dimshuffle.ts";
import { dot as dotDense } from "../dot.ts";
import { zerosLike } from "../elemwise.ts";
import { elementwise } from "../math.ts";
import { lengthsOf, makeVector } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { csrFromDense, denseFromSparse, toFormat, transpose, withValuesOf } from "./convert.ts";
import { float64sOf, positionsOf } from "./dense.ts";
import { rowsOf, type SparseFormat } from "./matrix.ts";
import { PatternOfProduct } from "./patterns.ts";
import { asSparseVariable, isSparse, type SparseLike, SparseVariable } from "./variable.ts";

/**
 * A sparse matrix among the inputs of an op: its entries, or in their place the dense matrix that they are elements of, so
 * that the gradient is dense too; then indices, indptr and shape.
 */
type SparseInputs = readonly [values: Variable, indices: Variable, indptr: Variable, shape: Variable];

function inputsOf(x: SparseVariable, values: Variable = x.data): SparseInputs {
  return [values, x.indices, x.indptr, x.shape];
}

/** The matrix of such inputs. */
function sparseOf(format: SparseFormat, [values, indices, indptr, shape]: readonly Variable[]): SparseVariable {
  const matrix = new SparseVariable(format, { data: values, indices, indptr, shape });
  return values.ndim === 1 ? matrix : withValuesOf(values, matrix);
}

/** The values of such inputs while an op runs, and the row of every entry, or the column where columns are compressed. */
interface Entries {
  readonly values: Float64Array;
  readonly minor: Int32Array;
  readonly starts: Int32Array;
  readonly major: Int32Array;
}

function entriesOf(format: SparseFormat, values: NDArray, indices: NDArray, indptr: NDArray): Entries {
  const starts = positionsOf(indptr);
  const [major, minor] = [rowsOf(starts), positionsOf(indices)];
  const all = float64sOf(values);
  if (values.ndim === 1) return { values: all, minor, starts, major };
  const width = values.shape[1];
  const [rows, columns] = format === "csr" ? [major, minor] : [minor, major];
  return { values: Float64Array.from(major, (_, k) => all[rows[k] * width + columns[k]]), minor, starts, major };
}

/** Several rows of numbers, one after the other in storage. */
function denseOf(values: Float64Array, shape: readonly number[], dtype: Variable["dtype"]): NDArray {
  return new NDArray(values, "float64", shape).astype(dtype);
}

/** No input of these ops but the numbers has a gradient; of integer results all are zeros. */
function integerGradients(node: Apply): readonly (Variable | NoGradient)[] {
  return node.inputs.map((x) => (isContinuous(x.dtype) ? zerosLike(x) : DISCONNECTED));
}

/** Sparse · dense. Inputs: those of a sparse matrix, and a dense matrix. */
export class SparseDenseDot extends Op {
  readonly family = "SparseDenseDot";
  readonly key: string;
  readonly format: SparseFormat;

  constructor(format: SparseFormat) {
    super();
    this.format = format;
    this.key = `SparseDenseDot{${format}}`;
  }

  toString(): string {
    return this.key;
  }

  apply(...inputs: readonly Variable[]): Apply {
    const [values, , , , y] = inputs;
    return new Apply(this, inputs, [new TensorType(upcast(values.dtype, y.dtype), [null, y.type.shape[1]])]);
  }

  /** @throws ValueError when the shapes do not fit. */
  override perform(node: Apply, [values, indices, indptr, shape, y]: readonly NDArray[]): readonly NDArray[] {
    const [rows, inner] = positionsOf(shape);
    const [height, width] = y.shape;
    if (inner !== height)
      throw new ValueError(
        `dimension mismatch: a sparse matrix of (${rows}, ${inner}) times one of (${height}, ${width})`,
      );
    const entries = entriesOf(this.format, values, indices, indptr);
    const [row, column] = this.format === "csr" ? [entries.major, entries.minor] : [entries.minor, entries.major];
    const right = float64sOf(y);
    const result = new Float64Array(rows * width);
    for (let k = 0; k < row.length; k++) {
      const value = entries.values[k];
      const from = column[k] * width;
      const to = row[k] * width;
      for (let j = 0; j < width; j++) result[to + j] += value * right[from + j];
    }
    return [denseOf(result, [rows, width], node.out.dtype)];
  }

  override inferShape(node: Apply, lengths: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[cast(subtensor(node.inputs[3], 0), "int64"), lengths[4][1]]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    if (isDiscrete(node.out.dtype)) return integerGradients(node);
    const [values, indices, indptr, , y] = node.inputs;
    const x = sparseOf(this.format, node.inputs);
    const toValues =
      values.ndim === 2 ? dotDense(g, transposeDense(y)) : new SampledDot(this.format).apply(indices, indptr, g, y).out;
    return [toValues, DISCONNECTED, DISCONNECTED, DISCONNECTED, sparseDot(transpose(x), g)];
  }
}

/** Elements of the product of a dense matrix and the transposed of another, at the places of a pattern. */
export class SampledDot extends Op {
  readonly family = "SampledDot";
  readonly key: string;
  readonly format: SparseFormat;

  constructor(format: SparseFormat) {
    super();
    this.format = format;
    this.key = `SampledDot{${format}}`;
  }

  toString(): string {
    return this.key;
  }

  /** Inputs: indices and indptr of the pattern, and the two matrices. */
  apply(...inputs: readonly Variable[]): Apply {
    const [, , x, y] = inputs;
    return new Apply(this, inputs, [TensorType.ofRank(upcast(x.dtype, y.dtype), 1)]);
  }

  /** @throws ValueError when the shapes do not fit. */
  override perform(node: Apply, [indices, indptr, x, y]: readonly NDArray[]): readonly NDArray[] {
    const width = x.shape[1];
    if (width !== y.shape[1])
      throw new ValueError(`dimension mismatch: rows of (${x.shape.join(", ")}) and of (${y.shape.join(", ")})`);
    const [left, right] = [x, y].map(float64sOf);
    const [major, minor] = [rowsOf(positionsOf(indptr)), positionsOf(indices)];
    const [row, column] = this.format === "csr" ? [major, minor] : [minor, major];
    const result = Float64Array.from(row, (i, k) => {
      const [from, to] = [i * width, column[k] * width];
      let total = 0;
      for (let j = 0; j < width; j++) total += left[from + j] * right[to + j];
      return total;
    });
    return [denseOf(result, [result.length], node.out.dtype)];
  }

  override inferShape(_node: Apply, [indices]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [indices];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    if (isDiscrete(node.out.dtype)) return integerGradients(node);
    const [indices, indptr, x, y] = node.inputs;
    const shape = cast(makeVector([lengthsOf(x)[0], lengthsOf(y)[0]]), "int32");
    const outer = new SparseVariable(this.format, { data: g, indices, indptr, shape });
    return [DISCONNECTED, DISCONNECTED, sparseDot(outer, y), sparseDot(transpose(outer), x)];
  }
}

/** Elements of the product of two csr matrices at the places of a pattern: its indices and indptr, then the two matrices. */
export class SampledSparseDot extends Op {
  readonly family = "SampledSparseDot";
  readonly key = "SampledSparseDot";

  toString(): string {
    return this.key;
  }

  apply(...inputs: readonly Variable[]): Apply {
    const [, , x, , , , y] = inputs;
    return new Apply(this, inputs, [TensorType.ofRank(upcast(x.dtype, y.dtype), 1)]);
  }

  override perform(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [indices, indptr, xValues, xIndices, xIndptr, , yValues, yIndices, yIndptr, yShape] = inputs;
    const [places, starts] = [indices, indptr].map(positionsOf);
    const x = entriesOf("csr", xValues, xIndices, xIndptr);
    const y = entriesOf("csr", yValues, yIndices, yIndptr);
    const row = new Float64Array(positionsOf(yShape)[1]);
    const result = new Float64Array(places.length);
    for (let i = 0; i + 1 < starts.length; i++) {
      if (starts[i] === starts[i + 1]) continue;
      row.fill(0);
      for (let k = x.starts[i]; k < x.starts[i + 1]; k++)
        for (let l = y.starts[x.minor[k]]; l < y.starts[x.minor[k] + 1]; l++)
          row[y.minor[l]] += x.values[k] * y.values[l];
      for (let p = starts[i]; p < starts[i + 1]; p++) result[p] = row[places[p]];
    }
    return [denseOf(result, [result.length], node.out.dtype)];
  }

  override inferShape(_node: Apply, [indices]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [indices];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    if (isDiscrete(node.out.dtype)) return integerGradients(node);
    const [indices, indptr] = node.inputs;
    const x = sparseOf("csr", node.inputs.slice(2, 6));
    const y = sparseOf("csr", node.inputs.slice(6));
    const shape = cast(makeVector([x.length(0), y.length(1)]), "int32");
    const outer = new SparseVariable("csr", { data: g, indices, indptr, shape });
    const none = [DISCONNECTED, DISCONNECTED, DISCONNECTED];
    return [
      DISCONNECTED,
      DISCONNECTED,
      productLike(x, outer, transpose(y)),
      ...none,
      productLike(y, transpose(x), outer),
      ...none,
    ];
  }
}

/** The gradient for a csr factor: a product at its entries, or all of it where the factor was made from a dense matrix. */
function productLike(factor: SparseVariable, x: SparseVariable, y: SparseVariable): TensorVariable {
  if (factor.source !== null) return sparseDot(x, denseFromSparse(y));
  const inputs = [x, y].flatMap((matrix) => inputsOf(toFormat(matrix, "csr")));
  return new SampledSparseDot().apply(factor.indices, factor.indptr, ...inputs).out;
}

function sparseDot(x: SparseVariable, y: Variable, values: Variable = x.data): TensorVariable {
  return new SparseDenseDot(x.format).apply(...inputsOf(x, values), y).out;
}

/** @throws TypeError unless it is a matrix. */
function matrix(name: string, y: TensorLike): TensorVariable {
  const dense = asTensor(y);
  if (dense.ndim !== 2) throw new TypeError(`${name} takes matrices; ${dense} has the type ${dense.type}.`);
  return dense;
}

type MatrixLike = SparseLike | TensorLike;

/** The product of two matrices of which at least one is sparse, with both kinds of gradient. */
function product(name: string, x: MatrixLike, y: MatrixLike, structured: boolean): TensorVariable {
  const values = (factor: SparseVariable) => (structured ? factor.data : factor.values);
  if (isSparse(x)) {
    const left = asSparseVariable(x);
    return sparseDot(left, isSparse(y) ? denseOfFactor(y, structured) : matrix(name, y), values(left));
  }
  if (!isSparse(y)) throw new TypeError(`${name} needs at least one sparse matrix, got ${x} and ${y}.`);
  const turned = transpose(y);
  return transposeDense(sparseDot(turned, transposeDense(matrix(name, x)), values(turned)));
}

function denseOfFactor(x: SparseLike, structured: boolean): TensorVariable {
  const factor = asSparseVariable(x);
  return structured ? denseFromSparse(factor) : (factor.source ?? denseFromSparse(factor));
}

/**
 * The dense product of two matrices of which at least one is sparse. Where a sparse factor was made from a dense matrix,
 * the gradient reaches all of its elements.
 * @throws TypeError when neither is sparse.
 */
export function dot(x: MatrixLike, y: MatrixLike): TensorVariable {
  return product("sparse.dot", x, y, false);
}

/**
 * As {@link dot}, but gradients reach the entries of sparse factors only.
 * @throws TypeError when neither is sparse.
 */
export function structuredDot(x: MatrixLike, y: MatrixLike): TensorVariable {
  return product("sparse.structuredDot", x, y, true);
}

/**
 * The product as a sparse matrix; the format is that of the first factor that is sparse. A dense factor is taken by its
 * elements that are not zero.
 * @throws TypeError when neither is sparse.
 */
export function trueDot(x: MatrixLike, y: MatrixLike): SparseVariable {
  const format = isSparse(x) ? x.format : isSparse(y) ? y.format : null;
  if (format === null) throw new TypeError(`sparse.trueDot needs at least one sparse matrix, got ${x} and ${y}.`);
  const [left, right] = [x, y].map((factor) =>
    isSparse(factor) ? toFormat(factor, "csr") : csrFromDense(matrix("sparse.trueDot", factor)),
  );
  const [indices, indptr] = new PatternOfProduct().apply(
    left.indices,
    left.indptr,
    left.shape,
    right.indices,
    right.indptr,
    right.shape,
  ).outputs;
  const factors = [left, right].flatMap((factor) => inputsOf(factor, factor.values));
  const data = new SampledSparseDot().apply(indices, indptr, ...factors).out;
  const shape = cast(makeVector([left.length(0), right.length(1)]), "int32");
  return toFormat(new SparseVariable("csr", { data, indices, indptr, shape }), format);
}

/** `alpha · x · y + z`, of which `x` or `y` is sparse; with structured gradients. */
export function usmm(alpha: TensorLike, x: MatrixLike, y: MatrixLike, z: TensorLike): TensorVariable {
  return elementwise.add(elementwise.mul(alpha, structuredDot(x, y)), z);
}

/** The product of `x` and the transposed `y`, both dense, at the entries of `p` only, and times these. */
export function samplingDot(x: TensorLike, y: TensorLike, p: SparseLike): SparseVariable {
  const pattern = asSparseVariable(p);
  const [left, right] = [x, y].map((factor) => matrix("sparse.samplingDot", factor));
  const products = new SampledDot(pattern.format).apply(pattern.indices, pattern.indptr, left, right).out;
  return pattern.withData(elementwise.mul(pattern.data, products));
}
