import { describe, expect, test } from "vitest";
import { isComplex } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import { Apply } from "../graph/apply.ts";
import { Op } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import { applyElemwise } from "../ops/elemwise.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import type { ScalarOp } from "../scalar/op.ts";
import { isScalarOp, SCALAR_OPS } from "../scalar/table.ts";
import { DisconnectedInputError, NullTypeGradError } from "./errors.ts";
import { grad } from "./gradient.ts";

/** Compares `grad` with central differences of a random projection of the output. */
function expectGradient(build: (...inputs: Variable[]) => Variable, points: readonly NDArray[]): void {
  const inputs = points.map((p, i) =>
    T.tensor(
      "float64",
      p.shape.map((n) => n === 1),
      `x${i}`,
    ),
  );
  const output = build(...inputs);
  const weights = compileFunction(inputs, output)(...points).astype("float64");
  weights.data.forEach((_, i) => {
    weights.data[i] = Math.sin(i + 1);
  });
  const cost = T.sum(T.mul(T.cast(output, "float64"), weights));
  const f = compileFunction(inputs, cost);
  const g = compileFunction(inputs, grad(cost, inputs, { disconnectedInputs: "ignore" }), { onUnusedInput: "ignore" });
  g(...points).forEach((gradient, k) => {
    expect(gradient.shape).toEqual(points[k].shape);
    for (let i = 0; i < points[k].size; i++) {
      const numeric = centralDifference((p) => Number(f(...points.with(k, p)).item()), points[k], i);
      expect(Number(gradient.reshape([-1]).get(i))).toBeCloseTo(numeric, 5);
    }
  });
}

function centralDifference(f: (point: NDArray) => number, point: NDArray, at: number): number {
  const step = 1e-6;
  const moved = (by: number): NDArray => {
    const copy = point.copy();
    copy.data[at] = Number(copy.data[at]) + by;
    return copy;
  };
  return (f(moved(step)) - f(moved(-step))) / (2 * step);
}

describe("every differentiable scalar op agrees with finite differences", () => {
  // Away from kinks and inside the domain of most; some need arguments elsewhere.
  const pointsFrom = (offset: number): NDArray[] =>
    [0.31, 0.47, 0.62].map((a) =>
      NDArray.from(
        [a, a + 0.13, a + 0.22].map((v) => v + offset),
        "float64",
      ),
    );
  const offsets: Readonly<Record<string, number>> = { arccosh: 1, log1mexp: -1 };
  const isReal = (op: ScalarOp): boolean => {
    const signature = op.types(Array(op.arity === "variadic" ? 3 : op.arity).fill("float64"), "float64");
    return typeof signature !== "string" && !isComplex(signature.output);
  };
  // Complex results and the orders of Bessel functions are looked at in complex.test.ts and bessel.test.ts.
  const differentiable = SCALAR_OPS.filter(
    ({ name, derivative }) => derivative !== undefined && !/^(cast_.*|jv|iv)$/.test(name),
  ).filter(isReal);

  test.each(differentiable.map((op) => [op.name, op.arity] as const))("%s", (name, arity) => {
    const points = pointsFrom(offsets[name] ?? 0).slice(0, arity === "variadic" ? 3 : arity);
    expectGradient((...inputs) => (isScalarOp(name) ? applyElemwise(name, ...inputs) : inputs[0]), points);
  });
});

