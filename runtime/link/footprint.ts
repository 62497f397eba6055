/** How much memory the values of a program take, in the words of Theano 1.0.5. */
import { dtypeInfo } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { pyTuple } from "../base/python.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";

/** A list of the values that a program holds, the largest first, with their sums. Memory that values share counts once. */
export function storageFootprint(fgraph: FunctionGraph, values: ReadonlyMap<Variable, NDArray>): string {
  const inputs = new Set<Variable>(fgraph.inputs);
  const rows = [...values].sort(([, a], [, b]) => b.nbytes - a.nbytes);
  const lines = rows.map(([variable, { shape, dtype, nbytes }]) => {
    const role = inputs.has(variable) ? (variable.tag.isShared ? "Shared Input, " : "Input, ") : "";
    const { bytes } = dtypeInfo(dtype);
    return ` - ${variable}, ${role}Shape: ${pyTuple(shape)}, ElemSize: ${bytes} Byte(s), TotalSize: ${nbytes} Byte(s)`;
  });
  const owned = rows.filter(([variable]) => !sharesMemory(variable));
  return [
    "Storage map footprint:",
    ...lines,
    ` TotalSize: ${size(owned)}`,
    ` TotalSize inputs: ${size(owned.filter(([variable]) => inputs.has(variable)))}`,
    "",
  ].join("\n");
}

/** Whether a node gives its input's memory on. */
function sharesMemory({ owner, index }: Variable): boolean {
  return owner !== null && (owner.op.views[index] !== undefined || owner.op.destroys[index] !== undefined);
}

function size(rows: readonly (readonly [Variable, NDArray])[]): string {
  const bytes = rows.reduce((sum, [, { nbytes }]) => sum + nbytes, 0);
  return `${bytes} Byte(s) ${(bytes / 2 ** 30).toFixed(3)} GB`;
}
