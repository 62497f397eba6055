/** Rewrites of basic and advanced indexing: read less, and only once. */
import type { Slice } from "../array/ndarray.ts";
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import { ScalarConstant, scalarConstant } from "../graph/scalartype.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { AdvancedIncSubtensor1 } from "../ops/advanced.ts";
import { Alloc } from "../ops/alloc.ts";
import { dimshuffle } from "../ops/dimshuffle.ts";
import { Dot, dot } from "../ops/dot.ts";
import { Elemwise } from "../ops/elemwise.ts";
import { IncSubtensor } from "../ops/incsubtensor.ts";
import { type Entry, knownIndex, type SliceEntry } from "../ops/indexing.ts";
import { Rebroadcast } from "../ops/rebroadcast.ts";
import { ShapeI } from "../ops/shape.ts";
import { MakeVector } from "../ops/shapevector.ts";
import { Subtensor } from "../ops/subtensor.ts";
import { numberValue } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";
import { lengthsIn, sameLength } from "./shapes.ts";

const WHOLE: SliceEntry = { start: null, stop: null, step: null };

/** One place of an index, with its numbers. */
interface Place {
  readonly entry: Entry;
  readonly positions: readonly Variable[];
}

function placesOf(op: Subtensor | IncSubtensor, positions: readonly Variable[]): Place[] {
  let next = 0;
  return op.entries.map((entry) => {
    const count =
      typeof entry === "string" ? 1 : [entry.start, entry.stop, entry.step].filter((b) => b !== null).length;
    next += count;
    return { entry, positions: positions.slice(next - count, next) };
  });
}

function indexed(x: Variable, places: readonly Place[]): Variable {
  const last = places.findLastIndex(({ entry }) => entry !== WHOLE && !isWhole(entry));
  const used = places.slice(0, last + 1);
  if (used.length === 0) return x;
  const op = new Subtensor(used.map(({ entry }) => entry));
  return op.apply(x, ...used.flatMap(({ positions }) => positions)).out;
}

function isWhole(entry: Entry): boolean {
  return typeof entry !== "string" && entry.start === null && entry.stop === null && entry.step === null;
}

/** A place whose numbers are known while the graph is compiled, else null. */
function knownPlace({ entry, positions }: Place): number | Slice | null {
  const [place] = knownIndex([entry], positions);
  return typeof place === "number" || (typeof place === "object" && place !== null) ? place : null;
}

/** A part with known bounds. */
function knownPart(start: number, stop: number | null, step: number): Place {
  const bounds = [start === 0 ? null : start, stop, step === 1 ? null : step];
  const [from, to, by] = bounds.map((bound) => (bound === null ? null : ("int64" as const)));
  return {
    entry: { start: from, stop: to, step: by },
    positions: bounds.flatMap((bound) => (bound === null ? [] : [scalarConstant(bound, "int64")])),
  };
}

/** [a, b, c][1] → b and [a, b, c][0:2] → [a, b], for known positions. */
export const localSubtensorMakeVector = nodeRewrite("local_subtensor_make_vector", ["Subtensor"], (node) => {
  const [given, ...positions] = node.inputs;
  const { op } = node;
  const vector = given.owner?.op instanceof Rebroadcast ? given.owner.inputs[0] : given;
  if (!(op instanceof Subtensor) || !(vector.owner?.op instanceof MakeVector)) return null;
  const elements = vector.owner.inputs;
  const place = knownPlace({ entry: op.entries[0], positions });
  if (typeof place === "number") return elements.at(place) ?? null;
  if (place === null) return null;
  const chosen = [...elements.keys()].slice(...sliceBounds(place, elements.length));
  if ((place.step ?? 1) !== 1 || chosen.length === 0) return null;
  const part = vector.owner.op.apply(...chosen.map((i) => elements[i])).out;
  // One element makes a vector that stretches, which a slice of unknown length does not.
  const fitting = part.type.equals(node.out.type) ? part : new Rebroadcast([0, false]).apply(part).out;
  return fitting.type.equals(node.out.type) ? fitting : null;
});

function sliceBounds({ start, stop }: Slice, length: number): [number, number] {
  return [start ?? 0, stop ?? length];
}

