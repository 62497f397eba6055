/**
 * Products of sigmoids, exponentials and their sums with 1: they cancel as formulas do, before they overflow or vanish.
 *
 * With S = sigmoid, everything of one `z` is written with S(z) and S(−z): 1 + exp(z) = 1 / S(−z), 1 − S(z) = S(−z), and
 * exp(z) = S(z) / S(−z). Gradients of cross entropies are such products, where sigmoids stand above and below the line.
 */
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { factorsOf, productTerms, sumTerms, type Terms, writeProduct, writeSum } from "./canonizer.ts";
import { negated, oneMinus, onePlus } from "./differences.ts";
import { inputsOf } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

/** A factor S(z)^positive · S(−z)^negative. */
interface Atom {
  readonly z: Variable;
  readonly positive: number;
  readonly negative: number;
  /** Whether it is written as a sigmoid, or as one less a sigmoid: it cannot overflow. */
  readonly isBounded: boolean;
}

const PRODUCT_OPS = [elemwise("mul").key, elemwise("true_div").key, elemwise("inv").key];

/** exp(z) / (1 + exp(z)) → S(z), c / (1 + exp(z)) → c · S(−z), S(z) / S(z) · S(−z) → S(−z), and all others of the kind. */
export const localExpOver1PlusExp = nodeRewrite("local_exp_over_1_plus_exp", PRODUCT_OPS, (node, fgraph) => {
  const terms = productTerms(node, fgraph);
  if (terms === null) return null;
  const simplified = cancelSigmoids(terms);
  return simplified === null ? null : writeProduct(simplified, node.out, node.inputs);
});

/** What is known of the factors of one z. */
interface Group {
  positive: number;
  negative: number;
  /** Whether something of it overflows or stands below the line. */
  isRisky: boolean;
  factors: number;
}

function cancelSigmoids({ above, below }: Terms): Terms | null {
  const groups = new Map<Variable, Group>();
  const add = (factor: Variable, side: 1 | -1): void => {
    const atom = atomOf(factor);
    if (atom === null) return;
    const group = groups.get(atom.z) ?? { positive: 0, negative: 0, isRisky: false, factors: 0 };
    group.positive += side * atom.positive;
    group.negative += side * atom.negative;
    group.isRisky ||= side < 0 || !atom.isBounded;
    group.factors += 1;
    groups.set(atom.z, group);
  };
  for (const factor of above) add(factor, 1);
  for (const factor of below) add(factor, -1);
  for (const [z, group] of groups) if (!isWorthwhile(group)) groups.delete(z);
  if (groups.size === 0) return null;
  const isKept = (factor: Variable): boolean => !groups.has(atomOf(factor)?.z ?? factor);
  const sigmoids = [...groups].flatMap(([z, { positive, negative }]) => [
    ...Array.from({ length: positive }, () => applyElemwise("sigmoid", z)),
    ...Array.from({ length: negative }, () => applyElemwise("sigmoid", applyElemwise("neg", z))),
  ]);
  return { above: [...above.filter(isKept), ...sigmoids], below: below.filter(isKept) };
}

/**
 * Only sigmoids above the line are left, and something was below it or could overflow. That something of z is left keeps
 * NaN; a lone exp(z) is no product of sigmoids.
 */
function isWorthwhile({ positive, negative, isRisky }: Group): boolean {
  return isRisky && positive >= 0 && negative >= 0 && positive + negative > 0;
}

function atomOf(factor: Variable): Atom | null {
  const squared = inputsOf(factor, "sqr");
  if (squared !== null) return power(atomOf(squared[0]), 2);
  const sigmoid = inputsOf(factor, "sigmoid");
  if (sigmoid !== null) return atom(sigmoid[0], 1, 0, true);
  const exponent = inputsOf(factor, "exp");
  if (exponent !== null) return atom(exponent[0], 1, -1, false);
  const complement = oneMinus(factor);
  const inner = complement === null ? null : inputsOf(complement, "sigmoid");
  if (inner !== null) return atom(inner[0], 0, 1, true);
  const added = onePlus(factor);
  const summed = added === null ? null : inputsOf(added, "exp");
  return summed === null ? null : atom(summed[0], 0, -1, false);
}

function power(base: Atom | null, exponent: number): Atom | null {
  if (base === null) return null;
  return { ...base, positive: exponent * base.positive, negative: exponent * base.negative };
}

/** Atoms of −z are written as those of z. */
function atom(argument: Variable, positive: number, negative: number, isBounded: boolean): Atom {
  const z = negated(argument);
  return z === null
    ? { z: argument, positive, negative, isBounded }
    : { z, positive: negative, negative: positive, isBounded };
}

/** (a / S(z) + b / S(−z)) · S(z) · S(−z) → a · S(−z) + b · S(z): where sigmoids below the line cancel by it. */
export const localGreedyDistributor = nodeRewrite("local_greedy_distributor", PRODUCT_OPS, (node, fgraph) => {
  const terms = productTerms(node, fgraph);
  const at = terms?.above.findIndex((factor) => distributes(factor, terms, fgraph)) ?? -1;
  if (terms === null || at < 0) return null;
  const sum = sumTerms(terms.above[at], fgraph);
  if (sum === null) return null;
  const outer: Terms = { above: terms.above.toSpliced(at, 1), below: terms.below };
  const [above, below] = [sum.above, sum.below].map((side) =>
    side.map((term) => multiplied(term, outer, node, fgraph)),
  );
  const [kept, taken] = [above, below].map((side) => side.filter((term) => term !== null));
  if (kept.length !== above.length || taken.length !== below.length) return null;
  return writeSum({ above: kept, below: taken }, node.out, node.inputs);
});

/** Whether a factor is a sum in which a sigmoid stands below the line that the other factors have above it. */
function distributes(factor: Variable, { above, below }: Terms, fgraph: FunctionGraph): boolean {
  if (fgraph.clients(factor).length > 1) return false;
  const sum = sumTerms(factor, fgraph);
  if (sum === null || atomOf(factor) !== null) return false;
  const others = [...above, ...below].filter((other) => other !== factor).map((other) => atomOf(other)?.z);
  return [...sum.above, ...sum.below]
    .flatMap((term) => factorsOf(term, fgraph).below)
    .some((divisor) => others.includes(atomOf(divisor)?.z ?? divisor));
}

function multiplied(term: Variable, outer: Terms, node: Apply, fgraph: FunctionGraph): Variable | null {
  const { above, below } = factorsOf(term, fgraph);
  return writeProduct({ above: [...outer.above, ...above], below: [...outer.below, ...below] }, node.out, node.inputs);
}

export const SIGMOIDS: readonly Registration[] = [
  { rewrite: localExpOver1PlusExp, stages: ["stabilize", "specialize"], tags: ["fast_run"] },
  { rewrite: localGreedyDistributor, stages: ["canonicalize", "stabilize"], tags: ["fast_run"] },
];
