/** Between tensors without dimensions and the single numbers that an index takes. */
import type { NDArray } from "../array/ndarray.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { ScalarConstant, ScalarType } from "../graph/scalartype.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";

/** A tensor without dimensions as a number; the output is a view, so there is no loop IR. */
export class ScalarFromTensor extends Op {
  readonly family = "ScalarFromTensor";
  readonly key = "ScalarFromTensor";
  override readonly views = { 0: 0 };

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the tensor has dimensions. */
  apply(x: Variable): Apply {
    if (x.ndim !== 0 || x.type instanceof ScalarType)
      throw new TypeError(`${this} takes a tensor without dimensions, got ${x} of type ${x.type}.`);
    return new Apply(this, [x], [new ScalarType(x.dtype)]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [x];
  }

  override gradient(_node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g ?? DISCONNECTED];
  }
}

/** A number as a tensor without dimensions; the output is a view, so there is no loop IR. */
export class TensorFromScalar extends Op {
  readonly family = "TensorFromScalar";
  readonly key = "TensorFromScalar";
  override readonly views = { 0: 0 };

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the input is a number. */
  apply(x: Variable): Apply {
    if (!(x.type instanceof ScalarType))
      throw new TypeError(`${this} takes a scalar, got the tensor ${x} of type ${x.type}.`);
    return new Apply(this, [x], [new TensorType(x.dtype, [])]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [x];
  }

  override gradient(_node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g ?? DISCONNECTED];
  }
}

/** The only number of a tensor without dimensions, as an index takes it. */
export function scalarFromTensor(x: TensorLike): TensorVariable {
  return new ScalarFromTensor().apply(asTensor(x)).out;
}

/** A number as a tensor without dimensions. */
export function tensorFromScalar(x: TensorVariable): TensorVariable {
  return new TensorFromScalar().apply(x).out;
}

/** A position of an index as a tensor without dimensions. */
export function tensorOfPosition(position: Variable): TensorVariable {
  if (position instanceof ScalarConstant) return constant(position.value);
  return position.owner?.op instanceof ScalarFromTensor ? position.owner.inputs[0] : tensorFromScalar(position);
}
