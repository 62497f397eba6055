/** Rewrites by the laws of algebra: functions undo each other, 0 and 1 absorb or go, transposes and signs move inwards. */
import { isDiscrete, isFloat } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { Alloc } from "../ops/alloc.ts";
import { DimShuffle, transpose } from "../ops/dimshuffle.ts";
import { Dot, dot } from "../ops/dot.ts";
import { applyElemwise, elemwise, zerosLike } from "../ops/elemwise.ts";
import type { ScalarOpName } from "../scalar/table.ts";
import { conform, ifSameType, inputsOf, numberValue, scalarConstant, scalarNameOf } from "./inspect.ts";
import { type NodeRewrite, nodeRewrite, type Registration } from "./rewrite.ts";
import { lengthsIn, sameLength } from "./shapes.ts";

type Pairs = readonly (readonly [outer: ScalarOpName, inner: ScalarOpName])[];

/** Functions that undo others for every number, so that at most a value that was lost in between comes back. */
const INVERSES: Pairs = [
  ["neg", "neg"],
  ["inv", "inv"],
  ["conj", "conj"],
  ["deg2rad", "rad2deg"],
  ["rad2deg", "deg2rad"],
  ["sinh", "arcsinh"],
  ["arcsinh", "sinh"],
  ["arctanh", "tanh"],
];

/** Functions that undo others only where those are defined; outside of it NaN would become a number. */
const INVERSES_WHERE_DEFINED: Pairs = [
  ["cosh", "arccosh"],
  ["tanh", "arctanh"],
];

function undo(name: string, pairs: Pairs): NodeRewrite {
  const tracks = pairs.map(([outer]) => elemwise(outer).key);
  return nodeRewrite(name, tracks, (node) => {
    const outer = scalarNameOf(node);
    const inner = node.inputs[0].owner;
    if (!pairs.some((pair) => pair[0] === outer && pair[1] === scalarNameOf(inner))) return null;
    return inner === null ? null : ifSameType(inner.inputs[0], node);
  });
}

/** f(f⁻¹(x)) → x. */
export const localFuncInv = undo("local_func_inv", INVERSES);
/** cosh(arccosh(x)) → x, also for x < 1, and tanh(arctanh(x)) → x. */
export const localFuncInvWhereDefined = undo("local_func_inv_where_defined", INVERSES_WHERE_DEFINED);

/** x ** 1 → x and x ** 0 → 1. */
export const localPowCanonicalize = nodeRewrite("local_pow_canonicalize", [elemwise("pow").key], (node) => {
  const [x, exponent] = node.inputs;
  switch (numberValue(exponent)) {
    case 1:
      return conform(x, node.out, node.inputs);
    case 0:
      return conform(scalarConstant(1, node.out.dtype), node.out, node.inputs);
    default:
      return null;
  }
});

/** x // 1 → x for integers; of floats it takes the fraction away. */
export const localIntdivByOne = nodeRewrite("local_intdiv_by_one", [elemwise("int_div").key], (node) => {
  const [x, divisor] = node.inputs;
  return isDiscrete(node.out.dtype) && numberValue(divisor) === 1 ? conform(x, node.out, node.inputs) : null;
});

/** A node with a 0 among some of its inputs → 0, where the dtype `permits` it. */
function absorbZero(
  name: string,
  ops: readonly ScalarOpName[],
  permits: (node: Apply) => boolean,
  factorsOf: (node: Apply) => readonly Variable[],
): NodeRewrite {
  const tracks = ops.map((op) => elemwise(op).key);
  return nodeRewrite(name, tracks, (node) => {
    if (!permits(node) || !factorsOf(node).some((x) => numberValue(x) === 0)) return null;
    return conform(scalarConstant(0, node.out.dtype), node.out, node.inputs);
  });
}

const ofIntegers = ({ inputs, out }: Apply): boolean =>
  isDiscrete(out.dtype) && inputs.every((x) => isDiscrete(x.dtype));
const ofFloats = (node: Apply): boolean => !ofIntegers(node);
const all = ({ inputs }: Apply): readonly Variable[] => inputs;
const dividend = ({ inputs }: Apply): readonly Variable[] => inputs.slice(0, 1);

/** 0 · x → 0 for integers; for floats x may be NaN or infinite. */
export const localMulZero = absorbZero("local_mul_zero", ["mul"], ofIntegers, all);
/** 0 · x → 0 for all dtypes. */
export const localMulZeroOfFloats = absorbZero("local_mul_zero_of_floats", ["mul"], ofFloats, all);
/** 0 // x → 0 for integers, of which 0 // 0 is 0; 0 / 0 is NaN. */
export const localZeroDiv = absorbZero("local_zero_div", ["int_div"], ofIntegers, dividend);
/** 0 / x → 0 for all dtypes. */
export const localZeroDivOfFloats = absorbZero("local_zero_div_of_floats", ["int_div", "true_div"], ofFloats, dividend);

