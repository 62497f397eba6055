/** Lengths of tensors as symbolic integers. */
import { NDArray } from "../array/ndarray.ts";
import { normalizeAxes } from "../array/shape.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";

/** The length of one dimension, an int64 scalar. */
export class ShapeI extends Op {
  readonly family = "Shape_i";
  readonly key: string;
  readonly axis: number;

  constructor(axis: number) {
    super();
    this.axis = axis;
    this.key = `Shape_i{${axis}}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the tensor has no such dimension. */
  apply(x: Variable): Apply {
    if (this.axis >= x.ndim) throw new TypeError(`${this}: ${x} of type ${x.type} has only ${x.ndim} dimensions.`);
    return new Apply(this, [x], [TensorType.ofRank("int64", 0)]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [NDArray.scalar(BigInt(x.shape[this.axis]), "int64")];
  }

  override gradient(): readonly NoGradient[] {
    return [DISCONNECTED];
  }
}

/** The length of dimension `axis` as an int64 scalar. */
export function shapeI(x: TensorLike, axis: number): TensorVariable {
  const input = asTensor(x);
  const [positive] = normalizeAxes(axis, input.ndim);
  return new ShapeI(positive).apply(input).out;
}
