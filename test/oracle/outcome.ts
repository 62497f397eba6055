/** Compares what programs give with what the oracle files say: values of all kinds, and errors. */
import { isComplex } from "../../runtime/array/dtype.ts";
import { NDArray } from "../../runtime/array/ndarray.ts";
import { sameShape } from "../../runtime/array/shape.ts";
import { decode, type EncodedArray, showArray } from "./encoding.ts";
import { isA, type OracleError, showError } from "./errors-match.ts";
import { isNumber, numberOf, repr } from "./python/values.ts";

/** A value as JSON has it: arrays, lists, plain values, records of them. */
export type EncodedValue =
  | EncodedArray
  | null
  | boolean
  | number
  | string
  | readonly EncodedValue[]
  | { readonly [name: string]: EncodedValue };

export function isEncodedArray(value: EncodedValue): value is EncodedArray {
  return typeof value === "object" && value !== null && "dtype" in value && "data" in value;
}

/** How far results of whole programs may be apart, relative to themselves; a thousandth of it relative to the largest. */
const RELATIVE: ReadonlyMap<string, number> = new Map([
  ["float64", 1e-9],
  ["float32", 1e-5],
  ["float16", 4e-3],
]);

function arraysAgree(ours: NDArray, theirs: NDArray): boolean {
  if (ours.dtype !== theirs.dtype || !sameShape(ours.shape, theirs.shape)) return false;
  const relative = RELATIVE.get(theirs.dtype);
  if (relative === undefined || isComplex(theirs.dtype)) return ours.equals(theirs);
  const [found, expected] = [ours, theirs].map((array) => [...array.elements()].map(Number));
  const largest = Math.max(...(expected ?? []).filter(Number.isFinite).map(Math.abs), 0);
  return (expected ?? []).every((value, i) => {
    const own = found?.[i] ?? Number.NaN;
    if (Object.is(own, value) || own === value) return true;
    const limit = Math.max(relative * Math.max(Math.abs(own), Math.abs(value)), relative * 1e-3 * largest);
    return Math.abs(own - value) <= limit && Number.isFinite(limit);
  });
}

/** Whether a Python value is what the oracle has. */
export function valueAgrees(ours: unknown, theirs: EncodedValue): boolean {
  if (theirs === null) return ours === null || ours === undefined;
  if (isEncodedArray(theirs)) return arrayAgrees(ours, theirs);
  if (isEncodedList(theirs)) {
    const items = listOf(ours);
    return items !== null && items.length === theirs.length && theirs.every((item, i) => valueAgrees(items[i], item));
  }
  if (typeof theirs === "object")
    return (
      ours instanceof Map &&
      ours.size === Object.keys(theirs).length &&
      Object.entries(theirs).every(([key, item]) => valueAgrees(ours.get(key), item))
    );
  if (typeof theirs === "number") return (isNumber(ours) || ours instanceof NDArray) && numberOf(ours) === theirs;
  return ours === theirs;
}

function arrayAgrees(ours: unknown, theirs: EncodedArray): boolean {
  const expected = decode(theirs);
  if (ours instanceof NDArray) return arraysAgree(ours, expected);
  return expected.ndim === 0 && isNumber(ours) && numberOf(ours) === Number(expected.item());
}

function isEncodedList(value: EncodedValue): value is readonly EncodedValue[] {
  return Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  // Theano gives a typed list as a list of arrays, which may be stored here in one.
  return value instanceof NDArray && value.ndim > 0 ? [...value] : null;
}

/** A value of ours or of the oracle in one line, for reports. */
export function showValue(value: unknown): string {
  if (value instanceof NDArray) return showArray(value);
  if (value instanceof Error) return showError(value);
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}: ${showValue(item)}`).join("; ")}}`;
  if (Array.isArray(value)) return `[${value.map(showValue).join("; ")}]`;
  return repr(value);
}

export function showEncoded(value: EncodedValue): string {
  if (value === null || typeof value !== "object") return repr(value);
  if (isEncodedArray(value)) return showArray(decode(value));
  if (isEncodedList(value)) return `[${value.map(showEncoded).join("; ")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${showEncoded(item)}`)
    .join("; ")}}`;
}

/**
 * Whether an error says what Theano's says: the class is the same, and the names, shapes and numbers of Theano's
 * sentence occur in ours, whose words may be others.
 */
export function errorAgrees(ours: Error, theirs: OracleError): boolean {
  return isA(ours, theirs.class) && factsOf(theirs.message).every((fact) => ours.message.includes(fact));
}

/** What follows Theano's own sentence: the node, the traces and hints. */
const APPENDIX =
  /\n?(?:Apply node that caused|\s*\nBacktrace when|Backtrace when|HINT:|NanGuardMode found|\nException args)/;

/** The lines of DebugMode's reports that say what is wrong. */
const REPORTED = /^\s*(?:variable {7}=|node:|Apply {3}:|Bad Variable:|Reason:) +(.+?)\s*$/gm;

/** The facts of a message: what is quoted, shapes, types and numbers of its first sentence. */
function factsOf(message: string): string[] {
  const reported = [...message.matchAll(REPORTED)].map(([, fact = ""]) => fact.split(". ")[0] ?? fact);
  if (reported.length > 0 || message.includes("\n    ")) return reported;
  const [head = ""] = message.split(APPENDIX);
  const words = head.replaceAll(/`[^`]*`|Theano flag \S+|\d\)/g, (text) =>
    text.startsWith("Theano") || /^\d/.test(text) ? "" : text,
  );
  const patterns = [/TensorType\(\w+, (?:\w+|\([^)]*\))\)/g, /(?<=')[A-Za-z_][\w.]*(?=')/g, /\b\d+(?:\.\d+)?\b/g];
  return [...new Set(patterns.flatMap((pattern) => [...words.matchAll(pattern)].map(([fact]) => fact)))];
}

/** An error of the oracle in one line. */
export function showOracleError({ class: name, message }: OracleError): string {
  return `${name}: ${message}`;
}

/** A text in which Theano's names and ours look the same. */
export function plainWords(text: string): string {
  return text.replaceAll("_", "").toLowerCase();
}
