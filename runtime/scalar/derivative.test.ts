import { describe, expect, test } from "vitest";
import { type DType, isFloat, type Scalar } from "../array/dtype.ts";
import { evaluateScalar } from "./evaluate.ts";
import { type Algebra, Undefined } from "./op.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName, signatureOf } from "./table.ts";

const evaluate = (op: ScalarOpName, args: readonly Scalar[]): Scalar => {
  const types = args.map((arg): DType => (typeof arg === "boolean" ? "bool" : "float64"));
  const signature = signatureOf(op, types, "float64");
  return evaluateScalar(
    op,
    signature,
    args.map((arg, i) => (signature.inputs[i] === "float64" ? Number(arg) : arg)),
  );
};

/** Derivatives written over plain numbers, and truth values where an op gives them. */
const numbers: Algebra<Scalar> = {
  apply: (op, ...args) => evaluate(op, args),
  constant: (value) => value,
  isComplex: () => false,
};

/** Points inside the domain and off the kinks, where they are not just anywhere. */
const POINTS: Partial<Record<ScalarOpName, readonly number[][]>> = {
  sqrt: [[0.5], [9]],
  log: [[0.5], [9]],
  log2: [[0.5], [9]],
  log10: [[0.5], [9]],
  log1p: [[-0.5], [9]],
  log1mexp: [[-0.5], [-3]],
  arcsin: [[-0.5], [0.3]],
  arccos: [[-0.5], [0.3]],
  arctanh: [[-0.5], [0.3]],
  arccosh: [[1.5], [4]],
  erfinv: [[-0.5], [0.9]],
  erfcinv: [[0.3], [1.4]],
  xlogx: [[0.5], [3]],
  pow: [
    [0.7, 2.5],
    [2, -1.5],
  ],
  clip: [
    [0.5, 0, 1],
    [-1, 0, 1],
    [2, 0, 1],
  ],
  switch: [
    [1, 0.3, 0.7],
    [0, 0.3, 0.7],
  ],
};
const ANYWHERE: readonly number[][] = [
  [0.3, 0.8, -1.2],
  [-1.7, 0.6, 2.3],
];

/** Ops whose inputs do not all take part in the derivative: the first of `switch` and `second`, and `mod`'s second. */
const smooth = SCALAR_OPS.filter((op) => op.derivative !== undefined && signatureOutputIsFloat(op.name));

function signatureOutputIsFloat(name: string): boolean {
  if (!isScalarOp(name) || /^cast_(?!float(32|64))/.test(name)) return false;
  const signature = SCALAR_OPS.find((op) => op.name === name)?.types(["float64", "float64", "float64"], "float64");
  return signature !== undefined && typeof signature !== "string" && isFloat(signature.output);
}

describe.each(smooth.map((op) => [op.name, op] as const))("the derivative of %s", (name, { arity, derivative }) => {
  if (!isScalarOp(name)) throw new TypeError(`${name} is no op`);
  const count = arity === "variadic" ? 3 : arity;
  const points = (POINTS[name] ?? ANYWHERE).map((point) => point.slice(0, count));

  test.each(points)("is the slope at %j %j %j", (...point) => {
    const inputs = point.filter((x) => x !== undefined);
    const value = (at: readonly number[]) => Number(evaluate(name, at));
    const gradients = derivative?.(numbers, inputs, value(inputs), 2) ?? [];
    expect(gradients).toHaveLength(inputs.length);
    const step = name === "cast_float32" ? 2 ** -7 : 1e-6;
    gradients.forEach((gradient, i) => {
      if (gradient instanceof Undefined) return;
      const at = (shift: number) => value(inputs.map((x, j) => (i === j ? x + shift : x)));
      const slope = (at(step) - at(-step)) / (2 * step);
      expect(Number(gradient ?? 0), `input ${i}`).toBeCloseTo(2 * slope, 5);
    });
  });
});

test("truth values and bits have no slope", () => {
  for (const { name, derivative } of SCALAR_OPS.filter(({ name }) => /^(eq|lt|isnan|and_|xor|invert)$/.test(name))) {
    expect(derivative?.(numbers, [1, 2], true, 1), name).toEqual([null, null]);
  }
});
