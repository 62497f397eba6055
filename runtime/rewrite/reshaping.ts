/** Rewrites of reshapes, allocations, joins and broadcast marks: what only moves or repeats data is done last, or not. */
import { constant } from "../graph/constant.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { Alloc } from "../ops/alloc.ts";
import { cast } from "../ops/cast.ts";
import { DimShuffle, type DimShuffleItem, dimshuffle } from "../ops/dimshuffle.ts";
import { applyElemwise, Elemwise, elemwise } from "../ops/elemwise.ts";
import { lengthConstant } from "../ops/infershape.ts";
import { Join } from "../ops/join.ts";
import { Rebroadcast } from "../ops/rebroadcast.ts";
import { CAReduce } from "../ops/reduce.ts";
import { Reshape } from "../ops/reshape.ts";
import { knownNumbers, MakeVector } from "../ops/shapevector.ts";
import { Subtensor } from "../ops/subtensor.ts";
import { conform, ifSameType, inputsOf, numberValue } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";
import { lengthsIn, sameLength } from "./shapes.ts";

/** An allocation that repeats nothing → its value. Lengths that may differ stay, for the call to tell. */
export const localUselessAlloc = nodeRewrite("local_useless_alloc", ["Alloc"], (node, fgraph) => {
  const [value, ...lengths] = node.inputs;
  if (!value.type.equals(node.out.type)) return null;
  const own = lengthsIn(fgraph, value);
  return lengths.every((length, axis) => sameLength(length, own[axis])) ? value : null;
});

/** alloc(alloc(v, m), n, m) → alloc(v, n, m). */
export const localMergeAlloc = nodeRewrite("local_merge_alloc", ["Alloc"], (node) => {
  const [value, ...lengths] = node.inputs;
  if (!(value.owner?.op instanceof Alloc)) return null;
  const [inner, ...innerLengths] = value.owner.inputs;
  const own = lengths.slice(lengths.length - innerLengths.length);
  // An inner length of 1 is repeated by the outer one; any other one must be the same.
  const fits = own.every((length, i) => numberValue(innerLengths[i]) === 1 || sameLength(length, innerLengths[i]));
  return fits ? ifSameType(new Alloc().apply(inner, ...lengths).out, node) : null;
});

/** alloc(dimshuffle(x)) → alloc(x), where the shuffle only adds dimensions on the left. */
export const localAllocDimshuffle = nodeRewrite("local_alloc_dimshuffle", ["Alloc"], (node) => {
  const [value, ...lengths] = node.inputs;
  const { owner } = value;
  if (!(owner?.op instanceof DimShuffle)) return null;
  const [x] = owner.inputs;
  const { order } = owner.op;
  if (order.length < x.ndim) return null;
  const padded = [...Array<DimShuffleItem>(order.length - x.ndim).fill("x"), ...x.type.shape.map((_, i) => i)];
  return order.every((item, i) => item === padded[i]) ? ifSameType(new Alloc().apply(x, ...lengths).out, node) : null;
});

/** dimshuffle(alloc(v, m), x, 0) → alloc(v, 1, m). */
export const localDimshuffleAlloc = nodeRewrite("local_dimshuffle_alloc", ["DimShuffle"], (node) => {
  const [input] = node.inputs;
  const { op } = node;
  if (!(op instanceof DimShuffle) || !(input.owner?.op instanceof Alloc)) return null;
  const [value, ...lengths] = input.owner.inputs;
  const onlyAdds = op.order.filter((item) => item !== "x").every((item, i) => item === i);
  if (!onlyAdds || op.order.at(-1) === "x" || value.ndim > 0) return null;
  const result = new Alloc().apply(
    value,
    ...op.order.map((item) => (item === "x" ? lengthConstant(1) : lengths[item])),
  );
  return ifSameType(result.out, node);
});

/** fill(x, v) → alloc(v, the lengths of x): the values of x are no longer needed. */
export const localFillToAlloc = nodeRewrite("local_fill_to_alloc", [elemwise("second").key], (node, fgraph) => {
  const [model, value] = node.inputs;
  if (value.type.equals(node.out.type)) return value;
  const result = new Alloc().apply(value, ...fillLengths(fgraph, model, value)).out;
  return result.dtype === node.out.dtype ? ifSameType(result, node) : null;
});

