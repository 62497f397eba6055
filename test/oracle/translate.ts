/**
 * Turns the calls of the oracle files, given as trees of Python's syntax, into calls of the runtime: `T.true_div` is
 * `T.trueDiv`, keyword arguments are one object of options. What the runtime does not have is {@link Unsupported}.
 */
import { isDType } from "../../runtime/array/dtype.ts";
import { NDArray, T, TensorVariable, theano } from "../../runtime/index.ts";
import { Unsupported } from "./python.ts";

/** A node of a call tree; see the oracle's README. */
export type Tree = null | boolean | number | string | readonly Tree[] | TreeNode;

interface TreeNode {
  readonly var?: string;
  readonly float?: number | string;
  readonly tuple?: readonly Tree[];
  readonly call?: string;
  readonly method?: string;
  readonly attr?: string;
  readonly binop?: string;
  readonly cmp?: string;
  readonly unop?: string;
  /** The places between the brackets of an index; `null` is a new axis. */
  readonly index?: readonly Tree[];
  /** An op made by a call, applied to `args`. */
  readonly apply?: TreeNode;
  /** A name under one of the roots, such as the grids, which are indexed. */
  readonly name?: string;
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

/** Python's binary operators under the names of the functions that they call. */
export const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["+", "add"],
  ["-", "sub"],
  ["*", "mul"],
  ["/", "true_div"],
  ["//", "int_div"],
  ["%", "mod_check"],
  ["**", "pow"],
  ["&", "and_"],
  ["|", "or_"],
  ["^", "xor"],
  ["<", "lt"],
  ["<=", "le"],
  [">", "gt"],
  [">=", "ge"],
  ["==", "eq"],
  ["!=", "neq"],
]);
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["-", "neg"],
  ["~", "invert"],
]);

/** What the programs import; of NumPy only what they make shared variables of. */
const ROOTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["T", T],
  ["theano", theano],
  ["np", { zeros: (length: number) => NDArray.zeros([length], "float64") }],
]);

/** Theano's modules whose functions stand in `T` itself here. */
const MODULES_IN_T = /^(T|theano\.tensor)\.(nnet|nlinalg|slinalg|extra_ops|special|xlogx)\./;

/** The modules inside `nnet` whose functions stand in `T.nnet` itself here. */
const MODULES_IN_NNET = /^(T|theano\.tensor)\.nnet\.(nnet|bn|sigm|blocksparse|ctc)\./;

/** The modules of Theano's random streams, which stand in `theano` itself here. */
const RANDOM_MODULES = /^theano\.(tensor\.shared_randomstreams|sandbox\.rng_mrg)\./;

/**
 * The value of a tree.
 * @throws Unsupported when it uses something that the runtime does not have, and what the runtime throws.
 */
export function evaluateTree(tree: Tree, scope: Scope): unknown {
  if (typeof tree === "string" && isNumPyDType(tree) && !isDType(tree)) throw new Unsupported(`dtype ${tree}`);
  if (tree === null || typeof tree !== "object") return tree;
  if (isList(tree)) return tree.map((item) => evaluateTree(item, scope));
  return evaluateNode(tree, scope);
}