/** f(x, y)[i] → f(x[i], y[i]): less is computed. Inputs stretched in all dimensions, or in none, only. */
export const localSubtensorLift = nodeRewrite("local_subtensor_lift", ["Subtensor"], (node, fgraph) => {
  const [whole, ...positions] = node.inputs;
  const { op, out } = node;
  const inner = whole.owner;
  if (!(op instanceof Subtensor) || inner === null || fgraph.clients(whole).length > 1) return null;
  if (inner.op instanceof Rebroadcast) return liftOverRebroadcast(inner, op, positions, out);
  if (!(inner.op instanceof Elemwise)) return null;
  const isScalar = (x: Variable): boolean => x.ndim > 0 && x.broadcastable.every((b) => b);
  const fits = inner.inputs.every((x) => isScalar(x) || !x.broadcastable.includes(true));
  if (!fits && inner.inputs.length > 1) return null;
  const inputs = inner.inputs.map((x) =>
    isScalar(x) && inner.inputs.length > 1
      ? dimshuffle(x, Array<"x">(out.ndim).fill("x"))
      : op.apply(x, ...positions).out,
  );
  const result = inner.op.apply(...inputs).out;
  return result.type.equals(out.type) ? result : null;
});

function liftOverRebroadcast(inner: Apply, op: Subtensor, positions: readonly Variable[], out: Variable) {
  if (op.entries.some((entry) => typeof entry === "string")) return null;
  const result = inner.op.apply(op.apply(inner.inputs[0], ...positions).out).out;
  return result.type.equals(out.type) ? result : null;
}

/** x[2:][1:5] → x[3:7]: known bounds that do not count from the end; x[a:][i] → x[a + i]. */
export const localSubtensorMerge = nodeRewrite("local_subtensor_merge", ["Subtensor"], (node) => {
  const [middle, ...outerPositions] = node.inputs;
  const inner = middle.owner;
  if (!(node.op instanceof Subtensor) || !(inner?.op instanceof Subtensor)) return null;
  const [x, ...innerPositions] = inner.inputs;
  const first = placesOf(inner.op, innerPositions);
  const second = placesOf(node.op, outerPositions);
  const merged: Place[] = [];
  for (const place of first) {
    const after = typeof place.entry === "string" ? undefined : second.shift();
    const both = after === undefined ? place : mergePlaces(place, after);
    if (both === null) return null;
    merged.push(both);
  }
  const result = indexed(x, [...merged, ...second]);
  return result.type.equals(node.out.type) ? result : null;
});

function mergePlaces(first: Place, second: Place): Place | null {
  if (isWhole(second.entry)) return first;
  if (isWhole(first.entry)) return second;
  const [a, b] = [knownPlace(first), knownPlace(second)];
  if (a === null || typeof a === "number" || b === null) return null;
  const [start, stop, step] = [a.start ?? 0, a.stop ?? null, a.step ?? 1];
  if (step === -1 && a.start == null && stop === null) return reversed(b);
  if (start < 0 || step < 0) return null;
  if (typeof b === "number") {
    const isInside = b >= 0 && stop === null;
    return isInside ? { entry: "int64", positions: [scalarConstant(start + b * step, "int64")] } : null;
  }
  const [from, to, by] = [b.start ?? 0, b.stop ?? null, b.step ?? 1];
  if (from < 0 || by < 0 || (to !== null && to < 0)) return null;
  if (stop !== null && stop < 0 && to !== null) return null;
  const end = to === null ? stop : Math.min(start + to * step, stop ?? Infinity);
  return knownPart(start + from * step, end, step * by);
}

/** An index into a reversed dimension as one into the dimension itself. */
function reversed(index: number | Slice): Place | null {
  if (typeof index === "number") return { entry: "int64", positions: [scalarConstant(-1 - index, "int64")] };
  const isReversal = index.start == null && index.stop == null && index.step === -1;
  return isReversal ? { entry: WHOLE, positions: [] } : null;
}

/** x[0, :] → x[0]; parts that are the whole dimension, by known lengths or by the dimension's own length, go. */
export const localUselessSubtensor = nodeRewrite("local_useless_subtensor", ["Subtensor"], (node, fgraph) => {
  const [x, ...positions] = node.inputs;
  if (!(node.op instanceof Subtensor)) return null;
  const places = placesOf(node.op, positions);
  const simpler = places.map((place, axis) =>
    isAll(place, x, axis, fgraph) ? { entry: WHOLE, positions: [] } : place,
  );
  const result = indexed(x, simpler);
  const same = result.owner?.op.equals(node.op) && result.owner.inputs[0] === x;
  return same || !result.type.equals(node.out.type) ? null : result;
});

