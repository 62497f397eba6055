import { asTensor, type TensorLike } from "../graph/constant.ts";
import { resolveDType, type SymbolicDType } from "../graph/floatx.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { applyElemwise } from "./elemwise.ts";

/**
 * The tensor converted to `dtype`; itself when it has that dtype.
 * @throws TypeError when there is no such dtype; NotImplementedError for float16.
 */
export function cast(x: TensorLike, dtype: SymbolicDType): TensorVariable {
  const input = asTensor(x);
  const target = resolveDType(dtype);
  return input.dtype === target ? input : applyElemwise(`cast_${target}`, input);
}
