/**
 * The canonizers: sums of terms and products of factors, also across subtraction and division, are read as two lists,
 * what is added (multiplied) and what is taken away (divided by), and written again with one constant in front.
 *
 * Terms are regrouped only where there is a constant to gather, so that rounding may differ in the last digit and a zero
 * may change its sign, but NaN and infinities come where they came before. Cancelling a term against itself would turn
 * inf − inf and 0 / 0 into numbers: for floats only the variants for the tag `unsafe` do it.
 */
import { castScalar, type DType, integerOf, isDiscrete, type Scalar, upcast } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { cast } from "../ops/cast.ts";
import { DimShuffle } from "../ops/dimshuffle.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import type { ScalarOpName } from "../scalar/table.ts";
import { conform, scalarConstant, scalarNameOf, scalarValue } from "./inspect.ts";
import { type NodeRewrite, nodeRewrite, type Registration } from "./rewrite.ts";

/** A commutative operation with its inverse. */
interface Arithmetic {
  readonly main: "add" | "mul";
  readonly inverse: "sub" | "true_div";
  readonly reciprocal: "neg" | "inv";
  readonly neutral: 0 | 1;
}

const SUMS: Arithmetic = { main: "add", inverse: "sub", reciprocal: "neg", neutral: 0 };
const PRODUCTS: Arithmetic = { main: "mul", inverse: "true_div", reciprocal: "inv", neutral: 1 };

/** What is added and what is taken away; the factors above and below a fraction line. */
export interface Terms {
  readonly above: readonly Variable[];
  readonly below: readonly Variable[];
}

/** Sums: gathers constants, and cancels terms of integers, where nothing is lost. */
export const localAddCanonizer = canonizer("local_add_canonizer", SUMS, isDiscrete);
/** Products: gathers constants. */
export const localMulCanonizer = canonizer("local_mul_canonizer", PRODUCTS, () => false);
/** As `local_add_canonizer`, and x − x → 0 for all dtypes. */
export const localAddCancel = canonizer("local_add_cancel", SUMS, () => true);
/** As `local_mul_canonizer`, and x / x → 1. */
export const localMulCancel = canonizer("local_mul_cancel", PRODUCTS, () => true);

function canonizer(name: string, arithmetic: Arithmetic, cancels: (dtype: DType) => boolean): NodeRewrite {
  const tracks = namesOf(arithmetic).map((op) => elemwise(op).key);
  return nodeRewrite(name, tracks, (node, fgraph) => {
    const { out } = node;
    if (out.dtype === "bool" || isPartOfClient(out, arithmetic, fgraph)) return null;
    const terms = collect(node, arithmetic, fgraph);
    const remaining = cancels(out.dtype) ? cancel(terms) : terms;
    const simplified = gatherConstants(remaining, out.dtype, arithmetic);
    if (simplified === null || sameTerms(terms, simplified)) return null;
    const written = write(simplified, out.dtype, arithmetic);
    return written === null ? null : conform(written, out, node.inputs);
  });
}

/** The factors of a product, also of quotients in it; null where the node is a part of a greater product, or none. */
export function productTerms(node: Apply, fgraph: FunctionGraph): Terms | null {
  return isOpOf(node, PRODUCTS) && !isPartOfClient(node.out, PRODUCTS, fgraph) ? collect(node, PRODUCTS, fgraph) : null;
}

/** The factors of a variable: itself where it is no product. Other uses of it do not matter. */
export function factorsOf(variable: Variable, fgraph: FunctionGraph): Terms {
  const { owner } = variable;
  return isOpOf(owner, PRODUCTS) && owner !== null
    ? collect(owner, PRODUCTS, fgraph)
    : { above: [variable], below: [] };
}

/** The terms of a sum, also of differences in it, or null. */
export function sumTerms(variable: Variable, fgraph: FunctionGraph): Terms | null {
  const { owner } = variable;
  return owner !== null && isOpOf(owner, SUMS) ? collect(owner, SUMS, fgraph) : null;
}

/** A product as a replacement of `out`; null where it would be computed in another dtype. */
export function writeProduct(terms: Terms, out: Variable, models: readonly Variable[]): Variable | null {
  const written = write(terms, out.dtype, PRODUCTS);
  return written === null ? null : conform(written, out, models);
}

/** A sum as a replacement of `out`; null where it would be computed in another dtype. */
export function writeSum(terms: Terms, out: Variable, models: readonly Variable[]): Variable | null {
  const written = write(terms, out.dtype, SUMS);
  return written === null ? null : conform(written, out, models);
}

function namesOf({ main, inverse, reciprocal }: Arithmetic): ScalarOpName[] {
  return [main, inverse, reciprocal];
}

function isOpOf(node: Apply | null, arithmetic: Arithmetic): boolean {
  const name = scalarNameOf(node);
  return name === arithmetic.main || name === arithmetic.inverse || name === arithmetic.reciprocal;
}

/** Whether the only client will read `out` as a part of its own terms. */
function isPartOfClient(out: Variable, arithmetic: Arithmetic, fgraph: FunctionGraph): boolean {
  let inner = out;
  for (;;) {
    const clients = fgraph.clients(inner);
    if (clients.length !== 1) return false;
    const [{ node }] = clients;
    if (node === "output") return false;
    if (isOpOf(node, arithmetic)) return node.out.dtype === out.dtype;
    if (!onlyAddsDimensions(node)) return false;
    inner = node.out;
  }
}

/** A dimension shuffle that only adds dimensions on the left, as broadcasting would. */
function onlyAddsDimensions({ op, inputs }: Apply): boolean {
  if (!(op instanceof DimShuffle)) return false;
  const added = op.order.length - inputs[0].ndim;
  return op.order.every((item, i) => (i < added ? item === "x" : item === i - added));
}

