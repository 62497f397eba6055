/** Rewrites of setting and adding to parts of tensors. */
import type { Apply } from "../graph/apply.ts";
import type { Variable } from "../graph/variable.ts";
import { AdvancedIncSubtensor1 } from "../ops/advanced.ts";
import { Alloc } from "../ops/alloc.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { IncSubtensor } from "../ops/incsubtensor.ts";
import { Subtensor } from "../ops/subtensor.ts";
import { areDistinct, sameEntries, samePosition } from "./indexing.ts";
import { conform, inputsOf, numberValue } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

const INCREMENTS = ["IncSubtensor", "AdvancedIncSubtensor1"];

/** inc(x[i], 0) → x. */
export const localIncsubtensorOfZeros = nodeRewrite("local_incsubtensor_of_zeros", INCREMENTS, (node) => {
  const [x, y] = node.inputs;
  return modeOf(node) === "inc" && numberValue(y) === 0 && x.type.equals(node.out.type) ? x : null;
});

function modeOf({ op }: Apply): "set" | "inc" | null {
  return op instanceof IncSubtensor || op instanceof AdvancedIncSubtensor1 ? op.mode : null;
}

/** inc(0[i], y) → set(0[i], y): nothing has to be read. By a vector of positions only where none stands twice. */
export const localIncsubtensorOfZerosToSetsubtensor = nodeRewrite(
  "local_incsubtensor_of_zeros_to_setsubtensor",
  INCREMENTS,
  (node) => {
    const { op } = node;
    const [x] = node.inputs;
    if (modeOf(node) !== "inc" || !isZeros(x)) return null;
    if (op instanceof IncSubtensor) return new IncSubtensor(op.entries, "set").apply(...inputsFor(node)).out;
    return areDistinct(node.inputs[2])
      ? new AdvancedIncSubtensor1("set").apply(x, node.inputs[1], node.inputs[2]).out
      : null;
  },
);

function inputsFor({ inputs }: Apply): [Variable, Variable, ...Variable[]] {
  const [x, y, ...positions] = inputs;
  return [x, y, ...positions];
}

function isZeros(x: Variable): boolean {
  return numberValue(x.owner?.op instanceof Alloc ? x.owner.inputs[0] : x) === 0;
}

/** set(x[i], c) where x is c everywhere → x. */
export const localSetsubtensorOfConstants = nodeRewrite("local_setsubtensor_of_constants", ["IncSubtensor"], (node) => {
  if (modeOf(node) !== "set") return null;
  const [x, y] = node.inputs;
  const value = numberValue(x.owner?.op instanceof Alloc ? x.owner.inputs[0] : x);
  return value !== null && Object.is(value, numberValue(y)) && x.type.equals(node.out.type) ? x : null;
});

/** set(x[i], x[i] + y) → inc(x[i], y). */
export const localSetToIncSubtensor = nodeRewrite("local_set_to_inc_subtensor", INCREMENTS, (node) => {
  const { op } = node;
  const [x, values, ...positions] = node.inputs;
  const terms = inputsOf(values, "add");
  if (modeOf(node) !== "set" || terms?.length !== 2) return null;
  const at = terms.findIndex((term) => isPartOf(term, x, op, positions));
  if (at < 0) return null;
  const other = terms[1 - at];
  if (op instanceof IncSubtensor) return new IncSubtensor(op.entries, "inc").apply(x, other, ...positions).out;
  return areDistinct(positions[0]) ? new AdvancedIncSubtensor1("inc").apply(x, other, positions[0]).out : null;
});

function isPartOf(part: Variable, x: Variable, op: Apply["op"], positions: readonly Variable[]): boolean {
  const reads = part.owner;
  if (reads === null || reads.inputs[0] !== x) return false;
  const samePlaces = positions.every((position, i) => samePosition(position, reads.inputs[i + 1]));
  if (op instanceof IncSubtensor)
    return reads.op instanceof Subtensor && sameEntries(reads.op.entries, op.entries) && samePlaces;
  return reads.op.family === "AdvancedSubtensor1" && samePlaces;
}

/** set(x[:], y) → y where y has the type of x. */
export const localUselessIncSubtensor = nodeRewrite("local_useless_inc_subtensor", ["IncSubtensor"], (node) => {
  const { op } = node;
  const [, y] = node.inputs;
  if (!(op instanceof IncSubtensor)) return null;
  const isWhole = op.entries.every(
    (entry) => typeof entry !== "string" && entry.start === null && entry.stop === null && entry.step === null,
  );
  if (!isWhole || !y.type.equals(node.out.type)) return null;
  return op.mode === "set" ? y : conform(applyElemwise("add", node.inputs[0], y), node.out, []);
});

/** set(x[i], alloc(y)) → set(x[i], y): values stretch to the part by themselves. */
export const localUselessIncSubtensorAlloc = nodeRewrite("local_useless_inc_subtensor_alloc", INCREMENTS, (node) => {
  const [x, values, ...positions] = node.inputs;
  if (!(values.owner?.op instanceof Alloc)) return null;
  const [y] = values.owner.inputs;
  const offset = values.ndim - y.ndim;
  const onlyStretches = y.type.shape.every((dim, axis) => dim === 1 || dim === values.type.shape[axis + offset]);
  if (!onlyStretches || y.ndim === values.ndim) return null;
  return node.op.apply(x, y, ...positions).out;
});

/** a + inc(0[i], y) → inc(a[i], y): gradients of parts are added up in place, without zeros in between. */
export const localIncSubtensorSerialize = nodeRewrite(
  "local_IncSubtensor_serialize",
  [elemwise("add").key],
  (node, fgraph) => {
    const at = node.inputs.findIndex((term) => {
      const inner = term.owner;
      return (
        inner !== null &&
        modeOf(inner) !== null &&
        fgraph.clients(term).length === 1 &&
        term.type.equals(node.out.type) &&
        isZeros(inner.inputs[0])
      );
    });
    const inner = at < 0 ? null : node.inputs[at].owner;
    if (inner === null || (modeOf(inner) === "set" && !(inner.op instanceof IncSubtensor))) return null;
    const others = node.inputs.toSpliced(at, 1);
    const rest = others.length === 1 ? others[0] : applyElemwise("add", ...others);
    if (!rest.type.equals(node.out.type)) return null;
    const [, y, ...positions] = inner.inputs;
    const op = inner.op instanceof IncSubtensor ? new IncSubtensor(inner.op.entries, "inc") : inner.op;
    return op.apply(rest, y, ...positions).out;
  },
);

const BOTH = ["canonicalize", "specialize"] as const;

export const SET_INDEXING: readonly Registration[] = [
  { rewrite: localIncsubtensorOfZeros, stages: ["canonicalize", "stabilize"], tags: ["fast_run"] },
  { rewrite: localIncsubtensorOfZerosToSetsubtensor, stages: ["specialize"], tags: ["fast_run"] },
  { rewrite: localSetsubtensorOfConstants, stages: ["canonicalize", "stabilize"], tags: ["fast_run"] },
  { rewrite: localSetToIncSubtensor, stages: BOTH, tags: ["fast_run"] },
  { rewrite: localUselessIncSubtensor, stages: ["useless", ...BOTH], tags: ["fast_run"] },
  { rewrite: localUselessIncSubtensorAlloc, stages: ["useless", ...BOTH], tags: ["fast_run"] },
  { rewrite: localIncSubtensorSerialize, stages: ["canonicalize"], tags: ["fast_run"] },
];
