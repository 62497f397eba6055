/** Rewrites of softmax, its logarithm, and the cross entropies of its rows: computed at once, they neither overflow nor vanish. */
import { isFloat } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { AdvancedSubtensor } from "../ops/advancedindex.ts";
import { Alloc, ARange, zeros } from "../ops/alloc.ts";
import { DimShuffle } from "../ops/dimshuffle.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { Argmax } from "../ops/extremes.ts";
import {
  CrossentropyCategorical1HotGrad,
  CrossentropySoftmaxArgmax1HotWithBias,
  crossentropySoftmax1hotWithBiasDx,
  crossentropySoftmaxArgmax1hotWithBias,
} from "../ops/nnet/onehot.ts";
import { LogSoftmax, logsoftmax, Softmax, SoftmaxWithBias, softmaxWithBias } from "../ops/nnet/softmax.ts";
import { sum } from "../ops/reduce.ts";
import { factorsOf, writeProduct } from "./canonizer.ts";
import { conform, inputsOf, numberValue } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";
import { lengthsIn, sameLength } from "./shapes.ts";

/** What a softmax is taken of: a matrix, and a vector that is added to its rows. */
interface Logits {
  readonly x: Variable;
  readonly b: Variable;
}

/** The logits of a softmax, or null. */
function logitsOf(variable: Variable, fgraph: FunctionGraph): Logits | null {
  const { owner } = variable;
  if (owner?.op instanceof SoftmaxWithBias) return { x: owner.inputs[0], b: owner.inputs[1] };
  if (!(owner?.op instanceof Softmax)) return null;
  const [x] = owner.inputs;
  return withBias(x) ?? { x, b: zeros([lengthsIn(fgraph, x)[1]], { dtype: x.dtype }) };
}

/** A sum of a matrix and vectors that are added to its rows, or null. */
function withBias(sum: Variable): Logits | null {
  const terms = inputsOf(sum, "add") ?? [];
  const vectors = terms.map(biasOf).filter((b) => b !== null);
  const matrices = terms.filter((term) => biasOf(term) === null);
  if (vectors.length === 0 || matrices.length === 0) return null;
  const [x, b] = [matrices, vectors].map((group) => (group.length === 1 ? group[0] : applyElemwise("add", ...group)));
  return x.broadcastable.includes(true) || x.dtype !== sum.dtype || !isFloat(b.dtype) ? null : { x, b };
}

/** log(softmax(x)) → LogSoftmax(x). */
export const localLogsoftmax = nodeRewrite("local_logsoftmax", [elemwise("log").key], (node) => {
  const { owner } = node.inputs[0];
  if (owner?.op instanceof Softmax) return conform(logsoftmax(owner.inputs[0]), node.out, []);
  if (!(owner?.op instanceof SoftmaxWithBias)) return null;
  const [x, b] = owner.inputs;
  return conform(logsoftmax(applyElemwise("add", x, b)), node.out, []);
});

/** SoftmaxGrad(r / s, s) → r − Σ r · s: the gradient of the logarithm of a softmax s, which may have underflowed. */
export const localLogsoftmaxGrad = nodeRewrite("local_logsoftmax_grad", ["SoftmaxGrad"], (node, fgraph) => {
  const [dy, sm] = node.inputs;
  const { above, below } = factorsOf(dy, fgraph);
  const at = below.indexOf(sm);
  if (at < 0 || logitsOf(sm, fgraph) === null) return null;
  const rest = writeProduct({ above, below: below.toSpliced(at, 1) }, node.out, [sm]);
  if (rest === null) return null;
  const total = sum(rest, { axis: 1, keepdims: true });
  return conform(applyElemwise("sub", rest, applyElemwise("mul", total, sm)), node.out, []);
});

/** softmax(x + b) with a vector b → SoftmaxWithBias(x, b). */
export const localSoftmaxWithBias = nodeRewrite("local_softmax_with_bias", ["Softmax"], (node) => {
  const logits = withBias(node.inputs[0]);
  return logits === null ? null : conform(softmaxWithBias(logits.x, logits.b), node.out, []);
});

/** The vector of a term that is added to every row. */
function biasOf(term: Variable): Variable | null {
  const { owner } = term;
  if (!(owner?.op instanceof DimShuffle)) return null;
  const [x] = owner.inputs;
  return x.ndim === 1 && owner.op.order[0] === "x" && owner.op.order[1] === 0 && owner.op.order.length === 2 ? x : null;
}

/** The cross entropy of a softmax at labels → one op that also gives the softmax. */
export const crossentropyToCrossentropyWithSoftmax = nodeRewrite(
  "crossentropy_to_crossentropy_with_softmax_with_bias",
  ["CrossentropyCategorical1Hot"],
  (node, fgraph) => {
    const [coding, labels] = node.inputs;
    const logits = logitsOf(coding, fgraph);
    if (logits === null) return null;
    const [nll] = crossentropySoftmaxArgmax1hotWithBias(logits.x, logits.b, labels);
    return conform(nll, node.out, []);
  },
);

