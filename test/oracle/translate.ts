/**
 * Evaluates what the oracle files have instead of whole programs: call trees, and the texts of single expressions. Both
 * go through the interpreter of Python, which finds Theano's names in the runtime; `python/signatures.ts` is the table
 * of the names that no rule covers.
 */
import { Complex, SparseVariable, TensorVariable } from "../../runtime/index.ts";
import type { Expression } from "./python/ast.ts";
import { evaluate } from "./python/evaluate.ts";
import { parseExpression } from "./python/parse-expression.ts";
import { PythonProgram } from "./python/program.ts";
import { Scope as PythonScope } from "./python/scope.ts";
import { ELLIPSIS, PyFloat, Unsupported } from "./python/values.ts";

/** A node of a call tree; see the oracle's README. */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeNode;

interface TreeNode {
  readonly var?: string;
  /** An object that is not called, by its path: `T.mgrid`. */
  readonly name?: string;
  readonly float?: number | string;
  readonly complex?: readonly number[];
  readonly tuple?: readonly Tree[];
  readonly call?: string;
  /** The call that makes an op object, which is applied to `args`. */
  readonly apply?: Tree;
  readonly method?: string;
  readonly attr?: string;
  readonly binop?: string;
  readonly cmp?: string;
  readonly unop?: string;
  /** The places between the brackets of an index; `null` is a new axis. */
  readonly index?: readonly Tree[];
  readonly slice?: readonly Tree[];
  readonly ellipsis?: true;
  readonly of?: Tree;
  readonly l?: Tree;
  readonly r?: Tree;
  readonly x?: Tree;
  readonly args?: readonly Tree[];
  readonly kwargs?: Readonly<Record<string, Tree>>;
}

/** The variables that a tree may name. */
export type Scope = ReadonlyMap<string, unknown>;

/**
 * The value of a tree.
 * @throws Unsupported when it uses something that the runtime does not have, and what the runtime throws.
 */
export function evaluateTree(tree: Tree, scope: Scope): unknown {
  return evaluate(expressionOf(tree), around(scope));
}

/**
 * The value of a Python expression.
 * @throws Unsupported when it uses something that the runtime does not have, and what the runtime throws.
 */
export function evaluateSource(source: string, scope: Scope): unknown {
  return evaluate(parseExpression(source), around(scope));
}

/** The names that programs import, which no expression changes. */
const COMMON = new PythonProgram();
COMMON.run("import theano, theano.tensor as T, theano.sparse as sparse, numpy as np");

/** These names inside of those that programs import. */
function around(names: Scope): PythonScope {
  return new PythonScope("function", COMMON.scope, new Map(names));
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

/** The syntax tree that a call tree stands for. */
function expressionOf(tree: Tree): Expression {
  if (tree === null || typeof tree !== "object") return { kind: "constant", value: tree };
  return isList(tree) ? { kind: "list", items: tree.map(expressionOf) } : expressionOfNode(tree);
}

function expressionOfNode(node: TreeNode): Expression {
  const { args = [], kwargs = {}, of = null, l = null, r = null, x = null } = node;
  const call = (callee: Expression): Expression => ({
    kind: "call",
    callee,
    line: 1,
    args: [
      ...args.map((value) => ({ name: null, stars: 0 as const, value: expressionOf(value) })),
      ...Object.entries(kwargs).map(([name, value]) => ({ name, stars: 0 as const, value: expressionOf(value) })),
    ],
  });
  if (node.var !== undefined) return { kind: "name", id: node.var };
  if (node.name !== undefined) return pathOf(node.name);
  if (node.float !== undefined) return { kind: "constant", value: new PyFloat(Number(node.float)) };
  if (node.complex !== undefined) {
    const [re = 0, im = 0] = node.complex;
    return { kind: "constant", value: new Complex(re, im) };
  }
  if (node.tuple !== undefined) return { kind: "tuple", items: node.tuple.map(expressionOf) };
  if (node.call !== undefined) return call(pathOf(node.call));
  if (node.apply !== undefined) return call(expressionOf(node.apply));
  if (node.method !== undefined) return call({ kind: "attribute", of: expressionOf(of), name: node.method });
  if (node.attr !== undefined) return { kind: "attribute", of: expressionOf(of), name: node.attr };
  if (node.index !== undefined) {
    const items = node.index.map(expressionOf);
    const [only] = items;
    const index: Expression = only !== undefined && items.length === 1 ? only : { kind: "tuple", items };
    return { kind: "item", of: expressionOf(of), index };
  }
  if (node.slice !== undefined) {
    const [start = null, stop = null, step = null] = node.slice.map((bound) =>
      bound === null ? null : expressionOf(bound),
    );
    return { kind: "slice", bounds: [start, stop, step] };
  }
  if (node.ellipsis === true) return { kind: "constant", value: ELLIPSIS };
  if (node.binop !== undefined)
    return { kind: "binary", operator: node.binop, left: expressionOf(l), right: expressionOf(r) };
  if (node.cmp !== undefined) return { kind: "compare", first: expressionOf(l), rest: [[node.cmp, expressionOf(r)]] };
  if (node.unop !== undefined) return { kind: "unary", operator: node.unop, operand: expressionOf(x) };
  throw new Unsupported(Object.keys(node)[0] ?? "an empty node");
}

/** `T.nnet.relu`. */
function pathOf(path: string): Expression {
  const [root = "", ...names] = path.split(".");
  return names.reduce<Expression>((of, name) => ({ kind: "attribute", of, name }), { kind: "name", id: root });
}

/** What a call gave, as symbolic outputs. */
export function outputsOf(result: unknown): readonly TensorVariable[] {
  return resultsOf(result).map((output) => {
    if (output instanceof TensorVariable) return output;
    throw new TypeError(`the result is no tensor but the sparse matrix ${output}`);
  });
}

/** A symbolic tensor, or a sparse matrix. */
export type Result = TensorVariable | SparseVariable;

/** What a call gave, as symbolic outputs, sparse matrices among them. */
export function resultsOf(result: unknown): readonly Result[] {
  const outputs: readonly unknown[] = Array.isArray(result) ? result : [result];
  return outputs.map((output) => {
    if (output instanceof TensorVariable || output instanceof SparseVariable) return output;
    throw new TypeError(`the result is no symbolic variable but ${String(output)}`);
  });
}
