/**
 * Products of sigmoids, exponentials and their sums with 1: they cancel as formulas do, before they overflow or vanish.
 *
 * With S = sigmoid, everything of one `z` is written with S(z) and S(−z): 1 + exp(z) = 1 / S(−z), 1 − S(z) = S(−z), and
 * exp(z) = S(z) / S(−z). Gradients of cross entropies are such products, where sigmoids stand above and below the line.
 */
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { elemwise } from "../ops/elemwise.ts";
import { elementwise } from "../ops/math.ts";
import { factorsOf, productTerms, sumTerms, type Terms, writeProduct, writeSum } from "./canonizer.ts";
import { negated, oneMinus, onePlus } from "./differences.ts";
import { asFloat, inputsOf, numberValue, scalarConstant } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

const { neg, sigmoid } = elementwise;

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
}

function cancelSigmoids(terms: Terms): Terms | null {
  const groups = groupsOf(terms);
  for (const [z, group] of groups) if (!isWorthwhile(group)) groups.delete(z);
  if (groups.size === 0) return null;
  const isKept = (factor: Variable): boolean => {
    const atom = atomOf(factor);
    return numberValue(factor) !== 1 && (atom === null || !groups.has(atom.z));
  };
  const sigmoids = [...groups].flatMap(([z, { positive, negative }]) => [
    ...Array.from({ length: positive }, () => sigmoid(z)),
    ...Array.from({ length: negative }, () => sigmoid(neg(asFloat(z)))),
  ]);
  return { above: [...terms.above.filter(isKept), ...sigmoids], below: terms.below.filter(isKept) };
}

/** The powers of sigmoids in a product, by z. */
function groupsOf({ above, below }: Terms): Map<Variable, Group> {
  const groups = new Map<Variable, Group>();
  const add = (factor: Variable, side: 1 | -1): void => {
    const atom = atomOf(factor);
    if (atom === null) return;
    const group = groups.get(atom.z) ?? { positive: 0, negative: 0, isRisky: false };
    group.positive += side * atom.positive;
    group.negative += side * atom.negative;
    group.isRisky ||= side < 0 || !atom.isBounded;
    groups.set(atom.z, group);
  };
  for (const factor of above) add(factor, 1);
  for (const factor of below) add(factor, -1);
  return groups;
}

/**
 * Only sigmoids above the line are left, and something was below it or could overflow. That something of z is left keeps
 * NaN; a lone exp(z) is no product of sigmoids.
 */
function isWorthwhile({ positive, negative, isRisky }: Group): boolean {
  return isRisky && positive >= 0 && negative >= 0 && positive + negative > 0;
}

