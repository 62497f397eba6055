/** Python's operators on numbers, texts, lists, arrays of NumPy, and symbolic variables. */

import { assign } from "../../../runtime/array/assign.ts";
import { Complex } from "../../../runtime/array/complex.ts";
import { NDArray } from "../../../runtime/array/ndarray.ts";
import { SparseVariable, TensorVariable } from "../../../runtime/index.ts";
import { callRuntime, isRuntimeObject, lookUp, RuntimeFunction, sameOp } from "./binding.ts";
import { callValue } from "./call.ts";
import { percentFormat } from "./format.ts";
import { without } from "./methods.ts";
import { asArray, elementwise, elementwiseUnary } from "./numpy-elementwise.ts";
import {
  isInstance,
  isNumber,
  isTuple,
  NumPyType,
  numberOf,
  PyFloat,
  truth,
  tuple,
  typeName,
  Unsupported,
  ZeroDivisionError,
} from "./values.ts";

/** Python's binary operators under the names of Theano's functions and of Python's methods. */
export const OPERATORS: ReadonlyMap<string, readonly [theano: string, method: string]> = new Map([
  ["+", ["add", "add"]],
  ["-", ["sub", "sub"]],
  ["*", ["mul", "mul"]],
  ["/", ["true_div", "truediv"]],
  ["//", ["int_div", "floordiv"]],
  ["%", ["mod_check", "mod"]],
  ["**", ["pow", "pow"]],
  ["@", ["dot", "matmul"]],
  ["&", ["and_", "and"]],
  ["|", ["or_", "or"]],
  ["^", ["xor", "xor"]],
  ["<", ["lt", "lt"]],
  ["<=", ["le", "le"]],
  [">", ["gt", "gt"]],
  [">=", ["ge", "ge"]],
]);

export function binary(operator: string, left: unknown, right: unknown): unknown {
  const [direct = operator, method = operator] = OPERATORS.get(operator) ?? [];
  // Python asks a variable on the right for __rmod__, which is Theano's mod; only __mod__ checks for complex numbers.
  const theano = direct === "mod_check" && !(left instanceof TensorVariable) ? "mod" : direct;
  const module = moduleOf(left, right);
  if (left instanceof TensorVariable || right instanceof TensorVariable)
    return callRuntime(`${module}.${theano}`, lookUp(`${module}.${theano}`), [left, right]);
  const own = ownMethod(left, right, method);
  if (own !== null) return own();
  for (const side of [left, right]) {
    if (isRuntimeObject(side)) return callRuntime(`operator ${operator}`, lookUp(`${module}.${theano}`), [left, right]);
  }
  if (operator === "%" && typeof left === "string") return percentFormat(left, right);
  if (left instanceof NDArray || right instanceof NDArray) return elementwise(operator, asArray(left), asArray(right));
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, left, right);
  if (left instanceof Complex || right instanceof Complex) return complexArithmetic(operator, left, right);
  return ofCollections(operator, left, right);
}

/** Where the functions for operators on these values are. */
function moduleOf(...operands: readonly unknown[]): string {
  return operands.some((operand) => operand instanceof SparseVariable) ? "theano.sparse" : "T";
}

/** The call of `__add__` or `__radd__`, when one of the operands is an object that has it. */
function ownMethod(left: unknown, right: unknown, method: string): (() => unknown) | null {
  const found = isInstance(left) ? left.pyClass.find(`__${method}__`) : undefined;
  if (found !== undefined) return () => callValue(found, [left, right], new Map());
  const reflected = isInstance(right) ? right.pyClass.find(`__r${method}__`) : undefined;
  return reflected === undefined ? null : () => callValue(reflected, [right, left], new Map());
}

