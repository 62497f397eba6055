/** Eigenvalues and eigenvectors. */
import { type DType, upcast } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient } from "../../graph/op.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { identityLike } from "../alloc.ts";
import { cast } from "../cast.ts";
import { diag } from "../diagonal.ts";
import { dimshuffle, transpose } from "../dimshuffle.ts";
import { dot, matrixDot } from "../dot.ts";
import { applyElemwise } from "../elemwise.ts";
import { cholesky } from "./cholesky.ts";
import { type ComplexParts, generalEigen } from "./general.ts";
import { fromDense, MatrixOp, squareInput, toSquare, vectorOf, withoutGradient } from "./matrixop.ts";
import { solveLowerTriangular } from "./solve.ts";
import { symmetricEigen } from "./symmetric.ts";
import { foldedOnto, symmetricFrom } from "./triangles.ts";

/**
 * Eigenvalues and right eigenvectors of a square matrix. As in Theano, the declared dtype is that of the matrix, and the
 * values are complex where eigenvalues are.
 */
export class Eig extends MatrixOp {
  constructor() {
    super("Eig");
  }

  /** @throws AssertionError unless the input is a matrix; ValueError when it is known not to be square. */
  apply(x: TensorLike): Apply {
    const input = squareInput(this, x);
    return new Apply(this, [input], [input.type.with({ shape: [input.type.shape[0]] }), input.type]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const matrix = toSquare(this, x);
    const { values, vectors } = generalEigen(matrix);
    const isReal = values.imaginary.every((part) => part === 0);
    const array = isReal ? realPart : complexArray;
    const { dtype } = node.outputs[0];
    return [array(values, dtype, [matrix.rows]), array(vectors, dtype, [matrix.rows, matrix.rows])];
  }

  override inferShape(_node: Apply, [[n]]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[n], [n, n]];
  }

  override gradient(node: Apply): never {
    throw withoutGradient(node);
  }
}

function realPart({ real }: ComplexParts, dtype: DType, shape: readonly number[]): NDArray {
  return new NDArray(real, "float64", shape).astype(dtype);
}

function complexArray({ real, imaginary }: ComplexParts, dtype: DType, shape: readonly number[]): NDArray {
  const data = new Float64Array(2 * real.length);
  real.forEach((part, i) => {
    data[2 * i] = part;
    data[2 * i + 1] = imaginary[i];
  });
  return new NDArray(data, "complex128", shape).astype(dtype === "float64" ? "complex128" : "complex64");
}

/** Which triangle of a symmetric matrix is read. */
export type Triangle = "L" | "U";

/** Eigenvalues, ascending, and orthonormal eigenvectors of a symmetric matrix, of which one triangle is read. */
export class Eigh extends MatrixOp {
  readonly triangle: Triangle;

  /** @throws ValueError when the triangle is neither "L" nor "U". */
  constructor(triangle: Triangle = "L") {
    if (triangle !== "L" && triangle !== "U") throw new ValueError(`UPLO must be "L" or "U", got ${String(triangle)}.`);
    super("Eigh", { UPLO: triangle });
    this.triangle = triangle;
  }

  /** @throws AssertionError unless the input is a matrix; ValueError when it is known not to be square. */
  apply(x: TensorLike): Apply {
    const input = squareInput(this, x);
    return new Apply(this, [input], [input.type.with({ shape: [input.type.shape[0]] }), input.type]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const { values, vectors } = symmetricEigen(toSquare(this, x), this.triangle === "L");
    const { dtype } = node.outputs[0];
    return [vectorOf(values, dtype), fromDense(vectors, dtype)];
  }

  override inferShape(_node: Apply, [[n]]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[n], [n, n]];
  }

  /**
   * V·(diag(ẇ) + F∘(V̇ᵀ·V))·Vᵀ with F[n, m] = 1/(w[n] - w[m]) beside the diagonal, folded onto the triangle that is
   * read; with equal eigenvalues the vectors have no derivative (M. Giles, Oxford NA report 08/01, section 3.1).
   */
  override gradient(
    node: Apply,
    [ofValues, ofVectors]: readonly (Variable | null)[],
  ): readonly (Variable | NoGradient)[] {
    const [values, vectors] = node.outputs;
    const parts: Variable[] = [];
    if (ofValues !== null) parts.push(diag(ofValues));
    if (ofVectors !== null) parts.push(turns(values, dot(transpose(ofVectors), vectors)));
    if (parts.length === 0) return [DISCONNECTED];
    const middle = parts.reduce((a, b) => applyElemwise("add", a, b));
    return [foldedOnto(matrixDot(vectors, middle, transpose(vectors)), this.triangle === "L")];
  }
}

/** `x` over the differences of eigenvalues beside the diagonal, and zeros on it. */
function turns(values: Variable, x: Variable): Variable {
  const differences = applyElemwise("sub", dimshuffle(values, [0, "x"]), dimshuffle(values, ["x", 0]));
  const onDiagonal = identityLike(x);
  // On the diagonal 0 is divided by 1, so that no infinity gets into gradients of this.
  const beside = applyElemwise("mul", x, applyElemwise("sub", 1, onDiagonal));
  return applyElemwise("true_div", beside, applyElemwise("add", differences, onDiagonal));
}

/** Eigenvalues and right eigenvectors of a square matrix. @throws AssertionError unless it is a matrix. */
export function eig(x: TensorLike): readonly TensorVariable[] {
  return new Eig().apply(x).outputs;
}

export interface EighOptions {
  /** Which triangle is read. */
  readonly UPLO?: Triangle;
}

/** Eigenvalues, ascending, and eigenvectors of a symmetric matrix. @throws AssertionError unless it is a matrix. */
export function eigh(x: TensorLike, { UPLO }: EighOptions = {}): readonly TensorVariable[] {
  return new Eigh(UPLO).apply(x).outputs;
}

export interface EigvalshOptions {
  /** Whether the lower triangles are read, else the upper ones. */
  readonly lower?: boolean;
}

/**
 * The eigenvalues w, ascending, of a symmetric matrix; with `b`, those of the problem A·x = w·B·x for a positive definite
 * B, which is that of L⁻¹·A·L⁻ᵀ with B = L·Lᵀ.
 * @throws AssertionError unless they are matrices. LinAlgError at run time when B is not positive definite.
 */
export function eigvalsh(
  a: TensorLike,
  b: TensorLike | null = null,
  { lower = true }: EigvalshOptions = {},
): TensorVariable {
  if (b === null) return eigh(a, { UPLO: lower ? "L" : "U" })[0];
  const [left, right] = [asTensor(a), asTensor(b)];
  const dtype = upcast(left.dtype, right.dtype);
  const factor = cholesky(cast(right, dtype), { lower });
  const root = lower ? factor : transpose(factor);
  const half = solveLowerTriangular(root, symmetricFrom(cast(left, dtype), lower));
  return eigh(solveLowerTriangular(root, transpose(half)))[0];
}
