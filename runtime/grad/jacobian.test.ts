import { expect, test } from "vitest";
import { compileFunction } from "../compile/function.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { DisconnectedInputError } from "./errors.ts";
import { hessian, jacobian } from "./jacobian.ts";

const x = T.dvector("x");
const y = T.dvector("y");

test("row i of a Jacobian is the gradient of element i", () => {
  const f = compileFunction([x, y], jacobian(T.mul(T.sqr(x), T.sum(y)), [x, y]));
  const [byX, byY] = f([1, 2], [3, 4]);
  expect(byX.toNested()).toEqual([
    [14, 0],
    [0, 28],
  ]);
  expect(byY.toNested()).toEqual([
    [1, 1],
    [4, 4],
  ]);
});

test("the Jacobian by a matrix has one dimension more", () => {
  const w = T.dmatrix("w");
  const f = compileFunction([w, x], jacobian(T.dot(w, x), w));
  const jacobianOfDot = f(
    [
      [1, 2],
      [3, 4],
    ],
    [5, 6],
  );
  expect(jacobianOfDot.shape).toEqual([2, 2, 2]);
  expect(jacobianOfDot.toNested()).toEqual([
    [
      [5, 6],
      [0, 0],
    ],
    [
      [0, 0],
      [5, 6],
    ],
  ]);
});

test("the Jacobian of a scalar is its gradient, and of an empty vector has no rows", () => {
  expect(String(compileFunction([x], jacobian(T.sum(T.sqr(x)), x))([1, 2]))).toBe("[2. 4.]");
  expect(compileFunction([x], jacobian(T.sqr(x), x))([]).shape).toEqual([0, 0]);
});

test("a Hessian holds the second derivatives, zero for a linear cost", () => {
  const cost = T.add(T.prod(x), T.sum(T.mul(y, 3)));
  const f = compileFunction([x, y], hessian(cost, [x, y]));
  const [byX, byY] = f([2, 5], [1, 1, 1]);
  expect(byX.toNested()).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(byY.toNested()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test("what has the wrong rank or is not connected is named", () => {
  const m = T.dmatrix("m");
  expect(() => jacobian(m, m)).toThrow(/tensor.jacobian expects a 1 dimensional variable.*m has type/);
  expect(() => hessian(T.sum(m), m)).toThrow(
    /tensor.hessian expects a \(list of\) 1 dimensional variable as `wrt`: m has type TensorType\(float64, matrix\)/,
  );
  expect(() => hessian(x, x)).toThrow(/0 dimensional variable as `cost`/);
  expect(() => jacobian(T.sqr(x), y)).toThrow(DisconnectedInputError);
  const zeros = compileFunction([x, y], jacobian(T.sqr(x), y, { disconnectedInputs: "ignore" }));
  expect(zeros([1, 2], [3]).toNested()).toEqual([[0], [0]]);
});
