/** Rewrites of switches one of whose branches is 0: products and quotients with it are computed in the other one only. */
import { isFloat } from "../array/dtype.ts";
import type { Variable } from "../graph/variable.ts";
import { cast } from "../ops/cast.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { conform, inputsOf, numberValue, scalarNameOf } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

/** `f` of the branch that is not 0; null where `variable` is no switch with a branch 0. */
function sunk(variable: Variable, f: (branch: Variable) => Variable): Variable | null {
  const [condition, yes, no] = inputsOf(variable, "switch") ?? [];
  if (condition === undefined || !isFloat(variable.dtype)) return null;
  const zeros = [yes, no].map((branch) => numberValue(branch) === 0);
  if (zeros[0] === zeros[1]) return null;
  const computed = f(cast(zeros[0] ? no : yes, variable.dtype));
  return zeros[0]
    ? applyElemwise("switch", condition, yes, computed)
    : applyElemwise("switch", condition, computed, no);
}

/**
 * a · switch(c, 0, b) → switch(c, 0, a · b). Where c holds the value is 0, also where a is NaN or infinite: gradients of a
 * function that was switched off there come with such factors.
 */
export const localMulSwitchSink = nodeRewrite("local_mul_switch_sink", [elemwise("mul").key], (node) => {
  for (const [at, factor] of node.inputs.entries()) {
    const result = sunk(factor, (branch) => applyElemwise("mul", ...node.inputs.with(at, branch)));
    if (result !== null && result.dtype === node.out.dtype) return conform(result, node.out, node.inputs);
  }
  return null;
});

/** switch(c, 0, b) / a → switch(c, 0, b / a), also for quotients rounded down. */
export const localDivSwitchSink = nodeRewrite(
  "local_div_switch_sink",
  [elemwise("true_div").key, elemwise("int_div").key],
  (node) => {
    const [dividend, divisor] = node.inputs;
    const name = scalarNameOf(node);
    const result = name === null ? null : sunk(dividend, (branch) => applyElemwise(name, branch, divisor));
    return result?.dtype === node.out.dtype ? conform(result, node.out, node.inputs) : null;
  },
);

export const SWITCHES: readonly Registration[] = [
  { rewrite: localMulSwitchSink, stages: ["canonicalize"], tags: ["fast_run"] },
  { rewrite: localDivSwitchSink, stages: ["canonicalize"], tags: ["fast_run"] },
];
