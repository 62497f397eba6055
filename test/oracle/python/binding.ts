/**
 * Finds Theano's names in the runtime and calls what stands there: `T.true_div` is `T.trueDiv`, and keyword arguments
 * go to parameters of their names or into one object of options. What the runtime lacks is {@link Unsupported}.
 */
import { Complex } from "../../../runtime/array/complex.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import * as runtime from "../../../runtime/index.ts";
import { isTheanoFunction, Op, T, TensorVariable, theano } from "../../../runtime/index.ts";
import { fromRuntime, functionOf, isPlainObject, operandOf, plainOf, toJavaScript } from "./convert.ts";
import { asArray } from "./numpy-elementwise.ts";
import { NAMES, OP_OBJECTS, OPTION_NAMES, signatureOf } from "./signatures.ts";
import {
  isInstance,
  isModule,
  isNumber,
  type Keywords,
  PyClass,
  PyFloat,
  PyFunction,
  PySlice,
  Unsupported,
} from "./values.ts";

/** Something of the runtime that can be called, under Theano's name. */
export class RuntimeFunction {
  readonly path: string;
  readonly callee: Callable;
  readonly owner: unknown;
  readonly parameters: readonly string[];

  constructor(path: string, callee: Callable, owner?: unknown, parameters: readonly string[] = parametersOf(callee)) {
    this.path = path;
    this.callee = callee;
    this.owner = owner;
    this.parameters = parameters;
  }
}

type Callable = (...args: readonly unknown[]) => unknown;

/** `round_half_to_even` → `roundHalfToEven`; a trailing `_` stays. */
export function camelCase(name: string): string {
  return (
    OPTION_NAMES[name] ?? name.replace(/(?<=[a-zA-Z0-9])_([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())
  );
}

/** Theano's modules whose functions stand in `T` itself, or in `theano`, where the runtime has no such module. */
const ROOTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["T", T],
  ["theano", theano],
]);

/**
 * What stands under Theano's name in the runtime: `T.nnet.sigmoid` or, where there is no such module, `T.sigmoid`,
 * `theano.sigmoid`, or the runtime's own export of that name.
 * @throws Unsupported when there is nothing.
 */
export function lookUp(path: string): unknown {
  const own = path.replace(/^theano\.tensor\b/, "T");
  const target = Object.hasOwn(OP_OBJECTS, own) ? OP_OBJECTS[own] : undefined;
  if (target !== undefined) return opObject(own, target);
  const found = walk(NAMES[own] ?? own) ?? nearby(own.split("."));
  if (found === undefined) throw new Unsupported(own);
  return typeof found === "function" && isCallable(found) && !isTheanoFunction(found)
    ? new RuntimeFunction(own, found)
    : found;
}

/** What makes an op object, which is then applied: a function here that takes the op's parameters last. */
function opObject(path: string, target: string): PyFunction {
  return new PyFunction(
    path,
    (parameters, keywords) =>
      new PyFunction(path, (inputs) => callRuntime(target, walk(target), [...inputs, ...parameters], keywords)),
  );
}

/** Whether the runtime has a module or function of this path, without looking elsewhere. */
export function walk(path: string): unknown {
  const [root = "", ...names] = path.split(".");
  return names.reduce(member, ROOTS.get(root));
}

function member(owner: unknown, name: string): unknown {
  if ((typeof owner !== "object" && typeof owner !== "function") || owner === null) return undefined;
  return [name, camelCase(name), name.replaceAll("_", "")]
    .filter((candidate) => candidate in owner)
    .map((candidate) => Reflect.get(owner, candidate))
    .at(0);
}

/** The name in the modules around, and among the runtime's exports. */
function nearby(path: readonly string[]): unknown {
  const name = path.at(-1) ?? "";
  const around = path.slice(0, -1).map((_, i) => path.slice(0, path.length - 1 - i).join("."));
  for (const place of [...around, "T", "theano"]) {
    const found = member(walk(place), name);
    if (found !== undefined) return found;
  }
  return member(runtime, name);
}