function isAll({ entry, positions }: Place, x: Variable, axis: number, fgraph: FunctionGraph): boolean {
  if (typeof entry === "string") return false;
  const bounds = { start: entry.start, stop: entry.stop, step: entry.step };
  const values = [...positions];
  const take = (dtype: unknown): Variable | null => (dtype === null ? null : (values.shift() ?? null));
  const [start, stop, step] = [take(bounds.start), take(bounds.stop), take(bounds.step)];
  const starts = start === null || numberValue(start) === 0;
  const steps = step === null || numberValue(step) === 1;
  return starts && steps && (stop === null || isLength(stop, x, axis, fgraph));
}

/** Whether a bound is at least the length of a dimension. */
function isLength(bound: Variable, x: Variable, axis: number, fgraph: FunctionGraph): boolean {
  const known = bound instanceof ScalarConstant ? Number(bound.value.item()) : null;
  const dim = x.type.shape[axis];
  if (known !== null) return dim !== null && known >= dim;
  const length = bound.owner?.op.family === "ScalarFromTensor" ? bound.owner.inputs[0] : bound;
  const isOwn = length.owner?.op instanceof ShapeI && length.owner.inputs[0] === x && length.owner.op.axis === axis;
  return isOwn || sameLength(length, lengthsIn(fgraph, x)[axis]);
}

/** alloc(v, n)[a:b] → alloc(v, the new length). */
export const localSubtensorOfAlloc = nodeRewrite("local_subtensor_of_alloc", ["Subtensor"], (node, fgraph) => {
  const [whole, ...positions] = node.inputs;
  const { op, out } = node;
  if (!(op instanceof Subtensor) || !(whole.owner?.op instanceof Alloc)) return null;
  const [value] = whole.owner.inputs;
  const offset = whole.ndim - value.ndim;
  // Positions inside of dimensions that the value has itself select from the value; those it is repeated over only count.
  const own = placesOf(op, positions).slice(offset);
  const isRepeated = (axis: number): boolean => value.type.shape[axis] === 1;
  const places = own.map((place, axis): Place => {
    if (!isRepeated(axis)) return place;
    return typeof place.entry === "string"
      ? { entry: "int64", positions: [scalarConstant(0, "int64")] }
      : { entry: WHOLE, positions: [] };
  });
  const lengths = lengthsIn(fgraph, out);
  // With a symbolic step only the part itself tells its length, and so would have to stay.
  if (lengths.some((length) => length.owner?.inputs.includes(out))) return null;
  const part = indexed(value, places);
  const result = new Alloc().apply(part, ...lengths).out;
  return result.type.equals(out.type) ? result : null;
});

/** (A · B)[i, j] → A[i] · B[:, j]. */
export const localSubtensorOfDot = nodeRewrite("local_subtensor_of_dot", ["Subtensor"], (node, fgraph) => {
  const [product, ...positions] = node.inputs;
  if (!(node.op instanceof Subtensor) || !(product.owner?.op instanceof Dot)) return null;
  if (fgraph.clients(product).length > 1) return null;
  const [a, b] = product.owner.inputs;
  const places = placesOf(node.op, positions);
  const [left, right] = [places.slice(0, a.ndim - 1), places.slice(a.ndim - 1)];
  const columns = b.ndim < 2 ? b : indexed(b, [{ entry: WHOLE, positions: [] }, ...right]);
  const result = dot(indexed(a, left), columns);
  return result.type.equals(node.out.type) ? result : null;
});

/** Reading back what was just set: set(x[i], y)[i] → y. */
export const localSubtensorIncSubtensor = nodeRewrite(
  "local_subtensor_inc_subtensor",
  ["Subtensor"],
  (node, fgraph) => {
    const [whole, ...positions] = node.inputs;
    const set = whole.owner;
    if (!(node.op instanceof Subtensor) || !(set?.op instanceof IncSubtensor) || set.op.mode !== "set") return null;
    const [, y, ...written] = set.inputs;
    if (!sameEntries(node.op.entries, set.op.entries) || !positions.every((p, i) => samePosition(p, written[i])))
      return null;
    if (y.type.equals(node.out.type)) return y;
    const filled = new Alloc().apply(y, ...lengthsIn(fgraph, node.out)).out;
    return filled.dtype === node.out.dtype && filled.type.equals(node.out.type) ? filled : null;
  },
);

