/** DimShuffle: permutes, inserts and drops dimensions without touching the data. */
import type { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { pyList, pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { Op } from "../graph/op.ts";
import type { Dim } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";

/** An input dimension, or `"x"` for a new one of length 1. */
export type DimShuffleItem = number | "x";

/**
 * Output dimension i is input dimension `order[i]`, or a new one of length 1 for `"x"`. Input dimensions that are
 * not listed are dropped; they must be broadcastable. The output is a view.
 */
export class DimShuffle extends Op {
  readonly family = "DimShuffle";
  readonly key: string;
  readonly order: readonly DimShuffleItem[];
  readonly inputBroadcastable: readonly boolean[];
  override readonly views = { 0: 0 };

  /** @throws ValueError for a dimension that does not exist, stands twice, or is dropped without being broadcastable. */
  constructor(inputBroadcastable: readonly boolean[], order: readonly DimShuffleItem[]) {
    super();
    checkOrder(inputBroadcastable, order);
    this.inputBroadcastable = inputBroadcastable;
    this.order = order;
    this.key = `DimShuffle{${order.join(",")};${inputBroadcastable.map(Number).join("")}}`;
  }

  toString(): string {
    return `InplaceDimShuffle{${this.order.join(",")}}`;
  }

  /** The input dimensions that the output no longer has. */
  get dropped(): readonly number[] {
    return this.inputBroadcastable.map((_, i) => i).filter((i) => !this.order.includes(i));
  }

  apply(input: Variable): Apply {
    if (input.ndim !== this.inputBroadcastable.length)
      throw new TypeError(
        `The number of dimensions of the input is incorrect for this op. Expected ${this.inputBroadcastable.length}, got ${input.ndim}: ${input} of type ${input.type}.`,
      );
    const shape = this.order.map((item): Dim => (item === "x" ? 1 : input.type.shape[item]));
    return new Apply(this, [input], [input.type.with({ shape })]);
  }

  override perform(_node: Apply, [input]: readonly NDArray[]): readonly NDArray[] {
    const long = this.dropped.find((axis) => input.shape[axis] !== 1);
    if (long !== undefined)
      throw new ValueError(
        `${this} drops dimension ${long}, which must have length 1; the shape is ${pyTuple(input.shape)}.`,
      );
    return [input.dimshuffle([...this.order])];
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [this.order.map((item) => (item === "x" ? constant(1, null, "int64") : lengths[item]))];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly Variable[] {
    const back = node.inputs[0].type.shape.map((_, axis): DimShuffleItem => {
      const at = this.order.indexOf(axis);
      return at < 0 ? "x" : at;
    });
    return g === null ? [] : [dimshuffle(g, back)];
  }
}

function checkOrder(broadcastable: readonly boolean[], order: readonly DimShuffleItem[]): void {
  order.forEach((item, position) => {
    if (item === "x") return;
    if (!Number.isInteger(item) || item < 0 || item >= broadcastable.length)
      throw new ValueError(
        `new_order[${position}] is ${item}, but the input only has ${broadcastable.length} axes (new_order is ${pyList(order)}).`,
      );
    if (order.indexOf(item) !== position)
      throw new ValueError(
        `The same input dimension may not appear twice in the list of output dimensions: ${pyList(order)}.`,
      );
  });
  const lost = broadcastable.findIndex((b, axis) => !b && !order.includes(axis));
  if (lost >= 0)
    throw new ValueError(
      `You cannot drop a non-broadcastable dimension: dimension ${lost} is missing from ${pyTuple(order)}, and its length is not known to be 1.`,
    );
}

/** Permutes, adds (`"x"`) and drops dimensions; the tensor itself when the order changes nothing. */
export function dimshuffle(x: TensorLike, order: readonly DimShuffleItem[]): TensorVariable {
  const input = asTensor(x);
  if (order.length === input.ndim && order.every((item, i) => item === i)) return input;
  return new DimShuffle(input.broadcastable, order).apply(input).out;
}

/** Adds `count` dimensions of length 1 on the left. */
export function padLeft(x: TensorVariable, count: number): TensorVariable {
  return dimshuffle(x, [...Array<"x">(count).fill("x"), ...x.type.shape.map((_, i) => i)]);
}

/** Reorders the dimensions by `axes`, or reverses them: then `x` becomes `x.T`. */
export function transpose(x: TensorLike, axes?: readonly number[]): TensorVariable {
  const input = asTensor(x);
  const reversed = input.type.shape.map((_, i) => input.ndim - 1 - i);
  // As in Theano, this is a node also where the order stays as it is.
  const result = new DimShuffle(input.broadcastable, axes ?? reversed).apply(input).out;
  const isReversed = axes === undefined || axes.every((axis, i) => axis === reversed[i]);
  if (input.name !== null && isReversed) result.name = `${input.name}.T`;
  return result;
}
