/** Inverses, determinants and what is computed from them. */
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient } from "../../graph/op.ts";
import { TensorType } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { identityLike } from "../alloc.ts";
import { extractDiag } from "../diagonal.ts";
import { transpose } from "../dimshuffle.ts";
import { dot, matrixDot } from "../dot.ts";
import { applyElemwise } from "../elemwise.ts";
import { sum } from "../reduce.ts";
import { reshape } from "../reshape.ts";
import { lengthsOf } from "../shapevector.ts";
import { determinant, inverse, product, signAndLogDeterminant, transposed } from "./decompositions.ts";
import { fromDense, MatrixOp, realInput, squareInput, toDense, toSquare } from "./matrixop.ts";
import { singularValues } from "./singular.ts";
import { solve } from "./solve.ts";

/** The inverse of a square matrix; LinAlgError at run time when it is singular. */
export class MatrixInverse extends MatrixOp {
  constructor() {
    super("MatrixInverse");
  }

  /** @throws AssertionError unless the input is a matrix; ValueError when it is known not to be square. */
  apply(x: TensorLike): Apply {
    const input = squareInput(this, x);
    return new Apply(this, [input], [input.type]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [fromDense(inverse(toSquare(this, x)), node.out.dtype)];
  }

  override inferShape(_node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return inputs;
  }

  /** -A⁻ᵀ·G·A⁻ᵀ. */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const flipped = transpose(node.out);
    return [applyElemwise("neg", matrixDot(flipped, g, flipped))];
  }
}

/** Singular values below this share of the largest one count as zero in a pseudo-inverse; NumPy's limit. */
const PSEUDO_INVERSE_LIMIT = 1e-15;

/** The Moore-Penrose pseudo-inverse of a matrix. */
export class MatrixPinv extends MatrixOp {
  constructor() {
    super("MatrixPinv");
  }

  /** @throws AssertionError unless the input is a matrix. */
  apply(x: TensorLike): Apply {
    const input = realInput(this, x, 2);
    return new Apply(this, [input], [input.type.with({ shape: input.type.shape.toReversed() })]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const { left, values, right } = singularValues(toDense(x));
    const limit = PSEUDO_INVERSE_LIMIT * (values[0] ?? 0);
    const scaled = transposed(left);
    scaled.data.forEach((_, at) => {
      const value = values[Math.floor(at / scaled.columns)];
      scaled.data[at] = value > limit ? scaled.data[at] / value : 0;
    });
    return [fromDense(product(transposed(right), scaled), node.out.dtype)];
  }

  override inferShape(
    _node: Apply,
    [[rows, columns]]: readonly (readonly Variable[])[],
  ): readonly (readonly Variable[])[] {
    return [[columns, rows]];
  }

  /** From the differential of the pseudo-inverse (Golub and Pereyra, SIAM J. Numer. Anal. 10, 1973, eq. 4.12). */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const [[x], z] = [node.inputs, node.out];
    const [flippedZ, flippedG] = [transpose(z), transpose(g)];
    const outside = (projection: Variable) => applyElemwise("sub", identityLike(projection), projection);
    const terms = [
      applyElemwise("neg", matrixDot(flippedZ, g, flippedZ)),
      matrixDot(outside(dot(x, z)), flippedG, z, flippedZ),
      matrixDot(flippedZ, z, flippedG, outside(dot(z, x))),
    ];
    return [applyElemwise("add", ...terms)];
  }
}

/** The determinant of a square matrix. */
export class Det extends MatrixOp {
  constructor() {
    super("Det");
  }

