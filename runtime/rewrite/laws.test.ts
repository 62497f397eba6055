/** Rewrites by the laws of algebra, of reductions, switches and powers: what they make of a graph. */
import { describe, expect, test } from "vitest";
import { expectRewrite, expectSameValue, rewritten } from "../../test/support/rewrites.ts";
import { debugprint } from "../graph/debugprint.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { applyComposite } from "../ops/composite.ts";
import { disconnectedGrad, gradClip, gradScale, undefinedGrad, zeroGrad } from "../ops/gradcontrol.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { optimizerNamed } from "./db.ts";
import { optimize } from "./engine.ts";

const [x, y, z] = [T.dvector("x"), T.dvector("y"), T.dvector("z")];
const [X, Y] = [T.dmatrix("X"), T.dmatrix("Y")];
const [i, f] = [T.ivector("i"), T.fvector("f")];
const f64 = (value: number): Variable => T.constant(value, null, "float64");
const i32 = (value: number): Variable => T.constant(value, null, "int32");
const column = (v: Variable): Variable => T.dimshuffle(v, [0, "x"]);
const filled = (model: Variable, value: Variable): Variable =>
  T.alloc(value, ...model.type.shape.map((_, axis) => T.shapeI(model, axis)));
const positive = T.gt(x, f64(0));

describe("fast_run", () => {
  const cases: readonly (readonly [string, Variable, Variable])[] = [
    ["degrees of radians", T.rad2deg(T.deg2rad(x)), x],
    ["a hyperbolic sine undone", T.sinh(T.arcsinh(x)), x],
    ["a reciprocal of a reciprocal", T.inv(T.inv(x)), x],
    ["x ** 1", T.pow(x, 1), x],
    ["x ** 0", T.pow(x, 0), filled(x, T.dimshuffle(f64(1), ["x"]))],
    ["integers divided by 1", T.intDiv(i, 1), i],
    ["0 divided by integers", T.intDiv(i32(0), i), filled(i, T.dimshuffle(i32(0), ["x"]))],
    ["the transpose of a product", T.transpose(T.dot(X, T.transpose(Y))), T.dot(Y, T.transpose(X))],
    ["magnitudes of factors", T.mul(T.abs_(x), T.abs_(y)), T.abs_(T.mul(x, y))],
    ["a constant factor of a magnitude", T.abs_(T.mul(T.mul(x, -2), 3)), T.mul(f64(6), T.abs_(x))],
    ["a product with a switch to 0", T.mul(y, T.switch(positive, z, 0)), T.switch(positive, T.mul(y, z), 0)],
    [
      "a quotient of a switch to 0",
      T.trueDiv(T.switch(positive, f64(0), y), z),
      T.switch(positive, f64(0), T.trueDiv(y, z)),
    ],
    ["the sum of what was stacked", T.sum(T.stack([x, y, z]), { axis: 0 }), T.add(x, y, z)],
    ["the largest of what was stacked", T.max(T.stack([x, y]), { axis: 0 }), T.maximum(x, y)],
    [
      "a divisor that is never 0 leaves the sum",
      T.sum(T.trueDiv(X, column(T.cosh(y))), { axis: 1 }),
      T.trueDiv(T.sum(X, { axis: 1 }), T.cosh(y)),
    ],
    ["a copy", T.exp(T.identity(x)), T.exp(x)],
    ["what only gradients see", zeroGrad(disconnectedGrad(undefinedGrad(gradClip(gradScale(x, 2), 0, 1)))), x],
    [
      "a factor x stays beside functions of it",
      T.mul(T.trueDiv(T.mul(x, T.exp(x)), T.add(1, T.exp(x))), y),
      T.mul(x, y, T.sigmoid(x)),
    ],
    ["log(1 - sigmoid(x)) of integers", T.log(T.sub(1, T.sigmoid(i))), T.neg(T.softplus(i))],
  ];
  test.each(cases)("%s", (_, from, to) => expectRewrite(from, to, "fast_run"));

  const kept: readonly (readonly [string, Variable])[] = [
    ["tanh(arctanh(x)), which is NaN outside of -1 … 1", T.tanh(T.arctanh(x))],
    ["arccosh(cosh(x)), which is |x|", T.arccosh(T.cosh(x))],
    ["x // 1 of floats, which rounds", T.intDiv(x, f64(1))],
    ["0 / x, which is NaN at 0", T.trueDiv(f64(0), x)],
    ["a product with zeros, which is NaN at infinity", T.dot(T.zerosLike(X), Y)],
    ["a divisor that may be 0 in a sum", T.sum(T.trueDiv(X, column(y)), { axis: 1 })],
    ["magnitudes of integers, which may wrap around", T.abs_(T.mul(i, T.ivector("j")))],
    ["the sum of stacked float32, accumulated in float64", T.sum(T.stack([f, f, f]), { axis: 0 })],
    ["an allocation whose length may be another one", T.alloc(x, 5)],
  ];
  test.each(kept)("leaves %s", (_, graph) => {
    expect(debugprint(rewritten(graph))).toContain(headOf(graph));
  });
});

describe("unsafe", () => {
  const cases: readonly (readonly [string, Variable, Variable])[] = [
    ["tanh(arctanh(x))", T.tanh(T.arctanh(x)), x],
    ["x - x", T.sub(x, x), filled(x, T.dimshuffle(f64(0), ["x"]))],
    ["0 / x", T.trueDiv(f64(0), x), filled(x, T.dimshuffle(f64(0), ["x"]))],
    ["0 · x", T.mul(f64(0), x), filled(x, T.dimshuffle(f64(0), ["x"]))],
    ["a divisor in a sum", T.sum(T.trueDiv(X, column(y)), { axis: 1 }), T.trueDiv(T.sum(X, { axis: 1 }), y)],
  ];
  test.each(cases)("%s", (_, from, to) => expectRewrite(from, to, "unsafe"));
});

describe("powers", () => {
  test("integers up to 512 are products of squares, in one loop", () => {
    const expected = applyComposite([x], (on, base) => on("mul", on("sqr", on("sqr", base)), base));
    expectRewrite(T.pow(x, 5), expected);
  });

  const values = new Map<Variable, number[]>([
    [x, [-2, -0.5, 0, 1, 1.0001, 3, Number.NaN, Number.POSITIVE_INFINITY]],
    [i, [-3, 0, 1, 2, 7]],
  ]);
  test.each([3, 7, 31, 512, -3, -20])("x ** %d", (n) => expectSameValue(T.pow(x, n), values));
  test.each([3, 5, 9])("of integers: i ** %d", (n) => expectSameValue(T.pow(i, n), values));
});

describe("what only a query by name runs", () => {
  test.each([
    ["local_hard_sigmoid", "clip"],
    ["local_ultra_fast_sigmoid", "ultra_fast_sigmoid"],
  ])("%s", (name, op) => {
    const { fgraph } = FunctionGraph.cloneOf([x], [T.sigmoid(x)]);
    optimize(fgraph, optimizerNamed("fast_run").excluding("fusion", "inplace").including(name));
    expect(debugprint(fgraph)).toContain(op);
  });
});

/** The text of the op that computes a graph, without marks of memory. */
function headOf(graph: Variable): string {
  return String(graph.owner?.op).split(",")[0];
}
