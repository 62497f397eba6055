/**
 * Rewrites declared as data: what to find and what to put there, both written as ordinary calls of ops on wildcards.
 *
 * ```ts
 * pattern({
 *   name: "log1pexp_to_softplus",
 *   find: (x) => elementwise.log1p(elementwise.exp(x)),
 *   replace: (x) => elementwise.softplus(x),
 * })
 * ```
 *
 * The pattern is compiled once into a matcher; the op at its root keeps it away from nodes it cannot fit. The inputs of
 * commutative ops match in any order. A wildcard matches any variable, the same one wherever it stands; a number matches
 * every constant of that value, whatever its dtype and dimensions.
 */
import { changeFlags } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import { NO_ORIGIN } from "../graph/origin.ts";
import { TensorType } from "../graph/type.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";
import { Elemwise } from "../ops/elemwise.ts";
import { conform, numberValue } from "./inspect.ts";
import { type NodeRewrite, nodeRewrite } from "./rewrite.ts";

export interface PatternSpec {
  readonly name: string;
  /** The form to find; one wildcard per parameter. */
  readonly find: (...wildcards: Variable[]) => Variable;
  /** What to put there; cast and filled to the type of what was found. Null: leave it after all. */
  readonly replace: (...matched: Variable[]) => Variable | null;
  /** Further conditions on what the wildcards matched. */
  readonly where?: (matched: readonly Variable[], found: Found) => boolean;
}

/** Where a pattern matched. */
export interface Found {
  readonly node: Apply;
  readonly fgraph: FunctionGraph;
}

/** What each wildcard matched so far. */
type Bindings = readonly (Variable | undefined)[];
/** The bindings after a match, or null. */
type Matcher = (variable: Variable, bindings: Bindings) => Bindings | null;

/**
 * A rewrite from a pattern.
 * @throws TypeError when the pattern is a single wildcard or number, or leaves a wildcard out.
 */
export function pattern(spec: PatternSpec): NodeRewrite {
  const wildcards = Array.from({ length: spec.find.length }, () => newWildcard());
  // Patterns are written when the library is loaded, also where floatX names a dtype that it has not.
  const form = changeFlags({ floatX: "float32" }, () => spec.find(...wildcards));
  const root = form.owner;
  if (root === null) throw new TypeError(`The pattern ${spec.name} must be the application of an op.`);
  const matchInputs = compileInputs(root, wildcards);
  return nodeRewrite(spec.name, [root.op.key], (node, fgraph) => {
    const matched = matchInputs(node.inputs, [])?.filter((variable) => variable !== undefined);
    if (matched === undefined) return null;
    if (matched.length !== wildcards.length)
      throw new TypeError(`The pattern ${spec.name} does not use all of its wildcards.`);
    if (spec.where !== undefined && !spec.where(matched, { node, fgraph })) return null;
    const replacement = spec.replace(...matched);
    return replacement === null ? null : conform(replacement, node.out, node.inputs);
  });
}

/** float32, since making float64 variables may be forbidden (`warn_float64`). */
function newWildcard(): Variable {
  return new TensorVariable(TensorType.ofRank("float32", 0), null, NO_ORIGIN);
}

function compile(form: Variable, wildcards: readonly Variable[]): Matcher {
  const position = wildcards.indexOf(form);
  if (position >= 0) return matchWildcard(position);
  if (form instanceof TensorConstant) return matchNumber(Number(form.value.item()));
  const node = form.owner;
  if (node === null)
    throw new TypeError(`A pattern is made of its wildcards, numbers and ops; ${form} is none of these.`);
  const matchInputs = compileInputs(node, wildcards);
  return ({ owner }, bindings) => (owner?.op.equals(node.op) ? matchInputs(owner.inputs, bindings) : null);
}

function matchWildcard(position: number): Matcher {
  return (variable, bindings) => {
    const bound = bindings[position];
    if (bound !== undefined) return bound === variable ? bindings : null;
    return Object.assign([...bindings], { [position]: variable });
  };
}

function matchNumber(value: number): Matcher {
  return (variable, bindings) => (numberValue(variable) === value ? bindings : null);
}

type InputsMatcher = (inputs: readonly Variable[], bindings: Bindings) => Bindings | null;

function compileInputs(node: Apply, wildcards: readonly Variable[]): InputsMatcher {
  const matchers = node.inputs.map((input) => compile(input, wildcards));
  const isCommutative = node.op instanceof Elemwise && node.op.scalar.commutative === true;
  const match = isCommutative ? matchAnyOrder : matchInOrder;
  return (inputs, bindings) => (inputs.length === matchers.length ? match(matchers, inputs, bindings) : null);
}

function matchInOrder(matchers: readonly Matcher[], inputs: readonly Variable[], bindings: Bindings): Bindings | null {
  return matchers.reduce<Bindings | null>(
    (bound, matcher, i) => (bound === null ? null : matcher(inputs[i], bound)),
    bindings,
  );
}

/** Gives the first matcher each input in turn, and the others what is left. */
function matchAnyOrder(
  [first, ...rest]: readonly Matcher[],
  inputs: readonly Variable[],
  bindings: Bindings,
): Bindings | null {
  if (first === undefined) return bindings;
  for (const [i, input] of inputs.entries()) {
    const bound = first(input, bindings);
    const matched = bound === null ? null : matchAnyOrder(rest, inputs.toSpliced(i, 1), bound);
    if (matched !== null) return matched;
  }
  return null;
}
