import { isComplex } from "../array/dtype.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { resolveDType, type SymbolicDType } from "../graph/floatx.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { applyElemwise } from "./elemwise.ts";

/**
 * The tensor converted to `dtype`; itself when it has that dtype.
 * @throws TypeError when there is no such dtype, or for a complex tensor that would become real.
 */
export function cast(x: TensorLike, dtype: SymbolicDType): TensorVariable {
  const input = asTensor(x);
  const target = resolveDType(dtype);
  if (isComplex(input.dtype) && !isComplex(target))
    throw new TypeError(
      `Casting from complex to real is ambiguous: consider real(), imag(), angle() or abs(). ${input} is ${input.dtype}, and ${target} was asked for.`,
    );
  return input.dtype === target ? input : applyElemwise(`cast_${target}`, input);
}
