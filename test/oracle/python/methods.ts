/** The methods of Python's texts, lists, dictionaries and sets. */
import { IndexError, KeyError, ValueError } from "../../../runtime/base/errors.ts";
import { getAttribute } from "./attributes.ts";
import { braceFormat } from "./format.ts";
import { iterate, keyIn } from "./items.ts";
import { equal } from "./operators.ts";
import { byOrder } from "./order.ts";
import {
  isList,
  isNumber,
  isTuple,
  type Keywords,
  numberOf,
  type PyFloat,
  PyFunction,
  repr,
  str,
  tuple,
} from "./values.ts";

type Method<Owner> = (owner: Owner, args: readonly unknown[], keywords: Keywords) => unknown;
type Methods<Owner> = Readonly<Record<string, Method<Owner>>>;

const TEXT: Methods<string> = {
  format: (text, args, keywords) =>
    braceFormat(text, args, keywords, (value, path) =>
      path.startsWith(".") ? getAttribute(value, path.slice(1)) : value,
    ),
  join: (text, [items]) => [...iterate(items)].map(str).join(text),
  split: (text, [separator = null]) =>
    separator === null ? text.split(/\s+/).filter((part) => part !== "") : text.split(str(separator)),
  splitlines: (text) => text.replace(/\n$/, "").split("\n"),
  strip: (text) => text.trim(),
  lstrip: (text) => text.trimStart(),
  rstrip: (text) => text.trimEnd(),
  startsWith: (text, [start]) => text.startsWith(str(start)),
  startswith: (text, [start]) => text.startsWith(str(start)),
  endswith: (text, [end]) => text.endsWith(str(end)),
  replace: (text, [from, to]) => text.replaceAll(str(from), str(to)),
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  title: (text) => text.replace(/\b\w/g, (letter) => letter.toUpperCase()),
  find: (text, [part]) => text.indexOf(str(part)),
  count: (text, [part]) => text.split(str(part)).length - 1,
  isdigit: (text) => /^\d+$/.test(text),
  zfill: (text, [width]) => text.padStart(numberOf(width), "0"),
  ljust: (text, [width]) => text.padEnd(numberOf(width)),
  rjust: (text, [width]) => text.padStart(numberOf(width)),
};

const SEQUENCE: Methods<readonly unknown[]> = {
  index: (list, [item]) => {
    const found = list.findIndex((one) => equal(one, item));
    if (found < 0) throw new ValueError(`${repr(item)} is not in list`);
    return found;
  },
  count: (list, [item]) => list.filter((one) => equal(one, item)).length,
};

const LIST: Methods<unknown[]> = {
  append: (list, [item]) => void list.push(item),
  extend: (list, [items]) => void list.push(...iterate(items)),
  insert: (list, [at, item]) => void list.splice(numberOf(at), 0, item),
  pop: (list, [at = -1]) => {
    if (list.length === 0) throw new IndexError("pop from empty list");
    return list.splice(numberOf(at), 1)[0];
  },
  remove: (list, [item]) => {
    const found = list.findIndex((one) => equal(one, item));
    if (found < 0) throw new ValueError("list.remove(x): x not in list");
    list.splice(found, 1);
    return null;
  },
  reverse: (list) => void list.reverse(),
  sort: (list, _, keywords) => {
    list.splice(0, list.length, ...byOrder(list, keywords));
    return null;
  },
  clear: (list) => void list.splice(0, list.length),
  copy: (list) => [...list],
};

const DICTIONARY: Methods<Map<unknown, unknown>> = {
  get: (map, [key, fallback = null]) => map.get(keyIn(map, key)) ?? fallback,
  keys: (map) => [...map.keys()],
  values: (map) => [...map.values()],
  items: (map) => [...map].map(tuple),
  update: (map, [other], keywords) => {
    const entries = other instanceof Map ? [...other] : other === undefined ? [] : [...iterate(other)].map(pair);
    for (const [key, value] of [...entries, ...keywords]) map.set(keyIn(map, key), value);
    return null;
  },
  setdefault: (map, [key, fallback = null]) => {
    if (!map.has(key)) map.set(key, fallback);
    return map.get(key);
  },
  pop: (map, [key, fallback]) => {
    if (!map.has(key) && fallback === undefined) throw new KeyError(repr(key));
    const value = map.get(key) ?? fallback;
    map.delete(key);
    return value;
  },
  copy: (map) => new Map(map),
  clear: (map) => map.clear(),
};

const SET: Methods<Set<unknown>> = {
  add: (set, [item]) => void set.add(item),
  remove: (set, [item]) => void set.delete(item),
  discard: (set, [item]) => void set.delete(item),
  union: (set, [other]) => new Set([...set, ...iterate(other)]),
  intersection: (set, [other]) => new Set([...iterate(other)].filter((item) => set.has(item))),
  difference: (set, [other]) => without(set, iterate(other)),
  issubset: (set, [other]) => without(set, iterate(other)).size === 0,
  update: (set, [other]) => {
    for (const item of iterate(other)) set.add(item);
    return null;
  },
};

const NUMBER: Methods<number | bigint | boolean | PyFloat> = {
  is_integer: (x) => Number.isInteger(numberOf(x)),
  bit_length: (x) => BigInt(numberOf(x)).toString(2).length,
};

/** The items of a set that are not among others. */
export function without(set: ReadonlySet<unknown>, others: Iterable<unknown>): Set<unknown> {
  const taken = new Set(others);
  return new Set([...set].filter((item) => !taken.has(item)));
}

/** A pair, as the constructor of dictionaries takes them. */
export function pair(item: unknown): [unknown, unknown] {
  const [key, value] = iterate(item);
  return [key, value];
}

/** A method of one of Python's own values, bound; undefined when it has none of that name. */
export function collectionMethod(owner: unknown, name: string): PyFunction | undefined {
  if (typeof owner === "string") return bind(TEXT, owner, name);
  if (isList(owner)) return bind(LIST, owner, name) ?? bind(SEQUENCE, owner, name);
  if (isTuple(owner)) return bind(SEQUENCE, owner, name);
  if (owner instanceof Map) return bind(DICTIONARY, owner, name);
  if (owner instanceof Set) return bind(SET, owner, name);
  return isNumber(owner) ? bind(NUMBER, owner, name) : undefined;
}

function bind<Owner>(methods: Methods<Owner>, owner: Owner, name: string): PyFunction | undefined {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method && new PyFunction(name, (args, keywords) => method(owner, args, keywords) ?? null);
}
