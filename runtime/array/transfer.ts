/**
 * Moving elements between views of storage, in tight loops: axes that lie densely in both views are taken as one, and
 * the innermost runs are copied as blocks where they are dense.
 */
import { type DType, isComplex, slotsOf, type TypedArray } from "./dtype.ts";
import type { Shape } from "./shape.ts";

/** Where the elements of a view lie; its shape is told apart. */
export interface View {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly strides: readonly number[];
  /** In elements, as the strides. */
  readonly offset: number;
}

type BigArray = BigInt64Array | BigUint64Array;
type NumberArray = Exclude<TypedArray, BigArray>;

function isBig(data: TypedArray): data is BigArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Whether writing an element of one dtype into storage of another converts it as it should be. */
export function storesDirectly(from: DType, to: DType): boolean {
  if (from === to) return true;
  const isPlain = (dtype: DType): boolean => !isComplex(dtype) && dtype !== "int64" && dtype !== "uint64";
  return isPlain(from) && isPlain(to) && to !== "bool";
}

/**
 * Copies the elements of `from` to `to`, or adds them to what is there; both have this shape, and
 * {@link storesDirectly} holds of their dtypes. Where elements of `to` share their place, the last one wins.
 */
export function transfer(shape: Shape, to: View, from: View, mode: "set" | "add" = "set"): void {
  if (shape.includes(0)) return;
  const axes = commonRuns(shape, to, from);
  const run = axes.pop() ?? { length: 1, to: 1, from: 1 };
  const move = mover(to.data, from.data, run, mode === "add", to.dtype === "bool");
  const slots = slotsOf(to.dtype);
  walk(axes, slots * to.offset, slots * from.offset, move);
}

/** One axis of both views, in slots. */
interface Axis {
  readonly length: number;
  readonly to: number;
  readonly from: number;
}

/** The axes, with neighbours as one where a step of the outer one is a whole run of the inner one in both views. */
function commonRuns(shape: Shape, to: View, from: View): Axis[] {
  const slots = slotsOf(to.dtype);
  const axes: Axis[] = shape.map((length, axis) => ({
    length,
    to: slots * to.strides[axis],
    from: slots * from.strides[axis],
  }));
  // The two parts of a complex number are one more axis.
  if (slots > 1) axes.push({ length: slots, to: 1, from: 1 });
  const joined: Axis[] = [];
  for (const axis of axes) {
    if (axis.length === 1) continue;
    const outer = joined.at(-1);
    if (outer !== undefined && outer.to === axis.length * axis.to && outer.from === axis.length * axis.from)
      joined[joined.length - 1] = { ...axis, length: outer.length * axis.length };
    else joined.push(axis);
  }
  return joined;
}

/** Visits the starts of all runs. */
function walk(axes: readonly Axis[], to: number, from: number, visit: (to: number, from: number) => void): void {
  const [axis, ...inner] = axes;
  if (axis === undefined) {
    visit(to, from);
    return;
  }
  for (let i = 0; i < axis.length; i++) walk(inner, to + i * axis.to, from + i * axis.from, visit);
}

/** A function that moves one run between two places. */
function mover(
  to: TypedArray,
  from: TypedArray,
  run: Axis,
  adds: boolean,
  isBool: boolean,
): (to: number, from: number) => void {
  if (isBig(to)) {
    if (!isBig(from)) throw new TypeError("64-bit integers are not stored from other elements");
    return adds ? (at, source) => addBig(to, at, from, source, run) : (at, source) => setBig(to, at, from, source, run);
  }
  if (isBig(from)) throw new TypeError("64-bit integers are not stored as other elements");
  if (!adds) return (at, source) => setNumbers(to, at, from, source, run);
  return isBool
    ? (at, source) => orNumbers(to, at, from, source, run)
    : (at, source) => addNumbers(to, at, from, source, run);
}

/** Shorter runs are faster copied one by one than by a call. */
const BLOCK = 8;

function setNumbers(to: NumberArray, at: number, from: NumberArray, source: number, run: Axis): void {
  if (run.to === 1 && run.from === 1 && run.length >= BLOCK) to.set(from.subarray(source, source + run.length), at);
  else if (run.to === 1 && run.from === 0) to.fill(from[source], at, at + run.length);
  else for (let i = 0; i < run.length; i++) to[at + i * run.to] = from[source + i * run.from];
}

function addNumbers(to: NumberArray, at: number, from: NumberArray, source: number, run: Axis): void {
  for (let i = 0; i < run.length; i++) to[at + i * run.to] += from[source + i * run.from];
}

function orNumbers(to: NumberArray, at: number, from: NumberArray, source: number, run: Axis): void {
  for (let i = 0; i < run.length; i++) to[at + i * run.to] |= from[source + i * run.from];
}

function setBig(to: BigArray, at: number, from: BigArray, source: number, run: Axis): void {
  if (run.to === 1 && run.from === 1 && run.length >= BLOCK) to.set(from.subarray(source, source + run.length), at);
  else if (run.to === 1 && run.from === 0) to.fill(from[source], at, at + run.length);
  else for (let i = 0; i < run.length; i++) to[at + i * run.to] = from[source + i * run.from];
}

function addBig(to: BigArray, at: number, from: BigArray, source: number, run: Axis): void {
  for (let i = 0; i < run.length; i++) to[at + i * run.to] += from[source + i * run.from];
}