function evaluateNode(node: TreeNode, scope: Scope): unknown {
  const { args = [], kwargs = {}, of = null, l = null, r = null, x = null } = node;
  const value = (tree: Tree) => evaluateTree(tree, scope);
  if (node.var !== undefined) return variable(node.var, scope);
  if (node.float !== undefined) return pythonFloat(Number(node.float));
  if (node.tuple !== undefined) return node.tuple.map(value);
  if (node.call === "float") return pythonFloat(parseFloatText(value(args[0] ?? null)));
  const options = () => Object.fromEntries(Object.entries(kwargs).map(([key, tree]) => [camelCase(key), value(tree)]));
  if (node.call !== undefined) {
    const values = args.map(value);
    // Only the functions of T have operands; to the others a float is a plain number.
    const given = node.call.startsWith("T.") ? values : values.map(numberOf);
    return call(node.call, lookUp(node.call), given, options());
  }
  if (node.method !== undefined) {
    const owner = value(of);
    const method = memberOf(owner, node.method);
    return call(`.${node.method}`, method, args.map(value), options(), {
      owner,
      parameters: methodParameters(node.method, method),
    });
  }
  if (node.attr !== undefined) return memberOf(value(of), node.attr);
  if (node.apply !== undefined) return value(asCall(node.apply, args));
  if (node.index !== undefined) {
    const index = node.index.map(value);
    const grid = nameOf(of);
    if (grid !== null) return call(grid, lookUp(grid), index, {});
    const owner = value(of);
    // Several outputs are a list.
    if (Array.isArray(owner) && index.length === 1 && typeof index[0] === "number") return owner.at(index[0]);
    // A list of variables, as nonzero gives, is an index of that many places.
    return call("indexing", lookUp("T.subtensor"), [owner, ...index.flatMap(placesOf)], {});
  }
  if (node.slice !== undefined) {
    const [start, stop, step] = node.slice.map(value);
    return { start, stop, step };
  }
  if (node.ellipsis === true) return "...";
  const operator = OPERATORS.get(node.binop ?? node.cmp ?? "");
  if (operator !== undefined) return call(operator, lookUp(`T.${operator}`), [value(l), value(r)], {});
  const prefix = PREFIXES.get(node.unop ?? "");
  if (prefix !== undefined) return call(prefix, lookUp(`T.${prefix}`), [value(x)], {});
  throw new Unsupported(Object.keys(node)[0] ?? "an empty node");
}

/** What an op object does is one function here; the arguments that made it are its options, or go last. */
function asCall({ call = "", args = [], kwargs = {} }: TreeNode, inputs: readonly Tree[]): TreeNode {
  return { call: OP_OBJECTS.get(call) ?? call, args: [...inputs, ...args], kwargs };
}

const OP_OBJECTS: ReadonlyMap<string, string> = new Map([
  ["T.extra_ops.Unique", "T.unique"],
  ["theano.tensor.Rebroadcast", "T.rebroadcast"],
  ["T.slinalg.Cholesky", "T.slinalg.cholesky"],
  ["T.slinalg.Solve", "T.slinalg.solve"],
]);

function nameOf(tree: Tree): string | null {
  return tree !== null && typeof tree === "object" && !isList(tree) ? (tree.name ?? null) : null;
}

function placesOf(place: unknown): readonly unknown[] {
  return Array.isArray(place) && place.some((item) => item instanceof TensorVariable) ? place : [place];
}

function variable(name: string, scope: Scope): unknown {
  if (!scope.has(name)) throw new Unsupported(`"${name}"`);
  return scope.get(name);
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

/** `round_half_to_even` → `roundHalfToEven`; a trailing `_` stays. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A Python float. One without fraction is no integer, which JavaScript's number cannot say: it needs its dtype, which is that of any float under most flags. */
export function pythonFloat(value: number): number | NDArray {
  return Number.isSafeInteger(value)
    ? NDArray.scalar(value, Math.fround(value) === value ? T.constant(0.5).dtype : T.constant(0.1).dtype)
    : value;
}

/** Python's `float("inf")`. */
function parseFloatText(text: unknown): number {
  return Number(String(text).replace(/inf(inity)?$/i, "Infinity"));
}

function isNumPyDType(text: string): boolean {
  return /^(bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128))$/.test(text);
}

/**
 * What stands under Theano's name in the runtime: `T.nnet.sigmoid` or, where there is no such module, `T.sigmoid`.
 * @throws Unsupported when there is nothing.
 */
export function lookUp(path: string): unknown {
  const candidates = [
    path,
    path.replace(MODULES_IN_NNET, "T.nnet."),
    path.replace(MODULES_IN_T, "T."),
    path.replace(RANDOM_MODULES, "theano."),
  ];
  for (const candidate of candidates) {
    const [root = "", ...names] = candidate.split(".");
    let found = ROOTS.get(root);
    for (const name of names) found = isObject(found) ? Reflect.get(found, camelCase(name)) : undefined;
    if (found !== undefined) return found;
  }
  throw new Unsupported(path);
}

