/** Python's own functions and types. */
import { NDArray } from "../../../runtime/array/ndarray.ts";
import * as errors from "../../../runtime/base/errors.ts";
import { TensorVariable } from "../../../runtime/index.ts";
import { isA } from "../errors-match.ts";
import { getAttribute, setAttribute } from "./attributes.ts";
import { RuntimeFunction } from "./binding.ts";
import { callMethod, callValue, matchesClass } from "./call.ts";
import { isErrorOf, superOf } from "./classes.ts";
import { formatValue } from "./format.ts";
import { getItem, iterate } from "./items.ts";
import { pair } from "./methods.ts";
import { binary, isTrue, unary } from "./operators.ts";
import { byOrder } from "./order.ts";
import {
  isInstance,
  isList,
  isNumber,
  isTuple,
  type Keywords,
  NameError,
  numberOf,
  PyClass,
  PyFloat,
  PyFunction,
  PyInstance,
  PySlice,
  PyType,
  repr,
  StopIteration,
  str,
  truth,
  tuple,
  typeName,
  Unsupported,
  ZeroDivisionError,
} from "./values.ts";

type Run = (args: readonly unknown[], keywords: Keywords) => unknown;

const TYPES: readonly PyType[] = [
  new PyType(
    "int",
    ([x = 0, base]) => toInteger(x, base),
    (x) => typeName(x) === "int" || typeof x === "boolean",
  ),
  new PyType(
    "float",
    ([x = 0]) => new PyFloat(toNumber(x)),
    (x) => x instanceof PyFloat || isFloatScalar(x),
  ),
  new PyType(
    "bool",
    ([x = false]) => isTrue(x),
    (x) => typeof x === "boolean",
  ),
  new PyType(
    "str",
    ([x = ""]) => textOf(x),
    (x) => typeof x === "string",
  ),
  new PyType("list", ([items = []]) => [...iterate(items)], isList),
  new PyType("tuple", ([items = []]) => tuple(iterate(items)), isTuple),
  new PyType(
    "dict",
    ([items], keywords) => dictionary(items, keywords),
    (x) => x instanceof Map,
  ),
  new PyType(
    "set",
    ([items = []]) => new Set(iterate(items)),
    (x) => x instanceof Set,
  ),
  new PyType(
    "frozenset",
    ([items = []]) => new Set(iterate(items)),
    (x) => x instanceof Set,
  ),
  new PyType(
    "slice",
    (args) => sliceOf(args),
    (x) => x instanceof PySlice,
  ),
  new PyType(
    "object",
    () => new PyInstance(new PyClass("object", [], new Map())),
    () => true,
  ),
  new PyType(
    "type",
    ([x]) => typeOf(x),
    (x) => x instanceof PyType || x instanceof PyClass,
  ),
];

function isFloatScalar(x: unknown): boolean {
  return x instanceof NDArray && x.ndim === 0 && x.dtype === "float64";
}

/** Python's errors by their names: those of JavaScript and of the runtime where they have them. */
const ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  Exception: errors.TheanoError,
  BaseException: errors.TheanoError,
  TypeError,
  ValueError: errors.ValueError,
  RuntimeError: errors.RuntimeError,
  AttributeError: errors.AttributeError,
  AssertionError: errors.AssertionError,
  KeyError: errors.KeyError,
  IndexError: errors.IndexError,
  NotImplementedError: errors.NotImplementedError,
  ZeroDivisionError,
  NameError,
  StopIteration,
  SyntaxError,
};

