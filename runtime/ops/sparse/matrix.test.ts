import { expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { SparseMatrix } from "./matrix.ts";

const DENSE = [
  [0, 1.5, 0, -2],
  [0, 0, 0, 0],
  [3, 0, 0, 0.25],
];

test("a csr matrix lists its entries by rows, a csc matrix by columns", () => {
  const csr = SparseMatrix.fromDense(DENSE);
  expect(csr.data.toNested()).toEqual([1.5, -2, 3, 0.25]);
  expect(csr.indices.toNested()).toEqual([1, 3, 0, 3]);
  expect(csr.indptr.toNested()).toEqual([0, 2, 2, 4]);
  const csc = SparseMatrix.fromDense(DENSE, "csc");
  expect(csc.data.toNested()).toEqual([3, 1.5, -2, 0.25]);
  expect(csc.indices.toNested()).toEqual([2, 0, 0, 2]);
  expect(csc.indptr.toNested()).toEqual([0, 1, 2, 2, 4]);
});

test.each(["csr", "csc"] as const)("%s and back gives the same matrix, also of a view", (format) => {
  const dense = NDArray.from(DENSE);
  expect(SparseMatrix.fromDense(dense, format).toDense().equals(dense)).toBe(true);
  const turned = dense.transpose();
  expect(SparseMatrix.fromDense(turned, format).toDense().equals(turned.copy())).toBe(true);
});

test("entries at one place add up", () => {
  const matrix = new SparseMatrix("csr", [1, 2, 4], [1, 0, 1], [0, 3], [1, 2]);
  expect(matrix.toDense().toNested()).toEqual([[2, 5]]);
});

test("dtypes of all kinds are kept", () => {
  const dense = NDArray.from([[true, false]], "bool");
  expect(SparseMatrix.fromDense(dense).toDense().equals(dense)).toBe(true);
  const large = NDArray.from([[0n, 2n ** 60n]], "int64");
  expect(SparseMatrix.fromDense(large).toDense().equals(large)).toBe(true);
});

test("texts are those of SciPy", () => {
  const matrix = SparseMatrix.fromDense(DENSE, "csc");
  expect(String(matrix)).toBe("  (2, 0)\t3.0\n  (0, 1)\t1.5\n  (0, 3)\t-2.0\n  (2, 3)\t0.25");
  expect(matrix.repr()).toBe(
    "<3x4 sparse matrix of type '<class 'numpy.float64'>'\n\twith 4 stored elements in Compressed Sparse Column format>",
  );
});

test.each([
  [() => new SparseMatrix("csr", [1], [0], [0, 1], [1]), /numbers of rows and columns, got the shape \(1\)/],
  [
    () => new SparseMatrix("csr", [1], [0], [0, 1], [2, 2]),
    /indptr of a csr matrix of shape \(2, 2\) must be 3 numbers/,
  ],
  [() => new SparseMatrix("csr", [1], [0], [1, 0, 1], [2, 2]), /start at 0 and never fall/],
  [() => new SparseMatrix("csr", [1, 2], [0], [0, 1], [1, 2]), /promises 1 entries; data has 2 and indices 1/],
  [() => new SparseMatrix("csc", [1], [3], [0, 1], [2, 1]), /must be below 2, got 3/],
  [() => SparseMatrix.fromDense([1, 2]), /two dimensions, got 1/],
])("parts that do not fit are told: %#", (make, message) => {
  expect(make).toThrow(message);
});