function fillLengths(fgraph: FunctionGraph, model: Variable, value: Variable): readonly Variable[] {
  const lengths = lengthsIn(fgraph, model);
  const own = lengthsIn(fgraph, value);
  return lengths.map((length, axis) => (model.type.shape[axis] === 1 ? own[axis] : length));
}

/** f(alloc(v, n)) → alloc(f(v), n), for f of one input. */
export const localAllocUnary = nodeRewrite("local_alloc_unary", ["Elemwise"], (node) => {
  const [input] = node.inputs;
  if (!(node.op instanceof Elemwise) || node.inputs.length !== 1 || !(input.owner?.op instanceof Alloc)) return null;
  const [value, ...lengths] = input.owner.inputs;
  return ifSameType(new Alloc().apply(node.op.apply(value).out, ...lengths).out, node);
});

/** f(x, alloc(v, n)) → f(x, v) where x has the lengths of the result. */
export const localElemwiseAlloc = nodeRewrite("local_elemwise_alloc", ["Elemwise"], (node, fgraph) => {
  const { op, inputs, out } = node;
  if (!(op instanceof Elemwise) || inputs.length < 2) return null;
  const isAlloc = (x: Variable): boolean => x.owner?.op instanceof Alloc;
  const model = inputs.find((x) => !isAlloc(x) && x.type.equals(out.type.with({ dtype: x.dtype })));
  if (model === undefined || !inputs.some(isAlloc)) return null;
  const lengths = lengthsIn(fgraph, model);
  const replaced = inputs.map((x) => {
    if (!(x.owner?.op instanceof Alloc)) return x;
    const [value, ...own] = x.owner.inputs;
    const fits = own.every((length, axis) => x.type.shape[axis] === 1 || sameLength(length, lengths[axis]));
    return fits ? value : x;
  });
  return replaced.every((x, i) => x === inputs[i]) ? null : ifSameType(op.apply(...replaced).out, node);
});

/** sum(alloc(v, n)) → v · n, and so for products, for a scalar v. */
export const localOptAlloc = nodeRewrite("local_opt_alloc", ["Sum", "Prod"], (node) => {
  const { op } = node;
  const [input] = node.inputs;
  if (!(op instanceof CAReduce) || !(input.owner?.op instanceof Alloc)) return null;
  const [value, ...lengths] = input.owner.inputs;
  const axes = op.axes(input.ndim);
  if (value.ndim !== 0 || axes.length === 0) return null;
  const count = axes.map((axis) => lengths[axis]).reduce((a, b) => applyElemwise("mul", a, b));
  const combine = op.family === "Sum" ? "mul" : "pow";
  const total = applyElemwise(combine, value, applyElemwise(`cast_${node.out.dtype}`, count));
  const rest = lengths.filter((_, axis) => !axes.includes(axis));
  const result = rest.length === 0 ? total : new Alloc().apply(total, ...rest).out;
  return conform(result, node.out, []);
});

/** Reshape to the shape it has → the tensor itself. */
export const localUselessReshape = nodeRewrite("local_useless_reshape", ["Reshape"], (node, fgraph) => {
  const [x, wanted] = node.inputs;
  if (x.ndim !== node.out.ndim || !x.type.equals(node.out.type)) return null;
  if (x.ndim === 1 && knownNumbers(wanted)?.[0] === -1) return x;
  const lengths = lengthsIn(fgraph, x);
  const asked = lengthsWanted(wanted, x.ndim);
  if (asked === null) return null;
  const open = asked.filter((length) => numberValue(length) === -1).length;
  return open <= 1 && asked.every((length, i) => numberValue(length) === -1 || sameLength(length, lengths[i]))
    ? x
    : null;
});

function lengthsWanted(wanted: Variable, ndim: number): readonly Variable[] | null {
  if (wanted.owner?.op instanceof MakeVector) return wanted.owner.inputs;
  if (wanted instanceof TensorConstant) return [...wanted.value.elements()].map((n) => lengthConstant(Number(n)));
  return ndim === 0 ? [] : null;
}

