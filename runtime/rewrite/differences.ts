/** Differences from 1 that have a function of their own, which keeps the digits that the difference loses. */
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { elementwise } from "../ops/math.ts";
import type { ScalarOpName } from "../scalar/table.ts";
import { productTerms, writeProduct } from "./canonizer.ts";
import { asFloat, conform, inputsOf, numberValue, scalarNameOf } from "./inspect.ts";
import { pattern } from "./pattern.ts";
import { type NodeRewrite, nodeRewrite, type Registration } from "./rewrite.ts";

const { erf, erfc, erfcx, exp, expm1, log, log1mexp, log1p, mul, neg, sigmoid, sin, sqr } = elementwise;

const SUMS = [elemwise("add").key, elemwise("sub").key];

/** x of −x or −1 · x, else null. */
export function negated(variable: Variable): Variable | null {
  const [x] = inputsOf(variable, "neg") ?? [];
  if (x !== undefined) return x;
  const factors = inputsOf(variable, "mul") ?? [];
  const at = factors.findIndex((factor) => numberValue(factor) === -1);
  return factors.length === 2 && at >= 0 ? factors[1 - at] : null;
}

/** x of 1 + x, else null. */
export function onePlus(variable: Variable): Variable | null {
  return constantPlus(variable, 1);
}

/** x of 1 − x, also as 1 + (−x), else null. */
export function oneMinus(variable: Variable): Variable | null {
  const [one, x] = inputsOf(variable, "sub") ?? [];
  if (one !== undefined && numberValue(one) === 1) return x;
  const added = onePlus(variable);
  return added === null ? null : negated(added);
}

/** x of x − 1, also as x + (−1), else null. */
function minusOne(variable: Variable): Variable | null {
  const [x, one] = inputsOf(variable, "sub") ?? [];
  return one !== undefined && numberValue(one) === 1 ? x : constantPlus(variable, -1);
}

function constantPlus(variable: Variable, value: number): Variable | null {
  const terms = inputsOf(variable, "add");
  if (terms?.length !== 2) return null;
  const at = terms.findIndex((term) => numberValue(term) === value);
  return at >= 0 ? terms[1 - at] : null;
}

/** 1 − f(x) → g(x), and f(x) − 1 → −g(x). */
function completion(name: string, f: ScalarOpName, g: (x: Variable) => Variable): NodeRewrite {
  return nodeRewrite(name, SUMS, (node, fgraph) => {
    const { out } = node;
    const missing = oneMinus(out);
    const [x] = inputsOf(missing ?? minusOne(out) ?? out, f) ?? [];
    if (x === undefined || isSlope(out, f, x, fgraph)) return null;
    const value = g(asFloat(x));
    return conform(missing === null ? neg(value) : value, out, node.inputs);
  });
}

/** S(x) · (1 − S(x)), the slope of a sigmoid, needs no second exponential: it keeps its digits but for the smallest ones. */
function isSlope(difference: Variable, f: ScalarOpName, x: Variable, fgraph: FunctionGraph): boolean {
  if (f !== "sigmoid") return false;
  return fgraph.clients(difference).some(({ node }) => {
    const factors = node !== "output" && scalarNameOf(node) === "mul" ? node.inputs : [];
    return factors.some((factor) => inputsOf(factor, "sigmoid")?.[0] === x);
  });
}

/** 1 − erf(x) → erfc(x). */
export const localOneMinusErf = completion("local_one_minus_erf", "erf", (x) => erfc(x));
/** 1 − erfc(x) → erf(x). */
export const localOneMinusErfc = completion("local_one_minus_erfc", "erfc", (x) => erf(x));
/** exp(x) − 1 → expm1(x). */
export const localExpm1 = completion("local_expm1", "exp", (x) => neg(expm1(x)));
/** 1 − cos(x) → 2 sin²(x/2). */
export const localOneMinusCos = completion("local_one_minus_cos", "cos", (x) => mul(2, sqr(sin(mul(0.5, x)))));
/** 1 − sigmoid(x) → sigmoid(−x). */
export const localOneMinusSigmoid = completion("local_one_minus_sigmoid", "sigmoid", (x) => sigmoid(neg(x)));

