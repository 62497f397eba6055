/** What users write between the brackets of an index, and what the indexing ops keep of it. */
import { type DType, isDiscrete } from "../array/dtype.ts";
import { type Index, NDArray, type Slice } from "../array/ndarray.ts";
import { IndexError } from "../base/errors.ts";
import { ScalarConstant, ScalarType, scalarConstant } from "../graph/scalartype.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { scalarFromTensor } from "./scalars.ts";

/** A whole number, known or symbolic. */
export type Position = number | bigint | TensorVariable;

/** Part of a dimension with Python's meaning; a bound that is absent or null is the end of the dimension. */
export interface SymbolicSlice {
  readonly start?: Position | null;
  readonly stop?: Position | null;
  readonly step?: Position | null;
}

/**
 * One place of an index: an element, a part, a new dimension of length 1 (`null`), all dimensions not named otherwise
 * (`"..."`), or several elements at once (a list or an integer tensor).
 */
export type SymbolicIndex = Position | SymbolicSlice | null | "..." | NDArray | readonly number[];

/** A mask as a list: where it is true, an element is picked. */
export type BooleanList = readonly boolean[] | readonly (readonly boolean[])[];

/** A list of booleans as the mask that it is, which a list of numbers is not. */
export function maskOfList(place: SymbolicIndex | BooleanList): SymbolicIndex {
  return isBooleanList(place) ? NDArray.from(place, "bool") : place;
}

function isBooleanList(place: SymbolicIndex | BooleanList): place is BooleanList {
  const elements: readonly unknown[] = Array.isArray(place) ? place.flat() : [];
  return elements.length > 0 && elements.every((element) => typeof element === "boolean");
}

/** Python's `start:stop:step`. */
export function slice(
  start: Position | null = null,
  stop: Position | null = null,
  step: Position | null = null,
): SymbolicSlice {
  return { start, stop, step };
}

/** A part of a dimension as an op keeps it: the dtypes of the bounds that are inputs of the node. */
export interface SliceEntry {
  readonly start: DType | null;
  readonly stop: DType | null;
  readonly step: DType | null;
}

/** One place of a basic index as an op keeps it: the dtype of a position, or a part. */
export type Entry = DType | SliceEntry;

/** The dtypes of the bounds that are inputs, in their order. */
export function boundsOf(entry: SliceEntry): readonly DType[] {
  return bounds<DType | null>(entry).filter((bound) => bound !== null);
}

/** `int64`, `int64:int64:`, `::int64`; several with commas. */
export function entriesText(entries: readonly Entry[]): string {
  return entries
    .map((e) =>
      typeof e === "string"
        ? e
        : bounds(e)
            .map((b) => b ?? "")
            .join(":"),
    )
    .join(", ");
}

function bounds<T>({
  start,
  stop,
  step,
}: {
  readonly start: T;
  readonly stop: T;
  readonly step: T;
}): readonly [T, T, T] {
  return [start, stop, step];
}

/** A place of a basic index, which picks by numbers only. */
export type BasicIndex = Position | SymbolicSlice;

/** Whether a place picks one element or a part, as opposed to several elements at once. */
export function isBasic(place: SymbolicIndex): place is BasicIndex {
  if (place instanceof TensorVariable) return place.ndim === 0 && place.dtype !== "bool";
  return place !== null && place !== "..." && !(place instanceof NDArray) && !Array.isArray(place);
}

/** Whether a place takes the whole dimension. */
export function isWhole(place: SymbolicIndex): boolean {
  if (typeof place !== "object" || place === null || place instanceof TensorVariable || !isBasic(place)) return false;
  return isSlice(place) && bounds(filled(place)).every((bound) => bound === null);
}

/** Whether a basic place is a part, not an element. */
export function isSlice(place: BasicIndex): place is SymbolicSlice {
  return typeof place === "object" && !(place instanceof TensorVariable);
}

function filled(place: SymbolicSlice): Required<SymbolicSlice> {
  return { start: place.start ?? null, stop: place.stop ?? null, step: place.step ?? null };
}

/** An index as an op keeps it, and its numbers as inputs of the node. */
export interface SplitIndex {
  readonly entries: readonly Entry[];
  readonly positions: readonly Variable[];
}