function memberOf(owner: unknown, name: string): unknown {
  const member: unknown = isObject(owner) ? Reflect.get(owner, camelCase(name)) : undefined;
  if (member === undefined) throw new Unsupported(`.${name}`);
  return member;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Options that ask for what is always so here: bincount checks its numbers, and nothing of a user is overwritten. */
const ALWAYS_SO: ReadonlySet<string> = new Set(["assertNonneg", "tolerateInplaceAliasing"]);

/**
 * Calls a function of the runtime with keyword arguments: they go to the parameters of their names, the others into one
 * object for the parameter called `options`.
 * @throws Unsupported when there is no such parameter, or the function never looks at that option.
 */
export function call(
  name: string,
  callee: unknown,
  args: readonly unknown[],
  keywords: Readonly<Record<string, unknown>> = {},
  method: { readonly owner?: unknown; readonly parameters?: readonly string[] } = {},
): unknown {
  if (typeof callee !== "function") throw new Unsupported(name);
  const all = [...args];
  const options = new Map<PropertyKey, unknown>();
  const parameters = method.parameters ?? parametersOf(callee);
  for (const [key, value] of Object.entries(keywords)) {
    const at = parameters.indexOf(key);
    if (at >= 0) all[at] = value;
    else if (!ALWAYS_SO.has(key)) options.set(key, value);
  }
  const place = parameters.indexOf("options");
  // Python takes the axis, which is the first of our options, by position too.
  if (isAxis(all[place])) options.set("axis", all[place]);
  const unread = new Set(options.keys());
  if (unread.size > 0) {
    if (place >= 0) all[place] = watched(options, unread);
  }
  const result: unknown = isClass(callee) ? Reflect.construct(callee, all) : Reflect.apply(callee, method.owner, all);
  for (const option of unread) throw new Unsupported(`${name} with ${String(option)}`);
  return result;
}

/** Most methods are functions of T without their first argument, and do not name their own. */
function methodParameters(name: string, method: unknown): readonly string[] {
  const named: unknown = Reflect.get(T, camelCase(name));
  const own = typeof method === "function" ? parametersOf(method) : [];
  return typeof named === "function" && own.every((parameter) => parameter === "args")
    ? parametersOf(named).slice(1)
    : own;
}

function isAxis(value: unknown): boolean {
  return typeof value === "number" || (Array.isArray(value) && value.every((item) => typeof item === "number"));
}

function isClass(callee: unknown): boolean {
  return String(callee).startsWith("class ");
}

/** The names of a function's parameters, from its source; one that is taken apart is `options`. */
function parametersOf(callee: object): string[] {
  const source = isClass(callee) ? String(callee).slice(String(callee).indexOf("constructor(")) : String(callee);
  const names: string[] = [];
  let depth = 0;
  for (const [token] of source.slice(source.indexOf("(")).matchAll(/[()[\]{}]|,|\w+|"[^"]*"/g)) {
    if (depth === 1 && token === ",") names.push("");
    else if (depth === 1 && /[\w{]/.test(token) && !names.at(-1))
      names.splice(-1, 1, token === "{" ? "options" : token);
    if (/[([{]/.test(token)) depth++;
    if (/[)\]}]/.test(token)) depth--;
    if (depth === 0) break;
  }
  return names;
}

/** Options that strike out of `unread` what is looked at. Options are no operands: a float is a plain number. */
function watched(options: ReadonlyMap<PropertyKey, unknown>, unread: Set<PropertyKey>): object {
  return new Proxy(
    {},
    {
      get(_, key) {
        unread.delete(key);
        return numberOf(options.get(key));
      },
    },
  );
}

/** A plain number where the translation made a float an array without dimensions. */
function numberOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numberOf);
  return value instanceof NDArray && value.ndim === 0 ? value.item() : value;
}

/** What a call gave, as symbolic outputs. */
export function outputsOf(result: unknown): readonly TensorVariable[] {
  const outputs: readonly unknown[] = Array.isArray(result) ? result : [result];
  return outputs.map((output) => {
    if (output instanceof TensorVariable) return output;
    throw new TypeError(`the result is no symbolic variable but ${String(output)}`);
  });
}
