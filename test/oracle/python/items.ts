/** Indexing and iterating. */
import { assign } from "../../../runtime/array/assign.ts";
import { type Index, NDArray } from "../../../runtime/array/ndarray.ts";
import { IndexError, KeyError } from "../../../runtime/base/errors.ts";
import { TensorVariable } from "../../../runtime/index.ts";
import { callRuntime, isRuntimeObject, lookUp, RuntimeFunction, runtimeMember } from "./binding.ts";
import { callMethod, callValue } from "./call.ts";
import { fromRuntime, operandOf } from "./convert.ts";
import { asArray } from "./numpy-elementwise.ts";
import {
  ELLIPSIS,
  isInstance,
  isList,
  isModule,
  isNumber,
  isTuple,
  NumPyType,
  numberOf,
  PyFloat,
  PySlice,
  repr,
  tuple,
  typeName,
  Unsupported,
} from "./values.ts";

/** The places between the brackets: a tuple is several. */
function placesOf(index: unknown): readonly unknown[] {
  return isTuple(index) ? index : [index];
}

/** `owner[index]`. @throws IndexError, KeyError or TypeError as Python does. */
export function getItem(owner: unknown, index: unknown): unknown {
  if (owner instanceof TensorVariable) return symbolicItem(owner, index);
  if (owner instanceof NDArray) return arrayItem(owner, index);
  if (owner instanceof Map) return dictionaryItem(owner, index);
  if (typeof owner === "string" || Array.isArray(owner)) return sequenceItem(owner, index);
  if (isInstance(owner)) return callMethod(owner, owner.pyClass.find("__getitem__"), index);
  if (typeof owner === "function") return byName(owner, index);
  if (isModule(owner)) return callValue(owner.get("__getitem__"), [index], new Map());
  if (owner instanceof RuntimeFunction) return callRuntime(owner.path, owner, placesOf(index));
  if (isRuntimeObject(owner)) return objectItem(owner, index);
  throw new TypeError(`'${typeName(owner)}' object is not subscriptable`);
}

function symbolicItem(owner: TensorVariable, index: unknown): unknown {
  const places = placesOf(index).flatMap((place) => (isList(place) ? listPlace(place) : [operandOf(place)]));
  return callRuntime("T.subtensor", lookUp("T.subtensor"), [owner, ...places]);
}

/** A list of positions is an array, of integers also where it is empty; one of variables, as nonzero gives, is as many places. */
function listPlace(place: readonly unknown[]): readonly unknown[] {
  if (place.length === 0) return [asArray(place, "int64")];
  return place.some((item) => item instanceof TensorVariable) ? place : [asArray(place)];
}

/** A value of a compiled function's state by its name, `f['s']`. */
function byName(owner: object, index: unknown): unknown {
  const value = "value" in owner ? owner.value : undefined;
  const get = typeof value === "object" && value !== null && "get" in value ? value.get : undefined;
  if (typeof get !== "function") throw new Unsupported("f[name]");
  return fromRuntime(Reflect.apply(get, value, [index]));
}

/** Objects of the runtime have `at`, `get` or `getItem` for Python's brackets. */
function objectItem(owner: object, index: unknown): unknown {
  for (const name of ["get_item", "at", "get", "subtensor"]) {
    const method = runtimeMember(owner, name);
    if (method instanceof RuntimeFunction) return callRuntime(`.${name}`, method, placesOf(index));
  }
  throw new Unsupported(`${typeName(owner)}[…]`);
}

function dictionaryItem(owner: ReadonlyMap<unknown, unknown>, index: unknown): unknown {
  const key = keyIn(owner, index);
  if (!owner.has(key)) throw new KeyError(repr(index));
  return owner.get(key);
}

/** The key of a map that equals another: tuples and floats are equal without being the same. */
export function keyIn(owner: ReadonlyMap<unknown, unknown>, index: unknown): unknown {
  if (owner.has(index) || !(isTuple(index) || index instanceof PyFloat)) return index;
  return [...owner.keys()].find((key) => repr(key) === repr(index)) ?? index;
}

function sequenceItem(owner: string | readonly unknown[], index: unknown): unknown {
  if (index instanceof PySlice) {
    const positions = positionsOf(index, owner.length);
    if (typeof owner === "string") return positions.map((i) => owner.charAt(i)).join("");
    const items = positions.map((i) => owner[i]);
    return isTuple(owner) ? tuple(items) : items;
  }
  const kind = typeName(owner);
  if (!isNumber(index) && !(index instanceof NDArray))
    throw new TypeError(`${kind} indices must be integers or slices, not ${typeName(index)}`);
  const position = numberOf(index) < 0 ? numberOf(index) + owner.length : numberOf(index);
  if (!(position in Object(owner))) throw new IndexError(`${kind} index out of range`);
  return typeof owner === "string" ? owner.charAt(position) : owner[position];
}