export function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}

/** Whether a value is an object of the runtime: none of Python's own kinds, and no array. */
export function isRuntimeObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (value instanceof Op) return true;
  return !(
    [NDArray, Complex, Map, Set, Error, PyFloat, PySlice, PyFunction, PyClass, RuntimeFunction].some(
      (kind) => value instanceof kind,
    ) ||
    isInstance(value) ||
    isModule(value)
  );
}

/** A member of a runtime object under Theano's name, bound if it is a method; undefined when there is none. */
export function runtimeMember(owner: object, name: string): unknown {
  const found = member(owner, name);
  if (!isCallable(found) || isTheanoFunction(found)) return fromRuntime(found);
  const named = owner instanceof TensorVariable ? member(T, name) : undefined;
  // Most methods of variables are functions of T with the variable first, and do not name their own parameters.
  if (isCallable(named) && parametersOf(found).every((parameter) => parameter === "args"))
    return new RuntimeFunction(`.${name}`, (...args) => named(owner, ...args), undefined, parametersOf(named).slice(1));
  return new RuntimeFunction(`.${name}`, found, owner);
}

/**
 * Calls something of the runtime.
 * @throws Unsupported when it has no such parameter or never looks at an option; and what it throws itself.
 */
export function callRuntime(
  path: string,
  found: unknown,
  args: readonly unknown[],
  keywords: Keywords = new Map(),
): unknown {
  const callee = found instanceof RuntimeFunction ? found.callee : found;
  const owner = found instanceof RuntimeFunction ? found.owner : undefined;
  if (!isCallable(callee)) throw new Unsupported(path);
  if (isTheanoFunction(callee)) return fromRuntime(callee(...argumentsOfFunction(args, keywords))) ?? [];
  const parameters = found instanceof RuntimeFunction ? found.parameters : parametersOf(callee);
  const decorated = decorator(path, parameters, args, keywords);
  if (decorated !== null) return decorated;
  const typed = typedConstructor(path, args, keywords);
  if (typed !== null) return typed;
  const { positional, options } = place(path, parameters, args, keywords);
  const unread = new Set(options.keys());
  const all = [...positional.values];
  if (unread.size > 0) all[positional.optionsAt] = watched(options, unread);
  const result: unknown = isClass(callee) ? Reflect.construct(callee, all) : Reflect.apply(callee, owner, all);
  for (const option of unread) {
    if (options.get(option) !== undefined && !READ_WHEN_NEEDED.has(option))
      throw new Unsupported(`${path} with ${option}`);
  }
  return fromRuntime(result);
}

/** `@as_op(itypes, otypes)`, where the runtime takes the function that Python decorates as one more argument. */
function decorator(
  path: string,
  parameters: readonly string[],
  args: readonly unknown[],
  keywords: Keywords,
): PyFunction | null {
  const own = parameters.find((name) => /^(f|fn|fun|perform|compute|body)$/.test(name));
  if (!path.endsWith("as_op") || own === undefined || keywords.has(own)) return null;
  return new PyFunction("as_op", ([body]) =>
    callRuntime(path, lookUp(path), args, new Map([...keywords, [own, body]])),
  );
}

/** `T.vector("x", dtype="int8")`: the constructors without a letter take a dtype in Theano. */
function typedConstructor(path: string, args: readonly unknown[], keywords: Keywords): unknown {
  const pattern = PATTERNS[/^T\.(\w+)$/.exec(path)?.[1] ?? ""];
  const dtype = keywords.get("dtype") ?? args[1] ?? null;
  if (pattern === undefined || dtype === null) return null;
  return callRuntime("T.tensor", lookUp("T.tensor"), [dtype, pattern, keywords.get("name") ?? args[0] ?? null]);
}

