/** Symbolic sparse matrices: bundles of tensors, so that graphs hold nothing but tensors. */
import { inspect } from "node:util";
import { type DType, isInteger } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import { resolveDType, type SymbolicDType } from "../../graph/floatx.ts";
import { TensorType } from "../../graph/type.ts";
import { TensorVariable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { type Lengths, lengthVector } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { majorAxis, type SparseFormat, SparseMatrix } from "./matrix.ts";
import { MajorPositions } from "./patterns.ts";

/** The tensors that a sparse matrix consists of; see {@link SparseMatrix}. */
export interface SparseParts {
  readonly data: TensorVariable;
  /** int32 vectors. */
  readonly indices: TensorVariable;
  readonly indptr: TensorVariable;
  /** The numbers of rows and columns: an int32 vector. */
  readonly shape: TensorVariable;
}

/** The names of the parts, in the order in which functions take them. */
export const PART_NAMES = ["data", "indices", "indptr", "shape"] as const satisfies readonly (keyof SparseParts)[];

export interface SparseVariableOptions {
  readonly name?: string | null;
  /** The dense matrix whose elements the entries are, where there is one. */
  readonly source?: TensorVariable | null;
}

/** A symbolic sparse matrix. */
export class SparseVariable implements SparseParts {
  readonly format: SparseFormat;
  readonly data: TensorVariable;
  readonly indices: TensorVariable;
  readonly indptr: TensorVariable;
  readonly shape: TensorVariable;
  readonly name: string | null;
  /**
   * The dense matrix whose elements the entries are, or null. Operations whose result depends on the zeros too read it
   * instead of `data`, so that gradients reach all of its elements.
   */
  readonly source: TensorVariable | null;

  constructor(format: SparseFormat, parts: SparseParts, options: SparseVariableOptions = {}) {
    this.format = format;
    this.data = parts.data;
    this.indices = parts.indices;
    this.indptr = parts.indptr;
    this.shape = parts.shape;
    this.name = options.name ?? null;
    this.source = options.source ?? null;
  }

  get dtype(): DType {
    return this.data.dtype;
  }

  get ndim(): 2 {
    return 2;
  }

  /** The tensors, in the order of {@link PART_NAMES}. */
  get parts(): readonly TensorVariable[] {
    return PART_NAMES.map((name) => this[name]);
  }

  /** The dense matrix whose elements the entries are where there is one, else the vector of entries. */
  get values(): TensorVariable {
    return this.source ?? this.data;
  }

  /** The row and the column of every entry. */
  get places(): readonly [rows: TensorVariable, columns: TensorVariable] {
    const major = new MajorPositions().apply(this.indptr).out;
    return this.format === "csr" ? [major, this.indices] : [this.indices, major];
  }

  /** The number of rows (`axis` 0) or columns (1). */
  length(axis: 0 | 1): TensorVariable {
    return subtensor(this.shape, axis);
  }

  /** How many rows of csr or columns of csc there are. */
  get majorLength(): TensorVariable {
    return this.length(majorAxis(this.format));
  }

  /** Other entries at the same places. */
  withData(data: TensorVariable, options: SparseVariableOptions = {}): SparseVariable {
    return new SparseVariable(this.format, { ...this.#pattern(), data }, options);
  }

  /** The same matrix with other parts in the place of some. */
  with(changes: Partial<SparseParts>, options: SparseVariableOptions = {}): SparseVariable {
    return new SparseVariable(this.format, { ...this.#pattern(), data: this.data, ...changes }, options);
  }

  #pattern(): Omit<SparseParts, "data"> {
    const { indices, indptr, shape } = this;
    return { indices, indptr, shape };
  }

  /** The name, or `SparseVariable{csr,float64}`. */
  toString(): string {
    return this.name ?? `SparseVariable{${this.format},${this.dtype}}`;
  }

  /** What `console.log` prints. */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** What may stand for a sparse matrix. */
export type SparseLike = SparseVariable | SparseMatrix;

/** Whether a value is a sparse matrix, symbolic or not. */
export function isSparse(value: unknown): value is SparseLike {
  return value instanceof SparseVariable || value instanceof SparseMatrix;
}

/**
 * The variable itself, or one whose parts are constants.
 * @throws TypeError for anything else, such as a dense matrix.
 */
export function asSparseVariable(value: SparseLike): SparseVariable {
  if (value instanceof SparseVariable) return value;
  if (!isSparse(value))
    throw new TypeError(
      `Expected a sparse matrix, got ${value}; sparse.csrFromDense and sparse.cscFromDense make one.`,
    );
  const { format, data, indices, indptr, shape } = value;
  return new SparseVariable(format, {
    data: constant(data),
    indices: constant(indices),
    indptr: constant(indptr),
    shape: constant([...shape], null, "int32"),
  });
}

/** Makes an input of a function: its four parts have names of their own, `x_data` and so on. */
export type SparseConstructor = (name?: string, dtype?: SymbolicDType) => SparseVariable;

function input(format: SparseFormat): SparseConstructor {
  return (name, dtype = "floatX") => {
    const part = (suffix: string, type: TensorType) =>
      new TensorVariable(type, name === undefined ? null : `${name}_${suffix}`);
    const positions = TensorType.ofRank("int32", 1);
    return new SparseVariable(
      format,
      {
        data: part("data", TensorType.ofRank(resolveDType(dtype), 1)),
        indices: part("indices", positions),
        indptr: part("indptr", positions),
        shape: part("shape", new TensorType("int32", [2])),
      },
      { name },
    );
  };
}

function ofDType(format: SparseFormat, dtype: DType): (name?: string) => SparseVariable {
  return (name) => input(format)(name, dtype);
}

/** A symbolic csr matrix, of floatX unless said otherwise. */
export const csrMatrix: SparseConstructor = input("csr");
/** A symbolic csc matrix. */
export const cscMatrix: SparseConstructor = input("csc");

/** Every constructor of inputs; those with a letter have the dtype that it stands for in `T.dmatrix`. */
export const sparseConstructors = {
  csrMatrix,
  cscMatrix,
  csrFmatrix: ofDType("csr", "float32"),
  csrDmatrix: ofDType("csr", "float64"),
  cscFmatrix: ofDType("csc", "float32"),
  cscDmatrix: ofDType("csc", "float64"),
};

/** A sparse matrix of its parts. */
export type SparseFromParts = (
  data: TensorLike,
  indices: TensorLike,
  indptr: TensorLike,
  shape: Lengths,
) => SparseVariable;

/**
 * Makes sparse matrices of a format from `data`, `indices`, `indptr` and `shape`, as Theano's `CSM`.
 * @throws TypeError for a part that is no vector, or for positions that are no integers.
 */
export function CSM(format: SparseFormat): SparseFromParts {
  return (data, indices, indptr, shape) =>
    new SparseVariable(format, {
      data: vector("data", asTensor(data)),
      indices: positions("indices", asTensor(indices)),
      indptr: positions("indptr", asTensor(indptr)),
      shape: positions("shape", lengthVector(shape)),
    });
}

function vector(name: string, part: TensorVariable): TensorVariable {
  if (part.ndim !== 1) throw new TypeError(`${name} argument must be a vector; ${part} has the type ${part.type}.`);
  return part;
}

function positions(name: string, part: TensorVariable): TensorVariable {
  if (!isInteger(part.dtype))
    throw new TypeError(`${name} must be vector of integers; ${part} has the type ${part.type}.`);
  return cast(vector(name, part), "int32");
}

/** A csr matrix of its parts. */
export const CSR: SparseFromParts = CSM("csr");
/** A csc matrix of its parts. */
export const CSC: SparseFromParts = CSM("csc");

/** The parts of a sparse matrix; `indices`, `indptr` and `shape` are int32 vectors. */
export const partFunctions = {
  /** All four, in the order `data`, `indices`, `indptr`, `shape`. */
  csmProperties: (x: SparseLike): TensorVariable[] => [...asSparseVariable(x).parts],
  csmData: (x: SparseLike): TensorVariable => asSparseVariable(x).data,
  csmIndices: (x: SparseLike): TensorVariable => asSparseVariable(x).indices,
  csmIndptr: (x: SparseLike): TensorVariable => asSparseVariable(x).indptr,
  csmShape: (x: SparseLike): TensorVariable => asSparseVariable(x).shape,
};

/** @throws TypeError unless `value` is a sparse matrix of the variable's format. */
export function requireFormat(variable: SparseVariable, value: unknown): asserts value is SparseMatrix {
  if (!(value instanceof SparseMatrix))
    throw new TypeError(
      `${variable} takes a SparseMatrix, such as SparseMatrix.fromDense(values, "${variable.format}"), got ${typeof value}.`,
    );
  if (value.format !== variable.format)
    throw new TypeError(`${variable} takes a matrix in the format ${variable.format}, got one in ${value.format}.`);
}

/** The matrix of the values of {@link SparseVariable.parts}. */
export function matrixOf(format: SparseFormat, [data, indices, indptr, shape]: readonly NDArray[]): SparseMatrix {
  return new SparseMatrix(format, data, indices, indptr, [...shape.elements()].map(Number));
}
