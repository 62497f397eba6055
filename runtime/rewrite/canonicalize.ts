/** Rewrites of the stage `canonicalize`, which bring graphs into one form; the canonizers have a file of their own. */
import { type DType, dtypeInfo, isFloat } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import { floatX } from "../graph/floatx.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { cast } from "../ops/cast.ts";
import { DimShuffle, type DimShuffleItem, dimshuffle } from "../ops/dimshuffle.ts";
import { applyElemwise, Elemwise, elemwise } from "../ops/elemwise.ts";
import { conform, scalarConstant, scalarNameOf, scalarValue } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

/** DimShuffle(f(x, y)) → f(DimShuffle(x), DimShuffle(y)); of two DimShuffles one; none where it changes nothing. */
export const localDimshuffleLift = nodeRewrite("local_dimshuffle_lift", ["DimShuffle"], (node, fgraph) => {
  const { op } = node;
  if (!(op instanceof DimShuffle)) return null;
  const [input] = node.inputs;
  const inner = input.owner;
  if (inner?.op instanceof Elemwise && fgraph.clients(input).length === 1)
    return inner.op.apply(...inner.inputs.map((x) => shuffled(x, op.order))).out;
  const result = shuffled(input, op.order);
  return result === input || inner?.op instanceof DimShuffle ? result : null;
});

/** `input` shuffled by `order`, by one DimShuffle in all, or none where nothing changes. */
export function shuffled(input: Variable, order: readonly DimShuffleItem[]): Variable {
  const inner = input.owner;
  if (!(inner?.op instanceof DimShuffle)) return dimshuffle(input, order);
  const { order: innerOrder } = inner.op;
  return dimshuffle(
    inner.inputs[0],
    order.map((item) => (item === "x" ? item : innerOrder[item])),
  );
}

/** f(fill(a, b), c) → fill(a, f(b, c)): values are computed first, and filled as late as possible. */
export const localFillSink = nodeRewrite("local_fill_sink", ["Elemwise"], (node) => {
  const { op } = node;
  if (!(op instanceof Elemwise) || op.scalar.name === "second") return null;
  const models = node.inputs
    .filter(isFill)
    .map((fill) => fill.owner?.inputs[0])
    .filter((model) => model !== undefined);
  if (models.length === 0) return null;
  const values = node.inputs.map((input) => (isFill(input) ? (input.owner?.inputs[1] ?? input) : input));
  return conform(op.apply(...values).out, node.out, models);
});

function isFill(variable: Variable): boolean {
  return scalarNameOf(variable.owner) === "second";
}

/** −x → −1 · x, so that the product canonizer sees the sign. Unsigned integers have no −1. */
export const localNegToMul = nodeRewrite("local_neg_to_mul", [elemwise("neg").key], (node) => {
  const [x] = node.inputs;
  const { kind } = dtypeInfo(x.dtype);
  if (kind === "uint" || kind === "bool") return null;
  return conform(applyElemwise("mul", scalarConstant(-1, x.dtype), x), node.out, []);
});

/** Constants of a narrower dtype than the result are cast once, while compiling. */
export const localUpcastElemwiseConstantInputs = nodeRewrite(
  "local_upcast_elemwise_constant_inputs",
  ["Elemwise"],
  (node) => {
    const { op, out } = node;
    if (!(op instanceof Elemwise) || op.scalar.arity === 3 || !computesIn(op, node, out.dtype)) return null;
    const inputs = node.inputs.map((x) => (x.dtype === out.dtype ? x : upcastConstant(x, out.dtype)));
    return inputs.every((x, i) => x === node.inputs[i]) ? null : conform(op.apply(...inputs).out, out, []);
  },
);

/** Whether the op casts all of its inputs to `dtype` anyway. */
function computesIn(op: Elemwise, node: Apply, dtype: DType): boolean {
  const signature = op.scalar.types(
    node.inputs.map((x) => x.dtype),
    floatX(),
  );
  return typeof signature !== "string" && signature.inputs.every((input) => input === dtype);
}

function upcastConstant(x: Variable, dtype: DType): Variable {
  const value = x instanceof TensorConstant ? scalarValue(x) : null;
  if (value === null) return x;
  const added = x.type.shape.map((): DimShuffleItem => "x");
  return dimshuffle(scalarConstant(value, dtype), added);
}

/** cast(cast(x, A), B) → cast(x, B) where A loses nothing. */
export const localCastCast = nodeRewrite("local_cast_cast", ["Elemwise"], (node) => {
  const [inner] = node.inputs;
  if (!isCast(node) || inner.owner === null || !isCast(inner.owner)) return null;
  const [base] = inner.owner.inputs;
  if (inner.dtype === node.out.dtype) return inner;
  return holdsExactly(base.dtype, inner.dtype) ? cast(base, node.out.dtype) : null;
});

function isCast(node: Apply): boolean {
  return scalarNameOf(node)?.startsWith("cast_") ?? false;
}

/** Bits of integers that a float holds exactly. */
const MANTISSA_BITS: Readonly<Partial<Record<DType, number>>> = { float32: 24, float64: 53 };

/** Whether every value of `from` is one of `to` too. */
function holdsExactly(from: DType, to: DType): boolean {
  const [a, b] = [dtypeInfo(from), dtypeInfo(to)];
  if (from === to || a.kind === "bool") return true;
  if (b.kind === "bool") return false;
  if (isFloat(to)) return isFloat(from) ? a.bytes <= b.bytes : 8 * a.bytes <= (MANTISSA_BITS[to] ?? 0);
  if (isFloat(from)) return false;
  return a.kind === b.kind ? a.bytes <= b.bytes : a.kind === "uint" && a.bytes < b.bytes;
}

const FAST = ["fast_run"];

export const CANONICALIZE: readonly Registration[] = [
  { rewrite: localDimshuffleLift, stages: ["canonicalize", "specialize"], tags: FAST },
  { rewrite: localFillSink, stages: ["canonicalize"], tags: FAST },
  { rewrite: localUpcastElemwiseConstantInputs, stages: ["canonicalize"], tags: FAST },
  { rewrite: localCastCast, stages: ["canonicalize", "specialize"], tags: FAST },
  { rewrite: localNegToMul, stages: ["canonicalize"], tags: FAST },
];
