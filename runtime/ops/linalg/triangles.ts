/** Symmetric matrices and the triangles that stand for them. */
import type { TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { diag, diagonal, tril, triu } from "../diagonal.ts";
import { transpose } from "../dimshuffle.ts";
import { applyElemwise } from "../elemwise.ts";

/** The lower (else upper) triangle with half of the diagonal: X of X + Xᵀ = A for a symmetric A. */
export function halfTriangle(x: TensorLike, lower = true): TensorVariable {
  const half = applyElemwise("true_div", diagonal(x), 2);
  return applyElemwise("sub", lower ? tril(x) : triu(x), diag(half));
}

/** The symmetric matrix whose lower (else upper) triangle is that of `x`. */
export function symmetricFrom(x: TensorLike, lower = true): TensorVariable {
  const half = halfTriangle(x, lower);
  return applyElemwise("add", half, transpose(half));
}

/**
 * What counts of the derivative with respect to a symmetric matrix of which one triangle is read: an element beside the
 * diagonal is read for its mirror image too, and so counts twice.
 */
export function foldedOnto(x: TensorLike, lower = true): TensorVariable {
  return halfTriangle(applyElemwise("add", x, transpose(x)), lower);
}
