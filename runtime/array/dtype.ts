/**
 * The element types of arrays, in one table. Everything else in the runtime asks this file: names, sizes, storage,
 * promotion and conversion. A new element type (float16, complex64 …) is a row here plus its conversions below.
 */
import { IndexError, NotImplementedError, ValueError } from "../base/errors.ts";

/** One element as JavaScript holds it: `bigint` for 64-bit integers, `boolean` for bool, `number` for the rest. */
export type Scalar = number | bigint | boolean;

/** What an element type is: the group that decides promotion and which arithmetic applies. */
export type DTypeKind = "bool" | "int" | "uint" | "float";

/** How JavaScript computes with an element: `boolean`s, `number`s that wrap, `bigint`s, or floating-point `number`s. */
export type Carrier = "bool" | "int" | "big" | "float";

/** The storage of an array: one element per slot, bool as 0 or 1. */
export type TypedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

interface Row {
  readonly name: string;
  readonly kind: DTypeKind;
  readonly bytes: 1 | 2 | 4 | 8;
  /** The letter that starts Theano's constructors (`d` in `dvector`), where there is one. */
  readonly letter: string | null;
  /** The smallest and largest finite values. */
  readonly min: number | bigint;
  readonly max: number | bigint;
}

/** In Theano's listing order. */
const TABLE = [
  { name: "bool", kind: "bool", bytes: 1, letter: null, min: 0, max: 1 },
  { name: "int8", kind: "int", bytes: 1, letter: "b", min: -128, max: 127 },
  { name: "int16", kind: "int", bytes: 2, letter: "w", min: -32768, max: 32767 },
  { name: "int32", kind: "int", bytes: 4, letter: "i", min: -2147483648, max: 2147483647 },
  { name: "int64", kind: "int", bytes: 8, letter: "l", min: -(2n ** 63n), max: 2n ** 63n - 1n },
  { name: "uint8", kind: "uint", bytes: 1, letter: null, min: 0, max: 255 },
  { name: "uint16", kind: "uint", bytes: 2, letter: null, min: 0, max: 65535 },
  { name: "uint32", kind: "uint", bytes: 4, letter: null, min: 0, max: 4294967295 },
  { name: "uint64", kind: "uint", bytes: 8, letter: null, min: 0n, max: 2n ** 64n - 1n },
  { name: "float32", kind: "float", bytes: 4, letter: "f", min: -3.4028234663852886e38, max: 3.4028234663852886e38 },
  { name: "float64", kind: "float", bytes: 8, letter: "d", min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
] as const satisfies readonly Row[];

/** The name of an element type. */
export type DType = (typeof TABLE)[number]["name"];

/** The floating-point types that `floatX` may name. */
export type FloatDType = Extract<(typeof TABLE)[number], { kind: "float" }>["name"];

/** What the table knows of one element type. */
export interface DTypeInfo extends Row {
  readonly name: DType;
}

/** Every element type, in listing order. */
export const DTYPES: readonly DTypeInfo[] = TABLE;

const BY_NAME: ReadonlyMap<string, DTypeInfo> = new Map(DTYPES.map((info) => [info.name, info]));

/** Whether `name` is the name of an element type. */
export function isDType(name: string): name is DType {
  return BY_NAME.has(name);
}

/**
 * The table's row for `dtype`.
 * @throws TypeError when there is no such element type (a name that came from outside the type checker).
 */
export function dtypeInfo(dtype: DType): DTypeInfo {
  const info = BY_NAME.get(dtype);
  if (info === undefined) {
    throw new TypeError(`"${dtype}" is not a dtype; the dtypes are ${DTYPES.map((row) => row.name).join(", ")}`);
  }
  return info;
}

/** A dtype as users name it: also float16, which `floatX` may be, and which this version cannot compute with. */
export type DTypeName = DType | "float16";

/**
 * The dtype of a name.
 * @throws NotImplementedError for float16.
 * @throws TypeError when there is no such element type.
 */
export function dtypeNamed(name: DTypeName): DType {
  if (name !== "float16") return dtypeInfo(name).name;
  throw new NotImplementedError(
    "Arrays of float16 are not supported yet; use float32 or float64 (the flag floatX may ask for it: floatX=float32).",
  );
}

/** Whether `dtype` is a floating-point type. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtypeInfo(dtype).kind === "float";
}

/** Whether `dtype` is a signed or unsigned integer type; bool is not. */
export function isInteger(dtype: DType): boolean {
  const { kind } = dtypeInfo(dtype);
  return kind === "int" || kind === "uint";
}

/** Whether `dtype` is bool or an integer type: what Theano calls discrete, and gives no gradient. */
export function isDiscrete(dtype: DType): boolean {
  return !isFloat(dtype);
}

/** How JavaScript computes with elements of `dtype`. */
export function carrierOf(dtype: DType): Carrier {
  const { kind, bytes } = dtypeInfo(dtype);
  if (kind === "bool" || kind === "float") return kind;
  return bytes === 8 ? "big" : "int";
}

/** New zeroed storage of `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case "bool":
    case "uint8":
      return new Uint8Array(size);
    case "int8":
      return new Int8Array(size);
    case "int16":
      return new Int16Array(size);
    case "int32":
      return new Int32Array(size);
    case "int64":
      return new BigInt64Array(size);
    case "uint16":
      return new Uint16Array(size);
    case "uint32":
      return new Uint32Array(size);
    case "uint64":
      return new BigUint64Array(size);
    case "float32":
      return new Float32Array(size);
    case "float64":
      return new Float64Array(size);
  }
}

/** The element type that a typed array holds; a `Uint8ClampedArray` is no storage of ours. */
export function dtypeOfStorage(data: TypedArray): DType {
  if (data instanceof Int8Array) return "int8";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Uint32Array) return "uint32";
  if (data instanceof BigUint64Array) return "uint64";
  if (data instanceof Float32Array) return "float32";
  return "float64";
}

