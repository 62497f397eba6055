import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { DisconnectedInputError } from "./errors.ts";
import { grad } from "./gradient.ts";
import { Lop, Rop, subgraphGrad } from "./products.ts";

const [x, v] = T.dvectors("x", "v");
const [point, direction] = [
  [0.5, -1.25, 2],
  [1, 0.5, -2],
];

describe("Rop agrees with differences along the direction", () => {
  test.each<[string, (x: Variable) => Variable]>([
    ["elementwise", (x) => T.mul(T.sin(x), T.exp(x))],
    ["x itself", (x) => x],
    ["one gradient shared by both terms", (x) => T.add(x, x)],
    ["a reduction", (x) => T.sum(T.sqr(x))],
    ["a product", (x) => T.dot(T.outer(x, x), x)],
    ["a part", (x) => T.subtensor(T.tanh(x), T.slice(1, null))],
    ["a condition", (x) => T.switch(T.gt(x, 0), T.sqr(x), T.exp(x))],
    ["no dependence in part", (x) => T.add(T.zerosLike(x), T.sqr(x))],
  ])("%s", (_, f) => {
    const product = compileFunction([x, v], Rop(f(x), x, v), { onUnusedInput: "ignore" })(point, direction);
    const value = compileFunction([x], f(x));
    const step = 1e-6;
    const [after, before] = [step, -step].map((h) => value(point.map((p, i) => p + h * direction[i])));
    const differences = NDArray.from(
      [...after.elements()].map((a, i) => (Number(a) - Number([...before.elements()][i])) / (2 * step)),
    );
    expect(product.shape).toEqual(after.shape);
    [...product.elements()].forEach((p, i) => {
      expect(Number(p)).toBeCloseTo(Number(differences.get(i)), 6);
    });
  });
});

test("Rop of several expressions with respect to several variables", () => {
  const [y, w] = T.dvectors("y", "w");
  const products = Rop([T.mul(x, y), T.add(x, y)], [x, y], [v, w]);
  const f = compileFunction([x, y, v, w], products);
  expect(f([1, 2], [3, 4], [5, 6], [7, 8]).map(String)).toEqual(["[22. 40.]", "[12. 14.]"]);
});

test("Lop is the transpose of Rop", () => {
  const W = T.dmatrix("W");
  const u = T.dvector("u");
  const f = T.tanh(T.dot(W, x));
  const sides = [T.dot(u, Rop(f, x, v)), T.dot(Lop(f, x, u), v)];
  const [right, left] = compileFunction([W, x, v, u], sides)(
    [
      [1, 2, 3],
      [0.5, -1, 0.25],
    ],
    point,
    direction,
    [1, -2],
  );
  expect(Number(right.item())).toBeCloseTo(Number(left.item()), 12);
});

test("the Hessian times a vector", () => {
  const gradient = grad(T.sum(T.mul(T.sqr(x), T.sin(x))), x);
  const [forward, reverse] = [Rop(gradient, x, v), grad(T.sum(T.mul(gradient, v)), x)];
  const [a, b] = compileFunction([x, v], [forward, reverse])(point, direction);
  expect(a.equals(b)).toBe(true);
});

describe("bad input", () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      "a point of another rank",
      () => Rop(T.exp(x), x, T.dmatrix("m")),
      /evaluation point 0 \(m\) has 2 dimensions, and x has 1/,
    ],
    ["too many points", () => Lop([T.exp(x)], x, [v, v]), /one evaluation point for each of 1 variables, got 2/],
    ["nothing to start from", () => subgraphGrad([x], [], {}), /needs a cost, or gradients to start from/],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
  });

  test("an expression that does not depend on the variable", () => {
    expect(() => Rop(T.exp(v), x, v)).toThrow(DisconnectedInputError);
    const zeros = Rop(T.exp(v), x, v, { disconnectedOutputs: "ignore" });
    expect(String(compileFunction([v], zeros)([1, 2]))).toBe("[0. 0.]");
  });
});

test("subgraphGrad in two steps gives what grad gives in one", () => {
  const [w1, w2] = T.dvectors("w1", "w2");
  const hidden = T.tanh(T.mul(x, w1));
  const output = T.tanh(T.mul(hidden, w2));
  const cost = T.sum(T.sqr(output));
  const [[g2], [passed]] = subgraphGrad([w2], [hidden], { cost });
  const [[g1]] = subgraphGrad([w1], [x], { start: new Map([[hidden, passed]]) });
  const whole = grad(cost, [w1, w2]);
  const f = compileFunction([x, w1, w2], [g1, g2, ...whole]);
  const results = f([1, 2], [0.5, -0.25], [3, 0.125]).map(String);
  expect(results.slice(0, 2)).toEqual(results.slice(2));
});
