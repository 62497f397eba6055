/**
 * The element types of arrays, in one table. Everything else in the runtime asks this file: names, sizes, storage,
 * promotion and conversion. A new element type is a row here plus its conversions below.
 */

import { IndexError, MemoryError, NotImplementedError, ValueError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { Complex } from "./complex.ts";
import { tookMemory } from "./reuse.ts";

/** An element that is no complex number: `bigint` for 64-bit integers, `boolean` for bool, `number` for the rest. */
export type RealScalar = number | bigint | boolean;

/** One element as JavaScript holds it. */
export type Scalar = RealScalar | Complex;

/** What an element type is: the group that decides promotion and which arithmetic applies. */
export type DTypeKind = "bool" | "int" | "uint" | "float" | "complex";

/**
 * How JavaScript computes with an element: `boolean`s, `number`s that wrap, `bigint`s, floating-point `number`s, or
 * {@link Complex}.
 */
export type Carrier = "bool" | "int" | "big" | "float" | "complex";

/** The storage of an array: one element per slot, bool as 0 or 1; complex in two slots, the real part first. */
export type TypedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float16Array
  | Float32Array
  | Float64Array;

interface Row {
  readonly name: string;
  readonly kind: DTypeKind;
  readonly bytes: 1 | 2 | 4 | 8 | 16;
  /** The letter that starts Theano's constructors (`d` in `dvector`), where there is one. */
  readonly letter: string | null;
  /** The smallest and largest finite values; for complex those of each part. */
  readonly min: number | bigint;
  readonly max: number | bigint;
}

const MAX_FLOAT32 = 3.4028234663852886e38;

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
  { name: "float16", kind: "float", bytes: 2, letter: null, min: -65504, max: 65504 },
  { name: "float32", kind: "float", bytes: 4, letter: "f", min: -MAX_FLOAT32, max: MAX_FLOAT32 },
  { name: "float64", kind: "float", bytes: 8, letter: "d", min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
  { name: "complex64", kind: "complex", bytes: 8, letter: "c", min: -MAX_FLOAT32, max: MAX_FLOAT32 },
  { name: "complex128", kind: "complex", bytes: 16, letter: "z", min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
] as const satisfies readonly Row[];

/** The name of an element type. */
export type DType = (typeof TABLE)[number]["name"];

/** The floating-point types that `floatX` may name. */
export type FloatDType = Extract<(typeof TABLE)[number], { kind: "float" }>["name"];

/** The complex types. */
export type ComplexDType = Extract<(typeof TABLE)[number], { kind: "complex" }>["name"];

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

/** Whether `dtype` is a real floating-point type. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtypeInfo(dtype).kind === "float";
}

/** Whether `dtype` is a complex type. */
export function isComplex(dtype: DType): dtype is ComplexDType {
  return dtypeInfo(dtype).kind === "complex";
}

/** Whether `dtype` is floating-point or complex: what gradients can be of. */
export function isContinuous(dtype: DType): dtype is FloatDType | ComplexDType {
  return isFloat(dtype) || isComplex(dtype);
}

/** The dtype of the parts and the magnitude of complex numbers; any other dtype as it is. */
export function partDType(dtype: DType): DType {
  return dtype === "complex64" ? "float32" : dtype === "complex128" ? "float64" : dtype;
}

/** The slots of storage that one element takes. */
export function slotsOf(dtype: DType): 1 | 2 {
  return isComplex(dtype) ? 2 : 1;
}

/** Whether `dtype` is a signed or unsigned integer type; bool is not. */
export function isInteger(dtype: DType): boolean {
  const { kind } = dtypeInfo(dtype);
  return kind === "int" || kind === "uint";
}

/** Whether `dtype` is bool or an integer type: what Theano calls discrete, and gives no gradient. */
export function isDiscrete(dtype: DType): boolean {
  return !isContinuous(dtype);
}

/** How JavaScript computes with elements of `dtype`. */
export function carrierOf(dtype: DType): Carrier {
  const { kind, bytes } = dtypeInfo(dtype);
  if (kind === "bool" || kind === "float" || kind === "complex") return kind;
  return bytes === 8 ? "big" : "int";
}

/**
 * New zeroed storage of `size` elements.
 * @throws MemoryError when there is not enough.
 * @throws NotImplementedError for float16 where JavaScript has no 16-bit floats.
 */
export function allocate(dtype: DType, size: number): TypedArray {
  const bytes = size * dtypeInfo(dtype).bytes;
  tookMemory(bytes);
  return storageIn(newBuffer(bytes), dtype, 0, size);
}

function newBuffer(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw outOfMemory(bytes);
    throw error;
  }
}

/** What to say where a block of so many bytes is not to be had. */
export function outOfMemory(bytes: number): MemoryError {
  return new MemoryError(
    `out of memory: an array of ${gibibytes(bytes)} is not to be had, ${gibibytes(process.memoryUsage.rss())} are in use; use smaller arrays or batches`,
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 33 ? 2 : 0)} GiB`;
}

/** Storage of `size` elements in memory that is there already, from byte `start` on. */
export function storageIn(buffer: ArrayBuffer, dtype: DType, start: number, size: number): TypedArray {
  switch (dtype) {
    case "bool":
    case "uint8":
      return new Uint8Array(buffer, start, size);
    case "int8":
      return new Int8Array(buffer, start, size);
    case "int16":
      return new Int16Array(buffer, start, size);
    case "int32":
      return new Int32Array(buffer, start, size);
    case "int64":
      return new BigInt64Array(buffer, start, size);
    case "uint16":
      return new Uint16Array(buffer, start, size);
    case "uint32":
      return new Uint32Array(buffer, start, size);
    case "uint64":
      return new BigUint64Array(buffer, start, size);
    case "float16":
      requireFloat16();
      return new Float16Array(buffer, start, size);
    case "float32":
      return new Float32Array(buffer, start, size);
    case "float64":
      return new Float64Array(buffer, start, size);
    case "complex64":
      return new Float32Array(buffer, start, 2 * size);
    case "complex128":
      return new Float64Array(buffer, start, 2 * size);
  }
}

function requireFloat16(): void {
  if (typeof Float16Array !== "undefined") return;
  throw new NotImplementedError(
    `float16 needs Node 24 or newer, and this is ${process.version}; use float32 (floatX=float32).`,
  );
}

/** The element type that a typed array holds by itself; a `Uint8ClampedArray` is no storage of ours. */
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
  if (data instanceof Float64Array) return "float64";
  return "float16";
}

/** Reads the element at `position` of storage whose elements are of type `dtype`. */
export function readElement(data: TypedArray, dtype: DType, position: number): Scalar {
  if (isComplex(dtype)) return new Complex(Number(slot(data, 2 * position)), Number(slot(data, 2 * position + 1)));
  const raw = slot(data, position);
  return dtype === "bool" ? raw !== 0 : raw;
}

function slot(data: TypedArray, position: number): number | bigint {
  const raw = data[position];
  if (raw === undefined) throw new IndexError(`position ${position} is outside storage of ${data.length} slots`);
  return raw;
}

/** Writes `value`, converted as the storage needs, to element `position`; a {@link Complex} to complex storage only. */
export function writeElement(data: TypedArray, position: number, value: Scalar): void {
  if (value instanceof Complex) {
    data[2 * position] = value.re;
    data[2 * position + 1] = value.im;
  } else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    data[position] = typeof value === "bigint" ? value : integerOf(value);
  } else {
    data[position] = Number(value);
  }
}

/**
 * The element type in which elements of all `dtypes` can be computed together: NumPy's promotion, which Theano uses.
 * A signed type meets an unsigned one in the next wider signed type, and int64 meets uint64 in float64; integers of 32
 * bits or more meet float32 in float64, and those of 16 bits meet float16 in float32. A complex type has the parts that
 * its own and the other type promote to.
 *
 * Under the flag `cast_policy=numpy+floatX` a result is not wider than `floatX` because of integers only: float32 where
 * `floatX` is float32 and no argument is float64.
 * @throws TypeError when called with none.
 */
export function upcast(...dtypes: readonly DType[]): DType {
  const [first, ...rest] = dtypes;
  if (first === undefined) throw new TypeError("upcast needs at least one dtype");
  const common = rest.reduce(promotePair, first);
  const keepsFloatX = isFloat(common) && !dtypes.includes(common) && config.cast_policy === "numpy+floatX";
  return keepsFloatX && dtypeInfo(config.floatX).bytes * 2 === dtypeInfo(common).bytes ? config.floatX : common;
}

function promotePair(a: DType, b: DType): DType {
  if (a === b) return a;
  const left = dtypeInfo(a);
  const right = dtypeInfo(b);
  if (left.kind === "bool") return b;
  if (right.kind === "bool") return a;
  if (left.kind === right.kind) return left.bytes >= right.bytes ? a : b;
  if (left.kind === "complex" || right.kind === "complex") {
    return promotePair(partDType(a), partDType(b)) === "float64" ? "complex128" : "complex64";
  }
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
 * the smallest signed type that holds it; another number takes `floatX` when that is narrower than float64, else float32
 * where it is exact. A complex number is complex128. `-0` and integers beyond 2^53 are taken as floating-point, since a
 * JavaScript number does not say.
 * @throws ValueError for a bigint that no 64-bit type holds.
 */
export function dtypeOfNumber(value: Scalar, floatX: FloatDType): DType {
  if (typeof value === "boolean") return "bool";
  if (value instanceof Complex) return "complex128";
  if (typeof value === "bigint" || (Number.isSafeInteger(value) && !Object.is(value, -0))) {
    const fit =
      DTYPES.find((info) => info.kind === "int" && info.min <= value && value <= info.max) ??
      (0n <= value && value < 2n ** 64n ? dtypeInfo("uint64") : undefined);
    if (fit === undefined) throw new ValueError(`the integer ${value} fits in no dtype: the widest has 64 bits`);
    return fit.name;
  }
  if (floatX !== "float64") return floatX;
  return Math.fround(value) === value ? "float32" : "float64";
}

/**
 * `value` as an element of `dtype`. To bool: whether it is not zero. To an integer: the fraction is dropped and the
 * rest wraps modulo 2^bits; NaN and the infinities, for which C leaves the result undefined, give 0. To floats: one
 * rounding. Of a complex number only the real part goes into other types, except that bool looks at both.
 */
export function castScalar(value: Scalar, dtype: DType): Scalar {
  switch (dtype) {
    case "complex64":
      return roundComplex(complexOf(value));
    case "complex128":
      return complexOf(value);
    case "bool":
      return value instanceof Complex ? value.re !== 0 || value.im !== 0 : isNonZero(value);
    default:
      return castReal(value instanceof Complex ? value.re : value, dtype);
  }
}

function castReal(value: RealScalar, dtype: DType): RealScalar {
  switch (dtype) {
    case "float64":
      return Number(value);
    case "float32":
      return Math.fround(Number(value));
    case "float16":
      requireFloat16();
      return Math.f16round(Number(value));
    case "int64":
      return BigInt.asIntN(64, integerOf(value));
    case "uint64":
      return BigInt.asUintN(64, integerOf(value));
    default:
      return wrapInteger(typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : Number(value), dtype);
  }
}

function isNonZero(value: RealScalar): boolean {
  return typeof value === "bigint" ? value !== 0n : Number(value) !== 0;
}

/** A number as a complex one. */
export function complexOf(value: Scalar): Complex {
  return value instanceof Complex ? value : new Complex(Number(value));
}

/** Both parts rounded to float32. */
export function roundComplex({ re, im }: Complex): Complex {
  return new Complex(Math.fround(re), Math.fround(im));
}

/** Whether two elements are the same value: NaN equals NaN, and 0 equals -0 as in arithmetic. */
export function sameElement(a: Scalar, b: Scalar): boolean {
  if (a instanceof Complex || b instanceof Complex) {
    const [x, y] = [complexOf(a), complexOf(b)];
    return sameElement(x.re, y.re) && sameElement(x.im, y.im);
  }
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** The integer part of `value`, of a complex number its real part; 0 for NaN and the infinities. */
export function integerOf(value: Scalar): bigint {
  if (value instanceof Complex) return integerOf(value.re);
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
