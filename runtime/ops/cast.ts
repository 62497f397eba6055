import type { DType } from "../array/dtype.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { applyElemwise } from "./elemwise.ts";

/** The tensor converted to `dtype`; itself when it has that dtype. */
export function cast(x: TensorLike, dtype: DType): TensorVariable {
  const input = asTensor(x);
  return input.dtype === dtype ? input : applyElemwise(`cast_${dtype}`, input);
}
