/** Rewrites of the stage `specialize`: general forms become special ones that cost less. */
import { dtypeInfo, isDiscrete, isFloat } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import type { Variable } from "../graph/variable.ts";
import { cast } from "../ops/cast.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { elementwise } from "../ops/math.ts";
import { CAReduce } from "../ops/reduce.ts";
import { conform, inputsOf, numberValue, scalarConstant } from "./inspect.ts";
import { pattern } from "./pattern.ts";
import { nodeRewrite } from "./rewrite.ts";

const { inv, neg, sqr, sqrt, second } = elementwise;

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

/** Powers with the exponents 2, 1, 0, and for floats −1 and −2. */
export const localPowSpecialize = nodeRewrite("local_pow_specialize", [elemwise("pow").key], (node) => {
  const [x, exponent] = node.inputs;
  const special = power(x, numberValue(exponent), node);
  return special === null ? null : conform(special, node.out, node.inputs);
});

function power(x: Variable, exponent: number | null, { out }: Apply): Variable | null {
  switch (exponent) {
    case 2:
      return x.dtype === out.dtype ? sqr(x) : null;
    case 1:
      return x;
    case 0:
      return second(x, scalarConstant(1, out.dtype));
    case -1:
      return isFloat(x.dtype) ? inv(x) : null;
    case -2:
      return isFloat(x.dtype) ? inv(sqr(x)) : null;
    default:
      return null;
  }
}

/**
 * x ** 0.5 → sqrt(x), x ** −0.5 → inv(sqrt(x)). Off unless asked for: IEEE 754 has (−inf) ** 0.5 = inf, and the square root
 * gives NaN there.
 */
export const localPowToSqrt = nodeRewrite("local_pow_to_sqrt", [elemwise("pow").key], (node) => {
  const [x, exponent] = node.inputs;
  const value = numberValue(exponent);
  if (!isFloat(x.dtype) || (value !== 0.5 && value !== -0.5)) return null;
  return conform(value > 0 ? sqrt(x) : inv(sqrt(x)), node.out, node.inputs);
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

/**
 * Sum(c · x) → c · Sum(x) and Sum(−x) → −Sum(x), for floats and a finite constant c other than 0: with c infinite, a sum
 * of mixed signs would change from NaN to infinity.
 */
export const localSumProdMulByScalar = nodeRewrite("local_sum_prod_mul_by_scalar", ["Sum"], (node, fgraph) => {
  const { op, inputs, out } = node;
  const [summed] = inputs;
  if (!(op instanceof CAReduce) || isDiscrete(summed.dtype) || summed.dtype !== out.dtype) return null;
  if (fgraph.clients(summed).length > 1) return null;
  const negated = inputsOf(summed, "neg");
  if (negated !== null) return conform(neg(op.apply(negated[0]).out), out, []);
  const factors = inputsOf(summed, "mul") ?? [];
  const constants = factors.filter(isFiniteFactor);
  const others = factors.filter((factor) => !isFiniteFactor(factor));
  if (constants.length === 0 || others.length === 0) return null;
  const rest = conform(others.length === 1 ? others[0] : applyElemwise("mul", ...others), summed, []);
  if (rest === null) return null;
  const scale = constants.map((factor) => numberValue(factor) ?? 1).reduce((a, b) => a * b, 1);
  return conform(applyElemwise("mul", scalarConstant(scale, out.dtype), op.apply(rest).out), out, []);
});

function isFiniteFactor(factor: Variable): boolean {
  const value = numberValue(factor);
  return value !== null && value !== 0 && Number.isFinite(value);
}
