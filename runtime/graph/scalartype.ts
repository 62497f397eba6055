/** Theano's `Scalar`: single numbers that are no tensors. The positions of an index are of this type. */
import type { DType } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { TensorType } from "./type.ts";
import { TensorConstant } from "./variable.ts";

/** One number of a dtype. Its values are arrays without dimensions; its text is the name of the dtype. */
export class ScalarType extends TensorType {
  constructor(dtype: DType) {
    super(dtype, []);
  }

  override get key(): string {
    return `Scalar(${this.dtype})`;
  }

  override toString(): string {
    return this.dtype;
  }
}

/** A {@link ScalarType} whose value is known while the graph is built. */
export class ScalarConstant extends TensorConstant {
  override clone(): ScalarConstant {
    return new ScalarConstant(this.type, this.value, this.name, this.origin);
  }

  /** `Constant{0}`. */
  override toString(): string {
    return this.name ?? `Constant{${this.value.item()}}`;
  }
}

/** A known number of dtype `dtype`. */
export function scalarConstant(value: number | bigint, dtype: DType): ScalarConstant {
  return new ScalarConstant(new ScalarType(dtype), NDArray.scalar(value, dtype));
}
