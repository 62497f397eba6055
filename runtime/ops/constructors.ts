/** Typed constructors: `dvector("x")`, `fmatrix()`, `scalars("xyz")` … from one table. */
import type { DType } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { floatX, resolveDType, type SymbolicDType } from "../graph/floatx.ts";
import { type Dim, TensorType } from "../graph/type.ts";
import { TensorVariable } from "../graph/variable.ts";

/** First letters, by dtype; no letter means floatX, read at each call. */
const PREFIXES = {
  b: "int8",
  w: "int16",
  i: "int32",
  l: "int64",
  f: "float32",
  d: "float64",
  c: "complex64",
  z: "complex128",
  "": null,
} as const satisfies Record<string, DType | null>;

const KINDS = {
  scalar: [],
  vector: [null],
  row: [1, null],
  col: [null, 1],
  matrix: [null, null],
  tensor3: [null, null, null],
  tensor4: [null, null, null, null],
  tensor5: [null, null, null, null, null],
  tensor6: [null, null, null, null, null, null],
  tensor7: [null, null, null, null, null, null, null],
} as const satisfies Record<string, readonly Dim[]>;

const PLURALS = {
  scalar: "scalars",
  vector: "vectors",
  row: "rows",
  col: "cols",
  matrix: "matrices",
  tensor3: "tensor3s",
  tensor4: "tensor4s",
  tensor5: "tensor5s",
  tensor6: "tensor6s",
  tensor7: "tensor7s",
} as const satisfies Record<keyof typeof KINDS, string>;

type Prefix = keyof typeof PREFIXES;
type Kind = keyof typeof KINDS;
type PluralKind = keyof typeof PLURALS;

export interface ConstructorOptions {
  /** Lengths that are known, null for the others: `T.matrix("x", { shape: [null, 784] })`. */
  readonly shape?: readonly Dim[];
}

/**
 * Makes one symbolic variable.
 * @throws ValueError when the known lengths do not fit the kind.
 */
export type Constructor = (name?: string, options?: ConstructorOptions) => TensorVariable;
/** Makes several: by names, by one-letter names in one string, or by count. */
export type PluralConstructor = (...names: readonly string[] | readonly [number]) => TensorVariable[];

export type Constructors = { readonly [K in `${Prefix}${Kind}`]: Constructor } & {
  readonly [K in `${Prefix}${(typeof PLURALS)[PluralKind]}`]: PluralConstructor;
};

function single(dtype: DType | null, shape: readonly Dim[]): Constructor {
  return (name, options = {}) =>
    new TensorVariable(new TensorType(dtype ?? floatX(), refined(shape, options.shape)), name ?? null);
}

/** The dimensions of a kind with the lengths that are known in a particular case. */
function refined(shape: readonly Dim[], lengths: readonly Dim[] | undefined): readonly Dim[] {
  if (lengths === undefined) return shape;
  const fits = lengths.length === shape.length && shape.every((dim, i) => dim === null || dim === lengths[i]);
  if (!fits)
    throw new ValueError(
      `The shape ${pyTuple(lengths.map((n) => n ?? "?"))} does not fit a variable of shape ${pyTuple(shape.map((n) => n ?? "?"))}.`,
    );
  return lengths;
}

function plural(one: Constructor): PluralConstructor {
  return (...names) => {
    const [first] = names;
    if (typeof first === "number") return Array.from({ length: first }, () => one());
    const list = names.map(String);
    if (list.length === 0)
      throw new ValueError("Name the variables, or say how many there shall be: dvectors('x', 'y') or dvectors(2).");
    return (list.length === 1 ? [...list[0]] : list).map((name) => one(name));
  };
}

function build(): Constructors {
  const made: Record<string, Constructor | PluralConstructor> = {};
  for (const [prefix, dtype] of Object.entries(PREFIXES)) {
    for (const [kind, shape] of Object.entries(KINDS)) made[prefix + kind] = single(dtype, shape);
    for (const [kind, many] of Object.entries(PLURALS)) made[prefix + many] = plural(single(dtype, shapeOf(kind)));
  }
  if (!isComplete(made)) throw new Error("a constructor is missing from the table");
  return made;
}

function shapeOf(kind: string): readonly Dim[] {
  const shapes: Readonly<Record<string, readonly Dim[]>> = KINDS;
  return shapes[kind];
}

function isComplete(made: object): made is Constructors {
  const kinds = [...Object.keys(KINDS), ...Object.values(PLURALS)];
  return Object.keys(PREFIXES).every((prefix) => kinds.every((kind) => prefix + kind in made));
}

/** Every typed constructor, by name. */
export const constructors: Constructors = build();

/**
 * A variable of any dtype and shape: per dimension a known length or null, or, as in Theano, whether it is
 * broadcastable.
 * @throws TypeError when there is no such dtype.
 */
export function tensor(dtype: SymbolicDType, shape: readonly (Dim | boolean)[], name?: string): TensorVariable {
  const dims = shape.map((dim): Dim => (typeof dim === "boolean" ? (dim ? 1 : null) : dim));
  return new TensorVariable(new TensorType(resolveDType(dtype), dims), name ?? null);
}
