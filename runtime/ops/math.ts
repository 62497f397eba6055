/** The elementwise functions of `T`: one per entry of the scalar table, under Theano's name in camelCase. */
import type { TensorLike } from "../graph/constant.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName, type ScalarTable } from "../scalar/table.ts";
import { applyElemwise } from "./elemwise.ts";

/** `true_div` → `trueDiv`; a trailing `_`, as in `and_`, stays. */
type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? Tail extends ""
    ? S
    : `${Head}${CamelCase<Capitalize<Tail>>}`
  : S;

type Arguments<Arity> = Arity extends 1
  ? [x: TensorLike]
  : Arity extends 2
    ? [x: TensorLike, y: TensorLike]
    : Arity extends 3
      ? [x: TensorLike, y: TensorLike, z: TensorLike]
      : TensorLike[];

/** Applies a scalar op to every element, broadcasting. What it computes is part of its type, so that editors show it. */
export interface Elementwise<Args extends readonly TensorLike[], Doc extends string> {
  (...args: Args): TensorVariable;
  /** What it computes, in a sentence. */
  readonly doc: Doc;
}

/** A function for every entry of the scalar table. */
export type ElementwiseFunctions = {
  readonly [K in keyof ScalarTable as CamelCase<K & string>]: Elementwise<
    Arguments<ScalarTable[K]["arity"]>,
    ScalarTable[K]["doc"]
  >;
};

/** `true_div` → `trueDiv`; a trailing `_`, as in `and_`, stays. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function build(): ElementwiseFunctions {
  const functions = Object.fromEntries(
    SCALAR_OPS.flatMap(({ name, doc }) =>
      isScalarOp(name) && !isCast(name) ? [[camelCase(name), make(name, doc)]] : [],
    ),
  );
  if (!isComplete(functions)) throw new Error("the scalar table lists an op that has no name");
  return functions;
}

function make(name: ScalarOpName, doc: string): Elementwise<TensorLike[], string> {
  return Object.assign((...args: readonly TensorLike[]) => applyElemwise(name, ...args), { doc });
}

function isCast(name: string): boolean {
  return name.startsWith("cast_");
}

function isComplete(functions: object): functions is ElementwiseFunctions {
  return SCALAR_OPS.every(({ name }) => isCast(name) || camelCase(name) in functions);
}

/** The elementwise functions, by name: `elementwise.trueDiv(10, x)`. */
export const elementwise = build();
