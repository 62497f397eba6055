/**
 * Arrays as text, in the format of NumPy 1.24 with its default print options, which is what a reader of Theano's output
 * knows: 8 digits, lines of 75 characters, more than 1000 elements cut to the first and last three of every axis.
 */
import { pyTuple } from "../base/python.ts";
import { Complex } from "./complex.ts";
import { castScalar, complexOf, type DType, isComplex, isFloat, partDType, type Scalar } from "./dtype.ts";
import type { NDArray } from "./ndarray.ts";

const PRECISION = 8;
const LINE_WIDTH = 75;
const THRESHOLD = 1000;
const EDGE_ITEMS = 3;
const SUMMARY = "...";

/** `array` as NumPy's `str` or `repr` shows it. */
export function showArray(array: NDArray, form: "str" | "repr"): string {
  return form === "str" ? showStr(array) : showRepr(array);
}

function showStr(array: NDArray): string {
  return array.ndim === 0 ? showScalar(array.item(), array.dtype) : showBody(array, " ", 0, 0);
}

function showRepr(array: NDArray): string {
  const prefix = "array(";
  const impliedDType = array.size > 0 && ["int64", "float64", "complex128", "bool"].includes(array.dtype);
  const suffix = impliedDType ? ")" : ",";
  const body =
    array.size > 0 || array.ndim === 1
      ? showBody(array, ", ", prefix.length, suffix.length)
      : `[], shape=${pyTuple(array.shape)}`;
  const text = prefix + body + suffix;
  if (impliedDType) return text;
  const dtype = `dtype=${array.dtype})`;
  const lastLine = text.length - (text.lastIndexOf("\n") + 1);
  return text + (lastLine + dtype.length + 1 > LINE_WIDTH ? `\n${" ".repeat(prefix.length)}` : " ") + dtype;
}

/** One element as NumPy's `str` shows a scalar: `2.0`, `1e+20`, `True`, `(1+2j)`. */
export function showScalar(value: Scalar, dtype: DType): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value instanceof Complex) return showComplex(value, partDType(dtype));
  if (typeof value === "bigint" || !isFloat(dtype)) return String(value);
  return showFloat(value, dtype);
}

/** `2j`, `(1.5-2j)`. */
function showComplex({ re, im }: Complex, part: DType): string {
  const [real, imaginary] = [re, im].map((value) => showFloat(value, part).replace(/\.0$/, ""));
  if (Object.is(re, 0)) return `${imaginary}j`;
  return `(${real}${imaginary.startsWith("-") ? "" : "+"}${imaginary}j)`;
}

function showFloat(value: number, dtype: DType): string {
  if (!Number.isFinite(value)) return showNonFinite(value);
  const { digits, exponent } = shortest(Math.abs(value), dtype);
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const fraction = digits.slice(1);
    return `${sign}${digits[0]}${fraction === "" ? "" : `.${fraction}`}e${showExponent(exponent, 2)}`;
  }
  const { whole, fraction } = positional(digits, exponent);
  return `${sign}${whole}.${fraction === "" ? "0" : fraction}`;
}

function showBody(array: NDArray, separator: string, prefix: number, suffix: number): string {
  if (array.size === 0) return "[]";
  const summarize = array.size > THRESHOLD;
  const format = formatter([...(summarize ? edges(array) : array).elements()], array.dtype, array.ndim === 0);
  const width = LINE_WIDTH - suffix;

  const show = (part: NDArray, indent: string, lineWidth: number): string => {
    if (part.ndim === 0) return format(part.item());
    const length = part.shape[0] ?? 0;
    const cut = summarize && length > 2 * EDGE_ITEMS;
    const words: string[] = [];
    for (let i = 0; i < length; i++) {
      if (cut && i === EDGE_ITEMS) {
        words.push(SUMMARY);
        i = length - EDGE_ITEMS;
      }
      words.push(show(part.slice(i), `${indent} `, lineWidth - 1));
    }
    const text =
      part.ndim === 1
        ? fillLines(words, separator, indent, lineWidth - Math.max(separator.trimEnd().length, 1))
        : words.join(separator.trimEnd() + "\n".repeat(part.ndim - 1) + indent);
    return `[${text}]`;
  };
  return show(array, " ".repeat(prefix + 1), width);
}

