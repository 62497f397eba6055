import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import { Apply } from "../graph/apply.ts";
import { Op } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { DisconnectedInputError, NullTypeGradError } from "./errors.ts";
import { grad } from "./gradient.ts";

/** That gradients are derivatives, `test/properties/gradients.test.ts` compares with finite differences for every op. */
describe("edges", () => {
  const x = T.dvector("x");
  const y = T.dvector("y");

  test("the cost must be a scalar, and the message says which variable is not", () => {
    expect(() => grad(T.mul(x, 2), x)).toThrow(
      /cost must be a scalar\. Elemwise\{mul,no_inplace\}\.0 has type TensorType\(float64, vector\)/,
    );
  });

  test("what is no variable and what is no option is named", () => {
    const call = (wrt: unknown, options: object = {}): unknown =>
      Reflect.apply(grad, undefined, [T.sum(x), wrt, options]);
    expect(() => call(3)).toThrow("Expected Variable, got 3");
    expect(() => call(x, { considerConstant: y })).toThrow("considerConstant only accepts a list of variables, got y.");
    expect(() => call(new Set([x]))).toThrow(/Expected Variable, got Set/);
    expect(() => call(x, { disconnectedInputs: "maybe" })).toThrow(
      "disconnectedInputs must be one of 'raise', 'warn', 'ignore', got 'maybe'",
    );
    expect(() => call(x, { returnDisconnected: null })).toThrow(/returnDisconnected must be one of 'zero'/);
  });

  test("a disconnected input raises, warns or gives zeros", () => {
    expect(() => grad(T.sum(x), y)).toThrow(DisconnectedInputError);
    expect(() => grad(T.sum(x), y)).toThrow(/not part of the computational graph of the cost: y/);
    const zeros = compileFunction([y], grad(T.sum(x), y, { disconnectedInputs: "ignore" }));
    expect(String(zeros([1, 2]))).toBe("[0. 0.]");
  });

  test("considered constant, nothing flows through", () => {
    const middle = T.sqr(x);
    const g = grad(T.sum(T.mul(middle, x)), x, { considerConstant: [middle] });
    expect(String(compileFunction([x], g)([3]))).toBe("[9.]");
  });

  test("known gradients start the walk in the middle", () => {
    const middle = T.sqr(x);
    const g = grad(null, x, { knownGrads: new Map([[middle, T.mul(middle, 10)]]) });
    expect(String(compileFunction([x], g)([3]))).toBe("[540.]");
  });

  test("an op without derivative is named", () => {
    class Opaque extends Op {
      readonly key = "Opaque";
      readonly family = "Opaque";
      toString(): string {
        return "Opaque";
      }
      apply(input: Variable): Apply {
        return new Apply(this, [input], [input.type]);
      }
    }
    expect(() => grad(T.sum(new Opaque().apply(x).out), x)).toThrow(NullTypeGradError);
    expect(() => grad(T.sum(new Opaque().apply(x).out), x)).toThrow(/with respect to x.*the op Opaque has no gradient/);
  });

  test("gradients are named after cost and variable", () => {
    const cost = T.sum(x);
    cost.name = "cost";
    expect(grad(cost, x).name).toBe("(dcost/dx)");
  });

  test("gradients are floating-point, and those within float32 parts stay float32", () => {
    const single = T.fvector("f");
    const wide = T.sum(T.mul(T.tanh(single), x));
    expect(grad(wide, single).dtype).toBe("float32");
    for (const step of [T.sgn, T.floor, T.ceil]) expect(grad(T.sum(step(single)), single).dtype).toBe("float32");
  });

  test("an integer cost has zero gradients of floatX, as in Theano", () => {
    const i = T.ivector("i");
    const g = grad(T.sum(i), i);
    expect(g.dtype).toBe("float64");
    expect(String(compileFunction([i], g)([1, 2]))).toBe("[0. 0.]");
  });
});

test.each(["uint8", "int8", "uint64"] as const)("the gradient of arctan2 is right for %s", (dtype) => {
  const [a, b] = [T.tensor(dtype, [false], "a"), T.dvector("b")];
  const g = compileFunction([a, b], grad(T.sum(T.arctan2(a, b)), b));
  expect(g(NDArray.from([100], dtype), [3]).item()).toBeCloseTo(-100 / (100 ** 2 + 3 ** 2), 12);
});
