/** Rewrites of reductions: over fewer dimensions, of fewer elements, or none at all. */
import { isDiscrete, isFloat } from "../array/dtype.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { DimShuffle, dimshuffle } from "../ops/dimshuffle.ts";
import { dot } from "../ops/dot.ts";
import { applyElemwise } from "../ops/elemwise.ts";
import { Join } from "../ops/join.ts";
import { elementwise } from "../ops/math.ts";
import { CAReduce } from "../ops/reduce.ts";
import { shuffled } from "./canonicalize.ts";
import { conform, ifSameType, inputsOf, numberValue, scalarConstant } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

const { neg, sqr } = elementwise;

/** The families of `CAReduce`. */
const REDUCTIONS: readonly string[] = ["Sum", "Prod", "All", "Any", "CAReduce"];

/** A reduction over no dimensions → its input. */
export const localUselessReduce = nodeRewrite("local_useless_reduce", REDUCTIONS, (node) => {
  const { op, inputs } = node;
  return op instanceof CAReduce && op.axes(inputs[0].ndim).length === 0 ? ifSameType(inputs[0], node) : null;
});

/** A reduction over dimensions of length 1 only → a dimension shuffle. */
export const localReduceBroadcastable = nodeRewrite("local_reduce_broadcastable", REDUCTIONS, (node) => {
  const { op, inputs } = node;
  const [x] = inputs;
  if (!(op instanceof CAReduce)) return null;
  const axes = op.axes(x.ndim);
  if (axes.length === 0 || !axes.every((axis) => x.broadcastable[axis])) return null;
  const kept = x.type.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return ifSameType(dimshuffle(x, kept), node);
});

/** A reduction over all dimensions by number → over all. */
export const localSumProdAllToNone = nodeRewrite("local_sum_prod_all_to_none", ["Sum", "Prod"], (node) => {
  const { op, inputs } = node;
  if (!(op instanceof CAReduce) || op.parameters.axis === null || op.parameters.axis.length !== inputs[0].ndim)
    return null;
  return new CAReduce({ ...op.parameters, axis: null }).apply(inputs[0]).out;
});

/** Sum(Sum(x)) → Sum(x) over the dimensions of both, and so for the other reductions, where the dtypes agree. */
export const localOpOfOp = nodeRewrite("local_op_of_op", REDUCTIONS, (node, fgraph) => {
  const [outer, inner] = [node.op, node.inputs[0].owner];
  if (!(outer instanceof CAReduce) || !(inner?.op instanceof CAReduce) || fgraph.clients(node.inputs[0]).length > 1)
    return null;
  const [a, b] = [outer.parameters, inner.op.parameters];
  if (a.scalar !== b.scalar || a.dtype !== b.dtype || a.accDtype !== b.accDtype) return null;
  const [x] = inner.inputs;
  const innerAxes = inner.op.axes(x.ndim);
  const left = x.type.shape.map((_, axis) => axis).filter((axis) => !innerAxes.includes(axis));
  const outerAxes = outer.axes(left.length).map((axis) => left[axis]);
  const axis = [...innerAxes, ...outerAxes].sort((m, n) => m - n);
  return new CAReduce({ ...a, axis: axis.length === x.ndim ? null : axis }).apply(x).out;
});

/**
 * Sum(c · x) → c · Sum(x) and Sum(−x) → −Sum(x), for floats and a finite constant c other than 0: with c infinite, a sum
 * of mixed signs would change from NaN to infinity.
 */
export const localSumProdMulByScalar = nodeRewrite("local_sum_prod_mul_by_scalar", ["Sum"], (node, fgraph) => {
  const { op, inputs, out } = node;
  const [summed] = inputs;
  if (!(op instanceof CAReduce) || isDiscrete(summed.dtype) || summed.dtype !== out.dtype) return null;
  if (fgraph.clients(summed).length > 1) return null;
  const negated = inputsOf(summed, "neg");
  if (negated !== null) return conform(neg(op.apply(negated[0]).out), out, []);
  const factors = inputsOf(summed, "mul") ?? [];
  const constants = factors.filter(isFiniteFactor);
  const others = factors.filter((factor) => !isFiniteFactor(factor));
  if (constants.length === 0 || others.length === 0) return null;
  const rest = conform(others.length === 1 ? others[0] : applyElemwise("mul", ...others), summed, []);
  if (rest === null) return null;
  const scale = constants.map((factor) => numberValue(factor) ?? 1).reduce((a, b) => a * b, 1);
  return conform(applyElemwise("mul", scalarConstant(scale, out.dtype), op.apply(rest).out), out, []);
});