/** Python's errors that others derive from. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  BaseException: ["Exception"],
  LookupError: ["KeyError", "IndexError"],
  ArithmeticError: ["ZeroDivisionError", "OverflowError"],
  RuntimeError: ["RuntimeError", "NotImplementedError", "RecursionError"],
};

function errorType(name: string, make: new (message: string) => Error): PyType {
  const names = [name, ...(FAMILIES[name] ?? [])];
  return new PyType(
    name,
    (args) => new make(args.length <= 1 ? args.map(str).join("") : repr(tuple(args))),
    (x) => x instanceof Error && names.some((one) => isErrorOf(x, one)),
  );
}

const FUNCTIONS: Readonly<Record<string, Run>> = {
  repr: ([x]) => textOf(x, "__repr__"),
  len: ([x]) => lengthOf(x),
  range: (args) => range(args),
  enumerate: ([items, start = 0]) => [...iterate(items)].map((item, i) => tuple([i + numberOf(start), item])),
  zip: (lists) => zip(lists.map((list) => [...iterate(list)])),
  map: ([f, ...lists]) => zip(lists.map((list) => [...iterate(list)])).map((row) => callValue(f, row, new Map())),
  filter: ([f, items]) =>
    [...iterate(items)].filter((item) => truth(f === null ? item : callValue(f, [item], new Map()))),
  sum: ([items, start = 0]) => [...iterate(items)].reduce((a, b) => binary("+", a, b), start),
  min: (args, keywords) => byOrder(several(args), keywords)[0],
  max: (args, keywords) => byOrder(several(args), keywords).at(-1),
  sorted: ([items], keywords) => byOrder([...iterate(items)], keywords),
  reversed: ([items]) => [...iterate(items)].toReversed(),
  all: ([items]) => [...iterate(items)].every(truth),
  any: ([items]) => [...iterate(items)].some(truth),
  abs: ([x]) => absolute(x),
  round: ([x, digits = null]) => round(x, digits),
  pow: ([x, y]) => binary("**", x, y),
  divmod: ([x, y]) => tuple([binary("//", x, y), binary("%", x, y)]),
  isinstance: ([x, type]) => matchesClass(x, type),
  issubclass: ([x, type]) => x instanceof PyClass && x.derivesFrom(type),
  callable: ([x]) =>
    x instanceof PyFunction || x instanceof PyClass || x instanceof RuntimeFunction || typeof x === "function",
  getattr: ([x, name, ...fallback]) => attributeOr(x, str(name), fallback),
  setattr: ([x, name, value]) => setAttribute(x, str(name), value) ?? null,
  hasattr: ([x, name]) => attributeOr(x, str(name), [MISSING]) !== MISSING,
  id: ([x]) => (typeof x === "number" ? x : 0),
  hash: ([x]) => (typeof x === "number" ? x : repr(x).length),
  format: ([x, spec = ""]) => formatValue(x, str(spec)),
  iter: ([x]) => [...iterate(x)],
  next: ([x, fallback]) => nextOf(x, fallback),
  super: ([type, self]) => superOf(type, self),
  chr: ([x]) => String.fromCharCode(numberOf(x)),
  ord: ([x]) => str(x).charCodeAt(0),
};

const MISSING = Symbol("missing");

/** Python's own names; `print` writes to `write`. */
export function builtins(write: (text: string) => void): Map<string, unknown> {
  const print: Run = (args, keywords) => {
    const separator = keywords.get("sep") ?? " ";
    write(args.map((arg) => str(textOf(arg))).join(str(separator)) + str(keywords.get("end") ?? "\n"));
    return null;
  };
  return new Map<string, unknown>([
    ["print", new PyFunction("print", print)],
    ["NotImplemented", null],
    ["Ellipsis", "..."],
    ["__name__", "__main__"],
    ...TYPES.map((type): [string, unknown] => [type.name, type]),
    ...Object.entries(FUNCTIONS).map(([name, run]): [string, unknown] => [name, new PyFunction(name, run)]),
    ...Object.entries(ERRORS).map(([name, make]): [string, unknown] => [name, errorType(name, make)]),
    ["LookupError", errorType("LookupError", errors.KeyError)],
    ["ArithmeticError", errorType("ArithmeticError", ZeroDivisionError)],
    ["Warning", errorType("Warning", errors.TheanoError)],
    ["UserWarning", errorType("UserWarning", errors.TheanoError)],
    ["DeprecationWarning", errorType("DeprecationWarning", errors.TheanoError)],
    ["RuntimeWarning", errorType("RuntimeWarning", errors.TheanoError)],
  ]);
}

/** `str(x)` or `repr(x)`, also of objects that say it themselves. */
function textOf(x: unknown, method = "__str__"): string {
  const own = isInstance(x) ? (x.pyClass.find(method) ?? x.pyClass.find("__repr__")) : undefined;
  if (own !== undefined) return str(callMethod(x, own));
  return method === "__str__" ? str(x) : repr(x);
}

