/** What backends share about reductions. */
import { Complex } from "../array/complex.ts";
import { type DType, dtypeInfo, type Scalar } from "../array/dtype.ts";
import { identityOf } from "../loop/interp.ts";
import type { Accumulator, ReduceOp } from "../loop/ir.ts";

/** Whether the result is a position, so that elements must come one by one and in order. */
export function isPositional({ op }: Accumulator): boolean {
  return op === "argmax" || op === "argmin";
}

/** What combines with anything to that: the identity, or the extreme value of the dtype. */
export function startOf(op: ReduceOp, dtype: DType): Scalar {
  const identity = identityOf(op, dtype);
  if (identity !== undefined) return identity;
  const { min, max, kind } = dtypeInfo(dtype);
  const isMaximum = op === "maximum";
  if (kind === "bool") return !isMaximum;
  if (kind === "complex") return isMaximum ? new Complex(-Infinity, -Infinity) : new Complex(Infinity, Infinity);
  return isMaximum ? min : max;
}