function isFiniteFactor(factor: Variable): boolean {
  const value = numberValue(factor);
  return value !== null && value !== 0 && Number.isFinite(value);
}

/** The quotient of a sum whose divisor is the same along all dimensions that are summed. */
function quotientOf(summed: Variable, axes: readonly number[], fgraph: FunctionGraph) {
  const [above, below] = inputsOf(summed, "true_div") ?? [];
  if (above === undefined || fgraph.clients(summed).length > 1 || !isFloat(summed.dtype)) return null;
  const isConstantAlong = axes.every((axis) => below.broadcastable[axis] && !above.broadcastable[axis]);
  const isStretched = above.type.shape.some((_, axis) => above.broadcastable[axis] && !below.broadcastable[axis]);
  return axes.length > 0 && isConstantAlong && !isStretched && above.dtype === summed.dtype ? { above, below } : null;
}

function divideSum(name: string, divides: (divisor: Variable) => boolean) {
  return nodeRewrite(name, ["Sum"], (node, fgraph) => {
    const { op, inputs, out } = node;
    if (!(op instanceof CAReduce)) return null;
    const axes = op.axes(inputs[0].ndim);
    const quotient = quotientOf(inputs[0], axes, fgraph);
    if (quotient === null || !divides(quotient.below)) return null;
    const kept = inputs[0].type.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const divisor = dimshuffle(quotient.below, kept);
    return conform(applyElemwise("true_div", op.apply(quotient.above).out, divisor), out, []);
  });
}

/**
 * Sum(a / b) → Sum(a) / b, where b is the same for all terms and is never 0: 2/0 − 1/0 is NaN, and (2 − 1)/0 is not.
 */
export const localSumProdDivDimshuffle = divideSum("local_sum_prod_div_dimshuffle", isNeverZero);
/** The same for every b. */
export const localSumDivByAny = divideSum("local_sum_div_by_any", () => true);

/** Whether every element is known to be other than 0: 1 + exp(x), cosh(x), and what is made of them. */
function isNeverZero(variable: Variable): boolean {
  const { owner } = variable;
  if (owner?.op instanceof DimShuffle) return isNeverZero(owner.inputs[0]);
  const value = numberValue(variable);
  if (value !== null) return value !== 0;
  if (inputsOf(variable, "cosh") !== null) return true;
  const inner = inputsOf(variable, "sqrt") ?? inputsOf(variable, "neg");
  if (inner !== null) return isNeverZero(inner[0]);
  const terms = inputsOf(variable, "add") ?? [];
  return terms.some((term) => (numberValue(term) ?? 0) > 0) && terms.every(isNeverNegative);
}

/** Whether every element is known to be 0, positive, or NaN. */
function isNeverNegative(variable: Variable): boolean {
  const { owner } = variable;
  if (owner?.op instanceof DimShuffle) return isNeverNegative(owner.inputs[0]);
  const value = numberValue(variable);
  if (value !== null) return value >= 0;
  if (
    (["exp", "sqr", "sqrt", "sigmoid", "softplus", "cosh"] as const).some((name) => inputsOf(variable, name) !== null)
  )
    return isFloat(variable.dtype);
  return inputsOf(variable, "abs_") !== null && isFloat(variable.dtype);
}

const COMBINED = { add: "add", mul: "mul", maximum: "maximum", minimum: "minimum" } as const;

