/** Shared variables: of arrays, and of sparse matrices. */
import type { NDArrayLike } from "../../array/ndarray.ts";
import { type SharedOptions, type SharedVariable, shared as sharedArray } from "../../graph/shared.ts";
import { SparseMatrix } from "./matrix.ts";
import { matrixOf, requireFormat, SparseVariable } from "./variable.ts";

/** A sparse matrix whose parts are shared variables; updates change these: `[[w.data, next]]`. */
export class SharedSparseVariable extends SparseVariable {
  declare readonly data: SharedVariable;
  declare readonly indices: SharedVariable;
  declare readonly indptr: SharedVariable;
  declare readonly shape: SharedVariable;

  constructor(value: SparseMatrix, options: SharedOptions) {
    const { name, ...rest } = options;
    const part = (suffix: string) => (name === undefined ? {} : { name: `${name}_${suffix}` });
    const parts = {
      data: sharedArray(value.data, { ...rest, ...part("data") }),
      indices: sharedArray(value.indices, part("indices")),
      indptr: sharedArray(value.indptr, part("indptr")),
      shape: sharedArray(Int32Array.from(value.shape), part("shape")),
    };
    super(value.format, parts, { name });
  }

  /** The matrix; a copy of it. */
  getValue(): SparseMatrix {
    const { data, indices, indptr, shape } = this;
    const values = [data, indices, indptr, shape].map((part) => part.getValue());
    return matrixOf(this.format, values);
  }

  /** Sets the matrix. @throws TypeError when it has another format, or a dtype that would lose digits. */
  setValue(value: SparseMatrix): void {
    requireFormat(this, value);
    this.data.setValue(value.data);
    this.indices.setValue(value.indices);
    this.indptr.setValue(value.indptr);
    this.shape.setValue(Int32Array.from(value.shape));
  }
}

/**
 * Makes a shared variable of an array, or of a sparse matrix.
 * @throws TypeError when the value is itself symbolic.
 */
export function shared(value: SparseMatrix, nameOrOptions?: string | SharedOptions): SharedSparseVariable;
export function shared(value: NDArrayLike, nameOrOptions?: string | SharedOptions): SharedVariable;
export function shared(
  value: NDArrayLike | SparseMatrix,
  nameOrOptions: string | SharedOptions = {},
): SharedVariable | SharedSparseVariable {
  if (!(value instanceof SparseMatrix)) return sharedArray(value, nameOrOptions);
  return new SharedSparseVariable(value, typeof nameOrOptions === "string" ? { name: nameOrOptions } : nameOrOptions);
}