/** reshape(reshape(x)) → one. */
export const localReshapeChain = nodeRewrite("local_reshape_chain", ["Reshape"], (node) => {
  const [inner, wanted] = node.inputs;
  if (!(inner.owner?.op instanceof Reshape)) return null;
  return ifSameType(node.op.apply(inner.owner.inputs[0], wanted).out, node);
});

/** A reshape that only adds or takes away dimensions of length 1 → a dimension shuffle. */
export const localReshapeToDimshuffle = nodeRewrite("local_reshape_to_dimshuffle", ["Reshape"], (node, fgraph) => {
  const [x, wanted] = node.inputs;
  const asked = lengthsWanted(wanted, node.out.ndim);
  if (asked === null || asked.some((length) => numberValue(length) === -1)) return null;
  const long = x.type.shape.map((_, axis) => axis).filter((axis) => !x.broadcastable[axis]);
  if (asked.filter((length) => numberValue(length) !== 1).length !== long.length) return null;
  const lengths = lengthsIn(fgraph, x);
  const order = asked.map((length): DimShuffleItem | null => {
    if (numberValue(length) === 1) return "x";
    const axis = long.shift();
    return axis !== undefined && sameLength(length, lengths[axis]) ? axis : null;
  });
  const known = order.filter((item) => item !== null);
  if (known.length !== order.length) return null;
  return ifSameType(dimshuffle(x, known), node);
});

/** reshape(dimshuffle(x)) → reshape(x), where the shuffle only moves dimensions of length 1. */
export const localUselessDimshuffleInReshape = nodeRewrite(
  "local_useless_dimshuffle_in_reshape",
  ["Reshape"],
  (node) => {
    const [shuffled, wanted] = node.inputs;
    const inner = shuffled.owner;
    if (!(inner?.op instanceof DimShuffle)) return null;
    const { order, inputBroadcastable } = inner.op;
    const long = order.filter((item) => item !== "x" && !inputBroadcastable[item]).map(Number);
    if (long.some((axis, i) => i > 0 && axis < long[i - 1])) return null;
    return ifSameType(node.op.apply(inner.inputs[0], wanted).out, node);
  },
);

/** The same of shuffles that later stages brought in. */
export const localReshapeDimshuffle = nodeRewrite("local_reshape_dimshuffle", ["Reshape"], (node, fgraph) =>
  localUselessDimshuffleInReshape.transform(node, fgraph),
);

/** reshape(f(x)) → f(reshape(x)), for f of one input: it meets other computations then. */
export const localReshapeLift = nodeRewrite("local_reshape_lift", ["Reshape"], (node, fgraph) => {
  const [computed, wanted] = node.inputs;
  const inner = computed.owner;
  if (!(inner?.op instanceof Elemwise) || inner.inputs.length !== 1 || fgraph.clients(computed).length > 1) return null;
  return ifSameType(inner.op.apply(node.op.apply(inner.inputs[0], wanted).out).out, node);
});

/** A broadcast mark that the type has already goes. */
export const localUselessRebroadcast = nodeRewrite("local_useless_rebroadcast", ["Rebroadcast"], (node) =>
  ifSameType(node.inputs[0], node),
);

/** rebroadcast(f(x)) → f(rebroadcast(x)), for f of one input; of two marks one. */
export const localRebroadcastLift = nodeRewrite("local_rebroadcast_lift", ["Rebroadcast"], (node, fgraph) => {
  const [marked] = node.inputs;
  const inner = marked.owner;
  if (inner?.op instanceof Elemwise && inner.inputs.length === 1 && fgraph.clients(marked).length === 1)
    return ifSameType(inner.op.apply(node.op.apply(inner.inputs[0]).out).out, node);
  if (!(node.op instanceof Rebroadcast) || !(inner?.op instanceof Rebroadcast)) return null;
  const changes = new Map([...inner.op.changes, ...node.op.changes]);
  return ifSameType(new Rebroadcast(...changes).apply(inner.inputs[0]).out, node);
});

/** join(one tensor) → that tensor. */
export const localJoin1 = nodeRewrite("local_join_1", ["Join"], (node) =>
  node.inputs.length === 2 ? ifSameType(node.inputs[1], node) : null,
);