function unsupported(operator: string, left: unknown, right: unknown): TypeError {
  return new TypeError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

type PyNumber = number | bigint | boolean | PyFloat;

function arithmetic(operator: string, left: PyNumber, right: PyNumber): unknown {
  if (operator === "@") throw unsupported(operator, left, right);
  const isFloat = left instanceof PyFloat || right instanceof PyFloat || operator === "/";
  if (isFloat)
    return comparison(operator, numberOf(left), numberOf(right)) ?? floats(operator, numberOf(left), numberOf(right));
  const [a, b] = [left, right].map((side) => BigInt(Number.isSafeInteger(Number(side)) ? Number(side) : String(side)));
  return comparison(operator, a, b) ?? integers(operator, a ?? 0n, b ?? 0n);
}

function comparison<N extends number | bigint>(operator: string, a: N | undefined, b: N | undefined): boolean | null {
  if (a === undefined || b === undefined) return null;
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  if (operator === ">") return a > b;
  return operator === ">=" ? a >= b : null;
}

function floats(operator: string, a: number, b: number): PyFloat {
  if (b === 0 && ["/", "//", "%"].includes(operator)) throw new ZeroDivisionError("float division by zero");
  switch (operator) {
    case "+":
      return new PyFloat(a + b);
    case "-":
      return new PyFloat(a - b);
    case "*":
      return new PyFloat(a * b);
    case "/":
      return new PyFloat(a / b);
    case "//":
      return new PyFloat(Math.floor(a / b));
    case "%":
      return new PyFloat(a - Math.floor(a / b) * b);
    case "**":
      return new PyFloat(a ** b);
    default:
      throw unsupported(operator, new PyFloat(a), new PyFloat(b));
  }
}

function integers(operator: string, a: bigint, b: bigint): unknown {
  if (b === 0n && (operator === "//" || operator === "%"))
    throw new ZeroDivisionError("integer division or modulo by zero");
  switch (operator) {
    case "+":
      return integer(a + b);
    case "-":
      return integer(a - b);
    case "*":
      return integer(a * b);
    case "//":
      return integer((a - (((a % b) + b) % b)) / b);
    case "%":
      return integer(((a % b) + b) % b);
    case "**":
      return b < 0n ? new PyFloat(Number(a) ** Number(b)) : integer(a ** b);
    case "&":
      return integer(a & b);
    case "|":
      return integer(a | b);
    case "^":
      return integer(a ^ b);
    case "<<":
      return integer(a << b);
    default:
      return integer(a >> b);
  }
}

function integer(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function complexArithmetic(operator: string, left: unknown, right: unknown): Complex {
  const [a, b] = [left, right].map((side) => (side instanceof Complex ? side : new Complex(numberOf(side), 0)));
  if (a === undefined || b === undefined) throw unsupported(operator, left, right);
  if (operator === "+") return new Complex(a.re + b.re, a.im + b.im);
  if (operator === "-") return new Complex(a.re - b.re, a.im - b.im);
  if (operator === "*") return new Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
  throw new Unsupported(`complex ${operator}`);
}

function ofCollections(operator: string, left: unknown, right: unknown): unknown {
  if (typeof left === "string" && typeof right === "string") {
    const result = operator === "+" ? left + right : textComparison(operator, left, right);
    if (result !== null) return result;
  }
  if (operator === "+" && Array.isArray(left) && Array.isArray(right) && isTuple(left) === isTuple(right))
    return isTuple(left) ? tuple([...left, ...right]) : [...left, ...right];
  if (operator === "*" && typeof left === "number") return ofCollections(operator, right, left);
  if (operator === "*" && typeof right === "number") {
    if (typeof left === "string") return left.repeat(Math.max(0, right));
    if (Array.isArray(left)) {
      const items = Array.from({ length: Math.max(0, right) }, () => left).flat(1);
      return isTuple(left) ? tuple(items) : items;
    }
  }
  if (left instanceof Set && right instanceof Set) {
    if (operator === "|") return new Set([...left, ...right]);
    if (operator === "&") return new Set([...left].filter((item) => right.has(item)));
    if (operator === "-") return without(left, right);
  }
  if (Array.isArray(left) && Array.isArray(right)) return orderOfLists(operator, left, right);
  throw unsupported(operator, left, right);
}

function textComparison(operator: string, a: string, b: string): boolean | null {
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  if (operator === ">") return a > b;
  return operator === ">=" ? a >= b : null;
}

/** Lists and tuples compare by their first different items. */
function orderOfLists(operator: string, left: readonly unknown[], right: readonly unknown[]): unknown {
  const i = left.findIndex((item, k) => k >= right.length || !equal(item, right[k]));
  if (i >= 0 && i < right.length) return binary(operator, left[i], right[i]);
  return comparison(operator, left.length, right.length);
}

export function unary(operator: string, operand: unknown): unknown {
  if (operator === "not") return !isTrue(operand);
  if (operand instanceof TensorVariable || isRuntimeObject(operand)) {
    if (operator === "+") return operand;
    const name = `${moduleOf(operand)}.${operator === "-" ? "neg" : "invert"}`;
    return callRuntime(name, lookUp(name), [operand]);
  }
  if (isInstance(operand))
    return callValue(operand.pyClass.find(operator === "-" ? "__neg__" : "__invert__"), [operand], new Map());
  if (operand instanceof NDArray) return operator === "+" ? operand : elementwiseUnary(operator, operand);
  if (operand instanceof PyFloat) return operator === "-" ? new PyFloat(-operand.value) : operand;
  if (operand instanceof Complex) return operator === "-" ? new Complex(-operand.re, -operand.im) : operand;
  if (isNumber(operand)) {
    const value = BigInt(numberOf(operand));
    return integer(operator === "-" ? -value : operator === "~" ? ~value : value);
  }
  throw new TypeError(`bad operand type for unary ${operator}: '${typeName(operand)}'`);
}

/**
 * `bool(value)`, which symbolic variables do not have.
 * @throws TypeError for a symbolic variable that is compared.
 */
export function isTrue(value: unknown): boolean {
  if (value instanceof TensorVariable && /^Elemwise\{(lt|le|gt|ge|eq|neq)\b/.test(String(value.owner?.op ?? "")))
    throw new TypeError("Variables do not support boolean operations.");
  return truth(value);
}

export function compare(operator: string, left: unknown, right: unknown): unknown {
  switch (operator) {
    case "==":
    case "!=":
      if (left instanceof NDArray || right instanceof NDArray)
        return isArrayLike(left) && isArrayLike(right)
          ? elementwise(operator, asArray(left), asArray(right))
          : operator === "!=";
      return equal(left, right) === (operator === "==");
    case "is":
    case "is not":
      return (Object.is(left ?? null, right ?? null) || sameOp(left, right)) === (operator === "is");
    case "in":
    case "not in":
      return contains(right, left) === (operator === "in");
    default:
      return binary(operator, left, right);
  }
}

function isArrayLike(value: unknown): boolean {
  return value instanceof NDArray || isNumber(value) || Array.isArray(value);
}

/** `a == b`; symbolic variables are equal only to themselves. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a ?? null, b ?? null)) return true;
  if (isNumber(a) && isNumber(b)) return numberOf(a) === numberOf(b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && isTuple(a) === isTuple(b) && a.every((item, i) => equal(item, b[i]));
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equal(value, b.get(key)));
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((item) => b.has(item));
  if (a instanceof NumPyType || b instanceof NumPyType) return dtypeName(a) === dtypeName(b);
  if (a instanceof NDArray && b instanceof NDArray) return a.equals(b);
  const own = isInstance(a) ? a.pyClass.find("__eq__") : undefined;
  if (own !== undefined) return truth(callValue(own, [a, b], new Map()));
  return a instanceof RuntimeFunction || b instanceof RuntimeFunction || isRuntimeObject(a) ? sameOp(a, b) : false;
}

function dtypeName(value: unknown): unknown {
  return value instanceof NumPyType ? value.name : value;
}

function contains(container: unknown, item: unknown): boolean {
  if (typeof container === "string") return typeof item === "string" && container.includes(item);
  if (container instanceof Map) return container.has(item);
  if (container instanceof Set) return container.has(item);
  if (Array.isArray(container)) return container.some((one) => equal(one, item));
  if (container instanceof NDArray) return [...container.elements()].some((one) => Number(one) === numberOf(item));
  throw new TypeError(`argument of type '${typeName(container)}' is not iterable`);
}

/** `left op= right`: lists and arrays change, everything else gives a new value. */
export function augmented(operator: string, left: unknown, right: unknown): unknown {
  if (left instanceof NDArray && !(right instanceof TensorVariable) && left.ndim > 0) {
    assign(left, elementwise(operator, left, asArray(right)).astype(left.dtype).broadcastTo(left.shape));
    return left;
  }
  if (operator === "+" && Array.isArray(left) && !isTuple(left) && Array.isArray(right)) {
    left.push(...right);
    return left;
  }
  return binary(operator, left, right);
}