function zeroProduct(name: string, permits: (dtype: Variable["dtype"]) => boolean): NodeRewrite {
  return nodeRewrite(name, ["Dot"], (node, fgraph) => {
    const { inputs, out } = node;
    if (!permits(out.dtype) || !inputs.some(isZeros) || !fits(inputs, fgraph)) return null;
    const zero = scalarConstant(0, out.dtype);
    return ifSameType(out.ndim === 0 ? zero : new Alloc().apply(zero, ...lengthsIn(fgraph, out)).out, node);
  });
}

function isZeros(x: Variable): boolean {
  return numberValue(x.owner?.op instanceof Alloc ? x.owner.inputs[0] : x) === 0;
}

/** Whether the lengths that a product sums over are known to be the same: else the call has to tell. */
function fits([x, y]: readonly Variable[], fgraph: FunctionGraph): boolean {
  return sameLength(lengthsIn(fgraph, x)[x.ndim - 1], lengthsIn(fgraph, y)[0]);
}

/** dot(0, x) → 0 for integers. */
export const local0DotX = zeroProduct("local_0_dot_x", isDiscrete);
/** dot(0, x) → 0 for floats, also where x is NaN or infinite. */
export const local0DotXOfFloats = zeroProduct("local_0_dot_x_of_floats", isFloat);

/** x − x → 0, also at infinity and NaN. */
export const localElemwiseSubZeros = nodeRewrite("local_elemwise_sub_zeros", [elemwise("sub").key], (node) => {
  const [x, y] = node.inputs;
  return x === y ? conform(zerosLike(x), node.out, node.inputs) : null;
});

/** (x · y)ᵀ → yᵀ · xᵀ: transposes meet, and go. */
export const localLiftTransposeThroughDot = nodeRewrite(
  "local_lift_transpose_through_dot",
  ["DimShuffle"],
  (node, fgraph) => {
    const [product] = node.inputs;
    const { owner } = product;
    if (!(node.op instanceof DimShuffle) || node.op.order.join() !== "1,0" || !(owner?.op instanceof Dot)) return null;
    const [x, y] = owner.inputs;
    if (x.ndim !== 2 || y.ndim !== 2 || fgraph.clients(product).length > 1) return null;
    return ifSameType(dot(transpose(y), transpose(x)), node);
  },
);

/** |x · y| → |x| · |y| and |x / y| → |x| / |y|, for floats: integers may wrap around. */
export const localAbsLift = nodeRewrite("local_abs_lift", [elemwise("abs_").key], (node) => {
  const [x] = node.inputs;
  const name = inputsOf(x, "mul") !== null ? "mul" : "true_div";
  const factors = inputsOf(x, name);
  if (factors === null || factors.some((factor) => factor.dtype !== node.out.dtype) || !isFloat(x.dtype)) return null;
  return ifSameType(applyElemwise(name, ...factors.map((factor) => applyElemwise("abs_", factor))), node);
});

/** |x| · |y| → |x · y| and |x| / |y| → |x / y|, also with factors that are no negative constants. */
export const localAbsMerge = nodeRewrite("local_abs_merge", [elemwise("mul").key, elemwise("true_div").key], (node) => {
  const name = scalarNameOf(node);
  const inner = node.inputs.map((factor) => inputsOf(factor, "abs_")?.[0] ?? null);
  const merged = node.inputs.map((factor, i) => inner[i] ?? factor);
  const fitting = merged.every(
    (factor, i) => factor.dtype === node.out.dtype && (inner[i] !== null || (numberValue(factor) ?? -1) >= 0),
  );
  if (name === null || !isFloat(node.out.dtype) || !fitting || inner.filter((x) => x !== null).length < 2) return null;
  return ifSameType(applyElemwise("abs_", applyElemwise(name, ...merged)), node);
});

const BOTH = ["canonicalize", "specialize"] as const;
const FAST = ["fast_run"];
const UNSAFE = ["unsafe"];

export const ALGEBRA: readonly Registration[] = [
  { rewrite: localFuncInv, stages: BOTH, tags: FAST },
  { rewrite: localFuncInvWhereDefined, stages: BOTH, tags: UNSAFE },
  { rewrite: localPowCanonicalize, stages: ["canonicalize"], tags: FAST },
  { rewrite: localIntdivByOne, stages: BOTH, tags: FAST },
  { rewrite: localMulZero, stages: ["canonicalize"], tags: FAST },
  { rewrite: localMulZeroOfFloats, stages: ["canonicalize"], tags: UNSAFE },
  { rewrite: localZeroDiv, stages: BOTH, tags: FAST },
  { rewrite: localZeroDivOfFloats, stages: BOTH, tags: UNSAFE },
  { rewrite: local0DotX, stages: ["canonicalize"], tags: FAST },
  { rewrite: local0DotXOfFloats, stages: ["canonicalize"], tags: UNSAFE },
  { rewrite: localElemwiseSubZeros, stages: BOTH, tags: UNSAFE },
  { rewrite: localLiftTransposeThroughDot, stages: ["canonicalize"], tags: FAST },
  { rewrite: localAbsLift, stages: ["canonicalize"], tags: FAST },
  { rewrite: localAbsMerge, stages: ["specialize"], tags: FAST },
];
