import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { T, type TensorVariable, theano, verifyGrad } from "../../index.ts";
import { SparseMatrix } from "./matrix.ts";
import { SparseVariable } from "./variable.ts";

const { sparse } = theano;

const X = SparseMatrix.fromDense([
  [0.5, 0, -1.5],
  [0, 0, 0],
  [2, 0.25, 0],
  [0, -0.75, 1],
]);
const Y = SparseMatrix.fromDense(
  [
    [1, 0, 0.5],
    [0, 0, 0],
    [-3, 0, 3],
    [0, 4, 0],
  ],
  "csc",
);
const DENSE = NDArray.from([
  [0.3, -1, 2],
  [1.5, 0.5, -0.25],
  [0.6, 1, 1],
  [-2, 0.75, 0.1],
]);
const VECTOR = NDArray.from([1, -2, 0.5]);
const ROWS = Int32Array.from([2, 0, 2, 3]);
const COLUMNS = Int32Array.from([0, 0, 1, 2]);

/** Expressions of two sparse matrices, a dense one and a vector; each is differentiated by all of their numbers. */
type Build = (
  x: SparseVariable,
  y: SparseVariable,
  d: TensorVariable,
  v: TensorVariable,
) => TensorVariable | SparseVariable;

const CASES: readonly (readonly [name: string, build: Build])[] = [
  ["add", (x, y) => sparse.add(x, y)],
  ["sub", (x, y) => sparse.sub(x, y)],
  ["add dense", (x, _y, d) => sparse.add(x, d)],
  ["mul", (x, y) => sparse.mul(x, y)],
  ["mul dense", (x, _y, d) => sparse.mul(x, d)],
  ["mulSV", (x, _y, _d, v) => sparse.mulSV(x, v)],
  ["structuredAddSV", (x, _y, _d, v) => sparse.structuredAddSV(x, v)],
  ["dot", (x, _y, d) => sparse.dot(x, d.T)],
  ["dot of csc", (_x, y, d) => sparse.dot(y, d.T)],
  ["dense dot", (x, _y, d) => sparse.dot(d.T, x)],
  ["dot of two", (x, y) => sparse.dot(x, y.T)],
  ["trueDot", (x, y) => sparse.trueDot(x, y.T)],
  ["trueDot dense", (x, _y, d) => sparse.trueDot(x, d.T)],
  ["usmm", (x, _y, d) => sparse.usmm(0.5, x, d.T, T.dot(d, d.T))],
  ["samplingDot", (x, _y, d) => sparse.samplingDot(d, T.dot(d.T, d), x)],
  ["spSum", (x) => sparse.spSum(x)],
  ["spSum over rows", (x) => sparse.spSum(x, { axis: 0 })],
  ["spSum over columns of csc", (_x, y) => sparse.spSum(y, { axis: 1 })],
  ["colScale", (x, _y, _d, v) => sparse.colScale(x, v)],
  ["rowScale", (_x, y, _d, v) => sparse.rowScale(y.T, v)],
  ["diag", (x, y) => sparse.diag(sparse.trueDot(x, y.T))],
  ["squareDiagonal", (_x, _y, _d, v) => sparse.squareDiagonal(v)],
  ["hstack", (x, y) => sparse.hstack([x, y])],
  ["vstack", (x, y) => sparse.vstack([x, y], { format: "csr" })],
  ["rows, some twice", (x) => sparse.getItemList(x, ROWS)],
  ["pairs", (_x, y) => sparse.getItem2lists(y, ROWS, COLUMNS)],
  ["element", (x) => sparse.getItemScalar(x, 2, 1)],
  ["slices", (x) => x.at(T.slice(1, null), T.slice(0, 2))],
  ["structuredSigmoid", (x) => sparse.structuredSigmoid(x)],
  ["sinh", (x) => sparse.sinh(x)],
  ["other formats", (x, y) => sparse.clean(sparse.add(y, x))],
];

function denseOf(x: TensorVariable | SparseVariable): TensorVariable {
  return x instanceof SparseVariable ? sparse.denseFromSparse(x) : x;
}

/** A matrix with the same pattern and other entries. */
function like(matrix: SparseMatrix, data: TensorVariable): SparseVariable {
  return sparse.asSparseVariable(matrix).withData(data);
}