/** Words side by side, a new line where the next would not fit; the first line stands after its indent. */
function fillLines(words: readonly string[], separator: string, indent: string, width: number): string {
  const lines: string[] = [];
  let line = indent;
  words.forEach((word, i) => {
    if (line.length + word.length > width && line.length > indent.length) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += word + (i < words.length - 1 ? separator : "");
  });
  return [...lines, line].join("\n").slice(indent.length);
}

/** The elements that a summary shows, as an array of at most six along each axis. */
function edges(array: NDArray): { elements(): Iterable<Scalar> } {
  function* walk(part: NDArray): Generator<Scalar> {
    if (part.ndim === 0) {
      yield part.item();
      return;
    }
    const length = part.shape[0] ?? 0;
    for (let i = 0; i < length; i++) {
      if (length > 2 * EDGE_ITEMS && i === EDGE_ITEMS) i = length - EDGE_ITEMS;
      yield* walk(part.slice(i));
    }
  }
  return { elements: () => walk(array) };
}

/** How to write each of `values` so that they align. */
function formatter(values: readonly Scalar[], dtype: DType, single: boolean): (value: Scalar) => string {
  if (dtype === "bool") return (value) => (value ? (single ? "True" : " True") : "False");
  if (isComplex(dtype)) return complexFormatter(values.map(complexOf), partDType(dtype));
  if (!isFloat(dtype)) {
    const width = Math.max(...values.map((value) => String(value).length));
    return (value) => String(value).padStart(width);
  }
  const format = floatFormatter(values.map(Number), dtype);
  return (value) => format(Number(value));
}

/** Real parts and imaginary parts align each by themselves; the imaginary ones always have a sign. */
function complexFormatter(values: readonly Complex[], part: DType): (value: Scalar) => string {
  const real = floatFormatter(
    values.map(({ re }) => re),
    part,
  );
  const imaginary = floatFormatter(
    values.map(({ im }) => im),
    part,
    "+",
  );
  return (value) => {
    const { re, im } = complexOf(value);
    return real(re) + imaginary(im).replace(/ *$/, (blanks) => `j${blanks}`);
  };
}

/** A number cut into the texts left and right of the point, and its power of ten in scientific notation. */
interface Parts {
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: string;
}

/** @param plus what stands before numbers that are not negative. */
function floatFormatter(values: readonly number[], dtype: DType, plus: "" | "+" = ""): (value: number) => string {
  const finite = values.filter((value) => Number.isFinite(value));
  const scientific = needsScientific(finite, dtype);
  const signed = (parts: Parts): Parts =>
    parts.whole.startsWith("-") ? parts : { ...parts, whole: plus + parts.whole };
  const split = (value: number, fewest?: number): Parts =>
    signed(scientific ? splitScientific(value, dtype, fewest) : splitPositional(value, dtype));
  const parts = finite.map((value) => split(value));
  const longest = (part: keyof Parts) => Math.max(0, ...parts.map((p) => p[part].length));
  const fractionWidth = longest("fraction");
  const exponentWidth = scientific ? longest("exponent") : 0;
  const rightWidth = fractionWidth + (scientific ? exponentWidth + 1 : 0);
  const hasSign = plus === "+" || values.includes(-Infinity);
  const nonFiniteWidth = finite.length === values.length ? 0 : hasSign ? 4 : 3;
  const leftWidth = Math.max(longest("whole"), nonFiniteWidth - (rightWidth + 1));

  return (value) => {
    if (!Number.isFinite(value)) {
      const sign = value === -Infinity ? "" : plus;
      return (sign + showNonFinite(value)).padStart(leftWidth + rightWidth + 1);
    }
    const { whole, fraction, exponent } = split(value, fractionWidth);
    const right = scientific
      ? `${fraction.padEnd(fractionWidth, "0")}e${exponent[0]}${exponent.slice(1).padStart(exponentWidth - 1, "0")}`
      : fraction.padEnd(fractionWidth);
    return `${whole.padStart(leftWidth)}.${right}`;
  };
}

