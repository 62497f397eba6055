import { describe, expect, test } from "vitest";
import { compileFunction } from "../compile/function.ts";
import { DisconnectedInputError, NullTypeGradError } from "../grad/errors.ts";
import { grad } from "../grad/gradient.ts";
import { Rop } from "../grad/products.ts";
import { DISCONNECTED } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import { disconnectedGrad, gradClip, gradScale, undefinedGrad, zeroGrad } from "./gradcontrol.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dvector("x");

describe("what gradients see; values are handed through", () => {
  test.each<[string, (x: Variable) => Variable, string]>([
    ["gradClip", (x) => gradClip(x, -1, 2.5), "[2.5 2.5]"],
    ["gradScale", (x) => gradScale(x, -0.5), "[-1.5 -1.5]"],
    ["zeroGrad", zeroGrad, "[0. 0.]"],
  ])("%s", (_, control, expected) => {
    const cost = T.sum(T.mul(control(x), 3));
    const [value, gradient] = compileFunction([x], [control(x), grad(cost, x)], { onUnusedInput: "ignore" })([1, 2]);
    expect(String(value)).toBe("[1. 2.]");
    expect(String(gradient)).toBe(expected);
  });
});

test("disconnectedGrad cuts the graph", () => {
  expect(() => grad(T.sum(disconnectedGrad(x)), x)).toThrow(DisconnectedInputError);
  const other = grad(T.sum(T.mul(disconnectedGrad(x), x)), x);
  expect(String(compileFunction([x], other)([1, 2]))).toBe("[1. 2.]");
});

test("undefinedGrad names the variable", () => {
  const cost = T.sum(undefinedGrad(x));
  expect(() => grad(cost, x)).toThrow(NullTypeGradError);
  expect(() => grad(cost, x)).toThrow(/with respect to x .* undefinedGrad was put around x/);
});

test("grad can return what is not a variable", () => {
  const z = T.dvector("z");
  const cost = T.sum(undefinedGrad(x));
  const ignore = { disconnectedInputs: "ignore" } as const;
  expect(grad(cost, z, { ...ignore, returnDisconnected: "None" })).toBeNull();
  expect(grad(cost, z, { ...ignore, returnDisconnected: "Disconnected" })).toBe(DISCONNECTED);
  expect(grad(cost, x, { nullGradients: "return" })).toMatchObject({ kind: "undefined" });
});

test("forward mode goes through", () => {
  const v = T.dvector("v");
  const product = Rop(T.sqr(gradScale(x, 1)), x, v);
  expect(String(compileFunction([x, v], product)([1, 2], [3, 4]))).toBe("[ 6. 16.]");
});