function atomOf(factor: Variable): Atom | null {
  if (factor.owner === null) return null;
  const squared = inputsOf(factor, "sqr");
  if (squared !== null) return power(atomOf(squared[0]), 2);
  const bounded = inputsOf(factor, "sigmoid");
  if (bounded !== null) return atom(bounded[0], 1, 0, true);
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
  if (terms === null) return null;
  const groups = groupsOf(terms);
  if (groups.size === 0) return null;
  const at = terms.above.findIndex((factor) => distributes(factor, groups, fgraph));
  if (at < 0) return null;
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

/**
 * Whether a factor is a sum whose every term, times the other factors, is a product of sigmoids that do not overflow.
 * `groups` are those of the whole product: a sum is no power of a sigmoid, so that they are those of the others too.
 */
function distributes(factor: Variable, groups: ReadonlyMap<Variable, Group>, fgraph: FunctionGraph): boolean {
  const sum = fgraph.clients(factor).length > 1 || atomOf(factor) !== null ? null : sumTerms(factor, fgraph);
  if (sum === null) return false;
  const products = [...sum.above, ...sum.below].map((term) => groupsOf(factorsOf(term, fgraph)));
  return [...groups].some(([z, outer]) =>
    products.every((term) => {
      const inner = term.get(z);
      return inner !== undefined && isWorthwhile(joined(outer, inner));
    }),
  );
}

function joined(a: Group, b: Group): Group {
  return {
    positive: a.positive + b.positive,
    negative: a.negative + b.negative,
    isRisky: a.isRisky || b.isRisky,
  };
}

function multiplied(term: Variable, outer: Terms, node: Apply, fgraph: FunctionGraph): Variable | null {
  const { above, below } = factorsOf(term, fgraph);
  return writeProduct({ above: [...outer.above, ...above], below: [...outer.below, ...below] }, node.out, node.inputs);
}

/** A product with its constants as one number. */
interface Scaled extends Terms {
  readonly scale: number;
}

function scaled(term: Variable, sign: 1 | -1, fgraph: FunctionGraph): Scaled {
  const { above, below } = factorsOf(term, fgraph);
  const isConstant = (factor: Variable): boolean => numberValue(factor) !== null;
  const scale = above.reduce((product, factor) => product * (numberValue(factor) ?? 1), Number(sign));
  return { scale, above: above.filter((factor) => !isConstant(factor)), below };
}

/** a − a · S(z) → a · S(−z): the difference vanishes before its digits do. */
export const localSigmoidComplement = nodeRewrite(
  "local_sigmoid_complement",
  [elemwise("add").key, elemwise("sub").key],
  (node, fgraph) => {
    // Of a long sum each node would read all the others, only to find more than two terms.
    if (node.inputs.some((x) => isOwnSum(x, node, fgraph))) return null;
    // A sum inside of the sum brings a third term; a chain of sums is not to be read again at each of its nodes.
    const isSum = (x: Variable): boolean =>
      fgraph.clients(x).length === 1 && (inputsOf(x, "add") ?? inputsOf(x, "sub")) !== null;
    if (node.inputs.length > 1 && node.inputs.some((x) => x.dtype === node.out.dtype && isSum(x))) return null;
    const terms = sumTerms(node.out, fgraph);
    if (terms === null || terms.above.length + terms.below.length !== 2) return null;
    const [a, b] = [
      ...terms.above.map((term) => scaled(term, 1, fgraph)),
      ...terms.below.map((term) => scaled(term, -1, fgraph)),
    ];
    const found = complementOf(a, b) ?? complementOf(b, a);
    if (found === null) return null;
    const { scale, above, below, complement } = found;
    const factors = scale === 1 ? [] : [scalarConstant(scale, node.out.dtype)];
    return writeProduct({ above: [...factors, ...above, complement], below }, node.out, node.inputs);
  },
);

/** Whether an input of a sum is a sum that nobody else reads. */
function isOwnSum(x: Variable, { out }: Apply, fgraph: FunctionGraph): boolean {
  const isSum = inputsOf(x, "add") !== null || inputsOf(x, "sub") !== null;
  return isSum && x.dtype === out.dtype && fgraph.clients(x).length === 1;
}

/** Of a and −a · S(z): a, and S(−z). */
function complementOf(a: Scaled, b: Scaled): (Scaled & { readonly complement: Variable }) | null {
  // A difference from a constant has rewrites of its own.
  if (a.scale !== -b.scale || a.above.length === 0 || b.above.length !== a.above.length + 1) return null;
  const extra = without(b.above, a.above);
  if (extra.length !== 1 || without(b.below, a.below).length > 0 || a.below.length !== b.below.length) return null;
  const [z] = inputsOf(extra[0], "sigmoid") ?? [];
  return z === undefined ? null : { ...a, complement: sigmoid(negated(z) ?? neg(asFloat(z))) };
}

/** The items of a list without those of another one, each as often as it is there. */
function without(list: readonly Variable[], taken: readonly Variable[]): Variable[] {
  const left = [...list];
  for (const item of taken) {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

export const SIGMOIDS: readonly Registration[] = [
  { rewrite: localExpOver1PlusExp, stages: ["stabilize", "specialize"], tags: ["fast_run"] },
  { rewrite: localSigmoidComplement, stages: ["stabilize"], tags: ["fast_run"] },
  { rewrite: localGreedyDistributor, stages: ["canonicalize", "stabilize"], tags: ["fast_run"] },
];
