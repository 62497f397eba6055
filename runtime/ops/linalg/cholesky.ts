/** The Cholesky factorization. */
import { NDArray } from "../../array/ndarray.ts";
import { LinAlgError, ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import type { TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient } from "../../graph/op.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { transpose } from "../dimshuffle.ts";
import { dot } from "../dot.ts";
import { applyElemwise } from "../elemwise.ts";
import { any } from "../reduce.ts";
import { cholesky as factorize, transposed } from "./decompositions.ts";

import { fromDense, MatrixOp, squareInput, toSquare } from "./matrixop.ts";
import { solveUpperTriangular } from "./solve.ts";
import { foldedOnto, halfTriangle } from "./triangles.ts";

/** What happens when a matrix is not positive definite: LinAlgError, or a result of NaN. */
export type CholeskyFailure = "raise" | "nan";

/** The triangular L of L·Lᵀ = A (lower), or U of Uᵀ·U = A. Only that triangle of A is read. */
export class Cholesky extends MatrixOp {
  readonly isLower: boolean;
  readonly onError: CholeskyFailure;

  /** @throws ValueError when `onError` is neither "raise" nor "nan". */
  constructor(lower = true, onError: CholeskyFailure = "raise") {
    if (onError !== "raise" && onError !== "nan")
      throw new ValueError(`on_error must be one of "raise" or "nan", got ${String(onError)}.`);
    super("Cholesky", { lower, destructive: false, on_error: onError });
    this.isLower = lower;
    this.onError = onError;
  }

  /** @throws AssertionError unless the input is a matrix; ValueError when it is known not to be square. */
  apply(x: TensorLike): Apply {
    const input = squareInput(this, x);
    return new Apply(this, [input], [input.type]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const a = toSquare(this, x);
    try {
      const factor = this.isLower ? factorize(a) : transposed(factorize(transposed(a)));
      return [fromDense(factor, node.out.dtype)];
    } catch (error) {
      if (this.onError === "raise" || !(error instanceof LinAlgError)) throw error;
      return [NDArray.full(x.shape, Number.NaN, node.out.dtype)];
    }
  }

  override inferShape(_node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return inputs;
  }

  /** I. Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527, section 3: S = L⁻ᵀ·Φ(Lᵀ·G)·L⁻¹. */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const failed = any(applyElemwise("isnan", node.out));
    // The systems below must have a solution even where there is no factor.
    const guarded = (x: Variable, otherwise: TensorLike) =>
      this.onError === "nan" ? applyElemwise("switch", failed, otherwise, x) : x;
    const oriented = (x: Variable) => (this.isLower ? x : transpose(x));
    const upper = transpose(oriented(guarded(node.out, 1)));
    const inner = halfTriangle(dot(upper, oriented(guarded(g, 1))));
    const s = solveUpperTriangular(upper, transpose(solveUpperTriangular(upper, transpose(inner))));
    return [guarded(foldedOnto(s, this.isLower), Number.NaN)];
  }
}

export interface CholeskyOptions {
  /** Whether the result, and what is read, is the lower triangle. */
  readonly lower?: boolean;
  readonly onError?: CholeskyFailure;
}

/**
 * The Cholesky factor of a symmetric positive definite matrix. LinAlgError at run time for others, unless `onError` is
 * "nan".
 * @throws AssertionError unless it is a matrix; ValueError for another `onError`.
 */
export function cholesky(x: TensorLike, { lower, onError }: CholeskyOptions = {}): TensorVariable {
  return new Cholesky(lower, onError).apply(x).out;
}