describe.each(CASES)("%s", (_name, build) => {
  const f = (x: TensorVariable, y: TensorVariable, d: TensorVariable, v: TensorVariable) =>
    denseOf(build(like(X, x), like(Y, y), d, v));

  test("gradients by entries agree with finite differences", () => {
    verifyGrad(f, [X.data, Y.data, DENSE, VECTOR]);
  });

  test("so do second derivatives", () => {
    const g = (x: TensorVariable, y: TensorVariable, d: TensorVariable, v: TensorVariable) => {
      const wrt = [x, y, d, v];
      const out = f(x, y, d, v);
      return T.concatenate(
        T.grad(T.sum(T.mul(out, out)), wrt, { disconnectedInputs: "ignore" }).map((one) => T.flatten(one)),
      );
    };
    verifyGrad(g, [X.data, Y.data, DENSE, VECTOR], { relTol: 1e-3, nTests: 1 });
  });
});

/** What is made from a dense matrix and depends on its zeros too has the gradient of the dense computation. */
test.each<readonly [string, (x: SparseVariable) => TensorVariable, (x: TensorVariable) => TensorVariable]>([
  ["spSum", (x) => sparse.spSum(x, { axis: 1 }), (x) => T.sum(x, { axis: 1 })],
  ["dot", (x) => sparse.dot(x, DENSE.transpose()), (x) => T.dot(x, DENSE.transpose())],
  ["dot of two", (x) => sparse.dot(x, sparse.csrFromDense(T.constant(DENSE)).T), (x) => T.dot(x, DENSE.transpose())],
  ["dense dot", (x) => sparse.dot(DENSE.transpose(), x), (x) => T.dot(DENSE.transpose(), x)],
  ["pairs", (x) => sparse.getItem2lists(x, ROWS, COLUMNS), (x) => x.at(NDArray.from(ROWS), NDArray.from(COLUMNS))],
  ["transposed sum", (x) => sparse.spSum(sparse.neg(x.T), { axis: 0 }), (x) => T.sum(T.neg(x), { axis: 1 })],
])("the gradient of %s reaches the zeros of a dense source", (_name, build, dense) => {
  const a = T.dmatrix("a");
  for (const make of [sparse.csrFromDense, sparse.cscFromDense]) {
    const gradients = [build(make(a)), dense(a)].map((out) => T.grad(T.sum(T.sqr(out)), a));
    const [value, expected] = theano.function([a], gradients)(X.toDense());
    const worst = Math.max(
      ...[...value.elements()].map((v, i) => Math.abs(Number(v) - Number([...expected.elements()][i]))),
    );
    expect(worst).toBeLessThan(1e-12);
  }
});

test("other gradients are structured: zeros stay without one", () => {
  const a = T.dmatrix("a");
  const cost = T.sum(sparse.denseFromSparse(sparse.tanh(sparse.csrFromDense(a))));
  const zerosOf = theano.function([a], T.sum(T.neq(T.mul(T.grad(cost, a), T.eq(a, 0)), 0)));
  expect(Number(zerosOf(X.toDense()).item())).toBe(0);
  const sums = T.sum(sparse.spSum(sparse.csrFromDense(a), { axis: 0, sparseGrad: true }));
  expect(
    theano
      .function(
        [a],
        T.grad(sums, a),
      )([[0, 3]])
      .toNested(),
  ).toEqual([[0, 1]]);
});

test("the gradient with respect to a sparse matrix is one with entries at the same places", () => {
  const x = sparse.csrMatrix("x", "float64");
  const w = T.dvector("w");
  const cost = T.sum(sparse.dot(x, w.dimshuffle(0, "x")));
  const [toX, toW] = T.grad(cost, [x, w]);
  expect(T.grad(cost, x)).toBeInstanceOf(SparseVariable);
  const [gx, gw] = theano.function([x, w], [toX, toW])(X, VECTOR);
  expect(gx instanceof SparseMatrix ? gx.toDense().toNested() : gx).toEqual([
    [1, 0, 0.5],
    [0, 0, 0],
    [1, -2, 0],
    [0, -2, 0.5],
  ]);
  expect(gw instanceof NDArray ? gw.toNested() : gw).toEqual([2.5, -0.5, -0.5]);
});
