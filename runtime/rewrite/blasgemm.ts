/**
 * Gemm over whole sums: a sum of matrices (or vectors) with factors is read as a list of terms, across nested sums,
 * differences, signs and products with numbers; one of the terms that is a product of matrices takes in another one.
 *
 * The algorithm, and with it the order of what is left, is that of Theano's `GemmOptimizer`.
 */
import { isComplex, isFloat, upcast } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import { InconsistencyError } from "../graph/errors.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { Dot22, Gemm } from "../ops/blas.ts";
import { cast } from "../ops/cast.ts";
import { DimShuffle, type DimShuffleItem, dimshuffle } from "../ops/dimshuffle.ts";
import { applyElemwise } from "../ops/elemwise.ts";
import { ofType } from "./blas.ts";
import { numberValue, scalarConstant, scalarNameOf } from "./inspect.ts";
import { graphRewrite } from "./rewrite.ts";
import type { RewriteRun } from "./run.ts";

/** A factor: 1, −1, or a number of the graph. */
type Factor = 1 | -1 | Variable;

interface Term {
  readonly factor: Factor;
  readonly array: Variable;
}

/** A sum with a Gemm in it, and the product that the Gemm takes the place of. */
interface Found {
  readonly sum: TensorVariable;
  readonly product: Apply;
}

/** b · z + a · x · y of whole sums → Gemm, wherever the product of the matrices is not needed for anything else. */
export const gemmOptimizer = graphRewrite("GemmOptimizer", (run) => {
  for (let changed = true; changed; ) {
    changed = false;
    const read = new Set<Apply>();
    const nodes = run.fgraph.toposort().reverse();
    // The list grows while it is read: what is left of a sum is looked at again.
    for (const node of nodes) {
      if (!run.fgraph.nodes.has(node) || read.has(node) || !isSum(node)) continue;
      const inner = new Set<Apply>();
      const found = gemmIn(node, run.fgraph, inner);
      if (found === null) for (const part of inner) read.add(part);
      else if (putIn(run, node, found)) {
        changed = true;
        if (found.sum.owner !== null) nodes.push(found.sum.owner);
      }
    }
  }
});

function isSum(node: Apply): boolean {
  const name = scalarNameOf(node);
  return name === "add" || name === "sub" || name === "neg" || name === "mul";
}

/** Replaces the node unless the product would still be computed besides the Gemm; whether it did. */
function putIn(run: RewriteRun, node: Apply, { sum, product }: Found): boolean {
  const replacement = ofType(sum, node.out.type);
  if (replacement === null) return false;
  try {
    run.fgraph.attempt(() => {
      run.replaceValid([[node.out, replacement]], "GemmOptimizer");
      if (run.fgraph.nodes.has(product)) throw new InconsistencyError(`${product} is needed for something else too`);
    }, "GemmOptimizer");
    return true;
  } catch (error) {
    if (!(error instanceof InconsistencyError)) throw error;
    return false;
  }
}

/** Reads the node as a sum and looks for a pair of terms that makes a Gemm; `inner` collects the nodes read through. */
function gemmIn(node: Apply, fgraph: FunctionGraph, inner: Set<Apply>): Found | null {
  const terms = joined(termsOf(node, fgraph, inner));
  if (terms.length < 2 || !terms.every(keepsDType) || !terms.some(({ array }) => productIn(array) !== null))
    return null;
  for (const [i, first] of terms.entries())
    for (const [j, second] of terms.entries()) {
      if (j <= i || !sameKind(first.array, second.array)) continue;
      const found = combine(first, second) ?? combine(second, first);
      if (found === null) continue;
      const rest = terms.filter((_, k) => k !== i && k !== j).map(written);
      return { ...found, sum: rest.length === 0 ? found.sum : applyElemwise("add", ...rest, found.sum) };
    }
  return null;
}

/** Whether the factor leaves the dtype of the array as it is. */
function keepsDType({ factor, array }: Term): boolean {
  return factor === 1 || factor === -1 || upcast(factor.dtype, array.dtype) === array.dtype;
}

function sameKind(a: Variable, b: Variable): boolean {
  return (
    a.dtype === b.dtype && a.ndim === b.ndim && a.broadcastable.every((repeats, i) => repeats === b.broadcastable[i])
  );
}

/** The terms of a sum from left to right, through nodes that nothing else reads. */
function termsOf(root: Apply, fgraph: FunctionGraph, inner: Set<Apply>): Term[] {
  const terms: Term[] = [];
  const todo: Term[] = [{ factor: 1, array: root.out }];
  for (let term = todo.pop(); term !== undefined; term = todo.pop()) {
    const parts = partsOf(term, root, fgraph);
    if (parts === null) terms.push(term);
    else {
      if (term.array.owner !== null) inner.add(term.array.owner);
      todo.push(...parts.reverse());
    }
  }
  return terms;
}

