/** What tells how good predictions are. */
import { ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { unique } from "../counting.ts";
import { dimshuffle, transpose } from "../dimshuffle.ts";
import { dot } from "../dot.ts";
import { applyElemwise } from "../elemwise.ts";
import { concatenate } from "../join.ts";

/**
 * How often each class (row) was predicted as each class (column).
 * @returns the int64 matrix, and the classes in the order of its rows and columns: the distinct elements of both vectors.
 * @throws ValueError unless the inputs are vectors.
 */
export function confusionMatrix(actual: TensorLike, pred: TensorLike): [matrix: TensorVariable, order: TensorVariable] {
  const vectors = [asTensor(actual), asTensor(pred)];
  vectors.forEach(({ ndim, type }, i) => {
    if (ndim !== 1) throw new ValueError(`${i === 0 ? "actual" : "pred"} must be 1-d tensor variable, got ${type}`);
  });
  const [order] = unique(concatenate(vectors));
  const [rows, columns] = vectors.map((v) => cast(applyElemwise("eq", dimshuffle(v, [0, "x"]), order), "int64"));
  return [dot(transpose(rows), columns), order];
}
