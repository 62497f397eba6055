import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import { verifyGrad } from "../compile/verifygrad.ts";
import type { Variable } from "../graph/variable.ts";
import { inferLengths } from "./infershape.ts";
import { tensorFunctions as T } from "./tensor.ts";

const m = T.dmatrix("m");
const n = T.lscalar("n");
const matrix = [
  [1, 2, 3],
  [4, 5, 6],
];

function run(result: Variable, mode = "FAST_RUN"): unknown {
  return compileFunction([m, n], result, { onUnusedInput: "ignore", mode })(matrix, 1).toNested();
}

test.each([
  ["the main diagonal", T.diagonal(m), [1, 5]],
  ["the one above", T.diagonal(m, { offset: 1 }), [2, 6]],
  ["the one below", T.diag(m, { k: -1 }), [4]],
  ["one that is outside", T.diagonal(m, { offset: 7 }), []],
  ["one with the dimensions exchanged", T.diagonal(m, { offset: 1, axis1: 1, axis2: 0 }), [4]],
  [
    "a matrix of a vector",
    T.diag(T.subtensor(m, 0), { k: -1 }),
    [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 3, 0],
    ],
  ],
  [
    "a filled one",
    T.fillDiagonal(m, 9),
    [
      [9, 2, 3],
      [4, 9, 6],
    ],
  ],
  [
    "one filled at a symbolic place",
    T.fillDiagonalOffset(m, 9, n),
    [
      [1, 9, 3],
      [4, 5, 9],
    ],
  ],
  [
    "the lower triangle",
    T.tril(m),
    [
      [1, 0, 0],
      [4, 5, 0],
    ],
  ],
  [
    "the upper triangle from the diagonal above",
    T.triu(m, { k: 1 }),
    [
      [0, 2, 3],
      [0, 0, 6],
    ],
  ],
  [
    "a triangle of ones",
    T.tri(2, 3, 1),
    [
      [1, 1, 0],
      [1, 1, 1],
    ],
  ],
  ["the trace", m.trace(), 6],
])("%s", (_, result, expected) => {
  expect(run(result)).toEqual(expected);
  expect(run(result, "DebugMode")).toEqual(expected);
});

test("a triangle has no trace of what it leaves out, not even NaN", () => {
  const f = compileFunction([m], T.tril(m));
  expect(
    f([
      [1, Number.NaN],
      [2, 3],
    ]).toNested(),
  ).toEqual([
    [1, 0],
    [2, 3],
  ]);
});

test("all dimensions of a cube are filled", () => {
  const c = T.dtensor3("c");
  const f = compileFunction([c], T.fillDiagonal(c, 7));
  expect([...f(NDArray.zeros([2, 2, 2], "float64")).elements()]).toEqual([7, 0, 0, 0, 0, 0, 0, 7]);
});

describe("gradients", () => {
  const cube = NDArray.from(Array.from({ length: 18 }, (_, i) => Math.sin(i))).reshape([2, 3, 3]);
  test.each<[string, (x: Variable) => Variable, NDArray]>([
    ["a diagonal of any two dimensions", (x) => T.diagonal(x, { offset: -1, axis1: 1, axis2: 2 }), cube],
    ["a matrix of a vector", (x) => T.diag(x, { k: 2 }), NDArray.from([1, 2, 3])],
    ["a filled diagonal", (x) => T.fillDiagonal(x, T.sum(x)), NDArray.from(matrix)],
    ["a triangle", (x) => T.tril(x), NDArray.from(matrix)],
  ])("%s", (_, f, point) => {
    expect(() => verifyGrad(f, [point])).not.toThrow();
  });
});

test.each([-3, -1, 0, 1, 2, 5])("the length of diagonal %i is inferred", (offset) => {
  const result = T.diagonal(m, { offset });
  const [length] = inferLengths(result);
  const f = compileFunction([m], [result, length]);
  const [diagonal, inferred] = f(matrix);
  expect(Number(inferred.item())).toBe(diagonal.size);
});

test.each([
  ["a diagonal of a vector", () => T.diagonal(T.dvector("v")), "two dimensions or more"],
  ["the same dimension twice", () => T.diagonal(m, { axis1: 0, axis2: -2 }), "cannot be the same"],
  ["a scalar as a diagonal", () => T.diag(T.dscalar("s")), "needs a vector or a matrix"],
  ["a filling that does not fit", () => T.fillDiagonal(T.imatrix("i"), 0.5), "cannot hold"],
  ["a triangle of a vector", () => T.tril(T.dvector("v")), "taken of a matrix"],
])("%s is told", (_, build, message) => {
  expect(build).toThrow(message);
});
