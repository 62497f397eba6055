/** Norms of vectors and matrices, and Kronecker's product. */
import { NotImplementedError, ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { outer } from "../dot.ts";
import { applyElemwise } from "../elemwise.ts";
import { max, min } from "../extremes.ts";
import { sum } from "../reduce.ts";
import { flatten, reshape } from "../reshape.ts";
import { lengthsOf } from "../shapevector.ts";

/** Which norm: a power, `"fro"` (matrices), or the largest (`"inf"`) or smallest (`"-inf"`) absolute value or row sum. */
export type NormOrder = number | "fro" | "inf" | "-inf" | null;

/**
 * The norm of a vector (null: 2) or a matrix (null: Frobenius; 1 and -1: the largest and smallest column sum). The order 0
 * of a vector counts what is not zero. As in Theano, the spectral and the nuclear norm of a matrix are not among them: take
 * them from `svd`.
 * @throws ValueError for a scalar, or an order that there is not; NotImplementedError for more than two dimensions.
 */
export function norm(x: TensorLike, ord: NormOrder = null): TensorVariable {
  const input = asTensor(x);
  switch (input.ndim) {
    case 0:
      throw new ValueError(
        `'axis' entry is out of bounds: norm takes a vector or a matrix, got ${input} of type ${input.type}.`,
      );
    case 1:
      return vectorNorm(input, ord);
    case 2:
      return matrixNorm(input, ord);
    default:
      throw new NotImplementedError(`norm takes at most two dimensions, got ${input} of type ${input.type}.`);
  }
}

function vectorNorm(x: TensorVariable, ord: NormOrder): TensorVariable {
  const sizes = applyElemwise("abs_", x);
  switch (ord) {
    case null:
      return applyElemwise("pow", sum(applyElemwise("pow", x, 2)), 0.5);
    case "inf":
    case Infinity:
      return max(sizes);
    case "-inf":
    case -Infinity:
      return min(sizes);
    case 0:
      return sum(applyElemwise("neq", x, 0), { dtype: "int64" });
    default:
      if (typeof ord !== "number") throw new ValueError(`Invalid norm order for vectors: ${ord}.`);
      return applyElemwise("pow", sum(applyElemwise("abs_", applyElemwise("pow", x, ord))), 1 / ord);
  }
}

function matrixNorm(x: TensorVariable, ord: NormOrder): TensorVariable {
  const sums = (axis: number) => sum(applyElemwise("abs_", x), { axis });
  switch (ord) {
    case null:
    case "fro":
      return applyElemwise("pow", sum(applyElemwise("abs_", applyElemwise("pow", x, 2))), 0.5);
    case "inf":
    case Infinity:
      return max(sums(1));
    case "-inf":
    case -Infinity:
      return min(sums(1));
    case 1:
      return max(sums(0));
    case -1:
      return min(sums(0));
    default:
      throw new ValueError(
        `norm of a matrix has the orders null, "fro", "inf", "-inf", 1 and -1, not ${ord}; svd gives the spectral and the nuclear norm.`,
      );
  }
}

/**
 * Kronecker's product: of matrices, the matrix of blocks `x[i, j]·y`. Of a vector and a matrix it is a vector, as in Theano.
 * @throws TypeError unless the tensors have three dimensions or more together.
 */
export function kron(x: TensorLike, y: TensorLike): TensorVariable {
  const [a, b] = [asTensor(x), asTensor(y)];
  if (a.ndim + b.ndim <= 2)
    throw new TypeError(
      `kron: inputs dimensions must sum to 3 or more. You passed ${a.ndim} and ${b.ndim}: ${a} of type ${a.type} and ${b} of type ${b.type}.`,
    );
  const ndim = a.ndim + b.ndim;
  const lengths = [...lengthsOf(a), ...lengthsOf(b)];
  const products = reshape(outer(a, b), lengths, { ndim });
  if (ndim === 3) return flatten(dimshuffle(products, [1, 0, 2]));
  const rest = Array.from({ length: ndim - 3 }, (_, i) => i + 3);
  const times = (i: number, j: number) => applyElemwise("mul", lengths[i], lengths[j]);
  return reshape(dimshuffle(products, [0, 2, 1, ...rest]), [times(0, 2), times(1, 3)]);
}
