import { expect, test } from "vitest";
import { NDArray, T, theano } from "../index.ts";

/** Orders and arguments. */
const orders = [0, 1.5, 3];
const arguments_ = [0.7, 2.1, 4.4];

test.each(["jv", "iv"] as const)("the gradient of %s is by the argument; by the order it is undefined", (name) => {
  const [order, x] = [T.dvector("order"), T.dvector("x")];
  const value = T[name](order, x);
  const f = theano.function([order, x], value);
  const g = theano.function([order, x], T.grad(T.sum(value), x));
  const at = (shift: number) => f(orders, NDArray.from(arguments_.map((a) => a + shift))).elements();
  const [above, below] = [[...at(1e-6)], [...at(-1e-6)]];
  [...g(orders, arguments_).elements()].forEach((slope, i) => {
    expect(Number(slope)).toBeCloseTo((Number(above[i]) - Number(below[i])) / 2e-6, 7);
  });
  expect(() => T.grad(T.sum(value), order)).toThrow(/derivative of a Bessel function with respect to its order/);
});