/** The positions that a slice takes of a sequence. */
export function positionsOf({ start, stop, step }: PySlice, length: number): number[] {
  const by = step === null ? 1 : numberOf(step);
  const clamp = (bound: unknown, fallback: number): number => {
    if (bound === null) return fallback;
    const at = numberOf(bound) < 0 ? numberOf(bound) + length : numberOf(bound);
    return by > 0 ? Math.min(Math.max(at, 0), length) : Math.min(Math.max(at, -1), length - 1);
  };
  const [first, end] = by > 0 ? [clamp(start, 0), clamp(stop, length)] : [clamp(start, length - 1), clamp(stop, -1)];
  const positions: number[] = [];
  for (let i = first; by > 0 ? i < end : i > end; i += by) positions.push(i);
  return positions;
}

/** A view, or for lists of positions and masks a copy. */
export function arrayItem(array: NDArray, index: unknown): NDArray {
  const places = placesOf(index);
  if (places.some(isAdvanced)) return gather(array, places);
  return array.slice(...places.map(basicIndex));
}

function isAdvanced(place: unknown): boolean {
  return Array.isArray(place) || (place instanceof NDArray && place.ndim > 0);
}

function basicIndex(place: unknown): Index {
  if (place === null) return null;
  if (place === ELLIPSIS) return "...";
  if (place instanceof PySlice) {
    const [start, stop, step] = [place.start, place.stop, place.step].map((b) =>
      b === null ? undefined : numberOf(b),
    );
    return { start, stop, step };
  }
  return numberOf(place);
}

/** The positions of the elements of `array` that advanced indexing takes, as an array of flat positions. */
function gather(array: NDArray, places: readonly unknown[]): NDArray {
  const flat = NDArray.from(
    Array.from({ length: array.size }, (_, i) => BigInt(i)),
    "int64",
  ).reshape(array.shape);
  const positions = pick(flat, places);
  const values = [...array.elements()];
  return NDArray.from(
    [...positions.elements()].map((i) => values[Number(i)] ?? 0),
    array.dtype,
  ).reshape(positions.shape);
}

/** One list of positions or mask among slices, or lists for every dimension. */
function pick(flat: NDArray, places: readonly unknown[]): NDArray {
  const lists = places.map((place) => (isAdvanced(place) ? asArray(place) : null));
  const [mask] = lists;
  if (places.length === 1 && mask?.dtype === "bool" && mask.ndim > 1) {
    const marks = [...mask.elements()];
    const taken = [...flat.elements()].filter((_, i) => marks[i] === true);
    return NDArray.from(taken, "int64").reshape([taken.length]);
  }
  const at = lists.findIndex((list) => list !== null);
  const several = lists.filter((list) => list !== null);
  const [only] = several;
  if (only === undefined) throw new Unsupported("this index of an array");
  if (several.length === 1) {
    const before = places.slice(0, at).map(basicIndex);
    const after = places.slice(at + 1).map(basicIndex);
    if (before.includes("...")) throw new Unsupported("a list of positions after an ellipsis");
    // The list's dimension goes first, is taken apart, and its places go back to where it was.
    const sliced = flat.slice(...before, {}, ...after);
    const axis = before.filter((place) => typeof place !== "number").length;
    const others = sliced.shape.map((_, i) => i).filter((i) => i !== axis);
    const rows = indicesOf(only).map((i) => sliced.transpose([axis, ...others]).slice(i));
    const lead = only.dtype === "bool" ? [rows.length] : only.shape;
    const order = others.map((_, i) => i + lead.length);
    const taken = stackRows(
      rows,
      lead,
      others.map((i) => sliced.shape[i] ?? 1),
    );
    return taken.transpose([...order.slice(0, axis), ...lead.map((_, i) => i), ...order.slice(axis)]);
  }
  const lengths = several.map(indicesOf);
  const count = Math.max(...lengths.map((list) => list.length));
  const rows = Array.from({ length: count }, (_, i) =>
    flat.slice(...lengths.map((list) => list[list.length === 1 ? 0 : i] ?? 0)),
  );
  return stackRows(rows, [count]);
}

function indicesOf(list: NDArray): number[] {
  const values = [...list.elements()];
  return list.dtype === "bool" ? values.flatMap((value, i) => (value === true ? [i] : [])) : values.map(Number);
}

