import { describe, expect, test } from "vitest";
import { compileFunction } from "../compile/function.ts";
import { changeFlags } from "../config/index.ts";
import { debugprint } from "../graph/debugprint.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dmatrix("x");
const n = T.lscalar("n");

function evaluate(expression: TensorVariable): string {
  return compileFunction([x, n], expression, { onUnusedInput: "ignore" })(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    2,
  ).repr();
}

test.each([
  ["zeros", T.zeros([2, 1]), "array([[0.],\n       [0.]])"],
  [
    "zeros of a symbolic length",
    T.zeros([n, 3], { dtype: "int8" }),
    "array([[0, 0, 0],\n       [0, 0, 0]], dtype=int8)",
  ],
  ["ones of another tensor's shape", T.ones(x.shape), "array([[1., 1., 1.],\n       [1., 1., 1.]])"],
  ["ones of booleans", T.ones([3], { dtype: "bool" }), "array([ True,  True,  True])"],
  ["a stretched value", T.alloc(x.at(0), n, 3), "array([[1., 2., 3.],\n       [1., 2., 3.]])"],
  ["zeros like integers", T.zerosLike(T.arange(n)), "array([0, 0])"],
  ["ones like floats, as integers", T.onesLike(x.at(0), { dtype: "int16" }), "array([1, 1, 1], dtype=int16)"],
  ["fill", T.fill(x, 7.5), "array([[7.5, 7.5, 7.5],\n       [7.5, 7.5, 7.5]], dtype=float32)"],
  ["an identity matrix", T.eye(2), "array([[1., 0.],\n       [0., 1.]])"],
  ["ones above the diagonal", T.eye(2, 3, 1, { dtype: "int32" }), "array([[0, 1, 0],\n       [0, 0, 1]], dtype=int32)"],
  [
    "complex ones",
    T.eye(2, 2, 0, { dtype: "complex64" }),
    "array([[1.+0.j, 0.+0.j],\n       [0.+0.j, 1.+0.j]], dtype=complex64)",
  ],
  ["ones below the diagonal", T.eye(n, 3, -1), "array([[0., 0., 0.],\n       [1., 0., 0.]])"],
  ["an identity matrix like another", T.identityLike(x), "array([[1., 0., 0.],\n       [0., 1., 0.]])"],
  ["a range", T.arange(5), "array([0, 1, 2, 3, 4])"],
  ["a range with bounds and step", T.arange(1, 10, 3), "array([1, 4, 7])"],
  ["a symbolic range backwards", T.arange(n, -3, -2), "array([ 2,  0, -2])"],
  ["a range of floats", T.arange(0.5, T.cast(n, "float64"), 0.5), "array([0.5, 1. , 1.5])"],
  ["an empty range", T.arange(n, 0), "array([], dtype=int64)"],
])("%s", (_, expression, expected) => {
  expect(evaluate(expression)).toBe(expected);
});

test("dtypes: floatX unless given, ranges of integers in 64 bits", () => {
  const made = changeFlags({ floatX: "float32" }, () => [T.zeros([1]), T.ones([1]), T.eye(1)]);
  expect(made.map((v) => v.dtype)).toEqual(["float32", "float32", "float32"]);
  expect(T.arange(T.tensor("uint8", [])).dtype).toBe("int64");
  expect(T.arange(2.5).dtype).toBe("float32");
});

test("lengths known to be 1 broadcast", () => {
  expect(T.zeros([1, n]).broadcastable).toEqual([true, false]);
});

test("debugprint is Theano's", () => {
  expect(debugprint(T.ones([x.shape.at(0), 2]))).toBe(
    [
      "Alloc [id A] ''   ",
      " |TensorConstant{1.0} [id B]",
      " |Subtensor{int64} [id C] ''   ",
      " | |Shape [id D] ''   ",
      " | | |x [id E]",
      " | |Constant{0} [id F]",
      " |TensorConstant{2} [id G]",
      "",
    ].join("\n"),
  );
  expect([T.eye(3), T.arange(n)].map((v) => String(v.owner?.op))).toEqual([
    "Eye{dtype='float64'}",
    "ARange{dtype='int64'}",
  ]);
});

describe("errors", () => {
  test.each([
    ["a fraction as a length", () => T.zeros([1.5]), /A shape must be made of integers/],
    ["a value with too many dimensions", () => T.alloc(x, 3), /more dimensions than the specified dimensions: 2 and 1/],
    ["a vector of unknown length", () => T.zeros(T.lvector("s")), /It is not known how many lengths s/],
    ["a float as a diagonal", () => T.eye(2, 2, 0.5), /Eye takes integers, but argument 2/],
    ["a vector as a bound", () => T.arange(x.at(0)), /ARange.* takes tensors without dimensions/],
    ["an identity like a vector", () => T.identityLike(x.at(0)), /takes a matrix/],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
  });

  test.each([
    ["a negative length", T.zeros([T.neg(n)]), /negative dimensions are not allowed/],
    [
      "a value that does not stretch",
      T.alloc(x, n, 5),
      /could not broadcast input array from shape \(2, 3\) into shape \(2, 5\)/,
    ],
    ["a step of 0", T.arange(0, n, T.sub(n, n)), /step 0/],
  ])("%s, at run time", (_, expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });
});