/** Constants without elements are left out of joins of vectors. */
export const localJoinEmpty = nodeRewrite("local_join_empty", ["Join"], (node) => {
  const [axis, ...tensors] = node.inputs;
  if (!(axis instanceof TensorConstant)) return null;
  const kept = tensors.filter((x) => !(x instanceof TensorConstant && x.value.size === 0 && x.ndim === 1));
  if (kept.length === tensors.length || kept.length === 0) return null;
  return ifSameType(new Join().apply(axis, ...kept).out, node);
});

/** join(0, [a], [b, c]) → [a, b, c], for neighbours. */
export const localJoinMakeVector = nodeRewrite("local_join_make_vector", ["Join"], (node) => {
  const [axis, ...tensors] = node.inputs;
  const merged: Variable[] = [];
  for (const x of tensors) {
    const before = merged.at(-1);
    const [a, b] = [before?.owner, x.owner];
    if (a?.op instanceof MakeVector && b?.op instanceof MakeVector && a.op.equals(b.op))
      merged.splice(-1, 1, a.op.apply(...a.inputs, ...b.inputs).out);
    else merged.push(x);
  }
  if (merged.length === tensors.length) return null;
  return ifSameType(merged.length === 1 ? merged[0] : new Join().apply(axis, ...merged).out, node);
});

/** split into one part → the tensor. */
export const localUselessSplit = nodeRewrite("local_useless_split", ["Split"], (node) =>
  node.outputs.length === 1 && node.inputs[0].type.equals(node.outputs[0].type) ? node.inputs[0] : null,
);

/** dimshuffle(x[0:1]) that drops that dimension → x[0]. */
export const localDimshuffleSubtensor = nodeRewrite("local_dimshuffle_subtensor", ["DimShuffle"], (node) => {
  const [part] = node.inputs;
  const { op } = node;
  if (!(op instanceof DimShuffle) || !(part.owner?.op instanceof Subtensor)) return null;
  const [x, ...positions] = part.owner.inputs;
  // Only parts of dimensions of length 1 that take all of them: the shuffle can look at the tensor itself.
  const untouched = part.owner.op.entries.every(
    (entry, axis) => typeof entry !== "string" && (x.broadcastable[axis] || entry.start === entry.stop),
  );
  if (!untouched || positions.length > 0 || op.dropped.length === 0) return null;
  return ifSameType(dimshuffle(x, op.order), node);
});

/** switch(1, a, b) → a, switch(0, a, b) → b, switch(c, a, a) → a. */
export const localUselessSwitch = nodeRewrite("local_useless_switch", [elemwise("switch").key], (node) => {
  const [condition, yes, no] = node.inputs;
  const known = numberValue(condition);
  const chosen = yes === no ? yes : known === null ? null : known === 0 ? no : yes;
  if (chosen === null) return null;
  return conform(chosen, node.out, node.inputs);
});

/** f(switch(c, a, b), switch(c, d, e)) → switch(c, f(a, d), f(b, e)). */
export const localMergeSwitchSameCond = nodeRewrite("local_merge_switch_same_cond", ["Elemwise"], (node) => {
  const { op, inputs } = node;
  if (!(op instanceof Elemwise) || inputs.length < 2) return null;
  const switches = inputs.map((x) => inputsOf(x, "switch"));
  const [first] = switches;
  if (first === null || op.scalarName === "switch") return null;
  const branches = switches.filter((s) => s !== null && s[0] === first[0]).filter((s) => s !== null);
  if (branches.length !== inputs.length) return null;
  const [yes, no] = [1, 2].map((branch) => op.apply(...branches.map((s, i) => cast(s[branch], inputs[i].dtype))).out);
  return ifSameType(applyElemwise("switch", first[0], yes, no), node);
});

