/**
 * Rewrites of the stage `stabilize`: forms that lose digits or overflow become equal ones that do not. They change
 * values only where the written form had lost them.
 */

import { isDiscrete } from "../array/dtype.ts";
import { cast } from "../ops/cast.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { elementwise } from "../ops/math.ts";
import { asFloat, conform, inputsOf, numberValue } from "./inspect.ts";
import { pattern } from "./pattern.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

const { add, exp, inv, log, log1p, neg, sigmoid, softplus, sub } = elementwise;

/** log(1 + x + …) → log1p(x + …), log(1 − x) → log1p(−x), for floats: integers have lost nothing. */
export const localLog1p = nodeRewrite("local_log1p", [elemwise("log").key], (node) => {
  const [argument] = node.inputs;
  if (isDiscrete(argument.dtype)) return null;
  const difference = inputsOf(argument, "sub");
  if (difference !== null && numberValue(difference[0]) === 1)
    return conform(log1p(neg(cast(difference[1], argument.dtype))), node.out, node.inputs);
  const terms = inputsOf(argument, "add");
  const one = terms?.findIndex((term) => numberValue(term) === 1) ?? -1;
  if (terms === null || one < 0) return null;
  const others = terms.toSpliced(one, 1).map((term) => cast(term, argument.dtype));
  if (others.length === 0) return null;
  const rest = others.length === 1 ? others[0] : applyElemwise("add", ...others);
  return conform(log1p(rest), node.out, terms);
});

/** inv(1 + exp(x)) → sigmoid(−x). */
export const localInv1PlusExp = pattern({
  name: "local_inv_1_plus_exp",
  find: (x) => inv(add(1, exp(x))),
  replace: (x) => sigmoid(neg(asFloat(x))),
});

/** log1p(exp(x)) → softplus(x), which does not overflow. */
export const log1pexpToSoftplus = pattern({
  name: "log1pexp_to_softplus",
  find: (x) => log1p(exp(x)),
  replace: (x) => softplus(x),
});

/** log(sigmoid(x)) → −softplus(−x), finite where the sigmoid underflows. */
export const logsigmToSoftplus = pattern({
  name: "logsigm_to_softplus",
  find: (x) => log(sigmoid(x)),
  replace: (x) => neg(softplus(neg(asFloat(x)))),
});

/** log1p(−sigmoid(x)) → −softplus(x), finite where the sigmoid rounds to 1. */
export const log1pNegSigmoid = pattern({
  name: "log1p_neg_sigmoid",
  find: (x) => log1p(neg(sigmoid(x))),
  replace: (x) => neg(softplus(x)),
});

/** log(1 − sigmoid(x)) → −softplus(x), likewise. */
export const log1msigmToSoftplus = pattern({
  name: "log1msigm_to_softplus",
  find: (x) => log(sub(1, sigmoid(x))),
  replace: (x) => neg(softplus(x)),
});

const BOTH = ["stabilize", "specialize"] as const;
const FAST = ["fast_run"];

export const STABILIZE: readonly Registration[] = [
  { rewrite: log1msigmToSoftplus, stages: BOTH, tags: FAST },
  { rewrite: localLog1p, stages: BOTH, tags: FAST },
  { rewrite: localInv1PlusExp, stages: ["stabilize"], tags: FAST },
  { rewrite: log1pexpToSoftplus, stages: BOTH, tags: FAST },
  { rewrite: logsigmToSoftplus, stages: BOTH, tags: FAST },
  { rewrite: log1pNegSigmoid, stages: BOTH, tags: FAST },
];
