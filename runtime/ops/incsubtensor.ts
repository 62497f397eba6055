/** IncSubtensor: a copy of a tensor in which an indexed part is replaced or added to. */

import { assign } from "../array/assign.ts";
import { isDiscrete } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { Dim } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { AdvancedIncSubtensor1, AdvancedSubtensor1 } from "./advanced.ts";
import { AdvancedIncSubtensor, AdvancedSubtensor } from "./advancedindex.ts";
import { alloc } from "./alloc.ts";
import { DimShuffle, type DimShuffleItem, dimshuffle } from "./dimshuffle.ts";
import { zerosLike } from "./elemwise.ts";
import { type Entry, entriesText, view } from "./indexing.ts";
import { addbroadcast } from "./rebroadcast.ts";
import { sum, sumTo } from "./reduce.ts";
import { Reshape, reshape } from "./reshape.ts";
import { shape } from "./shapevector.ts";
import { Subtensor, subtensor } from "./subtensor.ts";

/** Whether an indexed part is replaced or added to. */
export type IncMode = "set" | "inc";

/**
 * The inputs are the tensor, the values and the positions of the index. It is a copy, or the tensor itself where the op may
 * overwrite it, so there is no loop IR.
 */
export class IncSubtensor extends Op {
  readonly family = "IncSubtensor";
  readonly key: string;
  readonly entries: readonly Entry[];
  readonly mode: IncMode;
  readonly isInplace: boolean;
  override readonly destroys: Readonly<Record<number, number>>;

  constructor(entries: readonly Entry[], mode: IncMode, isInplace = false) {
    super();
    this.entries = entries;
    this.mode = mode;
    this.isInplace = isInplace;
    this.destroys = isInplace ? { 0: 0 } : {};
    this.key = `IncSubtensor{${isInplace ? "Inplace" : ""}${mode === "set" ? "Set" : "Inc"};${entriesText(entries)}}`;
  }

  /** `IncSubtensor{Inc;int64}`, `IncSubtensor{InplaceSet;:int64:}`. */
  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the values have more dimensions than the part. */
  apply(x: Variable, y: Variable, ...positions: readonly Variable[]): Apply {
    checkRank(x.ndim - this.entries.filter((entry) => typeof entry === "string").length, y);
    return new Apply(this, [x, y, ...positions], [x.type]);
  }

  override perform(node: Apply, [x, y, ...positions]: readonly NDArray[]): readonly NDArray[] {
    const result = this.isInplace ? x : x.copy();
    const part = view(result, this.entries, positions);
    checkStretch(node.inputs[1].type.shape, y.shape, part.shape);
    assign(part, y, this.mode === "set" ? "set" : "add");
    return [result];
  }

  override inferShape(_node: Apply, [x]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [x];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, y, ...positions] = node.inputs;
    const none = positions.map(() => DISCONNECTED);
    if (g === null) return [DISCONNECTED, DISCONNECTED, ...none];
    if (isDiscrete(x.dtype)) return [zerosLike(x), zerosLike(y), ...none];
    const kept = this.mode === "inc" ? g : this.apply(g, zerosLike(y), ...positions).out;
    return [kept, valuesGradient(new Subtensor(this.entries).apply(g, ...positions).out, y), ...none];
  }
}

/** @throws TypeError when the values have more dimensions than the part. */
export function checkRank(ndim: number, y: Variable): void {
  if (y.ndim > ndim)
    throw new TypeError(
      `Trying to increment a ${ndim}-dimensional subtensor with a ${y.ndim}-dimensional value: ${y} of type ${y.type}.`,
    );
}

/**
 * Only dimensions of the values that are known to be 1 stretch, or the gradient would be wrong.
 * @throws ValueError in NumPy's words.
 */
export function checkStretch(known: readonly Dim[], values: readonly number[], part: readonly number[]): void {
  const offset = part.length - values.length;
  if (values.some((length, axis) => length !== part[axis + offset] && known[axis] !== 1))
    throw new ValueError(`could not broadcast input array from shape ${pyTuple(values)} into shape ${pyTuple(part)}`);
}

