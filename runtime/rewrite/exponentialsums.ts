/** Sums of exponentials: their logarithms and shares, relative to the largest exponent, so that nothing overflows. */

import type { Variable } from "../graph/variable.ts";
import { DimShuffle, type DimShuffleItem, dimshuffle } from "../ops/dimshuffle.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { slice } from "../ops/indexing.ts";
import { logsumexp } from "../ops/logsumexp.ts";
import { elementwise } from "../ops/math.ts";
import { softmax } from "../ops/nnet/softmax.ts";
import { CAReduce, prod } from "../ops/reduce.ts";
import { reshape } from "../ops/reshape.ts";
import { shape } from "../ops/shapevector.ts";
import { subtensor } from "../ops/subtensor.ts";
import { productTerms, writeProduct } from "./canonizer.ts";
import { asFloat, conform, inputsOf } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

const { abs_, add, maximum, neg, softplus, sub } = elementwise;

/** log(exp(x) + exp(y) + …) → the largest one + log of the sum of exponentials relative to it, two at a time. */
export const localLogAdd = nodeRewrite("local_log_add", [elemwise("log").key], (node) => {
  const terms = inputsOf(node.inputs[0], "add") ?? [];
  const exponents = terms.map((term) => inputsOf(term, "exp")?.[0]).filter((x) => x !== undefined);
  if (exponents.length < 2 || exponents.length !== terms.length) return null;
  return conform(exponents.map(asFloat).reduce(logAddOfTwo), node.out, terms);
});

/** max + log(1 + exp(−|x − y|)); equal arguments, infinite ones too, by themselves: x + log 2. */
function logAddOfTwo(x: Variable, y: Variable): Variable {
  const apart = add(maximum(x, y), softplus(neg(abs_(sub(x, y)))));
  return applyElemwise("switch", applyElemwise("eq", x, y), add(x, Math.LN2), apart);
}

/** A sum of exponentials along some dimensions, which may have been put back with length 1. */
interface ExponentialSum {
  readonly x: Variable;
  readonly axes: readonly number[];
  readonly keepsDims: boolean;
}

function exponentialSum(variable: Variable): ExponentialSum | null {
  const shuffle = variable.owner;
  const isShuffled = shuffle?.op instanceof DimShuffle;
  const reduction = isShuffled ? shuffle.inputs[0].owner : shuffle;
  if (reduction === null || !(reduction.op instanceof CAReduce) || reduction.op.family !== "Sum") return null;
  const [x] = inputsOf(reduction.inputs[0], "exp") ?? [];
  if (x === undefined) return null;
  const axes = reduction.op.axes(x.ndim);
  const keepsDims = isShuffled && shuffle.op instanceof DimShuffle && sameOrder(shuffle.op.order, keptOrder(x, axes));
  return isShuffled && !keepsDims ? null : { x, axes, keepsDims };
}

/** The shuffle that puts reduced dimensions back with length 1. */
function keptOrder(x: Variable, axes: readonly number[]): readonly DimShuffleItem[] {
  let next = 0;
  return x.type.shape.map((_, axis) => (axes.includes(axis) ? "x" : next++));
}

function sameOrder(a: readonly DimShuffleItem[], b: readonly DimShuffleItem[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** log(Σ exp(x)) → LogSumExp. */
export const localLogSumExp = nodeRewrite("local_log_sum_exp", [elemwise("log").key], (node) => {
  const found = exponentialSum(node.inputs[0]);
  return found === null ? null : conform(logSumExp(found), node.out, []);
});

function logSumExp({ x, axes, keepsDims }: ExponentialSum): Variable {
  return logsumexp(asFloat(x), { axis: axes, keepdims: keepsDims });
}

/** exp(x) / Σ exp(x) → the softmax of x: of rows by the op of this name, else relative to the largest x. */
export const softmaxSimplifier = nodeRewrite(
  "softmax_simplifier",
  [elemwise("mul").key, elemwise("true_div").key],
  (node, fgraph) => {
    const terms = productTerms(node, fgraph);
    for (const [i, divisor] of terms?.below.entries() ?? []) {
      const found = exponentialSum(divisor);
      if (terms === null || found === null || !stretchesBack(found)) continue;
      const at = terms.above.findIndex((factor) => inputsOf(factor, "exp")?.[0] === found.x);
      if (at < 0) continue;
      const simpler = { above: terms.above.with(at, shares(found)), below: terms.below.toSpliced(i, 1) };
      return writeProduct(simpler, node.out, node.inputs);
    }
    return null;
  },
);

/** Whether the sum stretches over the dimensions that it was taken along. */
function stretchesBack({ x, axes, keepsDims }: ExponentialSum): boolean {
  return keepsDims || axes.length === x.ndim;
}

function shares({ x: exponents, axes }: ExponentialSum): Variable {
  const x = asFloat(exponents);
  if (x.ndim === 2 && axes.length === 1 && axes[0] === 1) return softmax(x);
  // Relative to the largest exponent, not to the logarithm of the sum, which rounds more.
  const kept = x.type.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = dimshuffle(x, order);
  const rows = reshape(moved, [prod(subtensor(shape(moved), slice(0, kept.length))), -1], { ndim: 2 });
  const back = order.map((_, axis) => order.indexOf(axis));
  return dimshuffle(reshape(softmax(rows), shape(moved), { ndim: x.ndim }), back);
}

export const EXPONENTIAL_SUMS: readonly Registration[] = [
  { rewrite: localLogAdd, stages: ["stabilize", "specialize"], tags: ["fast_run"] },
  { rewrite: localLogSumExp, stages: ["stabilize", "specialize"], tags: ["fast_run"] },
  { rewrite: softmaxSimplifier, stages: ["canonicalize", "stabilize"], tags: ["fast_run"] },
];