/** NumPy's switch: very large, very small, or more than a thousandfold apart. */
function needsScientific(finite: readonly number[], dtype: DType): boolean {
  const magnitudes = finite.filter((value) => value !== 0).map(Math.abs);
  if (magnitudes.length === 0) return false;
  const largest = Math.max(...magnitudes);
  const smallest = Math.min(...magnitudes);
  const ratio = largest / smallest;
  return largest >= 1e8 || smallest < 1e-4 || Number(castScalar(ratio, dtype)) > 1000;
}

function showNonFinite(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

function showExponent(exponent: number, width: number): string {
  return (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(width, "0");
}

/** With as few digits as tell the element from its neighbours, but no fewer than `fewest` after the point. */
function splitScientific(value: number, dtype: DType, fewest = 0): Parts {
  const magnitude = Math.abs(value);
  let { digits, exponent } = shortest(magnitude, dtype);
  if (digits.length > PRECISION + 1) ({ digits, exponent } = rounded(magnitude, "toExponential", PRECISION));
  else if (digits.length < fewest + 1) ({ digits, exponent } = rounded(magnitude, "toExponential", fewest));
  return { whole: signOf(value) + digits[0], fraction: digits.slice(1), exponent: showExponent(exponent, 2) };
}

function splitPositional(value: number, dtype: DType): Parts {
  const magnitude = Math.abs(value);
  const { digits, exponent } = shortest(magnitude, dtype);
  let parts = positional(digits, exponent);
  if (parts.fraction.length > PRECISION) {
    const cut = rounded(magnitude, "toFixed", PRECISION);
    parts = positional(cut.digits, cut.exponent);
  }
  return { whole: signOf(value) + parts.whole, fraction: parts.fraction, exponent: "" };
}

function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

/** Decimal digits `d.ddd × 10^exponent`, without zeros at the end. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** The fewest digits that read back as the same element of `dtype`. */
function shortest(magnitude: number, dtype: DType): Decimal {
  if (dtype === "float64") return parseDecimal(magnitude.toExponential());
  for (let digits = 0; digits < 8; digits++) {
    const text = magnitude.toExponential(digits);
    if (castScalar(Number(text), dtype) === magnitude) return parseDecimal(text);
  }
  return parseDecimal(magnitude.toExponential(8));
}

/**
 * The value rounded to some digits after the point, halves to even. JavaScript rounds halves up, so a half is found by
 * writing out the exact decimal expansion.
 */
function rounded(magnitude: number, method: "toFixed" | "toExponential", places: number): Decimal {
  const nearest = magnitude[method](places);
  const [mantissa = "", exponent = "0"] = magnitude[method](100).split("e");
  const cut = mantissa.length - 100 + places;
  const isHalf = /^50*$/.test(mantissa.slice(cut));
  const even = /[02468]$/.test(mantissa.slice(0, cut));
  return parseDecimal(isHalf && even ? `${mantissa.slice(0, cut)}e${exponent}` : nearest);
}

/** Reads what `toFixed` and `toExponential` write. */
function parseDecimal(text: string): Decimal {
  const [mantissa = "", exponent = "0"] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const leadingZeros = whole.length + fraction.length - digits.length;
  return digits === ""
    ? { digits: "0", exponent: 0 }
    : { digits: digits.replace(/0+$/, ""), exponent: Number(exponent) + whole.length - 1 - leadingZeros };
}

function positional(digits: string, exponent: number): { whole: string; fraction: string } {
  if (exponent < 0) return { whole: "0", fraction: digits === "0" ? "" : "0".repeat(-exponent - 1) + digits };
  const padded = digits.padEnd(exponent + 1, "0");
  return { whole: padded.slice(0, exponent + 1), fraction: padded.slice(exponent + 1) };
}