/** Comparisons of lengths with 0, and of integers with themselves. */
export const localUselessElemwiseComparison = nodeRewrite("local_useless_elemwise_comparison", ["Elemwise"], (node) => {
  const { op, inputs } = node;
  if (!(op instanceof Elemwise) || inputs.length !== 2) return null;
  const truth = knownComparison(op.scalarName, inputs);
  if (truth !== null) return conform(constant(Number(truth), null, node.out.dtype), node.out, inputs);
  const [a, b] = inputs;
  const extreme = op.scalarName === "maximum" || op.scalarName === "minimum";
  if (extreme && a === b) return ifSameType(a, node);
  if (!extreme || numberValue(b) !== 0 || !isLength(a)) return null;
  return op.scalarName === "maximum" ? conform(a, node.out, []) : conform(b, node.out, [a]);
});

function knownComparison(name: string, [a, b]: readonly Variable[]): boolean | null {
  const isDiscrete = !a.dtype.startsWith("float") && !a.dtype.startsWith("complex");
  const same = a === b && isDiscrete;
  switch (name) {
    case "lt":
      return same || (isLength(a) && numberValue(b) === 0) ? false : null;
    case "gt":
      return same || (isLength(b) && numberValue(a) === 0) ? false : null;
    case "le":
      return same || (isLength(b) && numberValue(a) === 0) ? true : null;
    case "ge":
      return same || (isLength(a) && numberValue(b) === 0) ? true : null;
    default:
      return null;
  }
}

/** Whether a variable is known to be a length, which is never negative: a `Shape_i`, or sums and products of them. */
function isLength(x: Variable): boolean {
  const name = x.owner?.op;
  if (name === undefined) return x instanceof TensorConstant && (numberValue(x) ?? -1) >= 0;
  if (name.family === "Shape_i") return true;
  if (!(name instanceof Elemwise)) return name instanceof DimShuffle && isLength(x.owner?.inputs[0] ?? x);
  const inputs = x.owner?.inputs ?? [];
  return ["add", "mul", "maximum"].includes(name.scalarName) && inputs.every(isLength);
}

const BOTH = ["canonicalize", "specialize"] as const;
const EARLY = ["useless", ...BOTH] as const;
const FAST = ["fast_run"];

export const RESHAPING: readonly Registration[] = [
  { rewrite: localUselessAlloc, stages: EARLY, tags: FAST },
  { rewrite: localMergeAlloc, stages: EARLY, tags: FAST },
  { rewrite: localFillToAlloc, stages: ["stabilize", "specialize"], tags: FAST },
  { rewrite: localAllocUnary, stages: ["specialize"], tags: FAST },
  { rewrite: localElemwiseAlloc, stages: ["specialize"], tags: FAST },
  { rewrite: localOptAlloc, stages: ["specialize"], tags: FAST },
  { rewrite: localDimshuffleAlloc, stages: ["uncanonicalize"], tags: FAST },
  { rewrite: localAllocDimshuffle, stages: ["uncanonicalize"], tags: FAST },
  { rewrite: localDimshuffleSubtensor, stages: ["uncanonicalize"], tags: FAST },
  { rewrite: localUselessReshape, stages: EARLY, tags: FAST },
  { rewrite: localReshapeChain, stages: ["canonicalize"], tags: FAST },
  { rewrite: localReshapeToDimshuffle, stages: BOTH, tags: FAST },
  { rewrite: localUselessDimshuffleInReshape, stages: ["canonicalize"], tags: FAST },
  { rewrite: localReshapeDimshuffle, stages: ["uncanonicalize"], tags: FAST },
  { rewrite: localReshapeLift, stages: ["canonicalize", "stabilize"], tags: FAST },
  { rewrite: localUselessRebroadcast, stages: EARLY, tags: FAST },
  { rewrite: localRebroadcastLift, stages: BOTH, tags: FAST },
  { rewrite: localJoin1, stages: EARLY, tags: FAST },
  { rewrite: localJoinEmpty, stages: EARLY, tags: FAST },
  { rewrite: localJoinMakeVector, stages: EARLY, tags: FAST },
  { rewrite: localUselessSplit, stages: EARLY, tags: FAST },
  { rewrite: localUselessSwitch, stages: EARLY, tags: [...FAST, "fast_compile"] },
  { rewrite: localMergeSwitchSameCond, stages: BOTH, tags: FAST },
  { rewrite: localUselessElemwiseComparison, stages: EARLY, tags: FAST },
];