/** Whether two indices have the same form. */
export function sameEntries(a: readonly Entry[], b: readonly Entry[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether two numbers of an index are known to be the same. */
export function samePosition(a: Variable, b: Variable): boolean {
  return a === b || (a instanceof TensorConstant && b instanceof TensorConstant && a.key === b.key);
}

/** The same by a vector of positions, where it is known that none stands twice: the last one of two would win. */
export const localAdvSub1AdvIncSub1 = nodeRewrite("local_adv_sub1_adv_inc_sub1", ["AdvancedSubtensor1"], (node) => {
  const [whole, positions] = node.inputs;
  const set = whole.owner;
  if (!(set?.op instanceof AdvancedIncSubtensor1) || set.op.mode !== "set") return null;
  const [, y, written] = set.inputs;
  if (!samePosition(positions, written) || !areDistinct(positions)) return null;
  return y.type.equals(node.out.type) ? y : null;
});

/** Whether a vector of positions is known and names none twice. */
export function areDistinct(positions: Variable): boolean {
  if (!(positions instanceof TensorConstant)) return false;
  const values = [...positions.value.elements()].map(Number);
  return values.every((p) => p >= 0) && new Set(values).size === values.length;
}

/** x[0] along dimensions of length 1 → a dimension shuffle. */
export const localSubtensorRemoveBroadcastableIndex = nodeRewrite(
  "local_subtensor_remove_broadcastable_index",
  ["Subtensor"],
  (node) => {
    const [x, ...positions] = node.inputs;
    if (!(node.op instanceof Subtensor) || x.owner?.op instanceof MakeVector) return null;
    const places = placesOf(node.op, positions);
    const removed = places.flatMap(({ entry, positions: [position] }, axis) => {
      if (isWhole(entry)) return [];
      const isFirst = typeof entry === "string" && (numberValue(position) === 0 || numberValue(position) === -1);
      return [isFirst && x.broadcastable[axis] ? axis : -1];
    });
    if (removed.length === 0 || removed.includes(-1)) return null;
    return dimshuffle(
      x,
      x.type.shape.map((_, axis) => axis).filter((axis) => !removed.includes(axis)),
    );
  },
);

/** ScalarFromTensor(TensorFromScalar(x)) → x. */
export const localScalarTensorScalar = nodeRewrite("local_scalar_tensor_scalar", ["ScalarFromTensor"], (node) => {
  const inner = node.inputs[0].owner;
  return inner?.op.family === "TensorFromScalar" ? inner.inputs[0] : null;
});

/** TensorFromScalar(ScalarFromTensor(x)) → x. */
export const localTensorScalarTensor = nodeRewrite("local_tensor_scalar_tensor", ["TensorFromScalar"], (node) => {
  const [number] = node.inputs;
  if (number instanceof ScalarConstant) return null;
  return number.owner?.op.family === "ScalarFromTensor" ? number.owner.inputs[0] : null;
});

export const INDEXING: readonly Registration[] = [
  { rewrite: localSubtensorMakeVector, stages: ["useless", "canonicalize", "specialize"], tags: ["fast_run"] },
  { rewrite: localSubtensorLift, stages: ["canonicalize"], tags: ["fast_run", "fast_compile"] },
  { rewrite: localSubtensorLift, stages: ["specialize"], tags: ["fast_run"] },
  { rewrite: localSubtensorMerge, stages: ["canonicalize", "specialize"], tags: ["fast_run"] },
  { rewrite: localUselessSubtensor, stages: ["canonicalize", "specialize"], tags: ["fast_run"] },
  { rewrite: localSubtensorOfAlloc, stages: ["useless", "canonicalize", "specialize"], tags: ["fast_run"] },
  { rewrite: localSubtensorOfDot, stages: ["canonicalize", "specialize"], tags: ["fast_run"] },
  { rewrite: localSubtensorIncSubtensor, stages: ["canonicalize", "specialize"], tags: ["fast_run"] },
  { rewrite: localAdvSub1AdvIncSub1, stages: ["canonicalize", "stabilize", "specialize"], tags: ["fast_run"] },
  { rewrite: localSubtensorRemoveBroadcastableIndex, stages: ["canonicalize"], tags: ["fast_run"] },
  { rewrite: localScalarTensorScalar, stages: ["canonicalize", "specialize"], tags: ["fast_run", "fast_compile"] },
  { rewrite: localTensorScalarTensor, stages: ["canonicalize", "specialize"], tags: ["fast_run", "fast_compile"] },
];
