/** Cross entropies. */
import { ValueError } from "../../base/errors.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { zerosLike } from "../alloc.ts";
import { applyElemwise } from "../elemwise.ts";
import { maxAndArgmax } from "../extremes.ts";
import { sum } from "../reduce.ts";
import { subtensor } from "../subtensor.ts";
import { crossentropyCategorical1hot, crossentropySoftmaxArgmax1hotWithBias } from "./onehot.ts";

/**
 * The cross entropy of each element: `-(target·log(output) + (1 - target)·log(1 - output))`, with probabilities strictly
 * between 0 and 1 in `output`. Of a sigmoid, {@link sigmoidBinaryCrossentropy} is the stable form.
 */
export function binaryCrossentropy(output: TensorLike, target: TensorLike): TensorVariable {
  const one = constant(1, null, "float32");
  const hit = applyElemwise("mul", target, applyElemwise("log", output));
  const miss = applyElemwise(
    "mul",
    applyElemwise("sub", one, target),
    applyElemwise("log", applyElemwise("sub", one, output)),
  );
  return applyElemwise("neg", applyElemwise("add", hit, miss));
}

/** The binary cross entropy of `sigmoid(output)`: finite and exact to the last bits for every finite `output`. */
export function sigmoidBinaryCrossentropy(output: TensorLike, target: TensorLike): TensorVariable {
  return applyElemwise("sigmoid_binary_crossentropy", output, target);
}

/**
 * The cross entropy of each row of `codingDist`, which holds probabilities: with `trueDist` of the same rank,
 * `-Σ true·log(coding)` over the last dimension; with a vector of labels, minus the logarithm at each row's label.
 * @throws TypeError when the ranks do not match, or the labels are not int32 or int64.
 */
export function categoricalCrossentropy(codingDist: TensorLike, trueDist: TensorLike): TensorVariable {
  const coding = asTensor(codingDist);
  const target = asTensor(trueDist);
  if (target.ndim === coding.ndim - 1) return crossentropyCategorical1hot(coding, target);
  if (target.ndim !== coding.ndim)
    throw new TypeError(
      `rank mismatch between coding and true distributions: ${coding} has type ${coding.type}, ${target} has type ${target.type}.`,
    );
  const terms = applyElemwise("mul", target, applyElemwise("log", coding));
  return applyElemwise("neg", sum(terms, { axis: coding.ndim - 1 }));
}

/** The cross entropy of each row's softmax at its label, and the softmax, of `x + b`. */
export function crossentropySoftmax1hotWithBias(
  x: TensorLike,
  b: TensorLike,
  y: TensorLike,
): [nll: TensorVariable, softmax: TensorVariable] {
  const [nll, softmax] = crossentropySoftmaxArgmax1hotWithBias(x, b, y);
  return [nll, softmax];
}

/** As {@link crossentropySoftmax1hotWithBias}, of `x` alone. */
export function crossentropySoftmax1hot(x: TensorLike, y: TensorLike): [nll: TensorVariable, softmax: TensorVariable] {
  return crossentropySoftmax1hotWithBias(x, noBias(x), y);
}

/**
 * The cross entropy of each row's softmax at its label, the softmax, its largest probability and the position of that,
 * of `x + b`.
 */
export function crossentropySoftmaxMaxAndArgmax1hotWithBias(
  x: TensorLike,
  b: TensorLike,
  y: TensorLike,
): [nll: TensorVariable, softmax: TensorVariable, max: TensorVariable, argmax: TensorVariable] {
  const [nll, softmax] = crossentropySoftmax1hotWithBias(x, b, y);
  return [nll, softmax, ...maxAndArgmax(softmax, { axis: -1 })];
}

/** As {@link crossentropySoftmaxMaxAndArgmax1hotWithBias}, of `x` alone. */
export function crossentropySoftmaxMaxAndArgmax1hot(
  x: TensorLike,
  y: TensorLike,
): [nll: TensorVariable, softmax: TensorVariable, max: TensorVariable, argmax: TensorVariable] {
  return crossentropySoftmaxMaxAndArgmax1hotWithBias(x, noBias(x), y);
}

/** @throws ValueError unless the value is a matrix. */
function noBias(x: TensorLike): TensorVariable {
  const matrix = asTensor(x);
  if (matrix.ndim !== 2) throw new ValueError(`x must be 2-d tensor of floats. Got ${matrix.type}.`);
  return zerosLike(subtensor(matrix, 0, {}));
}