/** What a term is the sum of, or null when it stays as it is. */
function partsOf({ factor, array }: Term, root: Apply, fgraph: FunctionGraph): Term[] | null {
  const { owner } = array;
  if (owner === null || (array.ndim !== 1 && array.ndim !== 2)) return null;
  if (!isFloat(array.dtype) && !isComplex(array.dtype)) return null;
  if (owner !== root && fgraph.clients(array).length > 1) return null;
  const [first, second] = owner.inputs;
  switch (scalarNameOf(owner)) {
    case "add":
      return owner.inputs.map((input) => ({ factor, array: input }));
    case "sub":
      return [
        { factor, array: first },
        { factor: negated(factor), array: second },
      ];
    case "neg":
      return [{ factor: negated(factor), array: first }];
    case "mul":
      return scaledPart(factor, owner);
    default:
      return null;
  }
}

function negated(factor: Factor): Factor {
  return factor === 1 ? -1 : factor === -1 ? 1 : applyElemwise("neg", factor);
}

/** A product of numbers and one array as that array with a factor. */
function scaledPart(factor: Factor, { inputs }: Apply): Term[] | null {
  const isNumber = (x: Variable): boolean => x.broadcastable.every((repeats) => repeats);
  const isArray = (x: Variable): boolean => isFloat(x.dtype) && x.broadcastable.every((repeats) => !repeats);
  const arrays = inputs.filter((x) => !isNumber(x));
  if (arrays.length !== 1 || !arrays.every(isArray)) return null;
  const numbers = inputs.filter(isNumber).map(unshuffled);
  if (numbers.length === 0) return [{ factor, array: arrays[0] }];
  const [first, ...others] = numbers;
  const scaled =
    factor === 1 ? first : factor === -1 ? applyElemwise("neg", first) : applyElemwise("mul", factor, first);
  return [{ factor: others.length === 0 ? scaled : applyElemwise("mul", scaled, ...others), array: arrays[0] }];
}

/** A number without dimensions. */
function unshuffled(variable: Variable): Variable {
  let inner = variable;
  while (inner.owner?.op instanceof DimShuffle) inner = inner.owner.inputs[0];
  return inner.ndim === 0 ? inner : dimshuffle(inner, []);
}

/** Terms of the same array as one, in the place of the first. */
function joined(terms: readonly Term[]): Term[] {
  const byArray = new Map<Variable, Term>();
  for (const term of terms) {
    const known = byArray.get(term.array);
    const factor = (one: Factor): Variable => asVariable(one, term.array);
    const both = known && {
      factor: applyElemwise("add", factor(known.factor), factor(term.factor)),
      array: term.array,
    };
    byArray.set(term.array, both ?? term);
  }
  return [...byArray.values()];
}

function asVariable(factor: Factor, array: Variable): Variable {
  return factor === 1 || factor === -1 ? scalarConstant(factor, array.dtype) : factor;
}

/** A term as it would be written. */
function written({ factor, array }: Term): Variable {
  const value = factor === 1 || factor === -1 ? factor : numberValue(factor);
  if (value === 1) return array;
  if (value === -1) return applyElemwise("neg", array);
  return applyElemwise("mul", cast(asVariable(factor, array), array.dtype), array);
}

/** The product of matrices that a term is, also as a vector or a number. */
function productIn(array: Variable): Apply | null {
  const { owner } = array;
  if (owner === null) return null;
  if (owner.op instanceof Dot22) return owner;
  const inner = owner.op instanceof DimShuffle ? owner.inputs[0].owner : null;
  return inner?.op instanceof Dot22 ? inner : null;
}

/** b · z + a · x · y of two terms as a Gemm, when the second is a product of matrices. */
function combine(summand: Term, product: Term): Found | null {
  const node = productIn(product.array);
  if (node === null) return null;
  const shuffle = product.array.owner?.op;
  const order: readonly DimShuffleItem[] = shuffle instanceof DimShuffle ? shuffle.order : [0, 1];
  // A product that was made a vector: the other term is made a row or a column.
  const widened = WIDENED.get(order.join());
  if (widened === undefined) return null;
  const factor = ({ factor: own, array }: Term): Variable => cast(asVariable(own, array), array.dtype);
  const z = dimshuffle(summand.array, widened);
  const [x, y] = node.inputs;
  const gemm = new Gemm().apply(z, factor(product), x, y, factor(summand)).out;
  return { sum: dimshuffle(gemm, order), product: node };
}

/** Dimensions of a product that are kept → how what has these dimensions becomes a matrix again. */
const WIDENED: ReadonlyMap<string, readonly DimShuffleItem[]> = new Map<string, readonly DimShuffleItem[]>([
  ["0,1", [0, 1]],
  ["0", [0, "x"]],
  ["1", ["x", 0]],
  ["", ["x", "x"]],
]);
