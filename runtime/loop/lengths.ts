/** The lengths of a call's axes, checked before native code relies on them. */
import type { NDArray } from "../array/ndarray.ts";
import { axisLength, checkArguments, emptyReduction } from "./bind.ts";
import { identityOf } from "./interp.ts";
import type { Kernel, Statement } from "./ir.ts";

/**
 * The length of every axis.
 * @throws TypeError when an array is not what its buffer declares.
 * @throws ValueError when lengths that must agree do not, or an extreme of no elements is asked for.
 */
export function checkedLengths(kernel: Kernel, arrays: readonly NDArray[]): ReadonlyMap<string, number> {
  checkArguments(kernel, arrays);
  const shapes = arrays.map((array) => array.shape);
  const lengths = new Map(kernel.axes.map((axis) => [axis.name, axisLength(kernel, axis, shapes)]));
  refuseEmpty(kernel.body, lengths);
  return lengths;
}

function refuseEmpty(body: readonly Statement[], lengths: ReadonlyMap<string, number>): void {
  for (const statement of body) {
    if (statement.kind !== "loop" && statement.kind !== "reduce") continue;
    if (statement.kind === "loop" && lengths.get(statement.axis) === 0) continue;
    if (statement.kind === "reduce" && statement.axes.some((axis) => lengths.get(axis) === 0)) {
      const refused = statement.accumulators.find(({ op, dtype }) => identityOf(op, dtype) === undefined);
      if (refused !== undefined) throw emptyReduction(refused.op);
    }
    refuseEmpty(statement.body, lengths);
  }
}
