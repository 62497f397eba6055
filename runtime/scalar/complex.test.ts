import { describe, expect, test } from "vitest";
import { Complex } from "../array/complex.ts";
import { complexOf, type DType, type Scalar } from "../array/dtype.ts";
import golden from "./complex-golden.json" with { type: "json" };
import { evaluateScalar } from "./evaluate.ts";
import { isScalarOp, type ScalarOpName, signatureOf } from "./table.ts";

const [points, partners] = [golden.points, golden.partners].map((list) => list.map(([re, im]) => new Complex(re, im)));

function compute(name: string, ...args: readonly Scalar[]): Complex {
  if (!isScalarOp(name)) throw new TypeError(`${name} is no op`);
  const dtypes = args.map((arg): DType => (arg instanceof Complex ? "complex128" : "float64"));
  return complexOf(evaluateScalar(name, signatureOf(name, dtypes, "float64"), args));
}

/** The error relative to the magnitude. */
function error(actual: Complex, [re, im]: readonly number[]): number {
  return Math.hypot(actual.re - re, actual.im - im) / Math.max(Math.hypot(re, im), Number.MIN_VALUE);
}

describe("functions of complex numbers agree with NumPy's and SciPy's", () => {
  test.each(Object.entries(golden.unary))("%s", (name, expected) => {
    points.forEach((z, i) => {
      expect(error(compute(name, z), expected[i]), `${name} of ${z}`).toBeLessThan(2e-14);
    });
  });

  test.each(Object.entries(golden.binary))("%s", (name, expected) => {
    points.forEach((z, i) => {
      const result = compute(name, z, partners[i]);
      expect(error(result, expected[i]), `${name} of ${z} and ${partners[i]}`).toBeLessThan(2e-14);
    });
  });

  test.each(Object.entries(golden.powers))("the power %s", (n, expected) => {
    points.forEach((z, i) => {
      expect(error(compute("pow", z, new Complex(Number(n))), expected[i]), `${z}`).toBeLessThan(1e-14);
    });
  });
});

test.each<[ScalarOpName, Scalar[], Scalar]>([
  ["real", [new Complex(1, 2)], 1],
  ["imag", [new Complex(1, 2)], 2],
  ["imag", [3], 0],
  ["complex", [1, 2], new Complex(1, 2)],
  ["log1p", [new Complex(1e-20, 0)], new Complex(1e-20, 0)],
  ["sqrt", [new Complex(-4, -0)], new Complex(0, -2)],
  ["sqrt", [new Complex(-4, 0)], new Complex(0, 2)],
  ["true_div", [new Complex(1, 0), new Complex(0, 0)], new Complex(Infinity, NaN)],
  ["pow", [new Complex(0, 0), new Complex(0, 0)], new Complex(1, 0)],
  ["gamma", [new Complex(-2, 0)], new Complex(NaN, NaN)],
  ["lt", [new Complex(1, 5), new Complex(2, 0)], true],
  ["lt", [new Complex(1, 5), new Complex(1, 6)], true],
  ["ge", [new Complex(1, NaN), new Complex(1, 6)], false],
  ["eq", [new Complex(1, -0), new Complex(1, 0)], true],
  ["isnan", [new Complex(1, NaN)], true],
  ["isinf", [new Complex(-Infinity, NaN)], true],
  ["cast_float32", [new Complex(0.1, 5)], Math.fround(0.1)],
])("%s of %j is %s", (name, args, expected) => {
  const dtypes = args.map((arg): DType => (arg instanceof Complex ? "complex128" : "float64"));
  expect(evaluateScalar(name, signatureOf(name, dtypes, "float64"), args)).toEqual(expected);
});
