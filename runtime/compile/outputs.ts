/** The forms in which a function's outputs are asked for and given back. */
import type { NDArray } from "../array/ndarray.ts";
import { AssertionError, IndexError, KeyError } from "../base/errors.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { Out } from "./io.ts";

/** One value as users ask for it. */
type Asked = Variable | Out;
/** What a function may compute: one value, a list, values by name, or only updates. */
export type Outputs = TensorLike | Asked | readonly Asked[] | Readonly<Record<string, Asked>> | null;
/** What calling it returns. */
export type Results<O extends Outputs> = O extends null
  ? null
  : O extends readonly Asked[]
    ? NDArray[]
    : O extends Asked | number
      ? NDArray
      : O extends Readonly<Record<string, Asked>>
        ? { readonly [K in keyof O]: NDArray }
        : NDArray;

type Packing = { readonly kind: "nothing" | "one" | "list" } | { readonly kind: "record"; readonly names: string[] };

/** A function's outputs, and the form of its results. */
export class OutputForm {
  readonly variables: readonly Variable[];
  readonly #packing: Packing;

  /** @throws TypeError for what is no variable; AssertionError for names that are no strings. */
  constructor(asked: Outputs) {
    const { variables, packing } = readOutputs(asked);
    this.variables = variables;
    this.#packing = packing;
  }

  /** The values of all outputs in the form asked for. */
  pack(values: readonly NDArray[]): unknown {
    switch (this.#packing.kind) {
      case "nothing":
        return null;
      case "one":
        return values[0];
      case "list":
        return values;
      case "record":
        return byName(this.#packing.names, values);
    }
  }

  /** The values of some outputs, by their positions: a list, or values by name. */
  packSome(values: readonly NDArray[], positions: readonly number[]): unknown {
    const packing = this.#packing;
    if (packing.kind !== "record") return values;
    return byName(
      positions.map((at) => packing.names[at]),
      values,
    );
  }

  /** The positions of outputs by positions or names. @throws IndexError or KeyError when there is no such output. */
  positions(keys: readonly (number | string)[]): readonly number[] {
    return keys.map((key) => this.#position(key));
  }

  #position(key: number | string): number {
    const count = this.variables.length;
    const names = this.#packing.kind === "record" ? this.#packing.names : [];
    if (typeof key === "string") {
      if (names.includes(key)) return names.indexOf(key);
      throw new KeyError(`outputSubset: there is no output "${key}"; the names are ${names.join(", ") || "none"}.`);
    }
    if (Number.isInteger(key) && key >= -count && key < count) return key < 0 ? key + count : key;
    throw new IndexError(`outputSubset: there is no output ${key}; the function has ${count}.`);
  }
}

function byName(names: readonly string[], values: readonly NDArray[]): unknown {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

function readOutputs(asked: Outputs): { readonly variables: readonly Variable[]; readonly packing: Packing } {
  if (asked === null) return { variables: [], packing: { kind: "nothing" } };
  if (isAsked(asked)) return { variables: [variableOf(asked)], packing: { kind: "one" } };
  if (isList(asked)) return { variables: asked.map(variableOf), packing: { kind: "list" } };
  if (asked instanceof Map)
    throw new AssertionError(
      `Outputs by name are a plain object, whose keys are strings; got a Map of ${[...asked.keys()]}.`,
    );
  if (isRecord(asked)) {
    const names = Object.keys(asked).sort();
    return { variables: names.map((name) => variableOf(asked[name])), packing: { kind: "record", names } };
  }
  return { variables: [asTensor(asked)], packing: { kind: "one" } };
}

function isAsked(value: unknown): value is Asked {
  return value instanceof TensorVariable || value instanceof Out;
}

function isList(outputs: Outputs): outputs is readonly Asked[] {
  return Array.isArray(outputs) && (outputs.length === 0 || outputs.some(isAsked));
}

function isRecord(outputs: Outputs): outputs is Readonly<Record<string, Asked>> {
  return typeof outputs === "object" && outputs !== null && Object.getPrototypeOf(outputs) === Object.prototype;
}

function variableOf(asked: unknown): Variable {
  if (asked instanceof TensorVariable) return asked;
  if (asked instanceof Out) return asked.variable;
  throw new TypeError(`Outputs must be theano Variable or Out instances. Received ${asked} of type ${typeof asked}.`);
}
