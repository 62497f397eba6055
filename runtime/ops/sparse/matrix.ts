/** Values of sparse matrices, as functions take and give them. */
import { inspect } from "node:util";
import { type DType, readElement } from "../../array/dtype.ts";
import { gatherElements, nonzeroIndices, scatter } from "../../array/gather.ts";
import { NDArray, type NDArrayLike } from "../../array/ndarray.ts";
import { showScalar } from "../../array/show.ts";
import { ValueError } from "../../base/errors.ts";
import { positionsOf, positionVector } from "./dense.ts";

/** Compressed by rows (`csr`) or by columns (`csc`). */
export type SparseFormat = "csr" | "csc";

/** The axis by which a format is compressed: rows of csr, columns of csc. */
export function majorAxis(format: SparseFormat): 0 | 1 {
  return format === "csr" ? 0 : 1;
}

/** The other format. */
export function flipped(format: SparseFormat): SparseFormat {
  return format === "csr" ? "csc" : "csr";
}

/** Where each of `count` rows starts among entries that are ordered by row, and where the last one ends. */
export function startsOf(rows: ArrayLike<number>, count: number): Int32Array<ArrayBuffer> {
  const starts = new Int32Array(count + 1);
  for (let k = 0; k < rows.length; k++) starts[rows[k] + 1]++;
  for (let i = 0; i < count; i++) starts[i + 1] += starts[i];
  return starts;
}

/** The row of every entry, from where the rows start. */
export function rowsOf(starts: Int32Array): Int32Array<ArrayBuffer> {
  const rows = new Int32Array(starts[starts.length - 1] ?? 0);
  for (let i = 0; i + 1 < starts.length; i++) rows.fill(i, starts[i], starts[i + 1]);
  return rows;
}

/** Entries are listed in a text up to this number, as by SciPy. */
const MOST_LISTED = 50;

/**
 * A sparse matrix in the layout of SciPy: row `i` of a csr matrix has the entries `indptr[i]` to `indptr[i + 1] - 1`;
 * entry `k` is `data[k]` in column `indices[k]`. A csc matrix has rows and columns exchanged. Entries at one place add up.
 */
export class SparseMatrix {
  readonly format: SparseFormat;
  readonly data: NDArray;
  /** int32, as is `indptr`. */
  readonly indices: NDArray;
  readonly indptr: NDArray;
  readonly shape: readonly [rows: number, columns: number];

  /**
   * A matrix of its parts, which it does not copy.
   * @throws ValueError when they do not fit together.
   */
  constructor(
    format: SparseFormat,
    data: NDArrayLike,
    indices: NDArrayLike,
    indptr: NDArrayLike,
    shape: readonly number[],
  ) {
    const [rows, columns] = shape;
    this.format = format;
    this.data = NDArray.from(data);
    this.indices = NDArray.from(indices, "int32");
    this.indptr = NDArray.from(indptr, "int32");
    this.shape = [rows, columns];
    checkParts(this, shape);
  }

  /**
   * The entries of a dense matrix that are not zero.
   * @throws ValueError when it is not a matrix.
   */
  static fromDense(value: NDArrayLike, format: SparseFormat = "csr", dtype?: DType): SparseMatrix {
    const dense = NDArray.from(value, dtype).asContiguous();
    if (dense.ndim !== 2) throw new ValueError(`A sparse matrix has two dimensions, got ${dense.ndim}.`);
    const byMajor = format === "csr" ? dense : dense.transpose();
    const [major, minor] = nonzeroIndices(byMajor);
    const [rowStep, columnStep] = byMajor.strides;
    const offsets = Array.from(major, (i, k) => byMajor.offset + i * rowStep + minor[k] * columnStep);
    const data = gatherElements(byMajor, offsets, [offsets.length]);
    return new SparseMatrix(format, data, minor, positionVector(startsOf(major, byMajor.shape[0])), dense.shape);
  }

  get dtype(): DType {
    return this.data.dtype;
  }

  /** The number of entries. */
  get nnz(): number {
    return this.data.size;
  }

  /** The matrix with its zeros. */
  toDense(): NDArray {
    const dense = NDArray.zeros(this.shape, this.dtype);
    const offsets = [...this.#places()].map(([row, column]) => row * this.shape[1] + column);
    scatter(dense, { offsets, shape: [], strides: [] }, this.data.copy(), "add");
    return dense;
  }

  *#places(): Generator<readonly [row: number, column: number]> {
    const major = rowsOf(positionsOf(this.indptr));
    const minor = positionsOf(this.indices);
    for (let k = 0; k < this.nnz; k++) yield this.format === "csr" ? [major[k], minor[k]] : [minor[k], major[k]];
  }

  /** One entry a line, as SciPy prints it. */
  toString(): string {
    const { data, offset } = this.data.asContiguous();
    const lines = [...this.#places()].map(
      ([row, column], k) =>
        `  (${row}, ${column})\t${showScalar(readElement(data, this.dtype, offset + k), this.dtype)}`,
    );
    if (lines.length <= MOST_LISTED) return lines.join("\n");
    return [...lines.slice(0, MOST_LISTED / 2), "  :\t:", ...lines.slice(-MOST_LISTED / 2)].join("\n");
  }

  /** As SciPy's `repr`. */
  repr(): string {
    const order = this.format === "csr" ? "Row" : "Column";
    return `<${this.shape.join("x")} sparse matrix of type '<class 'numpy.${this.dtype}'>'\n\twith ${this.nnz} stored elements in Compressed Sparse ${order} format>`;
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.repr();
  }
}

function checkParts({ format, data, indices, indptr }: SparseMatrix, shape: readonly number[]): void {
  if (shape.length !== 2 || shape.some((length) => !Number.isInteger(length) || length < 0))
    throw new ValueError(`A sparse matrix needs its numbers of rows and columns, got the shape (${shape.join(", ")}).`);
  for (const [name, part] of Object.entries({ data, indices, indptr }))
    if (part.ndim !== 1)
      throw new ValueError(`${name} of a sparse matrix must be a vector, got ${part.ndim} dimensions.`);
  const [major, minor] = format === "csr" ? shape : [shape[1], shape[0]];
  const starts = positionsOf(indptr);
  if (starts.length !== major + 1 || starts[0] !== 0 || starts.some((start, i) => i > 0 && start < starts[i - 1]))
    throw new ValueError(
      `indptr of a ${format} matrix of shape (${shape.join(", ")}) must be ${major + 1} numbers that start at 0 and never fall, got ${indptr}.`,
    );
  const count = starts[major];
  if (data.size !== count || indices.size !== count)
    throw new ValueError(`indptr promises ${count} entries; data has ${data.size} and indices ${indices.size}.`);
  const bad = positionsOf(indices).find((index) => index < 0 || index >= minor);
  if (bad !== undefined)
    throw new ValueError(
      `indices of a ${format} matrix of shape (${shape.join(", ")}) must be below ${minor}, got ${bad}.`,
    );
}
