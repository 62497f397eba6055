/** Values on their way from programs into the runtime and back. */

import { isDType } from "../../../runtime/array/dtype.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { DISCONNECTED, Op, T, TensorType, TensorVariable } from "../../../runtime/index.ts";
import { isCallable, RuntimeFunction } from "./binding.ts";
import { callValue } from "./call.ts";
import {
  ELLIPSIS,
  isNumber,
  isTuple,
  NumPyType,
  PyClass,
  PyFloat,
  PyFunction,
  PySlice,
  tuple,
  Unsupported,
} from "./values.ts";

/**
 * A Python float. One without fraction is no integer, which JavaScript's number cannot say: it needs its dtype, which is
 * that of any float under the flags in force.
 */
export function pythonFloat(value: number): number | NDArray {
  if (!Number.isInteger(value)) return value;
  return NDArray.scalar(value, T.constant(Math.fround(value) === value ? 0.5 : 0.1).dtype);
}

/** A value that may stand for a tensor. */
export function operandOf(value: unknown): unknown {
  if (value instanceof PyFloat) return pythonFloat(value.value);
  if (Array.isArray(value) && hasFloats(value)) return NDArray.from(numbersIn(value), "float64");
  return toJavaScript(value, operandOf);
}

/** A value that is no tensor: floats are plain numbers; a constructor of variables is their type where `types`. */
export function plainOf(value: unknown, types = false): unknown {
  if (value instanceof PyFloat) return value.value;
  if (types && value instanceof RuntimeFunction) return typeOrFunction(value);
  return toJavaScript(value, (inner) => plainOf(inner, types));
}

/** Whether a list holds only numbers, perhaps nested, and floats among them. */
function hasFloats(value: readonly unknown[]): boolean {
  const flat = value.flat(Number.POSITIVE_INFINITY);
  return flat.length > 0 && flat.every(isNumber) && flat.some((item) => item instanceof PyFloat);
}

type Numbers = number | readonly Numbers[];

function numbersIn(value: unknown): Numbers {
  if (Array.isArray(value)) return value.map(numbersIn);
  return value instanceof PyFloat ? value.value : Number(value);
}

/** Python's values in the forms that the runtime's functions take; `inner` converts what is inside of others. */
export function toJavaScript(value: unknown, inner: (value: unknown) => unknown): unknown {
  if (typeof value === "string" && isNumPyDType(value) && !isDType(value)) throw new Unsupported(`dtype ${value}`);
  if (value === ELLIPSIS) return "...";
  if (value instanceof NumPyType) return value.name;
  if (value instanceof RuntimeFunction) return typeOrFunction(value);
  if (value instanceof PyFunction || value instanceof PyClass) return functionOf(value);
  if (value instanceof PySlice) {
    const [start, stop, step] = [value.start, value.stop, value.step].map(inner);
    return { start, stop, step };
  }
  if (Array.isArray(value)) return value.map(inner);
  if (value instanceof Map) return mapOf(value, inner);
  return value;
}

/** Dictionaries with names for keys are records, the others maps. */
function mapOf(value: ReadonlyMap<unknown, unknown>, inner: (value: unknown) => unknown): unknown {
  const keys = [...value.keys()];
  const entries = [...value].map(([key, item]) => [key, inner(item)] as const);
  if (keys.length > 0 && keys.every((key) => typeof key === "string"))
    return Object.fromEntries(entries.map(([key, item]) => [String(key), item]));
  return new Map(entries);
}

function isNumPyDType(text: string): boolean {
  return /^(bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128))$/.test(text);
}

/** `T.dmatrix` as an argument is a type, as in Theano; other functions are themselves. */
function typeOrFunction({ path, callee, owner }: RuntimeFunction): unknown {
  if (/\.[bwilfdzc]?(scalar|vector|matrix|row|col|tensor[3-7])$/.test(path)) {
    const made: unknown = Reflect.apply(callee, undefined, []);
    if (made instanceof TensorVariable) return made.type;
  }
  return owner === undefined ? callee : callee.bind(owner);
}

/** A function that the runtime can call. */
export function functionOf(value: PyFunction | PyClass | Op): (...args: readonly unknown[]) => unknown {
  const made = (...args: readonly unknown[]): unknown => operandOf(callValue(value, args.map(fromRuntime), new Map()));
  // Ops that are made of functions have their names.
  return value instanceof PyFunction ? Object.defineProperty(made, "name", { value: value.name }) : made;
}

/** A result of the runtime as a Python value. */
export function fromRuntime(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "number") return Number.isInteger(value) ? value : new PyFloat(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return isTuple(value) ? tuple(value.map(fromRuntime)) : value.map(fromRuntime);
  if (value === DISCONNECTED) return value;
  if (isPlainObject(value)) return new Map(Object.entries(value).map(([key, item]) => [key, fromRuntime(item)]));
  return value;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What a program may call besides its own functions. */
export function isRuntimeCallable(value: unknown): boolean {
  return value instanceof Op || value instanceof TensorType || isCallable(value) || value instanceof RuntimeFunction;
}
