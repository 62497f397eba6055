import { expect, test } from "vitest";
import { In, NDArray, SparseMatrix, T, theano } from "../index.ts";

const { sparse } = theano;
const M = SparseMatrix.fromDense([
  [1, 0, 2],
  [0, 3, 0],
]);
const DENSE = [[1], [1], [1]];

function inputs() {
  return { x: sparse.csrMatrix("x", "float64"), y: T.dmatrix("y") };
}

test("functions take sparse matrices by position and by name", () => {
  const { x, y } = inputs();
  const f = theano.function([x, y], sparse.dot(x, y), { name: "product" });
  expect(f(M, DENSE).toNested()).toEqual([[3], [3]]);
  expect(f({ x: M, y: DENSE }).toNested()).toEqual([[3], [3]]);
  expect(f(M, { y: DENSE }).toNested()).toEqual([[3], [3]]);
  expect(f.name).toBe("product");
});

test("functions give sparse matrices in every form of outputs", () => {
  const { x } = inputs();
  const doubled = sparse.mul(x, 2);
  expect(theano.function([x], doubled)(M)).toBeInstanceOf(SparseMatrix);
  const [matrix, total] = theano.function([x], [doubled, sparse.spSum(x)])(M);
  expect(String(matrix)).toBe("  (0, 0)\t2.0\n  (0, 2)\t4.0\n  (1, 1)\t6.0");
  expect(total).toBeInstanceOf(NDArray);
  const named = theano.function([x], { twice: doubled, turned: x.T })(M);
  expect(named.turned.format).toBe("csc");
  expect(named.twice.data.toNested()).toEqual([2, 4, 6]);
});

test("results share no memory with arguments", () => {
  const { x } = inputs();
  const result = theano.function([x], x.T)(M);
  expect(result.data.data).not.toBe(M.data.data);
  expect(result.indices.data).not.toBe(M.indices.data);
});

test("a shared sparse matrix can be read, set and updated", () => {
  const w = theano.shared(M, "w");
  const scale = T.dscalar("scale");
  const step = theano.function([scale], sparse.spSum(w), { updates: [[w.data, T.mul(w.data, scale)]] });
  expect(step(2).item()).toBe(6);
  expect(w.getValue().data.toNested()).toEqual([2, 4, 6]);
  w.setValue(SparseMatrix.fromDense([[5]]));
  expect(step(0).item()).toBe(5);
  expect(() => w.setValue(SparseMatrix.fromDense([[5]], "csc"))).toThrow(
    /w takes a matrix in the format csr, got one in csc/,
  );
});

test("inputs may be used in updates alone", () => {
  const { x } = inputs();
  const total = theano.shared(NDArray.scalar(0, "float64"));
  theano.function([x], null, { updates: [[total, sparse.spSum(x)]] })(M);
  expect(total.getValue().item()).toBe(6);
});

test("logistic regression learns from a sparse matrix", () => {
  const x = sparse.csrMatrix("x", "float64");
  const y = T.dvector("y");
  const w = theano.shared(NDArray.zeros([3], "float64"), "w");
  const p = T.nnet.sigmoid(T.flatten(sparse.dot(x, w.dimshuffle(0, "x"))));
  const cost = T.mean(T.nnet.binaryCrossentropy(p, y));
  const train = theano.function([x, y], cost, { updates: [[w, T.sub(w, T.grad(cost, w))]] });
  const costs = Array.from({ length: 50 }, () => Number(train(M, [1, 0]).item()));
  expect(costs.at(0)).toBeCloseTo(Math.log(2));
  expect(costs.every((one, i) => i === 0 || one < (costs[i - 1] ?? 0))).toBe(true);
  expect(costs.at(-1)).toBeLessThan(0.05);
});

test.each([
  [[DENSE, DENSE], /x takes a SparseMatrix, such as SparseMatrix\.fromDense\(values, "csr"\), got object/],
  [[SparseMatrix.fromDense(DENSE, "csc"), DENSE], /x takes a matrix in the format csr, got one in csc/],
  [[M, M], /dense input got a sparse matrix of shape \(2, 3\); give it with toDense\(\)/],
  [[SparseMatrix.fromDense([[1]]), [[1], [1]]], /dimension mismatch/],
] as const)("arguments that do not fit are told: %#", (args, message) => {
  const { x, y } = inputs();
  const f = theano.function([x, y], sparse.dot(x, y));
  expect(() => f(...args)).toThrow(message);
});

test("an input that is not used is an error, as with dense ones", () => {
  const { x, y } = inputs();
  expect(() => theano.function([x, y], T.sum(y))).toThrow(/index 0 is not part of the computational graph.*x_data/);
  expect(() => theano.function([x, new In(y)], sparse.spSum(x))).toThrow(/not part of the computational graph.*: y/);
});
