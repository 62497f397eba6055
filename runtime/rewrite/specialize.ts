/** Rewrites of the stage `specialize`: general forms become special ones that cost less. */
import { dtypeInfo } from "../array/dtype.ts";
import type { Variable } from "../graph/variable.ts";
import { cast } from "../ops/cast.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { elementwise } from "../ops/math.ts";
import { conform, inputsOf, numberValue, scalarConstant } from "./inspect.ts";
import { pattern } from "./pattern.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

const { inv, neg, sqr } = elementwise;

/** Factors 1 and −1 go; signs are collected in one −, or in a constant where other factors are left. */
export const localMulSpecialize = nodeRewrite("local_mul_specialize", [elemwise("mul").key], (node) => {
  const { out } = node;
  if (dtypeInfo(out.dtype).kind === "uint" || out.dtype === "bool") return null;
  // In a narrower integer type a − may wrap around, and in an unsigned one it does.
  const isSafe = (x: Variable): boolean => x.dtype === out.dtype || numberValue(x) === -1;
  const signs = node.inputs.map((x) => (isSafe(x) ? stripSign(x) : { factor: x, isNegative: false }));
  const factors = signs.filter(({ factor }) => numberValue(factor) !== 1).map(({ factor }) => factor);
  const isNegative = signs.filter((sign) => sign.isNegative).length % 2 === 1;
  const minusOnes = node.inputs.filter((x) => numberValue(x) === -1).length;
  if (factors.length === node.inputs.length && !signs.some((sign) => sign.isNegative)) return null;
  if (factors.length === 0) return conform(scalarConstant(isNegative ? -1 : 1, out.dtype), out, node.inputs);
  if (factors.length === 1)
    return conform(isNegative ? neg(cast(factors[0], out.dtype)) : factors[0], out, node.inputs);
  // One −1 among several factors stays: a − would be one node more.
  if (isNegative && minusOnes === 1 && factors.length === node.inputs.length - 1) return null;
  const written = isNegative ? [scalarConstant(-1, out.dtype), ...factors] : factors;
  return conform(applyElemwise("mul", ...written), out, node.inputs);
});

/** −x as x and a sign; the constant −1 as 1 and a sign. */
function stripSign(variable: Variable): { readonly factor: Variable; readonly isNegative: boolean } {
  let factor = variable;
  let isNegative = false;
  for (let inner = inputsOf(factor, "neg"); inner !== null; inner = inputsOf(factor, "neg")) {
    factor = inner[0];
    isNegative = !isNegative;
  }
  if (numberValue(factor) === -1) return { factor: scalarConstant(1, factor.dtype), isNegative: !isNegative };
  return { factor, isNegative };
}

/** Terms of 0 go. (−0 + 0 is 0: the sign of a zero may change.) */
export const localAddSpecialize = nodeRewrite("local_add_specialize", [elemwise("add").key], (node) => {
  const terms = node.inputs.filter((x) => numberValue(x) !== 0);
  if (terms.length === node.inputs.length || node.out.dtype === "bool") return null;
  if (terms.length === 0) return conform(scalarConstant(0, node.out.dtype), node.out, node.inputs);
  return conform(terms.length === 1 ? terms[0] : applyElemwise("add", ...terms), node.out, node.inputs);
});

/** x · x → sqr(x). */
export const localMulToSqr = pattern({
  name: "local_mul_to_sqr",
  find: (x) => elementwise.mul(x, x),
  replace: (x) => sqr(x),
});

/** 1 / x → inv(x), for floats: the inverse of an integer would be one of another dtype. */
export const localDivToInv = pattern({
  name: "local_div_to_inv",
  find: (x) => elementwise.trueDiv(1, x),
  replace: (x) => inv(x),
  where: ([x], { node }) => x.dtype === node.out.dtype,
});

/** −(−x) → x. */
export const localNegNeg = pattern({
  name: "local_neg_neg",
  find: (x) => neg(neg(x)),
  replace: (x) => x,
});

/** (−x) / (−y) → x / y. */
export const localNegDivNeg = pattern({
  name: "local_neg_div_neg",
  find: (x, y) => elementwise.trueDiv(neg(x), neg(y)),
  replace: (x, y) => elementwise.trueDiv(x, y),
});

const FAST = ["fast_run"];

export const SPECIALIZE: readonly Registration[] = [
  { rewrite: localNegNeg, stages: ["specialize"], tags: FAST },
  { rewrite: localNegDivNeg, stages: ["specialize"], tags: FAST },
  { rewrite: localMulToSqr, stages: ["specialize"], tags: FAST },
  { rewrite: localMulSpecialize, stages: ["specialize"], tags: FAST },
  { rewrite: localAddSpecialize, stages: ["specialize"], tags: FAST },
  { rewrite: localDivToInv, stages: ["specialize"], tags: FAST },
];
