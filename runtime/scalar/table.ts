/**
 * The table of scalar ops. To add an elementwise op, add an entry to `arithmetic.ts`, `complex.ts`, `elementary.ts`, `logic.ts`
 * or `special.ts`: its symbolic op, type checking, gradient, and its form in every backend follow from the entry.
 */
import { DTYPES, type DType, type FloatDType, isContinuous } from "../array/dtype.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { COMPLEX } from "./complex.ts";
import { ELEMENTARY } from "./elementary.ts";
import { ENTROPY } from "./entropy.ts";
import { LOGIC } from "./logic.ts";
import type { ScalarOp, ScalarOpEntry, Signature } from "./op.ts";
import { SPECIAL } from "./special.ts";
import { conversion } from "./types.ts";

const DECLARED = { ...ARITHMETIC, ...ELEMENTARY, ...LOGIC, ...COMPLEX, ...ENTROPY, ...SPECIAL };

/** The entries of the table by name, casts left out. */
export type ScalarTable = typeof DECLARED;

/** The name of a scalar op: an entry of the table, or the conversion to a dtype. */
export type ScalarOpName = keyof typeof DECLARED | `cast_${DType}`;

const OPS: ReadonlyMap<string, ScalarOp> = new Map(
  [
    ...Object.entries<ScalarOpEntry>(DECLARED).map(([name, entry]) => complete(name, name, entry)),
    ...DTYPES.map(({ name }) => complete(`cast_${name}`, `Cast{${name}}`, castTo(name))),
  ].map((op) => [op.name, op]),
);

function complete(name: string, show: string, entry: ScalarOpEntry): ScalarOp {
  const capitalized = show
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
  return { className: capitalized, ...entry, name, show };
}

function castTo(dtype: DType): ScalarOpEntry {
  return {
    arity: 1,
    types: conversion(dtype),
    evaluate: { any: (x) => x },
    derivative: (_algebra, _inputs, _output, g) => [isContinuous(dtype) ? g : null],
    doc: `The argument converted to ${dtype}.`,
  };
}

/** Every scalar op, in the order of the table. */
export const SCALAR_OPS: readonly ScalarOp[] = [...OPS.values()];

/** Whether `name` names a scalar op. */
export function isScalarOp(name: string): name is ScalarOpName {
  return OPS.has(name);
}

/** The table's entry for an op. */
export function scalarOp(name: ScalarOpName): ScalarOp {
  const op = OPS.get(name);
  if (op === undefined) throw new TypeError(`there is no scalar op "${name}"`);
  return op;
}

/**
 * The dtypes in which an op computes on arguments of the given dtypes, and that of its result. `floatX` is what the
 * division of two integers gives.
 * @throws TypeError when the number of arguments is wrong or the op does not take these dtypes.
 */
export function signatureOf(name: ScalarOpName, inputs: readonly DType[], floatX: FloatDType): Signature {
  const op = scalarOp(name);
  if (op.arity === "variadic" ? inputs.length === 0 : inputs.length !== op.arity) {
    const wanted = op.arity === "variadic" ? "one or more" : String(op.arity);
    throw new TypeError(`${name} takes ${wanted} argument${wanted === "1" ? "" : "s"}, got ${inputs.length}`);
  }
  const signature = op.types(inputs, floatX);
  if (typeof signature === "string") throw new TypeError(`${name} does not take (${inputs.join(", ")}): ${signature}`);
  return signature;
}