/** A reduction over what was joined there, each of length 1 → an elementwise op: sum([x, y, z]) → x + y + z. */
export const localReduceJoin = nodeRewrite("local_reduce_join", ["Sum", "Prod", "CAReduce"], (node, fgraph) => {
  const { op, inputs, out } = node;
  const { owner } = inputs[0];
  if (!(op instanceof CAReduce) || !(owner?.op instanceof Join) || fgraph.clients(inputs[0]).length > 1) return null;
  const { scalar, accDtype } = op.parameters;
  if (scalar === "and_" || scalar === "or_") return null;
  const [along, ...parts] = owner.inputs;
  const at = numberValue(along);
  const axes = op.axes(inputs[0].ndim);
  if (at === null || axes.length !== 1 || axes[0] !== (at < 0 ? at + inputs[0].ndim : at)) return null;
  const [axis] = axes;
  const isOne = parts.every((part) => part.broadcastable[axis] && part.dtype === out.dtype && alike(part, parts[0]));
  // What is accumulated with more digits is rounded once: so is the sum of two.
  const sameRounding = accDtype === null || accDtype === out.dtype || parts.length === 2;
  if (!isOne || !sameRounding || parts.length < 2) return null;
  const kept = parts[0].type.shape.map((_, k) => k).filter((k) => k !== axis);
  const flat = parts.map((part) => shuffled(part, kept));
  const combined =
    scalar === "add" || scalar === "mul"
      ? applyElemwise(scalar, ...flat)
      : flat.reduce((a, b) => applyElemwise(COMBINED[scalar], a, b));
  return conform(combined, out, []);
});

/** Whether the same dimensions of two tensors stretch: a join does not stretch them. */
function alike(a: Variable, b: Variable): boolean {
  return a.type.equals(b.type);
}

/** Σ over m and n of (W[m, n] · G[b, n])² → G² · Σ W² over m: nothing of three dimensions is made. */
export const localSumsqr2dot = nodeRewrite("local_sumsqr2dot", ["Sum"], (node) => {
  const { op, inputs, out } = node;
  if (!(op instanceof CAReduce) || inputs[0].ndim !== 3 || op.axes(3).join() !== "1,2") return null;
  const [product] = inputsOf(inputs[0], "sqr") ?? [];
  const factors = product === undefined ? null : inputsOf(product, "mul");
  if (factors?.length !== 2) return null;
  const weights = factors.find((factor) => shuffledAs(factor, ["x", 0, 1]) !== null);
  const slopes = factors.find((factor) => shuffledAs(factor, [0, "x", 1]) !== null);
  const w = weights === undefined ? null : shuffledAs(weights, ["x", 0, 1]);
  const g = slopes === undefined ? null : shuffledAs(slopes, [0, "x", 1]);
  if (w === null || g === null || w.dtype !== out.dtype || g.dtype !== out.dtype) return null;
  const total = new CAReduce({ ...op.parameters, axis: [0] }).apply(sqr(w)).out;
  return conform(dot(sqr(g), total), out, []);
});

/** The input of the shuffle of this order that a variable comes from, or null. */
function shuffledAs({ owner }: Variable, order: readonly (number | "x")[]): Variable | null {
  if (!(owner?.op instanceof DimShuffle)) return null;
  return owner.op.order.join() === order.join() ? owner.inputs[0] : null;
}

const FAST = ["fast_run"];

export const REDUCTION_REWRITES: readonly Registration[] = [
  { rewrite: localUselessReduce, stages: ["useless", "canonicalize"], tags: FAST },
  { rewrite: localReduceBroadcastable, stages: ["canonicalize"], tags: FAST },
  { rewrite: localSumProdAllToNone, stages: ["canonicalize"], tags: FAST },
  { rewrite: localReduceJoin, stages: ["canonicalize", "specialize", "uncanonicalize"], tags: FAST },
  { rewrite: localOpOfOp, stages: ["canonicalize", "specialize"], tags: FAST },
  { rewrite: localSumProdMulByScalar, stages: ["specialize"], tags: FAST },
  { rewrite: localSumProdDivDimshuffle, stages: ["specialize"], tags: FAST },
  // Where a factor is infinite and the other one 0, or squares overflow, the value is another one.
  { rewrite: localSumsqr2dot, stages: ["specialize"], tags: ["unsafe"] },
  { rewrite: localSumDivByAny, stages: ["specialize"], tags: ["unsafe"] },
];
