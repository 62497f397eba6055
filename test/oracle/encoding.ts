/** Arrays as the oracle files write them: reading, showing and comparing them. */
import { type DType, isComplex, isDType, type RealScalar } from "../../runtime/array/dtype.ts";
import { NDArray } from "../../runtime/array/ndarray.ts";
import { sameShape } from "../../runtime/array/shape.ts";
import { ComplexError } from "../../runtime/base/errors.ts";
import { Complex, NotImplementedError, type Scalar } from "../../runtime/index.ts";
import { Unsupported } from "./python/values.ts";

/** What JSON cannot write as a number is a text: `NaN`, `Infinity`, integers beyond 2^53. */
export type EncodedScalar = number | boolean | string;

/** An array: `data` is flat, in row-major order. */
export interface EncodedArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly EncodedScalar[];
  /** Which dimensions of the variable broadcast; absent: none. */
  readonly bc?: readonly boolean[];
  /** The dtype of the symbolic variable, where its value has another one. */
  readonly declared_dtype?: string;
  /** The format of a sparse matrix, whose values are given with their zeros. */
  readonly sparse?: "csr" | "csc";
}

/**
 * The runtime's dtype of this name.
 * @throws Unsupported when the runtime does not have it.
 */
export function dtypeOf(name: string): DType {
  if (!isDType(name)) throw new Unsupported(`dtype ${name}`);
  return name;
}

/** @throws Unsupported when the runtime does not have the dtype. */
export function decode({ dtype, shape, data }: EncodedArray): NDArray {
  const type = dtypeOf(dtype);
  const scalars = data.map(scalarOf(dtype));
  if (!isComplex(type)) return NDArray.from(scalars, type).reshape(shape);
  const pairs = Array.from({ length: scalars.length / 2 }, (_, i) => {
    return new Complex(Number(scalars[2 * i]), Number(scalars[2 * i + 1]));
  });
  return NDArray.from(pairs, type).reshape(shape);
}

function scalarOf(dtype: string): (value: EncodedScalar) => RealScalar {
  if (dtype === "int64" || dtype === "uint64") return (value) => BigInt(value);
  return (value) => (typeof value === "string" ? Number(value) : value);
}

interface Tolerance {
  readonly relative: number;
  /** Below this, the format loses digits. */
  readonly smallestNormal: number;
}

/** The relative errors that the oracle's README counts as equal, by dtype; values of other dtypes must be equal. */
const TOLERANCES: ReadonlyMap<string, Tolerance> = new Map([
  ["float64", { relative: 1e-11, smallestNormal: 2 ** -1022 }],
  ["float32", { relative: 3e-6, smallestNormal: 2 ** -126 }],
  ["float16", { relative: 2e-3, smallestNormal: 2 ** -14 }],
  ["complex128", { relative: 1e-11, smallestNormal: 2 ** -1022 }],
  ["complex64", { relative: 3e-6, smallestNormal: 2 ** -126 }],
]);

/** Whether an array has the dtype, the shape and, up to rounding, the values of another. */
export function agrees(ours: NDArray, theirs: NDArray): boolean {
  return (
    ours.dtype === theirs.dtype && sameShape(ours.shape, theirs.shape) && elementsAgree(ours, theirs).every(Boolean)
  );
}

/** Which elements of an array are, up to the rounding of their dtype, those of another. */
export function elementsAgree(ours: NDArray, theirs: NDArray): boolean[] {
  const tolerance = TOLERANCES.get(theirs.dtype);
  const expected = [...theirs.elements()];
  return [...ours.elements()].map((value, i) => close(value, expected[i], tolerance));
}

function close(a: Scalar, b: Scalar | undefined, tolerance: Tolerance | undefined): boolean {
  if (a instanceof Complex && b instanceof Complex) return complexClose(a, b, tolerance);
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== "number" || typeof b !== "number" || tolerance === undefined) return false;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const scale = Math.max(Math.abs(a), Math.abs(b), tolerance.smallestNormal);
  return Math.abs(a - b) <= tolerance.relative * scale;
}

/** Errors are relative to the magnitude; where that is not finite, each part must agree by itself. */
function complexClose(a: Complex, b: Complex, tolerance: Tolerance | undefined): boolean {
  if ((close(a.re, b.re, tolerance) && close(a.im, b.im, tolerance)) || tolerance === undefined) return true;
  const scale = Math.max(Math.hypot(a.re, a.im), Math.hypot(b.re, b.im), tolerance.smallestNormal);
  return scale < Infinity && Math.hypot(a.re - b.re, a.im - b.im) <= tolerance.relative * scale;
}

const LONGEST_TEXT = 400;

/** `float64(2, 3): 1 2.5 NaN …`, for reports. */
export function showArray(array: NDArray): string {
  const values = [...array.elements()].map((value) => (Object.is(value, -0) ? "-0" : String(value))).join(" ");
  const text = `${array.dtype}(${array.shape.join(", ")}): ${values}`;
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

/**
 * The value, or the error that the runtime threw. One that says that something is missing is passed on, unless Theano's
 * says the same.
 * @param expected the class of the error that Theano throws, if any.
 */
export function attempt<Value>(compute: () => Value, expected?: string): Value | Error {
  try {
    return compute();
  } catch (thrown) {
    const isMissing = thrown instanceof NotImplementedError && !(thrown instanceof ComplexError);
    if (isMissing && expected !== "NotImplementedError") throw new Unsupported(thrown.message);
    if (thrown instanceof Unsupported || !(thrown instanceof Error)) throw thrown;
    return thrown;
  }
}
