/** The elementwise functions of `T`: one per entry of the scalar table, under Theano's name in camelCase. */
import type { TensorLike } from "../graph/constant.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { isScalarOp, SCALAR_OPS, type ScalarTable } from "../scalar/table.ts";
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
      : [TensorLike, ...TensorLike[]];

/** A function for every entry of the scalar table. */
export type ElementwiseFunctions = {
  readonly [K in keyof ScalarTable as CamelCase<K & string>]: (
    ...args: Arguments<ScalarTable[K]["arity"]>
  ) => TensorVariable;
};

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function build(): ElementwiseFunctions {
  const functions = Object.fromEntries(
    SCALAR_OPS.map(({ name }) => name)
      .filter((name) => isScalarOp(name))
      .filter((name) => !name.startsWith("cast_"))
      .map((name) => [camelCase(name), (...args: readonly TensorLike[]) => applyElemwise(name, ...args)]),
  );
  if (!isComplete(functions)) throw new Error("the scalar table lists an op that has no name");
  return functions;
}

function isComplete(functions: object): functions is ElementwiseFunctions {
  return SCALAR_OPS.every(({ name }) => name.startsWith("cast_") || camelCase(name) in functions);
}

/** The elementwise functions, by name: `elementwise.trueDiv(10, x)`. */
export const elementwise = build();