/** log(erfc(x)), finite where erfc underflows, and exact next to 0; erf(−x) is −erf(x). */
function logErfc(argument: Variable): Variable {
  const x = asFloat(argument);
  const near = log1p(erf(neg(x)));
  const far = applyElemwise("sub", log(erfcx(x)), sqr(x));
  return applyElemwise("switch", applyElemwise("lt", x, 0.5), near, far);
}

/** log(erfc(x)) → a form that does not underflow. */
export const localLogErfc = pattern({ name: "local_log_erfc", find: (x) => log(erfc(x)), replace: logErfc });
/** log(1 − exp(x)), which is log(−expm1(x)) by now, → one function that is exact on both sides of −log 2. */
export const localLog1mexp = pattern({
  name: "local_log1mexp",
  find: (x) => log(neg(expm1(x))),
  replace: (x) => log1mexp(x),
});
/** The same of log1p(−exp(x)). */
export const localLog1pNegExp = pattern({
  name: "local_log1p_neg_exp",
  find: (x) => log1p(neg(exp(x))),
  replace: (x) => log1mexp(x),
});

/** log(1 − erf(x)), which is log1p(−erf(x)) by now, likewise. */
export const localLog1pErf = pattern({
  name: "local_log1p_neg_erf",
  find: (x) => log1p(neg(erf(x))),
  replace: logErfc,
});

/** exp(−x²) / erfc(x) → 1 / erfcx(x): the gradient of log(erfc(x)), where both underflow. */
export const localGradLogErfcNeg = nodeRewrite(
  "local_grad_log_erfc_neg",
  [elemwise("mul").key, elemwise("true_div").key],
  (node, fgraph) => {
    const terms = productTerms(node, fgraph);
    for (const [i, divisor] of terms?.below.entries() ?? []) {
      const [x] = inputsOf(divisor, "erfc") ?? [];
      const at = x === undefined ? -1 : (terms?.above.findIndex((factor) => isBell(factor, x)) ?? -1);
      if (terms === null || x === undefined || at < 0) continue;
      const simpler = { above: terms.above.toSpliced(at, 1), below: terms.below.with(i, erfcx(x)) };
      return writeProduct(simpler, node.out, node.inputs);
    }
    return null;
  },
);

/** Whether a factor is exp(−x²). */
function isBell(factor: Variable, x: Variable): boolean {
  const [exponent] = inputsOf(factor, "exp") ?? [];
  const square = exponent === undefined ? null : negated(exponent);
  if (square === null) return false;
  const factors = inputsOf(square, "mul") ?? [];
  return inputsOf(square, "sqr")?.[0] === x || (factors.length === 2 && factors.every((f) => f === x));
}

const STAGES = ["stabilize", "specialize"] as const;
const FAST = ["fast_run"];

export const DIFFERENCES: readonly Registration[] = [
  { rewrite: localExpm1, stages: ["canonicalize", ...STAGES], tags: FAST },
  { rewrite: localOneMinusErf, stages: ["canonicalize", ...STAGES], tags: FAST },
  { rewrite: localOneMinusErfc, stages: ["canonicalize", ...STAGES], tags: FAST },
  { rewrite: localOneMinusCos, stages: STAGES, tags: FAST },
  { rewrite: localOneMinusSigmoid, stages: STAGES, tags: FAST },
  { rewrite: localLogErfc, stages: STAGES, tags: FAST },
  { rewrite: localLog1pErf, stages: STAGES, tags: FAST },
  { rewrite: localLog1mexp, stages: STAGES, tags: FAST },
  { rewrite: localLog1pNegExp, stages: STAGES, tags: FAST },
  { rewrite: localGradLogErfcNeg, stages: STAGES, tags: FAST },
];
