/** AllocEmpty: memory of a shape whose values nobody promises; what needs values is written into it. */
import { type DType, isDiscrete } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { knownLength } from "./shapevector.ts";

/** The inputs are the lengths. JavaScript's memory is zeroed, so the values are zeros; the op has no loop to lower. */
export class AllocEmpty extends Op {
  readonly family = "AllocEmpty";
  readonly key: string;
  readonly dtype: DType;
  override readonly foldable = false;

  constructor(dtype: DType) {
    super();
    this.dtype = dtype;
    this.key = `AllocEmpty{dtype='${dtype}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when a length is no integer without dimensions. */
  apply(...lengths: readonly Variable[]): Apply {
    lengths.forEach((length, position) => {
      if (length.ndim !== 0 || !isDiscrete(length.dtype))
        throw new TypeError(
          `The lengths of ${this} must be integers, and number ${position} is ${length} of type ${length.type}.`,
        );
    });
    return new Apply(this, lengths, [new TensorType(this.dtype, lengths.map(knownLength))]);
  }

  override perform(_node: Apply, lengths: readonly NDArray[]): readonly NDArray[] {
    const shape = lengths.map((length) => Number(length.item()));
    const bad = shape.find((length) => length < 0);
    if (bad !== undefined) throw new ValueError(`negative dimensions are not allowed: ${this} got a length of ${bad}.`);
    return [NDArray.zeros(shape, this.dtype)];
  }

  override gradient(node: Apply): readonly NoGradient[] {
    return node.inputs.map(() => DISCONNECTED);
  }

  override inferShape(node: Apply): readonly (readonly Variable[])[] {
    return [node.inputs];
  }
}

/** Memory for a tensor of the given lengths. */
export function allocEmpty(dtype: DType, ...lengths: readonly TensorLike[]): TensorVariable {
  return new AllocEmpty(dtype).apply(...lengths.map((length) => asTensor(length))).out;
}