function toInteger(x: unknown, base: unknown): number {
  if (typeof x === "string") {
    const value = base === undefined ? Number(x) : Number.parseInt(x, numberOf(base));
    if (!Number.isInteger(value) || x.trim() === "")
      throw new errors.ValueError(`invalid literal for int() with base 10: ${repr(x)}`);
    return value;
  }
  return Math.trunc(numberOf(x));
}

function toNumber(x: unknown): number {
  if (typeof x !== "string") return numberOf(x);
  const text = x.trim().toLowerCase();
  const special = { inf: Infinity, "+inf": Infinity, "-inf": -Infinity, infinity: Infinity, nan: Number.NaN }[text];
  const value = special ?? Number(text);
  if (text === "" || (Number.isNaN(value) && text !== "nan"))
    throw new errors.ValueError(`could not convert string to float: ${repr(x)}`);
  return value;
}

function dictionary(items: unknown, keywords: Keywords): Map<unknown, unknown> {
  const entries = items === undefined ? [] : items instanceof Map ? [...items] : [...iterate(items)].map(pair);
  return new Map<unknown, unknown>([...entries, ...keywords]);
}

function sliceOf(args: readonly unknown[]): PySlice {
  const [start, stop, step] = args.length === 1 ? [null, args[0], null] : [args[0], args[1], args[2] ?? null];
  return new PySlice(start, stop, step);
}

function typeOf(x: unknown): unknown {
  if (isInstance(x)) return x.pyClass;
  const name = x instanceof Error ? x.constructor.name : typeName(x);
  return (
    TYPES.find((type) => type.name === name) ??
    new PyType(
      name,
      () => null,
      (y) => typeName(y) === name,
    )
  );
}

function lengthOf(x: unknown): number {
  if (typeof x === "string" || Array.isArray(x)) return x.length;
  if (x instanceof Map || x instanceof Set) return x.size;
  if (x instanceof NDArray && x.ndim > 0) return x.shape[0] ?? 0;
  const own = isInstance(x) ? x.pyClass.find("__len__") : undefined;
  if (own !== undefined) return numberOf(callMethod(x, own));
  throw new TypeError(`object of type '${typeName(x)}' has no len()`);
}

function range(args: readonly unknown[]): number[] {
  if (args.some((arg) => arg instanceof TensorVariable))
    throw new TypeError("'TensorVariable' object cannot be interpreted as an integer");
  const [first = 0, second, step = 1] = args.map(numberOf);
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);
}

function zip(lists: readonly (readonly unknown[])[]): (readonly unknown[])[] {
  const length = lists.length === 0 ? 0 : Math.min(...lists.map((list) => list.length));
  return Array.from({ length }, (_, i) => tuple(lists.map((list) => list[i])));
}

/** What `min` and `max` look at: their arguments, or the items of their only one. */
function several(args: readonly unknown[]): unknown[] {
  const items = args.length === 1 ? [...iterate(args[0])] : [...args];
  if (items.length === 0) throw new errors.ValueError("max() arg is an empty sequence");
  return items;
}

function absolute(x: unknown): unknown {
  if (x instanceof TensorVariable) return callValue(getAttribute(x, "abs"), [], new Map());
  if (x instanceof PyFloat) return new PyFloat(Math.abs(x.value));
  if (isNumber(x)) return numberOf(x) < 0 ? unary("-", x) : x;
  return callValue(getAttribute(x, "__abs__"), [], new Map());
}

function round(x: unknown, digits: unknown): unknown {
  const scale = 10 ** (digits === null ? 0 : numberOf(digits));
  const scaled = numberOf(x) * scale;
  const floor = Math.floor(scaled);
  const even = scaled - floor === 0.5 ? (floor % 2 === 0 ? floor : floor + 1) : Math.round(scaled);
  return digits === null ? even : new PyFloat(even / scale);
}

function attributeOr(x: unknown, name: string, fallback: readonly unknown[]): unknown {
  try {
    return getAttribute(x, name);
  } catch (error) {
    if (fallback.length > 0 && (isA(error, "AttributeError") || error instanceof Unsupported)) return fallback[0];
    throw error;
  }
}

/** Iterators are lists here, from which `next` takes the first. */
function nextOf(x: unknown, fallback: unknown): unknown {
  if (!isList(x)) return getItem(x, 0);
  if (x.length > 0) return x.shift();
  if (fallback === undefined) throw new StopIteration("");
  return fallback;
}