/** Which dimensions of the variables of a constructor broadcast. */
const PATTERNS: Readonly<Record<string, readonly boolean[]>> = {
  scalar: [],
  vector: [false],
  row: [true, false],
  col: [false, true],
  matrix: [false, false],
  tensor3: [false, false, false],
  tensor4: [false, false, false, false],
};

function isClass(callee: object): boolean {
  return /^class\b/.test(String(callee));
}

function argumentsOfFunction(args: readonly unknown[], keywords: Keywords): runtime.NDArrayLike[] {
  const values: unknown[] = args.map((arg) => plainOf(arg));
  const ownName = (name: string): string => (name === "output_subset" ? "outputSubset" : name);
  if (keywords.size > 0)
    values.push(Object.fromEntries([...keywords].map(([name, value]) => [ownName(name), plainOf(value)])));
  // The function checks its arguments itself: what is none is an error of the program that is to be seen.
  return values as runtime.NDArrayLike[];
}

interface Placed {
  readonly positional: { readonly values: readonly unknown[]; readonly optionsAt: number };
  readonly options: ReadonlyMap<string, unknown>;
}

/** Distributes arguments over the callee's parameters, by Theano's names of them and by their places. */
function place(path: string, parameters: readonly string[], args: readonly unknown[], keywords: Keywords): Placed {
  const signature = signatureOf(path).map(camelCase);
  const optionsAt = parameters.indexOf("options");
  const names = optionsAt < 0 ? parameters : parameters.slice(0, optionsAt);
  const values: unknown[] = [];
  const options = new Map<string, unknown>();
  const operands = isTensorFunction(path);
  const put = (index: number, value: unknown): void => {
    values[index] = argument(path, value, operands, names[index]);
  };
  args.forEach((value, i) => {
    const name = signature[i];
    const own = name === undefined ? -1 : names.indexOf(name);
    if (own >= 0) put(own, value);
    else if (optionsAt >= 0 && name === undefined && i >= names.length)
      throw new Unsupported(`the names of the parameters of ${path}, of which argument ${i + 1} is an option`);
    else if (optionsAt < 0 || name === undefined || (i < names.length && !signature.includes(names[i] ?? "")))
      put(i, value);
    else options.set(name, option(name, value));
  });
  for (const [key, value] of keywords) {
    const name = camelCase(key);
    const at = signature.indexOf(name);
    const own = names.indexOf(name);
    const free = at >= 0 && at < names.length && !signature.includes(names[at] ?? "");
    if (own >= 0) put(own, value);
    // Elementwise functions take `...args`, and their methods what is left of them, which have no names.
    else if (free || (at >= 0 && optionsAt < 0 && ["", "args"].includes(names.join()))) put(at, value);
    else if (!ALWAYS_SO.has(name)) options.set(name, option(name, value));
  }
  return { positional: { values, optionsAt: optionsAt < 0 ? values.length : optionsAt }, options };
}

function isTensorFunction(path: string): boolean {
  return path.startsWith("T.") || path.startsWith(".") || path.startsWith("theano.sparse");
}

/** Functions that make arrays of Python's values, in NumPy's way. */
const TAKES_ARRAYS = /(^|\.)(shared|constant|as_tensor_variable|as_tensor)$/;

function argument(path: string, value: unknown, operands: boolean, name: string | undefined): unknown {
  if (TAKES_ARRAYS.test(path) && (name === undefined || ["value", "x"].includes(name))) {
    if (path.endsWith("shared") ? isNumber(value) || isNumbers(value) : isNumbers(value)) return asArray(value);
  }
  // Theano makes a tensor of a list of variables wherever it takes one; ours do where they take a list.
  if (REDUCES.test(path) && Array.isArray(value) && holdsVariables(value))
    return callRuntime("T.as_tensor_variable", walk("T.as_tensor_variable"), [value]);
  // Where Theano takes an op for a function, ours takes functions.
  if (value instanceof Op && /^(f|fn|fun)$/.test(name ?? "")) return functionOf(value);
  return operands ? operandOf(value) : plainOf(value, true);
}