/** Reads slot `position` of storage whose elements are of type `dtype`. */
export function readElement(data: TypedArray, dtype: DType, position: number): Scalar {
  const raw = data[position];
  if (raw === undefined) throw new IndexError(`position ${position} is outside storage of ${data.length} elements`);
  return dtype === "bool" ? raw !== 0 : raw;
}

/** Writes `value`, converted as the storage needs, to slot `position`. */
export function writeElement(data: TypedArray, position: number, value: Scalar): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    data[position] = typeof value === "bigint" ? value : integerOf(value);
  } else {
    data[position] = Number(value);
  }
}

/**
 * The element type in which elements of all `dtypes` can be computed together: NumPy's promotion, which Theano uses.
 * A signed type meets an unsigned one in the next wider signed type, and int64 meets uint64 in float64; integers of 32
 * bits or more meet float32 in float64.
 * @throws TypeError when called with none.
 */
export function upcast(...dtypes: readonly DType[]): DType {
  const [first, ...rest] = dtypes;
  if (first === undefined) throw new TypeError("upcast needs at least one dtype");
  return rest.reduce(promotePair, first);
}

function promotePair(a: DType, b: DType): DType {
  if (a === b) return a;
  const left = dtypeInfo(a);
  const right = dtypeInfo(b);
  if (left.kind === "bool") return b;
  if (right.kind === "bool") return a;
  if (left.kind === right.kind) return left.bytes >= right.bytes ? a : b;
  if (left.kind === "float") return widen("float", Math.max(left.bytes, exactFloatBytes(right.bytes)));
  if (right.kind === "float") return widen("float", Math.max(right.bytes, exactFloatBytes(left.bytes)));
  const [signed, unsigned] = left.kind === "int" ? [left, right] : [right, left];
  return widen("int", signed.bytes > unsigned.bytes ? signed.bytes : 2 * unsigned.bytes);
}

/** The size of the smallest float that NumPy lets stand for an integer of `bytes` bytes. */
function exactFloatBytes(bytes: number): number {
  return Math.min(2 * bytes, 8);
}

/** The narrowest type of `kind` with at least `bytes` bytes; float64 when no integer is wide enough. */
function widen(kind: DTypeKind, bytes: number): DType {
  return DTYPES.find((info) => info.kind === kind && info.bytes >= bytes)?.name ?? "float64";
}

/**
 * The element type of a literal in an expression, by Theano's `cast_policy=custom`: a boolean is bool; an integer takes
 * the smallest signed type that holds it; another number takes float32 when that is exact or `floatX` is float32, and
 * float64 otherwise. `-0` and integers beyond 2^53 are taken as floating-point, since a JavaScript number does not say.
 * @throws ValueError for a bigint that no 64-bit type holds.
 */
export function dtypeOfNumber(value: Scalar, floatX: FloatDType): DType {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint" || (Number.isSafeInteger(value) && !Object.is(value, -0))) {
    const fit =
      DTYPES.find((info) => info.kind === "int" && info.min <= value && value <= info.max) ??
      (0n <= value && value < 2n ** 64n ? dtypeInfo("uint64") : undefined);
    if (fit === undefined) throw new ValueError(`the integer ${value} fits in no dtype: the widest has 64 bits`);
    return fit.name;
  }
  return floatX === "float32" || Math.fround(value) === value ? "float32" : floatX;
}

/**
 * `value` as an element of `dtype`. To bool: whether it is not zero. To an integer: the fraction is dropped and the
 * rest wraps modulo 2^bits; NaN and the infinities, for which C leaves the result undefined, give 0. To float32: one
 * rounding.
 */
export function castScalar(value: Scalar, dtype: DType): Scalar {
  switch (dtype) {
    case "bool":
      return typeof value === "boolean" ? value : typeof value === "bigint" ? value !== 0n : value !== 0;
    case "float64":
      return Number(value);
    case "float32":
      return Math.fround(Number(value));
    case "int64":
      return BigInt.asIntN(64, integerOf(value));
    case "uint64":
      return BigInt.asUintN(64, integerOf(value));
    default:
      return wrapInteger(typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : Number(value), dtype);
  }
}

/** The integer part of `value`; 0 for NaN and the infinities. */
export function integerOf(value: Scalar): bigint {
  if (typeof value === "number") return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  return BigInt(value);
}

/** The integer part of `value` wrapped into an integer type of at most 32 bits. */
function wrapInteger(value: number, dtype: DType): number {
  switch (dtype) {
    case "int8":
      return (value << 24) >> 24;
    case "int16":
      return (value << 16) >> 16;
    case "uint8":
      return value & 0xff;
    case "uint16":
      return value & 0xffff;
    case "uint32":
      return value >>> 0;
    default:
      return value | 0;
  }
}
