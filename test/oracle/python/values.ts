/**
 * Python's values in JavaScript: `None` is null, integers are numbers (bigints when large), floats are {@link PyFloat},
 * tuples are frozen arrays, dictionaries are maps, and arrays of NumPy are the runtime's.
 */
import { Complex } from "../../../runtime/array/complex.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { pyQuote } from "../../../runtime/base/python.ts";
import { showFloat } from "../../../runtime/config/kinds.ts";

/** The program uses something that the interpreter or the runtime does not have; the message names it. */
export class Unsupported extends Error {
  override name = "Unsupported";
}

/** Python's errors that the runtime has no class for. */
export class NameError extends Error {
  override name = "NameError";
}
export class ZeroDivisionError extends Error {
  override name = "ZeroDivisionError";
}
export class StopIteration extends Error {
  override name = "StopIteration";
}

/** A Python float; JavaScript's numbers stand for Python's integers. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A Python slice. */
export class PySlice {
  readonly start: unknown;
  readonly stop: unknown;
  readonly step: unknown;
  constructor(start: unknown, stop: unknown, step: unknown) {
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
}

/** `...`. */
export const ELLIPSIS = Symbol("Ellipsis");

/** `collections.OrderedDict`, which Theano tells from a plain dictionary. */
export class OrderedDict extends Map<unknown, unknown> {}

/** A module: its names are found when they are asked for. */
export interface Module {
  readonly module: string;
  get(name: string): unknown;
  set?(name: string, value: unknown): void;
}

/** Keyword arguments. */
export type Keywords = ReadonlyMap<string, unknown>;

/** A function of the interpreter: what a program defined, or what stands for one of Python's own. */
export class PyFunction {
  readonly name: string;
  readonly run: (args: readonly unknown[], keywords: Keywords) => unknown;
  /** Attributes that a program gave it. */
  readonly fields = new Map<string, unknown>();

  constructor(name: string, run: (args: readonly unknown[], keywords: Keywords) => unknown) {
    this.name = name;
    this.run = run;
  }
}

/** A type of Python or NumPy: what `int`, `dict` or `np.float32` name. */
export class PyType extends PyFunction {
  readonly has: (value: unknown) => boolean;

  constructor(name: string, run: PyFunction["run"], has: (value: unknown) => boolean) {
    super(name, run);
    this.has = has;
  }
}

/** A dtype of NumPy, callable as `np.float32(1)`. */
export class NumPyType extends PyType {}

/** A class of the program. */
export class PyClass {
  readonly name: string;
  readonly bases: readonly unknown[];
  readonly members: Map<string, unknown>;

  constructor(name: string, bases: readonly unknown[], members: Map<string, unknown>) {
    this.name = name;
    this.bases = bases;
    this.members = members;
  }

  /** A member of the class or of those it derives from. */
  find(name: string): unknown {
    if (this.members.has(name)) return this.members.get(name);
    for (const base of this.bases) {
      const found = base instanceof PyClass ? base.find(name) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  derivesFrom(other: unknown): boolean {
    return (
      this === other || this.bases.some((base) => (base instanceof PyClass ? base.derivesFrom(other) : base === other))
    );
  }
}

/** What carries the fields of an object of a program's class; objects of the runtime can carry them too. */
export interface Instance {
  readonly pyClass: PyClass;
  readonly fields: Map<string, unknown>;
}

export class PyInstance implements Instance {
  readonly pyClass: PyClass;
  readonly fields = new Map<string, unknown>();
  constructor(pyClass: PyClass) {
    this.pyClass = pyClass;
  }
}

export function isInstance(value: unknown): value is Instance {
  return typeof value === "object" && value !== null && "pyClass" in value && value.pyClass instanceof PyClass;
}

export function isModule(value: unknown): value is Module {
  return typeof value === "object" && value !== null && "module" in value && typeof value.module === "string";
}

/** A tuple of these values. */
export function tuple(items: Iterable<unknown>): readonly unknown[] {
  return Object.freeze([...items]);
}

/** Tells tuples from other lists in types; no object carries it. */
declare const FROZEN: unique symbol;
export type Tuple = readonly unknown[] & { readonly [FROZEN]: true };

export function isTuple(value: unknown): value is Tuple {
  return Array.isArray(value) && Object.isFrozen(value);
}

export function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && !Object.isFrozen(value);
}

/** The number that an integer, a float, a bool or an array of one element is. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (value instanceof PyFloat) return value.value;
  if (value instanceof NDArray && value.size === 1) return Number(value.reshape([]).item());
  throw new TypeError(`a number is needed, not ${typeName(value)}`);
}

/** Whether a value is one of Python's numbers. */
export function isNumber(value: unknown): value is number | bigint | boolean | PyFloat {
  return ["number", "bigint", "boolean"].includes(typeof value) || value instanceof PyFloat;
}

/** `type(value).__name__`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number" || typeof value === "bigint") return "int";
  if (value instanceof PyFloat) return "float";
  if (value instanceof Complex) return "complex";
  if (typeof value === "string") return "str";
  if (Array.isArray(value)) return isTuple(value) ? "tuple" : "list";
  if (value instanceof OrderedDict) return "OrderedDict";
  if (value instanceof Map) return "dict";
  if (value instanceof Set) return "set";
  if (value instanceof NDArray) return "ndarray";
  if (isInstance(value)) return value.pyClass.name;
  if (value instanceof PyType || value instanceof PyClass) return "type";
  if (value instanceof PyFunction || typeof value === "function") return "function";
  return typeof value === "object" ? value.constructor.name : typeof value;
}

/** `bool(value)`. */
export function truth(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "" || value === 0 || value === 0n)
    return false;
  if (value instanceof PyFloat) return value.value !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  if (value instanceof NDArray && value.size === 1) return Boolean(value.reshape([]).item());
  return true;
}

/** `repr(value)`. */
export function repr(value: unknown): string {
  if (value instanceof Complex) return `(${repr(value.re)}${value.im < 0 ? "" : "+"}${repr(value.im)}j)`;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value).toString() : String(value);
  if (typeof value === "string") return pyQuote(value);
  if (value instanceof PyFloat) return showFloat(value.value);
  if (isTuple(value)) return value.length === 1 ? `(${repr(value[0])},)` : `(${value.map(repr).join(", ")})`;
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(", ")}}`;
  if (value instanceof Set) return value.size === 0 ? "set()" : `{${[...value].map(repr).join(", ")}}`;
  if (value instanceof NDArray) return value.repr();
  if (value instanceof PyClass) return `<class '__main__.${value.name}'>`;
  if (value instanceof PyType) return `<class '${value.name}'>`;
  if (value instanceof PyFunction) return `<function ${value.name} at 0xADDR>`;
  if (value instanceof Error) return `${value.constructor.name}(${pyQuote(value.message)})`;
  if (value instanceof PyInstance) return `<__main__.${value.pyClass.name} object at 0xADDR>`;
  return String(value);
}

/** `str(value)`. */
export function str(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof NDArray) return String(value);
  if (value instanceof Error) return value.message;
  return repr(value);
}
