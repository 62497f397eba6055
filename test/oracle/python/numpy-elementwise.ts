/** Elementwise operations on NumPy's arrays, with its promotion of dtypes. */
import { Complex } from "../../../runtime/array/complex.ts";
import {
  castScalar,
  type DType,
  dtypeInfo,
  isDType,
  isFloat,
  type Scalar,
  upcast,
} from "../../../runtime/array/dtype.ts";
import { NDArray, type Nested } from "../../../runtime/array/ndarray.ts";
import { broadcastShapes } from "../../../runtime/array/shape.ts";
import { isNumber, NumPyType, PyFloat, typeName, Unsupported } from "./values.ts";

/** A Python value as an array: numbers have no dimensions, and the dtype of Python's own. */
export function asArray(value: unknown, dtype?: string): NDArray {
  if (value instanceof NDArray) return dtype === undefined ? value : value.astype(checkedDType(dtype));
  if (dtype !== undefined) return NDArray.from(plain(value), checkedDType(dtype));
  return NDArray.from(plain(value, true));
}

/** @throws Unsupported when the runtime has no such dtype. */
export function checkedDType(name: unknown): DType {
  const text = name instanceof NumPyType ? name.name : String(name);
  const full = DTYPE_ALIASES[text] ?? text;
  if (isDType(full)) return full;
  if (/^(complex(64|128)|float16)$/.test(full)) throw new Unsupported(`dtype ${full}`);
  throw new TypeError(`data type '${text}' not understood`);
}

const DTYPE_ALIASES: Readonly<Record<string, string>> = {
  float: "float64",
  int: "int64",
  bool_: "bool",
  double: "float64",
  single: "float32",
  int_: "int64",
  float_: "float64",
  intp: "int64",
  f: "float32",
  d: "float64",
  f4: "float32",
  f8: "float64",
  i4: "int32",
  i8: "int64",
  i: "int32",
  l: "int64",
  b: "int8",
  "?": "bool",
};

/** Numbers as JavaScript has them; with `typed`, integers are bigints, so that they become int64. */
function plain(value: unknown, typed = false): Nested {
  if (value instanceof PyFloat) return value.value;
  if (typeof value === "boolean" || typeof value === "bigint") return value;
  if (typeof value === "number") return typed && Number.isInteger(value) ? BigInt(value) : value;
  if (value instanceof NDArray) return value.ndim === 0 ? value.item() : nested(value);
  if (value instanceof Complex) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, typed));
    const mixed = items.some((item) => typeof item === "number");
    return mixed ? items.map((item) => (typeof item === "bigint" ? Number(item) : item)) : items;
  }
  if (value instanceof Map || value instanceof Set || isNumber(value) || value === null || value === undefined)
    throw new TypeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
  throw new Unsupported(`an array of ${typeName(value)}`);
}

function nested(array: NDArray): Nested {
  return isFloat(array.dtype) || array.dtype === "bool" ? array.toNested() : integersOf(array.toNested());
}

function integersOf(value: Nested): Nested {
  return Array.isArray(value) ? value.map(integersOf) : BigInt(Number(value));
}

const KINDS = ["bool", "uint", "int", "float"];

/** The dtype that NumPy computes in: arrays without dimensions count only by their kind, as Python's numbers do. */
export function promote(a: NDArray, b: NDArray): DType {
  if ((a.ndim === 0) === (b.ndim === 0)) return upcast(a.dtype, b.dtype);
  const [array, scalar] = a.ndim === 0 ? [b, a] : [a, b];
  const rank = (one: NDArray): number => KINDS.indexOf(dtypeInfo(one.dtype).kind.replace("uint", "int"));
  if (rank(scalar) <= rank(array)) return array.dtype;
  return isFloat(scalar.dtype) && !isFloat(array.dtype) ? "float64" : upcast(array.dtype, scalar.dtype);
}

type Binary = (a: number, b: number) => number | boolean;

const ARITHMETIC: Readonly<Record<string, Binary>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - Math.floor(a / b) * b,
  "**": (a, b) => a ** b,
  "&": (a, b) => Number(BigInt(a) & BigInt(b)),
  "|": (a, b) => Number(BigInt(a) | BigInt(b)),
  "^": (a, b) => Number(BigInt(a) ^ BigInt(b)),
  maximum: (a, b) => (Number.isNaN(a) || a > b ? a : b),
  minimum: (a, b) => (Number.isNaN(a) || a < b ? a : b),
  arctan2: Math.atan2,
  hypot: Math.hypot,
};
const COMPARISONS: Readonly<Record<string, Binary>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  logical_and: (a, b) => a !== 0 && b !== 0,
  logical_or: (a, b) => a !== 0 || b !== 0,
  logical_xor: (a, b) => (a !== 0) !== (b !== 0),
};

/** @throws Unsupported for operators that are not here, ValueError when the shapes do not fit. */
export function elementwise(operator: string, a: NDArray, b: NDArray): NDArray {
  const compute = ARITHMETIC[operator] ?? COMPARISONS[operator];
  if (compute === undefined) throw new Unsupported(`np ${operator}`);
  const promoted = promote(a, b);
  const divides = operator === "/" || operator === "arctan2" || operator === "hypot";
  const dtype = operator in COMPARISONS ? "bool" : divides && !isFloat(promoted) ? "float64" : promoted;
  const shape = broadcastShapes(a.shape, b.shape);
  const [left, right] = [a, b].map((side) => [...side.astype(promoted).broadcastTo(shape).elements()].map(Number));
  const values = (left ?? []).map((value, i) => compute(value, right?.[i] ?? 0));
  return arrayOf(values, dtype, shape);
}

/** An array of values in row-major order. */
export function arrayOf(values: readonly Scalar[], dtype: DType, shape: readonly number[]): NDArray {
  return NDArray.from(
    values.map((value) => castScalar(value, dtype)),
    dtype,
  ).reshape(shape);
}

/** `-`, `~`. */
export function elementwiseUnary(operator: string, array: NDArray): NDArray {
  if (operator === "-") return mapArray(array, (x) => -x, array.dtype);
  return array.dtype === "bool"
    ? mapArray(array, (x) => x === 0, "bool")
    : mapArray(array, (x) => Number(~BigInt(x)), array.dtype);
}

/** Each element's image; without `dtype`, floats keep theirs and integers become float64. */
export function mapArray(array: NDArray, f: (x: number) => number | boolean, dtype?: DType): NDArray {
  const own = dtype ?? (isFloat(array.dtype) ? array.dtype : "float64");
  return arrayOf(
    [...array.elements()].map((x) => f(Number(x))),
    own,
    array.shape,
  );
}