  /** @throws AssertionError unless the input is a matrix; ValueError when it is known not to be square. */
  apply(x: TensorLike): Apply {
    const input = squareInput(this, x);
    return new Apply(this, [input], [new TensorType(input.dtype, [])]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [NDArray.scalar(determinant(toSquare(this, x)), node.out.dtype)];
  }

  override inferShape(): readonly (readonly Variable[])[] {
    return [[]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    return [applyElemwise("mul", applyElemwise("mul", g, node.out), transpose(matrixInverse(node.inputs[0])))];
  }
}

/** The sign of a determinant and the logarithm of its absolute value, which neither overflows nor underflows. */
export class SLogDet extends MatrixOp {
  constructor() {
    super("SLogDet");
  }

  /** @throws AssertionError unless the input is a matrix; ValueError when it is known not to be square. */
  apply(x: TensorLike): Apply {
    const input = squareInput(this, x);
    const scalar = new TensorType(input.dtype, []);
    return new Apply(this, [input], [scalar, scalar]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return signAndLogDeterminant(toSquare(this, x)).map((value) => NDArray.scalar(value, node.outputs[0].dtype));
  }

  override inferShape(): readonly (readonly Variable[])[] {
    return [[], []];
  }

  override gradient(node: Apply, [, g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g === null ? DISCONNECTED : applyElemwise("mul", g, transpose(matrixInverse(node.inputs[0])))];
  }
}

/** The inverse of a square matrix. @throws AssertionError unless it is a matrix. LinAlgError at run time when singular. */
export function matrixInverse(x: TensorLike): TensorVariable {
  return new MatrixInverse().apply(x).out;
}

/** The Moore-Penrose pseudo-inverse of a matrix. @throws AssertionError unless it is a matrix. */
export function pinv(x: TensorLike): TensorVariable {
  return new MatrixPinv().apply(x).out;
}

/** The determinant of a square matrix. @throws AssertionError unless it is a matrix. */
export function det(x: TensorLike): TensorVariable {
  return new Det().apply(x).out;
}

/** The sign of the determinant and the logarithm of its absolute value. @throws AssertionError unless it is a matrix. */
export function slogdet(x: TensorLike): readonly TensorVariable[] {
  return new SLogDet().apply(x).outputs;
}

/** The sum of the main diagonal. @throws TypeError unless it is a matrix. */
export function trace(x: TensorLike): TensorVariable {
  return sum(extractDiag(x));
}

/**
 * A square matrix multiplied with itself; 0 gives the identity, and negative powers are those of the inverse.
 * @throws ValueError unless `power` is a whole number.
 */
export function matrixPower(x: TensorLike, power: number): TensorVariable {
  if (!Number.isSafeInteger(power)) throw new ValueError(`matrixPower takes a whole number, got ${power}.`);
  const matrix = asTensor(x);
  if (power === 0) return identityLike(matrix);
  if (power < 0) return matrixPower(matrixInverse(matrix), -power);
  if (power === 1) return matrix;
  const half = matrixPower(matrix, Math.floor(power / 2));
  const square = dot(half, half);
  return power % 2 === 0 ? square : dot(square, matrix);
}

export interface TensorInvOptions {
  /** How many of the first dimensions are the rows. */
  readonly ind?: number;
}

/**
 * The inverse with respect to `tensordot`: the first `ind` dimensions count as the rows of a square matrix, the others
 * as its columns; in the result the columns come first.
 * @throws ValueError unless `ind` leaves dimensions on both sides.
 */
export function tensorinv(x: TensorLike, { ind = 2 }: TensorInvOptions = {}): TensorVariable {
  const input = asTensor(x);
  if (!Number.isInteger(ind) || ind <= 0 || ind > input.ndim)
    throw new ValueError(`Invalid ind argument: tensorinv of ${input} of type ${input.type} with ind=${ind}.`);
  const lengths = lengthsOf(input);
  const matrix = reshape(input, [sizeOfAll(lengths.slice(0, ind)), -1]);
  return reshape(matrixInverse(matrix), [...lengths.slice(ind), ...lengths.slice(0, ind)]);
}

export interface TensorSolveOptions {
  /** Dimensions of the first tensor that are moved to its end before solving. */
  readonly axes?: readonly number[] | null;
}

/**
 * X of `tensordot(a, X, X.ndim) = b`: the first dimensions of `a` are those of `b`, the others those of X.
 * @throws ValueError when `a` has not more dimensions than `b`.
 */
export function tensorsolve(a: TensorLike, b: TensorLike, { axes = null }: TensorSolveOptions = {}): TensorVariable {
  const [given, right] = [asTensor(a), asTensor(b)];
  const moved = (axes ?? []).map((axis) => (axis < 0 ? axis + given.ndim : axis));
  const order = given.type.shape.map((_, axis) => axis).filter((axis) => !moved.includes(axis));
  const left = transpose(given, [...order, ...moved]);
  if (left.ndim <= right.ndim)
    throw new ValueError(
      `tensorsolve needs more dimensions in the first tensor than in the second, got types ${left.type} and ${right.type}.`,
    );
  const unknown = lengthsOf(left).slice(right.ndim);
  const matrix = reshape(left, [-1, sizeOfAll(unknown)]);
  return reshape(solve(matrix, reshape(right, [-1])), unknown);
}

function sizeOfAll(lengths: readonly Variable[]): TensorVariable {
  return asTensor(lengths.reduce((size, length) => applyElemwise("mul", size, length)));
}