/**
 * Takes the numbers out of an index.
 * @throws TypeError for what is not a whole number.
 */
export function splitIndex(index: readonly BasicIndex[]): SplitIndex {
  const positions: Variable[] = [];
  const take = (value: Position): DType => {
    const position = asPosition(value);
    positions.push(position);
    return position.dtype;
  };
  const entries = index.map((place): Entry => {
    if (!isSlice(place)) return take(place);
    const [start, stop, step] = bounds(filled(place)).map((bound) => (bound === null ? null : take(bound)));
    return { start, stop, step };
  });
  return { entries, positions };
}

/** A position as a scalar variable: int64 for a known number. */
function asPosition(value: Position): Variable {
  if (!(value instanceof TensorVariable)) {
    if (typeof value === "bigint" || Number.isSafeInteger(value)) return scalarConstant(value, "int64");
    throw new TypeError(`Expected an integer in an index, got ${value}.`);
  }
  if (value.ndim !== 0 || !isDiscrete(value.dtype) || value.dtype === "bool")
    throw new TypeError(`Expected an integer in an index, got ${value} of type ${value.type}.`);
  return value.type instanceof ScalarType ? value : scalarFromTensor(value);
}

/** The index of an array: the entries with the positions' values in their places. */
export function fillIndex(entries: readonly Entry[], positions: readonly NDArray[]): Index[] {
  return placed(entries, positions, (position) => Number(position.item()));
}

/**
 * The index with the positions that are known while the graph is built; null stands for one that holds an unknown.
 */
export function knownIndex(entries: readonly Entry[], positions: readonly Variable[]): readonly (Index | undefined)[] {
  const known = placed(entries, positions, (p) => (p instanceof ScalarConstant ? Number(p.value.item()) : Number.NaN));
  return known.map((place) => (holdsUnknown(place) ? undefined : place));
}

function holdsUnknown(place: number | Slice): boolean {
  return typeof place === "number" ? Number.isNaN(place) : [place.start, place.stop, place.step].some(Number.isNaN);
}

function placed<T>(
  entries: readonly Entry[],
  positions: readonly T[],
  value: (position: T) => number,
): (number | Slice)[] {
  let next = 0;
  const take = (dtype: DType | null): number | null => (dtype === null ? null : value(positions[next++]));
  return entries.map((entry) => {
    if (typeof entry === "string") return value(positions[next++]);
    const [start, stop, step] = bounds(entry).map(take);
    return { start, stop, step };
  });
}

/**
 * A view of the indexed part.
 * @throws IndexError in the words of both of Theano's implementations when a position is out of range.
 */
export function view(x: NDArray, entries: readonly Entry[], positions: readonly NDArray[]): NDArray {
  try {
    return x.slice(...fillIndex(entries, positions));
  } catch (error) {
    throw error instanceof IndexError ? new IndexError(`index out of bounds: ${error.message}`) : error;
  }
}

/** How many dimensions a place picks from: a mask from as many as it has. */
export function dimensionsOf(place: SymbolicIndex): number {
  if (place === null) return 0;
  const isMask = (place instanceof TensorVariable || place instanceof NDArray) && place.dtype === "bool";
  return isMask ? place.ndim : 1;
}

/**
 * The index with a place for every dimension that `"..."` stands for.
 * @throws IndexError when there are more places than dimensions, or several `"..."`.
 */
export function expandEllipsis(index: readonly SymbolicIndex[], x: Variable): readonly Exclude<SymbolicIndex, "...">[] {
  const places = index.filter((place) => place !== "...");
  const named = places.reduce<number>((count, place) => count + dimensionsOf(place), 0);
  if (named > x.ndim)
    throw new IndexError(
      `too many indices for array: ${x} of type ${x.type} has ${x.ndim} dimensions, but ${named} were indexed.`,
    );
  if (index.length - places.length > 1) throw new IndexError('an index can only have a single ellipsis ("...").');
  const at = index.indexOf("...");
  if (at < 0) return places;
  const rest = Array.from({ length: x.ndim - named }, () => slice());
  return [...places.slice(0, at), ...rest, ...places.slice(at)];
}
