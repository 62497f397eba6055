/** Rebroadcast: changes which dimensions are known to be 1, and so may stretch. */
import type { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { Dim } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";

/** A dimension, and whether it shall be known to be 1. */
export type BroadcastChange = readonly [axis: number, broadcastable: boolean];

/** Checks at run time what it promises. The output is a view, so there is no loop IR. */
export class Rebroadcast extends Op {
  readonly family = "Rebroadcast";
  readonly key: string;
  readonly changes: ReadonlyMap<number, boolean>;
  override readonly views = { 0: 0 };

  constructor(...changes: readonly BroadcastChange[]) {
    super();
    this.changes = new Map(changes);
    const pattern = Array.from({ length: 1 + Math.max(-1, ...this.changes.keys()) }, (_, axis) => {
      const change = this.changes.get(axis);
      return change === undefined ? "?" : Number(change);
    });
    this.key = `Rebroadcast{${pattern.join(",")}}`;
  }

  /** `Rebroadcast{1}`, `Rebroadcast{?,0}`. */
  toString(): string {
    return this.key;
  }

  /** @throws ValueError for a dimension that the tensor does not have. */
  apply(x: Variable): Apply {
    const missing = [...this.changes.keys()].find((axis) => axis >= x.ndim);
    if (missing !== undefined)
      throw new ValueError(`Trying to rebroadcast non-existent dimension: ${missing} of ${x} of type ${x.type}.`);
    const shape = x.type.shape.map((dim, axis): Dim => {
      const change = this.changes.get(axis);
      if (change && dim !== null && dim !== 1)
        throw new ValueError(
          `Dimension ${axis} in Rebroadcast's input was supposed to be 1 (got ${dim} instead); ${x} has the shape ${x.type.shapeText}.`,
        );
      return change === undefined ? dim : change ? 1 : null;
    });
    return new Apply(this, [x], [x.type.with({ shape })]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    for (const [axis, broadcastable] of this.changes)
      if (broadcastable && x.shape[axis] !== 1)
        throw new ValueError(
          `Dimension ${axis} in Rebroadcast's input was supposed to be 1 (got ${x.shape[axis]} instead); the shape is ${pyTuple(x.shape)}.`,
        );
    return [x];
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g === null ? DISCONNECTED : patternbroadcast(g, node.inputs[0].broadcastable)];
  }
}

/** Changes for each of the given dimensions whether it is known to be 1; a promise is checked at run time. */
export function rebroadcast(x: TensorLike, ...changes: readonly BroadcastChange[]): TensorVariable {
  const input = asTensor(x);
  const useful = changes.filter(([axis, broadcastable]) => input.broadcastable[axis] !== broadcastable);
  return useful.length === 0 ? input : new Rebroadcast(...useful).apply(input).out;
}

/** Promises that the given dimensions have length 1, so that they stretch; it is checked at run time. */
export function addbroadcast(x: TensorLike, ...axes: readonly number[]): TensorVariable {
  const { ndim } = asTensor(x);
  return rebroadcast(x, ...axes.map((axis): BroadcastChange => [normalizeAxis(axis, ndim), true]));
}

/** Forgets that the given dimensions have length 1, so that they do not stretch. */
export function unbroadcast(x: TensorLike, ...axes: readonly number[]): TensorVariable {
  const { ndim } = asTensor(x);
  return rebroadcast(x, ...axes.map((axis): BroadcastChange => [normalizeAxis(axis, ndim), false]));
}

/** Makes the given dimensions, and no others, known to be 1. */
export function patternbroadcast(x: TensorLike, broadcastable: readonly boolean[]): TensorVariable {
  return rebroadcast(x, ...broadcastable.map((b, axis): BroadcastChange => [axis, b]));
}