/** Functions of one tensor, which users also call with a list of tensors. */
const REDUCES = /^T\.(sum|prod|mean|var|std|max|min|argmax|argmin|max_and_argmax|all|any|ptp)$/;

function holdsVariables(value: unknown): boolean {
  return value instanceof TensorVariable || (Array.isArray(value) && value.some(holdsVariables));
}

/** Whether a value is a list of numbers, perhaps nested. */
function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => isNumber(item) || isNumbers(item) || item instanceof NDArray);
}

/** Options that hold operands; in the others, a float is a plain number. */
const OPERAND_OPTIONS: ReadonlySet<string> = new Set(
  "sequences outputsInfo nonSequences initial input givens replace updates knownGrads start value".split(" "),
);

/** Options that ask for what is always so here: bincount checks its numbers, nothing of a user is
 * overwritten, random tests have a generator of their own, and programs keep no memory between calls. */
const ALWAYS_SO: ReadonlySet<string> = new Set(["assertNonneg", "tolerateInplaceAliasing", "rng", "shareMemory"]);

/** Options that are looked at only when something is disconnected or undefined. */
const READ_WHEN_NEEDED: ReadonlySet<string> = new Set(["disconnectedInputs", "returnDisconnected", "nullGradients"]);

/** None stands for the default, except as an axis. */
function option(name: string, value: unknown): unknown {
  if (value === null && name !== "axis") return undefined;
  return OPERAND_OPTIONS.has(name) ? operandOf(value) : plainOf(value);
}

/** Options that strike out of `unread` what is looked at. */
function watched(options: ReadonlyMap<string, unknown>, unread: Set<string>): object {
  return new Proxy(Object.fromEntries(options), {
    get(target, key) {
      if (typeof key === "string") unread.delete(key);
      return Reflect.get(target, key);
    },
  });
}

/** The names of a function's parameters, from its source; one that is taken apart is `options`. */
export function parametersOf(callee: object): string[] {
  const source = String(callee);
  if (isClass(callee)) {
    const start = source.search(/\bconstructor\s*\(/);
    const parent: unknown = Object.getPrototypeOf(callee);
    if (start < 0) return typeof parent === "function" && parent !== Function.prototype ? parametersOf(parent) : [];
    return listed(source.slice(source.indexOf("(", start)));
  }
  const single = /^(?:async\s+)?(\w+)\s*=>/.exec(source)?.[1];
  return single === undefined ? listed(source.slice(source.indexOf("("))) : [single];
}

function listed(source: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let fresh = false;
  for (const [token] of source.matchAll(/"[^"]*"|`[^`]*`|=>|\.\.\.|[()[\]{}]|,|[\w$]+/g)) {
    if (/^[([{]$/.test(token)) depth++;
    if (depth === 1 && (token === "(" || token === ",")) fresh = true;
    else if (fresh && token === "...") continue;
    else if (fresh) {
      names.push(token === "{" ? "options" : token);
      fresh = false;
    }
    if (/^[)\]}]$/.test(token)) depth--;
    if (depth === 0) break;
  }
  return names.filter((name) => name !== ")");
}

/** Whether two values are the same op, where a function stands for the op that it applies. */
export function sameOp(a: unknown, b: unknown): boolean {
  const [left, right] = [opOf(a), opOf(b)];
  return left !== null && right !== null && left.equals(right);
}

/** The op that a value is or that a function of `T` applies; null when there is none. */
export function opOf(value: unknown): Op | null {
  if (value instanceof Op) return value;
  if (!(value instanceof RuntimeFunction) || !value.path.startsWith("T.")) return null;
  for (const count of [1, 2]) {
    try {
      const operands = Array.from({ length: count }, () => T.dscalar());
      const made = Reflect.apply(value.callee, undefined, operands);
      if (made instanceof TensorVariable && made.owner !== null) return made.owner.op;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return null;
}

export { isPlainObject, toJavaScript };
