import { describe, expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { grad, NDArray, T, theano, type Variable } from "../../index.ts";

const { nnet } = T;
const POINTS = [-1e4, -700, -40, -3.2, -1.5, -0.25, 0, 0.25, 1.5, 3.5, 40, 700, 1e4];

function valuesOf(build: (x: Variable) => Variable, points: readonly number[] = POINTS): number[] {
  const x = T.dvector("x");
  return [...theano.function([x], build(x))(points).elements()].map(Number);
}

/** Theano's pieces of a hyperbolic tangent. */
function coarseTanh(x: number): number {
  const size = Math.abs(x);
  const value = size < 1.7 ? (1.5 * size) / (1 + size) : size < 3 ? 0.9354 + 0.04588 * (size - 1.7) : 0.99505;
  return Math.sign(x) * value;
}

describe("values are those of the formulas", () => {
  test.each<readonly [string, (x: Variable) => Variable, (x: number) => number, number]>([
    ["sigmoid", nnet.sigmoid, (x) => (1 + Math.tanh(x / 2)) / 2, 14],
    ["softplus", nnet.softplus, (x) => (x > 30 ? x : Math.log(1 + Math.exp(x))), 12],
    ["softsign", nnet.softsign, (x) => x / (1 + Math.abs(x)), 14],
    ["ultraFastSigmoid", nnet.ultraFastSigmoid, (x) => 0.5 + 0.5 * coarseTanh(x / 2), 4],
    ["hardSigmoid", nnet.hardSigmoid, (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)), 14],
    ["relu", (x) => nnet.relu(x), (x) => Math.max(0, x), 14],
    ["leaky relu", (x) => nnet.relu(x, 0.1), (x) => (x > 0 ? x : 0.1 * x), 11],
    ["elu", (x) => nnet.elu(x), (x) => (x > 0 ? x : Math.exp(x) - 1), 14],
    ["elu with alpha", (x) => nnet.elu(x, 1.5), (x) => (x > 0 ? x : 1.5 * (Math.exp(x) - 1)), 14],
    ["selu", nnet.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.exp(x) - 1)), 11],
  ])("%s", (_name, build, formula, digits) => {
    valuesOf(build).forEach((value, i) => {
      expect(value, `at ${POINTS[i]}`).toBeCloseTo(formula(POINTS[i]), digits);
    });
  });

  test("the fast sigmoid of NaN is NaN", () => {
    expect(valuesOf(nnet.ultraFastSigmoid, [Number.NaN])).toEqual([Number.NaN]);
  });
});

test.each<readonly [string, (x: Variable) => Variable]>([
  ["softsign", nnet.softsign],
  ["hardSigmoid", nnet.hardSigmoid],
  ["relu", (x) => nnet.relu(x)],
  ["leaky relu", (x) => nnet.relu(x, 0.1)],
  ["elu", (x) => nnet.elu(x, 1.5)],
  ["selu", nnet.selu],
])("the gradient of %s agrees with finite differences", (_name, build) => {
  expectGradients(build, [scattered([2, 3])]);
});

test("the slope of relu's negative side has a gradient, too", () => {
  expectGradients((x, alpha) => nnet.relu(x, alpha), [scattered([2, 3]), scattered([1, 3], 2)]);
});

test("far out, elu's slope keeps its digits", () => {
  const x = T.dscalar("x");
  const slope = theano.function([x], grad(nnet.elu(x), x))(-40);
  expect(Number(slope.item()) / Math.exp(-40)).toBeCloseTo(1, 14);
});

test.each([
  ["int8", "float32"],
  ["int32", "float64"],
  ["float32", "float32"],
] as const)("%s gives %s", (dtype, wanted) => {
  const x = T.tensor(dtype, [false], "x");
  const made = [nnet.sigmoid, nnet.softsign, nnet.ultraFastSigmoid, nnet.hardSigmoid, nnet.elu].map((f) => f(x).dtype);
  expect(made).toEqual(made.map(() => wanted));
});

test.each<readonly [string, (x: Variable) => Variable]>([
  ["sigmoid", nnet.sigmoid],
  ["ultra_fast_sigmoid", nnet.ultraFastSigmoid],
  ["softplus", nnet.softplus],
  ["softsign", nnet.softsign],
])("prints as %s", (name, build) => {
  expect(String(build(T.dvector("x")).owner?.op)).toBe(name);
});

test("an approximation has no gradient, and says so", () => {
  const x = T.dscalar("x");
  expect(() => grad(nnet.ultraFastSigmoid(x), x)).toThrow(/ultra_fast_sigmoid has no derivative/);
});

test("leaves constants as they are", () => {
  const found = theano.function([], nnet.relu(NDArray.from([-1, 2], "float32")))();
  expect(found.dtype).toBe("float32");
  expect([...found.elements()]).toEqual([0, 2]);
});