function stackRows(rows: readonly NDArray[], lead: readonly number[], rest = rows[0]?.shape ?? []): NDArray {
  const values = rows.flatMap((row) => [...row.elements()]);
  return NDArray.from(values, "int64").reshape([...lead, ...rest]);
}

/** `owner[index] = value`. @throws TypeError where Python has no assignment to items. */
export function setItem(owner: unknown, index: unknown, value: unknown): void {
  if (owner instanceof NDArray) setArrayItem(owner, index, value);
  else if (owner instanceof Map) owner.set(keyIn(owner, index), value);
  else if (isList(owner)) setListItem(owner, index, value);
  else if (isInstance(owner)) callMethod(owner, owner.pyClass.find("__setitem__"), index, value);
  else if (typeof owner === "function") setByName("value" in owner ? owner.value : null, index, value);
  else if (isRuntimeObject(owner) && "set" in owner) setByName(owner, index, value);
  else throw new TypeError(`'${typeName(owner)}' object does not support item assignment`);
}

function setListItem(owner: unknown[], index: unknown, value: unknown): void {
  if (index instanceof PySlice) {
    const positions = positionsOf(index, owner.length);
    owner.splice(positions[0] ?? 0, positions.length, ...iterate(value));
    return;
  }
  const position = numberOf(index) < 0 ? numberOf(index) + owner.length : numberOf(index);
  if (position >= owner.length) throw new IndexError("list assignment index out of range");
  owner[position] = value;
}

function setByName(values: unknown, index: unknown, value: unknown): void {
  const set = typeof values === "object" && values !== null && "set" in values ? values.set : undefined;
  if (typeof set !== "function") throw new Unsupported("f[name] = value");
  Reflect.apply(set, values, [index, operandOf(value)]);
}

function setArrayItem(array: NDArray, index: unknown, value: unknown): void {
  const places = placesOf(index);
  const source = asArray(value);
  if (!places.some(isAdvanced)) {
    assign(array.slice(...places.map(basicIndex)), source);
    return;
  }
  const flat = NDArray.from(
    Array.from({ length: array.size }, (_, i) => BigInt(i)),
    "int64",
  ).reshape(array.shape);
  const positions = pick(flat, places);
  const values = [...array.copy().elements()];
  const given = [...source.broadcastTo(positions.shape).elements()];
  [...positions.elements()].forEach((position, i) => {
    values[Number(position)] = given[i] ?? 0;
  });
  assign(array, NDArray.from(values).reshape(array.shape));
}

export function deleteItem(owner: unknown, index: unknown): void {
  if (owner instanceof Map) {
    if (!owner.delete(keyIn(owner, index))) throw new KeyError(repr(index));
  } else if (isList(owner)) {
    const positions = index instanceof PySlice ? positionsOf(index, owner.length) : [numberOf(index)];
    owner.splice(positions[0] ?? 0, positions.length);
  } else {
    throw new TypeError(`'${typeName(owner)}' object does not support item deletion`);
  }
}

/** The items of an object of the runtime that has some. */
function* iterableOf(value: object): Generator<unknown> {
  const iterator: unknown = Symbol.iterator in value ? value[Symbol.iterator] : undefined;
  if (typeof iterator !== "function") return;
  const items: Iterator<unknown> = Reflect.apply(iterator, value, []);
  for (let next = items.next(); next.done !== true; next = items.next()) yield next.value;
}

/** What a loop over a value gives. @throws TypeError when there is nothing to iterate over. */
export function iterate(value: unknown): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (typeof value === "string") return [...value];
  if (value instanceof Map) return [...value.keys()];
  if (value instanceof NDArray) {
    if (value.ndim === 0) throw new TypeError("iteration over a 0-d array");
    return Array.from({ length: value.shape[0] ?? 0 }, (_, i) => value.slice(i));
  }
  if (isInstance(value)) {
    const method = value.pyClass.find("__iter__");
    if (method !== undefined) return iterate(callValue(method, [value], new Map()));
  }
  if (value instanceof TensorVariable)
    throw new TypeError(
      "TensorType does not support iteration. Maybe you are using builtin.sum instead of theano.tensor.sum? (Maybe .max?)",
    );
  if (isRuntimeObject(value) && Symbol.iterator in value && typeof value[Symbol.iterator] === "function")
    return Array.from(iterableOf(value), fromRuntime);
  throw new TypeError(`'${value instanceof NumPyType ? "type" : typeName(value)}' object is not iterable`);
}
