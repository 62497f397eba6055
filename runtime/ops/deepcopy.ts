/** `DeepCopyOp`: the same values in memory of their own. */
import type { NDArray } from "../array/ndarray.ts";
import { Apply } from "../graph/apply.ts";
import { Op } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";

/** Copies a result that would share memory with something that is not the caller's; see `compile/deepcopies.ts`. */
class DeepCopyOp extends Op {
  readonly family = "DeepCopyOp";
  readonly key = "DeepCopyOp";

  toString(): string {
    return this.key;
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [x.type]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [x.copy()];
  }
}

const DEEP_COPY = new DeepCopyOp();

/** A copy of `x`, under its name. */
export function deepCopy(x: Variable): Variable {
  const copy = DEEP_COPY.apply(x).out;
  copy.name = x.name;
  return copy;
}