describe("gradients of the other ops", () => {
  const matrix = NDArray.from(
    [
      [0.3, -1.2, 0.5],
      [1.1, 0.7, -0.4],
    ],
    "float64",
  );
  const vector = NDArray.from([0.2, -0.6, 0.9], "float64");
  const row = NDArray.from([[0.2, -0.6, 0.9]], "float64");
  const short = NDArray.from([0.8, -0.3], "float64");

  test.each([
    ["sum over one axis", (x: Variable) => T.sum(x, { axis: 0 }), [matrix]],
    ["sum keeping dimensions", (x: Variable) => T.sum(x, { axis: 1, keepdims: true }), [matrix]],
    ["product", (x: Variable) => T.prod(x, { axis: 1 }), [matrix]],
    ["mean", (x: Variable) => T.mean(x, { axis: 1 }), [matrix]],
    ["max", (x: Variable) => T.max(x, { axis: 0 }), [matrix]],
    ["min", (x: Variable) => T.min(x), [matrix]],
    ["transpose", (x: Variable) => T.transpose(x), [matrix]],
    ["broadcasting a vector", (x: Variable, y: Variable) => T.mul(x, y), [matrix, vector]],
    ["broadcasting a row", (x: Variable, y: Variable) => T.mul(x, y), [matrix, row]],
    ["dot of vectors", (x: Variable, y: Variable) => T.dot(x, y), [vector, vector]],
    ["dot of matrix and vector", (x: Variable, y: Variable) => T.dot(x, y), [matrix, vector]],
    ["dot of vector and matrix", (x: Variable, y: Variable) => T.dot(x, y), [short, matrix]],
    ["dot of matrices", (x: Variable, y: Variable) => T.dot(x, T.transpose(y)), [matrix, matrix]],
    ["a variable used twice", (x: Variable) => T.mul(T.exp(x), x), [vector]],
    ["an element", (x: Variable) => x.at(1, -1), [matrix]],
    ["a part", (x: Variable) => x.at(0, T.slice(null, null, -2)), [matrix]],
    ["an element in a new dimension", (x: Variable) => x.at(null, 1), [matrix]],
    ["rows by positions", (x: Variable) => x.at([1, 0, 1]), [matrix]],
    ["columns by positions", (x: Variable) => x.at(T.slice(), [2, 2]), [matrix]],
    ["all elements by positions", (x: Variable) => x.take([5, 0, 5]), [matrix]],
    ["setting a row", (x: Variable, y: Variable) => T.setSubtensor(x.at(0), y), [matrix, vector]],
    [
      "setting a column to a number",
      (x: Variable, y: Variable) => T.setSubtensor(x.at("...", 1), T.sum(y)),
      [matrix, vector],
    ],
    ["adding a row to all", (x: Variable, y: Variable) => T.incSubtensor(x.at(T.slice()), y), [matrix, row]],
    ["setting rows twice", (x: Variable, y: Variable) => T.setSubtensor(x.at([1, 1]), y), [matrix, matrix]],
    ["adding to rows twice", (x: Variable, y: Variable) => T.incSubtensor(x.at([1, 1]), y), [matrix, vector]],
    [
      "setting columns by positions",
      (x: Variable, y: Variable) => T.setSubtensor(x.at(T.slice(), [2, 0]), y.at(T.slice(), [0, 1])),
      [matrix, matrix],
    ],
    ["pairs of positions", (x: Variable) => x.at([0, 1, 0], [2, 1, 2]), [matrix]],
    ["a mask", (x: Variable) => x.at(T.gt(x, 0.4)), [matrix]],
    [
      "setting pairs twice",
      (x: Variable, y: Variable) => T.setSubtensor(x.at([0, 1, 0], [2, 1, 2]), y),
      [matrix, vector],
    ],
    ["adding to pairs", (x: Variable, y: Variable) => T.incSubtensor(x.at([0, 0], [2, 2]), y), [matrix, short]],
    ["reshape", (x: Variable) => T.sqr(x.reshape([3, -1])), [matrix]],
    ["reshape of a row", (x: Variable) => T.squeeze(x).reshape([3, 1]), [row]],
    ["flatten", (x: Variable) => x.flatten(), [matrix]],
    ["swapped dimensions", (x: Variable) => x.swapaxes(0, 1), [matrix]],
    ["a promised length", (x: Variable) => T.mul(T.addbroadcast(x.at(T.slice(0, 1)), 0), x), [matrix]],
    ["a specified shape", (x: Variable) => T.specifyShape(x, [2, 3]), [matrix]],
    ["alloc", (x: Variable) => T.alloc(x, 4, 2, 3), [matrix]],
    ["alloc of a row", (x: Variable) => T.alloc(x, 2, 3), [row]],
    ["fill", (x: Variable, y: Variable) => T.fill(x, y), [matrix, row]],
    ["a range from start by step", (x: Variable) => T.arange(x.at(0), 1.9, x.at(2)), [vector]],
    ["join", (x: Variable, y: Variable) => T.join(1, x, x, T.dimshuffle(y, [0, "x"])), [matrix, short]],
    ["join of a row", (x: Variable, y: Variable) => T.join(0, x, y), [matrix, row]],
    ["stack", (x: Variable, y: Variable) => T.stack([x, y], { axis: 1 }), [vector, vector]],
    ["numbers to a vector", (x: Variable) => T.stack([x.at(2), 1, T.sum(x)]), [vector]],
    ["repeat", (x: Variable) => T.repeat(x, 2, { axis: 1 }), [matrix]],
    ["repeat by counts", (x: Variable) => T.repeat(x, [3, 1], { axis: 0 }), [matrix]],
    ["tile", (x: Variable) => T.tile(x, [2, 1, 2]), [matrix]],
    ["roll", (x: Variable) => T.roll(x, 2, { axis: 1 }), [matrix]],
    ["one part of a split", (x: Variable) => T.split(x, [1, 2], 2, { axis: 1 })[1], [matrix]],
  ] as const)("%s", (_, build, points) => {
    expectGradient((x, y) => build(x, y), points);
  });
});

describe("edges", () => {
  const x = T.dvector("x");
  const y = T.dvector("y");

  test("the cost must be a scalar, and the message says which variable is not", () => {
    expect(() => grad(T.mul(x, 2), x)).toThrow(
      /cost must be a scalar\. Elemwise\{mul,no_inplace\}\.0 has type TensorType\(float64, vector\)/,
    );
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
