import { expect, test } from "vitest";
import { expectGradients, scattered } from "../../test/support/derivatives.ts";
import { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

type Product = (x: Variable, y: Variable) => TensorVariable;

/** Every product against its definition: `terms` gives the index of x and of y for an output index and an inner one. */
test.each<[string, Product, number[], number[], number[], number, (o: number[], k: number) => [number[], number[]]]>([
  [
    "dot of a tensor and a matrix",
    T.dot,
    [2, 4, 3],
    [3, 2],
    [2, 4, 2],
    3,
    ([a, b, c], k) => [
      [a, b, k],
      [k, c],
    ],
  ],
  [
    "dot of a matrix and a tensor",
    T.dot,
    [2, 3],
    [4, 3, 5],
    [2, 4, 5],
    3,
    ([a, b, c], k) => [
      [a, k],
      [b, k, c],
    ],
  ],
  ["dot of a vector and a tensor", T.dot, [3], [2, 3, 4], [2, 4], 3, ([a, b], k) => [[k], [a, k, b]]],
  [
    "dot of tensors",
    T.dot,
    [2, 1, 3],
    [2, 3, 2],
    [2, 1, 2, 2],
    3,
    ([a, b, c, d], k) => [
      [a, b, k],
      [c, k, d],
    ],
  ],
  [
    "tensordot over two",
    (x, y) => T.tensordot(x, y),
    [2, 3, 2],
    [3, 2, 4],
    [2, 4],
    6,
    ([a, b], k) => {
      const inner = [Math.floor(k / 2), k % 2];
      return [
        [a, ...inner],
        [...inner, b],
      ];
    },
  ],
  ["tensordot over none", (x, y) => T.tensordot(x, y, 0), [2], [2, 3], [2, 2, 3], 1, ([a, b, c]) => [[a], [b, c]]],
  [
    "tensordot by lists",
    (x, y) => T.tensordot(x, y, [[0], [-1]]),
    [3, 2],
    [4, 3],
    [2, 4],
    3,
    ([a, b], k) => [
      [k, a],
      [b, k],
    ],
  ],
  ["tensordot to a number", (x, y) => T.tensordot(x, y, 1), [3], [3], [], 3, (_, k) => [[k], [k]]],
  [
    "batchedDot of tensors",
    T.batchedDot,
    [2, 4, 3],
    [2, 3, 5],
    [2, 4, 5],
    3,
    ([n, a, b], k) => [
      [n, a, k],
      [n, k, b],
    ],
  ],
  [
    "batchedDot of a matrix and a tensor",
    T.batchedDot,
    [2, 3],
    [2, 3, 4],
    [2, 4],
    3,
    ([n, a], k) => [
      [n, k],
      [n, k, a],
    ],
  ],
  [
    "batchedDot of a tensor and a matrix",
    T.batchedDot,
    [2, 4, 3],
    [2, 3],
    [2, 4],
    3,
    ([n, a], k) => [
      [n, a, k],
      [n, k],
    ],
  ],
  [
    "batchedDot of matrices",
    T.batchedDot,
    [2, 3],
    [2, 3],
    [2],
    3,
    ([n], k) => [
      [n, k],
      [n, k],
    ],
  ],
  ["batchedDot of a vector", T.batchedDot, [2], [2, 3], [2, 3], 1, ([n, a]) => [[n], [n, a]]],
  [
    "batchedDot of four dimensions",
    T.batchedDot,
    [2, 2, 2, 3],
    [2, 3, 2],
    [2, 2, 2, 2],
    3,
    ([n, a, b, c], k) => [
      [n, a, b, k],
      [n, k, c],
    ],
  ],
  [
    "batchedTensordot by lists",
    (x, y) => T.batchedTensordot(x, y, [[1], [2]]),
    [2, 3, 4],
    [2, 5, 3],
    [2, 4, 5],
    3,
    ([n, a, b], k) => [
      [n, k, a],
      [n, b, k],
    ],
  ],
  ["outer of matrices", T.outer, [2, 2], [3], [4, 3], 1, ([a, b]) => [[Math.floor(a / 2), a % 2], [b]]],
])("%s", (_, product, left, right, shape, inner, terms) => {
  const [a, b] = [scattered(left), scattered(right, 2)];
  const [x, y] = [a, b].map((array, i) =>
    T.tensor(
      "float64",
      array.shape.map((n) => n === 1),
      `x${i}`,
    ),
  );
  const result = compileFunction([x, y], product(x, y))(a, b);
  expect(result.shape).toEqual(shape);
  [...NDArray.zeros(shape, "bool").elements()].forEach((__, flat) => {
    const index = shape.map((n, axis) => Math.floor(flat / shape.slice(axis + 1).reduce((p, q) => p * q, 1)) % n);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      const [i, j] = terms(index, k);
      sum += Number(a.get(...i)) * Number(b.get(...j));
    }
    expect(Number(result.get(...index))).toBeCloseTo(sum, 12);
  });
  expectGradients(product, [a, b], { twice: true });
});

test.each<[string, () => unknown, string]>([
  [
    "inner lengths",
    () => T.dot(T.constant(scattered([2, 3])), T.constant(scattered([2, 3]))),
    "shapes (2, 3) and (2, 3) not aligned: 3 (dim 1) != 2 (dim 0)",
  ],
  [
    "too many axes",
    () => T.tensordot(T.dvector("v"), T.dmatrix("m"), 2),
    "axes can not be larger than the dimension of a (a.ndim=1, axes=2)",
  ],
  [
    "lists of two lengths",
    () => T.tensordot(T.dmatrix("a"), T.dmatrix("b"), [[0, 1], [0]]),
    "must have the same length",
  ],
  [
    "an axis that is not there",
    () => T.tensordot(T.dmatrix("a"), T.dmatrix("b"), [[2], [0]]),
    "b.ndim".replace("b", "a"),
  ],
  [
    "the batch's axis",
    () => T.batchedTensordot(T.dmatrix("a"), T.dmatrix("b"), [[0], [1]]),
    "must not contain the batch axis of a",
  ],
])("a mismatch of %s is told while the graph is built", (_, build, message) => {
  expect(build).toThrow(ValueError);
  expect(build).toThrow(message);
});

test("batches of two lengths are told while the graph is built", () => {
  const build = (): unknown => T.batchedDot(T.constant(scattered([2, 3])), T.constant(scattered([4, 3])));
  expect(build).toThrow(TypeError);
  expect(build).toThrow("must have the same size in axis 0, the batch's, but have sizes [2, 4]");
});

test("lengths that differ at run time are told with both shapes", () => {
  const [x, y] = T.dtensor3s("x", "y");
  const f = compileFunction([x, y], T.batchedDot(x, y));
  expect(() => f(scattered([2, 3, 4]), scattered([2, 5, 4]))).toThrow("BatchedDot: shapes (2, 3, 4) and (2, 5, 4)");
});

test("products over nothing are zeros", () => {
  const [x, y] = T.dmatrices("x", "y");
  const f = compileFunction([x, y], T.dot(x, y));
  expect(f(NDArray.zeros([2, 0], "float64"), NDArray.zeros([0, 1], "float64")).toNested()).toEqual([[0], [0]]);
});