/** A softmax of logits whose cross entropy is computed too → what that op gives of it. */
export const graphMergeSoftmaxWithCrossentropySoftmax = nodeRewrite(
  "graph_merge_softmax_with_crossentropy_softmax",
  ["Softmax", "SoftmaxWithBias"],
  (node, fgraph) => {
    const [x, b = null] = node.inputs;
    const entropies = fgraph.clients(x).map((client) => client.node);
    for (const entropy of entropies) {
      if (entropy === "output" || !(entropy.op instanceof CrossentropySoftmaxArgmax1HotWithBias)) continue;
      const [, bias] = entropy.inputs;
      const isSame = entropy.inputs[0] === x && (b === null ? isZeros(bias) : bias === b);
      if (isSame) return conform(entropy.outputs[1], node.out, []);
    }
    return null;
  },
);

function isZeros(bias: Variable): boolean {
  return numberValue(bias.owner?.op instanceof Alloc ? bias.owner.inputs[0] : bias) === 0;
}

/** SoftmaxGrad(the gradient of the cross entropy at labels) → one op, without the division by what may have underflowed. */
export const localSoftmaxGradToCrossentropyWithSoftmaxGrad = nodeRewrite(
  "local_softmax_grad_to_crossentropy_with_softmax_grad",
  ["SoftmaxGrad"],
  (node) => {
    const [dy, sm] = node.inputs;
    const grad = dy.owner;
    if (!(grad?.op instanceof CrossentropyCategorical1HotGrad) || grad.inputs[1] !== sm) return null;
    return conform(crossentropySoftmax1hotWithBiasDx(grad.inputs[0], sm, grad.inputs[2]), node.out, []);
  },
);

/** log(softmax(x))[arange(n), y] → the cross entropy op. */
export const localAdvancedIndexingCrossentropyOnehot = nodeRewrite(
  "local_advanced_indexing_crossentropy_onehot",
  ["AdvancedSubtensor"],
  (node, fgraph) => {
    const [log, rows, labels] = node.inputs;
    if (!(node.op instanceof AdvancedSubtensor) || !(log.owner?.op instanceof LogSoftmax)) return null;
    if (node.inputs.length !== 3 || !labels.dtype.startsWith("int") || labels.ndim !== 1) return null;
    const [x] = log.owner.inputs;
    if (!countsRows(rows, labels, x, fgraph)) return null;
    const [nll] = crossentropySoftmaxArgmax1hotWithBias(
      x,
      zeros([lengthsIn(fgraph, x)[1]], { dtype: x.dtype }),
      labels,
    );
    return conform(applyElemwise("neg", nll), node.out, []);
  },
);

/** Whether positions are 0, 1, 2, … up to the number of labels, or of rows. */
function countsRows(rows: Variable, labels: Variable, x: Variable, fgraph: FunctionGraph): boolean {
  const { owner } = rows;
  if (!(owner?.op instanceof ARange)) return false;
  const [start, stop, step] = owner.inputs;
  const ends = [lengthsIn(fgraph, labels)[0], lengthsIn(fgraph, x)[0]];
  return numberValue(start) === 0 && numberValue(step) === 1 && ends.some((end) => sameLength(stop, end));
}

/** argmax(softmax(x)) → argmax(x): the order stays. */
export const localArgmaxPushdown = nodeRewrite("local_argmax_pushdown", ["Argmax"], (node: Apply) => {
  const { owner } = node.inputs[0];
  if (!(node.op instanceof Argmax) || node.op.axes.length !== 1 || node.op.axes[0] !== 1) return null;
  const monotone = owner?.op instanceof Softmax || owner?.op instanceof LogSoftmax;
  return monotone && owner !== null ? node.op.apply(owner.inputs[0]).out : null;
});

/** The gradient of a cross entropy with one slope for all rows → that slope instead of a vector of it. */
export const localUselessCrossentropyDxAlloc = nodeRewrite(
  "local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc",
  ["CrossentropySoftmax1HotWithBiasDx"],
  (node, fgraph) => {
    const [dy, sm, labels] = node.inputs;
    if (!(dy.owner?.op instanceof Alloc)) return null;
    const [slope, rows] = dy.owner.inputs;
    if (slope.broadcastable.includes(false) || !sameLength(rows, lengthsIn(fgraph, sm)[0])) return null;
    return conform(crossentropySoftmax1hotWithBiasDx(slope, sm, labels), node.out, []);
  },
);

const STAGES = ["stabilize", "specialize"] as const;

export const SOFTMAXES: readonly Registration[] = [
  { rewrite: localLogsoftmax, stages: STAGES, tags: ["fast_run", "fast_compile"] },
  { rewrite: localLogsoftmaxGrad, stages: STAGES, tags: ["fast_run"] },
  { rewrite: localSoftmaxWithBias, stages: STAGES, tags: ["fast_run", "fast_compile"] },
  { rewrite: crossentropyToCrossentropyWithSoftmax, stages: STAGES, tags: ["fast_run", "fast_compile"] },
  {
    rewrite: graphMergeSoftmaxWithCrossentropySoftmax,
    stages: ["specialize"],
    tags: ["fast_run", "fast_compile"],
  },
  { rewrite: localSoftmaxGradToCrossentropyWithSoftmaxGrad, stages: STAGES, tags: ["fast_run", "fast_compile"] },
  { rewrite: localAdvancedIndexingCrossentropyOnehot, stages: ["specialize"], tags: ["fast_run"] },
  { rewrite: localUselessCrossentropyDxAlloc, stages: ["specialize"], tags: ["fast_run"] },
  { rewrite: localArgmaxPushdown, stages: ["specialize"], tags: ["fast_run"] },
];