/** Reads the terms from left to right, through nodes of the same dtype that nothing else uses. */
function collect(root: Apply, arithmetic: Arithmetic, fgraph: FunctionGraph): Terms {
  const above: Variable[] = [];
  const below: Variable[] = [];
  const opens = (node: Apply | null): node is Apply =>
    node !== null && isOpOf(node, arithmetic) && node.out.dtype === root.out.dtype;
  const todo = [{ variable: root.out, isAbove: true, isShared: false }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { variable, isAbove } = next;
    const { owner } = variable;
    const isShared = next.isShared || (owner !== root && fgraph.clients(variable).length > 1);
    if (owner !== null && onlyAddsDimensions(owner)) {
      todo.push({ variable: owner.inputs[0], isAbove, isShared });
    } else if (opens(owner) && !isShared) {
      const name = scalarNameOf(owner);
      const inner = owner.inputs.map((input, i) => {
        const isTakenAway = name === arithmetic.reciprocal || (name === arithmetic.inverse && i === 1);
        return { variable: input, isAbove: isAbove !== isTakenAway, isShared: false };
      });
      todo.push(...inner.reverse());
    } else {
      (isAbove ? above : below).push(variable);
    }
  }
  return { above, below };
}

/** Without the terms that stand on both sides. */
function cancel({ above, below }: Terms): Terms {
  const left = [...below];
  const kept = above.filter((term) => {
    const at = left.indexOf(term);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { above: kept, below: left };
}

/** All constants as one in front; null where that would be infinite, NaN, or a factor 0. */
function gatherConstants(terms: Terms, dtype: DType, arithmetic: Arithmetic): Terms | null {
  const above = split(terms.above);
  const below = split(terms.below);
  const value = isDiscrete(dtype)
    ? combineIntegers(above.values, below.values, dtype, arithmetic)
    : combineFloats(above.values, below.values, dtype, arithmetic);
  if (value === null) return null;
  // A division needs something above the line; x / c has it, 1 / x does not.
  const isNeeded = Number(value) !== arithmetic.neutral || (arithmetic.main === "mul" && above.others.length === 0);
  if (!isNeeded) return { above: above.others, below: below.others };
  if (isInPlace(terms, above.values, below.values, value, dtype)) return terms;
  return { above: [scalarConstant(value, dtype), ...above.others], below: below.others };
}

function split(terms: readonly Variable[]): {
  readonly values: readonly Scalar[];
  readonly others: readonly Variable[];
} {
  const values = terms.map(scalarValue);
  return {
    values: values.filter((value) => value !== null),
    others: terms.filter((_, i) => values[i] === null),
  };
}

/** The one constant stands in front already, with the right dtype: to write it again would never end. */
function isInPlace(
  { above: [first] }: Terms,
  above: readonly Scalar[],
  below: readonly Scalar[],
  value: Scalar,
  dtype: DType,
): boolean {
  return above.length === 1 && below.length === 0 && first.dtype === dtype && scalarValue(first) === value;
}

/** Division of integers gives floats, so that a product of integers has nothing below the line. */
function combineIntegers(
  above: readonly Scalar[],
  below: readonly Scalar[],
  dtype: DType,
  { main }: Arithmetic,
): Scalar {
  const [plus, minus] = [above, below].map((values) => values.map(integerOf));
  if (main === "mul")
    return castScalar(
      plus.reduce((a, b) => a * b, 1n),
      dtype,
    );
  const total = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
  return castScalar(total(plus) - total(minus), dtype);
}

function combineFloats(
  above: readonly Scalar[],
  below: readonly Scalar[],
  dtype: DType,
  { main }: Arithmetic,
): Scalar | null {
  const [plus, minus] = [above, below].map((values) => values.map(Number));
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
  const exact = main === "add" ? total(plus) - total(minus) : product(plus) / product(minus);
  const value = Number(castScalar(exact, dtype));
  return Number.isFinite(value) && (main === "add" || value !== 0) ? value : null;
}

function sameTerms(a: Terms, b: Terms): boolean {
  const same = (x: readonly Variable[], y: readonly Variable[]): boolean =>
    x.length === y.length && x.every((term, i) => term === y[i]);
  return same(a.above, b.above) && same(a.below, b.below);
}

/** The terms as a graph; null where a part would be computed in a narrower dtype than before. */
function write({ above, below }: Terms, dtype: DType, arithmetic: Arithmetic): TensorVariable | null {
  if (![above, below].every((terms) => terms.length < 2 || upcast(...terms.map((term) => term.dtype)) === dtype))
    return null;
  if (below.length === 0) return joined(above, dtype, arithmetic);
  if (above.length === 0 && arithmetic.main === "add")
    return applyElemwise("neg", cast(joined(below, dtype, arithmetic), dtype));
  return applyElemwise(arithmetic.inverse, joined(above, dtype, arithmetic), joined(below, dtype, arithmetic));
}

function joined(terms: readonly Variable[], dtype: DType, { main, neutral }: Arithmetic): TensorVariable {
  if (terms.length === 0) return scalarConstant(neutral, dtype);
  return terms.length === 1 ? terms[0] : applyElemwise(main, ...terms);
}

export const CANONIZERS: readonly Registration[] = [
  { rewrite: localMulCanonizer, stages: ["canonicalize"], tags: ["fast_run"] },
  { rewrite: localAddCanonizer, stages: ["canonicalize"], tags: ["fast_run"] },
  { rewrite: localAddCancel, stages: ["canonicalize"], tags: ["unsafe"] },
  { rewrite: localMulCancel, stages: ["canonicalize"], tags: ["unsafe"] },
];