/** The gradient with respect to values that were stretched to the part: sums over where they repeat. */
export function valuesGradient(g: Variable, y: Variable): Variable {
  if (isDiscrete(y.dtype)) return zerosLike(y);
  const leading = Array.from({ length: g.ndim - y.ndim }, (_, axis) => axis);
  return sumTo(leading.length === 0 ? g : sum(g, { axis: leading }), y);
}

/**
 * A copy of the tensor that `part` was indexed from, with `part` replaced by `values`: `setSubtensor(x.at(0), 1)`.
 * @throws TypeError when `part` does not come from indexing, or the values have more dimensions; ValueError when known
 * lengths do not agree.
 */
export function setSubtensor(part: TensorVariable, values: TensorLike): TensorVariable {
  return incremented(part, asTensor(values), "set");
}

/**
 * A copy of the tensor that `part` was indexed from, with `values` added to `part`.
 * @throws TypeError when `part` does not come from indexing, or the values have more dimensions; ValueError when known
 * lengths do not agree.
 */
export function incSubtensor(part: TensorVariable, values: TensorLike): TensorVariable {
  return incremented(part, asTensor(values), "inc");
}

function incremented(part: TensorVariable, values: TensorVariable, mode: IncMode): TensorVariable {
  checkRank(part.ndim, values);
  checkLengths(part, values);
  const offset = part.ndim - values.ndim;
  const single = values.type.shape.map((_, axis) => axis).filter((axis) => part.type.shape[axis + offset] === 1);
  const fitting = addbroadcast(values, ...single);
  const { op, inputs } = part.owner ?? {};
  if (inputs !== undefined) {
    const [x, ...positions] = inputs;
    if (op instanceof Subtensor) return new IncSubtensor(op.entries, mode).apply(x, fitting, ...positions).out;
    if (op instanceof AdvancedSubtensor1) return new AdvancedIncSubtensor1(mode).apply(x, fitting, positions[0]).out;
    if (op instanceof AdvancedSubtensor)
      return new AdvancedIncSubtensor(op.entries, mode).apply(x, fitting, ...positions).out;
    if (op instanceof DimShuffle) return throughShuffle(op, x, part, fitting, mode);
    if (op instanceof Reshape) return throughReshape(x, part, fitting, mode);
  }
  throw new TypeError(
    `x must be the result of a subtensor operation, such as x.at(0); ${part} of type ${part.type} is not.`,
  );
}

/** @throws ValueError when lengths that are known do not agree. */
function checkLengths(part: Variable, values: Variable): void {
  const [into, from] = [part.type.shape, values.type.shape];
  const offset = into.length - from.length;
  const differs = (length: Dim, other: Dim): boolean =>
    length !== null && other !== null && length !== 1 && length !== other;
  if (!from.some((length, axis) => differs(length, into[axis + offset]))) return;
  const text = (shape: readonly Dim[]): string => pyTuple(shape.map((dim) => dim ?? "?"));
  throw new ValueError(
    `could not broadcast input array from shape ${text(from)} into shape ${text(into)}: ${values} does not fit into ${part}.`,
  );
}

/** Indexing another dimension than the first shuffles around the index; so does this. */
function throughShuffle(
  { order }: DimShuffle,
  inner: Variable,
  part: Variable,
  values: Variable,
  mode: IncMode,
): TensorVariable {
  const offset = part.ndim - values.ndim;
  const back = inner.type.shape.map((_, axis): DimShuffleItem => {
    const at = order.indexOf(axis) - offset;
    return at < 0 ? "x" : at;
  });
  return dimshuffle(incremented(inner, dimshuffle(values, back), mode), order);
}

/** Positions of several dimensions are flattened to index, and what is picked gets their dimensions back; so do the values. */
function throughReshape(inner: Variable, part: Variable, values: Variable, mode: IncMode): TensorVariable {
  if (values.ndim === 0) return incremented(inner, values, mode);
  const whole = alloc(values, ...part.type.shape.map((_, axis) => subtensor(shape(part), axis)));
  return incremented(inner, reshape(whole, shape(inner), { ndim: inner.ndim }), mode);
}
