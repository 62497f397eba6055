/** Digits that expressions lose as they are written, and keep when they are rewritten. */
import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import { grad } from "../grad/gradient.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";

const [z, y] = T.dvectors("z", "y");
const EXTREMES = [-1e4, -800, -40, -1, 0, 0.5, 40, 800, 1e4];

/** log(1 + e^x), written for both signs. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

function expectDigits(actual: NDArray, expected: readonly number[]): void {
  [...actual.elements()].forEach((value, i) => {
    const tolerance = 1e-14 * Math.abs(expected[i]);
    expect(Math.abs(Number(value) - expected[i]), `${value} for ${expected[i]}`).toBeLessThanOrEqual(tolerance);
  });
}

/** The cross entropy of Theano's tutorial, in the ways in which people write the probability. */
const probabilities: readonly (readonly [string, (z: Variable) => Variable])[] = [
  ["T.sigmoid(z)", (z) => T.sigmoid(z)],
  ["1 / (1 + exp(-z))", (z) => T.trueDiv(1, T.add(1, T.exp(T.neg(z))))],
  ["exp(z) / (1 + exp(z))", (z) => T.trueDiv(T.exp(z), T.add(1, T.exp(z)))],
];

describe.each(probabilities)("the tutorial's cross entropy with p = %s", (_, probability) => {
  const p = probability(z);
  const entropy = T.sub(T.mul(T.neg(y), T.log(p)), T.mul(T.sub(1, y), T.log(T.sub(1, p))));

  test.each([0, 1, 0.25])("is exact for y = %d", (label) => {
    const labels = EXTREMES.map(() => label);
    const expected = EXTREMES.map((x) => label * softplus(-x) + (1 - label) * softplus(x));
    expectDigits(compileFunction([z, y], entropy)(EXTREMES, labels), expected);
  });

  test("is exact when p is wanted too", () => {
    const [prediction, value] = compileFunction([z, y], [T.gt(p, 0.5), entropy])(
      EXTREMES,
      EXTREMES.map(() => 1),
    );
    expect([...prediction.elements()].map(Boolean)).toEqual(EXTREMES.map((x) => sigmoid(x) > 0.5));
    expectDigits(
      value,
      EXTREMES.map((x) => softplus(-x)),
    );
  });

  test.each([0, 1])("has an exact gradient for y = %d, when p is wanted too", (label) => {
    const gradient = grad(T.sum(entropy), z);
    const [, value] = compileFunction([z, y], [p, gradient])(
      EXTREMES,
      EXTREMES.map(() => label),
    );
    expectDigits(
      value,
      EXTREMES.map((x) => (label === 1 ? -sigmoid(-x) : sigmoid(x))),
    );
  });
});

describe("NaN and infinities stay what they are", () => {
  const odd = [Number.NaN, Infinity, -Infinity];
  test.each<[string, Variable, readonly number[]]>([
    ["log(1 + exp(z))", T.log(T.add(1, T.exp(z))), [Number.NaN, Infinity, 0]],
    ["log(exp(z) + exp(z))", T.log(T.add(T.exp(z), T.exp(z))), odd],
    ["1 - erf(z)", T.sub(1, T.erf(z)), [Number.NaN, 0, 2]],
    ["exp(z) / (1 + exp(z))", T.trueDiv(T.exp(z), T.add(1, T.exp(z))), [Number.NaN, 1, 0]],
  ])("%s", (_, output, expected) => {
    expect([...compileFunction([z], output)(odd).elements()]).toEqual(expected);
  });
});

test("shares of exponentials do not overflow, along any dimensions", () => {
  const x = T.dtensor3("x");
  const shares = T.trueDiv(T.exp(x), T.sum(T.exp(x), { axis: [0, 2], keepdims: true }));
  const value = compileFunction(
    [x],
    shares,
  )(
    NDArray.from(
      [
        [
          [1000, 1000],
          [-1000, -1001],
        ],
      ],
      "float64",
    ),
  );
  expectDigits(value, [0.5, 0.5, sigmoid(1), sigmoid(-1)]);
});
