import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";

/** The condition on which a scan ends; the step in which it is true is the last one. */
export class Until {
  readonly condition: TensorVariable;

  /** @throws TypeError when the condition has dimensions. */
  constructor(condition: TensorLike) {
    this.condition = asTensor(condition);
    if (this.condition.ndim !== 0)
      throw new TypeError(
        `The condition of until must have no dimensions, got ${this.condition} of type ${this.condition.type}; reduce it, for example with T.any or T.all.`,
      );
  }
}

/** Returned last by the function of a scan: the scan ends after the first step in which `condition` is true. */
export function until(condition: TensorLike): Until {
  return new Until(condition);
}
