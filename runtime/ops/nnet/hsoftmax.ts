/** The hierarchical softmax of two layers, after Goodman, "Classes for Fast Maximum Entropy Training" (2001). */
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { arange, zeros } from "../alloc.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { dot, tensordot } from "../dot.ts";
import { applyElemwise } from "../elemwise.ts";
import { flatten, reshape } from "../reshape.ts";
import { subtensor } from "../subtensor.ts";
import { sparseBlockDot } from "./blocksparse.ts";
import { softmax } from "./softmax.ts";

const add = (a: TensorLike, b: TensorLike) => applyElemwise("add", a, b);
const mul = (a: TensorLike, b: TensorLike) => applyElemwise("mul", a, b);

/**
 * Probabilities of outputs as those of their class times those within the class; output `k` is number
 * `k mod nOutputsPerClass` of class `k div nOutputsPerClass`.
 *
 * Shapes: x (batchSize, features), W1 (features, nClasses), b1 (nClasses), W2 (nClasses, features, nOutputsPerClass),
 * b2 (nClasses, nOutputsPerClass). `nClasses·nOutputsPerClass` is at least `nOutputs`; what is beyond is dropped.
 * @param target the output of each example. Only its probability is computed then, at a cost of the order of
 *   `nClasses + nOutputsPerClass`.
 * @returns probabilities of shape (batchSize, nOutputs), or (batchSize) with a target.
 */
export function hSoftmax(
  x: TensorLike,
  batchSize: TensorLike,
  nOutputs: number,
  nClasses: TensorLike,
  nOutputsPerClass: TensorLike,
  W1: TensorLike,
  b1: TensorLike,
  W2: TensorLike,
  b2: TensorLike,
  target: TensorLike | null = null,
): TensorVariable {
  const classes = softmax(add(dot(x, W1), b1));
  if (target === null) {
    const activations = add(tensordot(x, W2, [[1], [1]]), b2);
    const within = reshape(softmax(reshape(activations, [-1, nOutputsPerClass])), [batchSize, nClasses, -1]);
    const outputs = mul(dimshuffle(classes, [0, 1, "x"]), within);
    return subtensor(reshape(outputs, [batchSize, -1]), {}, { stop: nOutputs });
  }
  const labels = flatten(asTensor(target));
  const labelClasses = applyElemwise("int_div", labels, nOutputsPerClass);
  const activations = sparseBlockDot(
    dimshuffle(W2, ["x", 0, 1, 2]),
    dimshuffle(x, [0, "x", 1]),
    zeros([batchSize, 1], { dtype: "int32" }),
    b2,
    dimshuffle(labelClasses, [0, "x"]),
  );
  const within = softmax(dimshuffle(subtensor(activations, {}, 0), [0, 1]));
  const examples = arange(batchSize);
  const labelWithin = applyElemwise("mod", labels, nOutputsPerClass);
  return mul(subtensor(classes, examples, labelClasses), subtensor(within, examples, labelWithin));
}
