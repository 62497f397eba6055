import { describe, expect, test } from "vitest";
import type { NDArray } from "../../array/ndarray.ts";
import { T, type TensorVariable, theano } from "../../index.ts";
import { SparseMatrix } from "./matrix.ts";
import type { SparseVariable } from "./variable.ts";

const { sparse } = theano;

/** Entries out of order, twice at one place, and an explicit zero; empty rows and columns. */
const UNTIDY = new SparseMatrix("csr", [2, -1, 0.5, 0, 3, 1], [3, 0, 3, 1, 2, 2], [0, 3, 3, 5, 6], [4, 5]);
const A = [
  [-1, 0, 0, 2.5, 0],
  [0, 0, 0, 0, 0],
  [0, 0, 3, 0, 0],
  [0, 0, 1, 0, 0],
];
const B = [
  [1, 0, 0.5, -2.5, 0],
  [0, 0.25, 0, 0, 0],
  [0, 0, 2, 0, 0],
  [0, 7, 0, 0, 0],
];
const WEIGHTS = [
  [1, 2],
  [-1, 0.5],
  [0, 4],
  [3, -2],
  [1, 1],
];

const MATRICES: readonly (readonly [name: string, matrix: SparseMatrix])[] = [
  ["csr", SparseMatrix.fromDense(A)],
  ["csc", SparseMatrix.fromDense(A, "csc")],
  ["untidy csr", UNTIDY],
];

/** The value of an expression of a sparse matrix, with its zeros. */
function evaluate(
  build: (x: SparseVariable) => TensorVariable | SparseVariable,
  matrix: SparseMatrix,
  mode = "FAST_RUN",
): NDArray {
  const x = matrix.format === "csr" ? sparse.csrMatrix("x", "float64") : sparse.cscMatrix("x", "float64");
  const [value] = theano.function([x], [build(x)], { mode, onUnusedInput: "ignore" })(matrix);
  return value instanceof SparseMatrix ? value.toDense() : value;
}

/** The same expression of a dense matrix. */
function evaluateDense(build: (x: TensorVariable) => TensorVariable): NDArray {
  const x = T.dmatrix("x");
  return theano.function([x], build(x), { onUnusedInput: "ignore" })(A);
}

/** Equal in dtype, shape and values; places without entry are 0, where dense arithmetic may say -0. */
function expectSame(value: NDArray, expected: NDArray): void {
  expect(value.equals(expected), `${value.dtype} ${value}\nis not ${expected.dtype} ${expected}`).toBe(true);
}

type Case = readonly [
  name: string,
  build: (x: SparseVariable) => TensorVariable | SparseVariable,
  dense: (x: TensorVariable) => TensorVariable,
];

const b = T.constant(B);
const weights = T.constant(WEIGHTS);
const row = T.constant([1, 2, 3, 4, 5]);
const column = T.constant([1, -2, 3, -4]);
const inCsr = SparseMatrix.fromDense(B);
const inCsc = SparseMatrix.fromDense(B, "csc");
const rows = T.constant(Int32Array.from([2, 0, -1, 2]));
const columns = T.constant(Int32Array.from([2, 3, 2, -1]));

/** What has no entry stays zero, whatever the function makes of zero. */
const structured = (f: (x: TensorVariable) => TensorVariable) => (x: TensorVariable) => T.switch(T.eq(x, 0), 0, f(x));

const CASES: readonly Case[] = [
  ["denseFromSparse", (x) => sparse.denseFromSparse(x), (x) => x],
  ["transpose", (x) => x.T, (x) => x.T],
  ["neg", (x) => sparse.neg(x), (x) => T.neg(x)],
  ["ensureSortedIndices", (x) => sparse.ensureSortedIndices(x), (x) => x],
  ["clean", (x) => sparse.clean(x), (x) => x],
  ["add csr", (x) => sparse.add(x, inCsr), (x) => T.add(x, b)],
  ["add csc", (x) => sparse.add(x, inCsc), (x) => T.add(x, b)],
  ["add dense", (x) => sparse.add(x, b), (x) => T.add(x, b)],
  ["sub csc", (x) => sparse.sub(x, inCsc), (x) => T.sub(x, b)],
  ["dense minus sparse", (x) => sparse.sub(b, x), (x) => T.sub(b, x)],
  ["mul csr", (x) => sparse.mul(x, inCsr), (x) => T.mul(x, b)],
  ["mul csc", (x) => sparse.mul(x, inCsc), (x) => T.mul(x, b)],
  ["mul dense", (x) => sparse.mul(b, x), (x) => T.mul(x, b)],
  ["mul number", (x) => sparse.mul(x, 2), (x) => T.mul(x, 2)],
  ["mulSV", (x) => sparse.mulSV(x, row), (x) => T.mul(x, row)],
  ["dot dense", (x) => sparse.dot(x, weights), (x) => T.dot(x, weights)],
  ["dense dot", (x) => sparse.dot(b.T, x), (x) => T.dot(b.T, x)],
  ["dot sparse", (x) => sparse.dot(x, sparse.transpose(inCsr)), (x) => T.dot(x, b.T)],
  ["trueDot csr", (x) => sparse.trueDot(x, sparse.transpose(inCsc)), (x) => T.dot(x, b.T)],
  ["trueDot csc", (x) => sparse.trueDot(sparse.transpose(inCsr), x), (x) => T.dot(b.T, x)],
  ["trueDot dense", (x) => sparse.trueDot(x, weights), (x) => T.dot(x, weights)],
  [
    "usmm",
    (x) =>
      sparse.usmm(
        0.5,
        x,
        weights,
        [[1, 2]].concat([
          [0, 0],
          [3, 1],
          [1, 1],
        ]),
      ),
    (x) =>
      T.add(T.mul(0.5, T.dot(x, weights)), [
        [1, 2],
        [0, 0],
        [3, 1],
        [1, 1],
      ]),
  ],
  ["spSum", (x) => sparse.spSum(x), (x) => T.sum(x)],
  ["spSum over rows", (x) => sparse.spSum(x, { axis: 0 }), (x) => T.sum(x, { axis: 0 })],
  ["spSum over columns", (x) => sparse.spSum(x, { axis: 1 }), (x) => T.sum(x, { axis: 1 })],
  ["rowScale", (x) => sparse.rowScale(x, column), (x) => T.mul(x, column.dimshuffle(0, "x"))],
  ["colScale", (x) => sparse.colScale(x, row), (x) => T.mul(x, row)],
  ["hstack", (x) => sparse.hstack([x, inCsc], { format: "csr" }), (x) => T.concatenate([x, b], { axis: 1 })],
  ["vstack", (x) => sparse.vstack([inCsr, x]), (x) => T.concatenate([b, x])],
  ["element", (x) => x.at(0, 3), (x) => x.at(0, 3)],
  ["element from the end", (x) => x.at(-2, -3), (x) => x.at(-2, -3)],
  [
    "slices",
    (x) => x.at(T.slice(1, null), T.slice(null, null, -2)),
    (x) => x.at(T.slice(1, null), T.slice(null, null, -2)),
  ],
  ["row", (x) => x.at(2), (x) => x.at(T.slice(2, 3))],
  ["rows, some twice", (x) => sparse.getItemList(x, rows), (x) => T.take(x, rows, { axis: 0 })],
  ["pairs", (x) => sparse.getItem2lists(x, rows, columns), (x) => x.at(rows, columns)],
  ["eq", (x) => sparse.eq(x, inCsr), (x) => T.cast(T.eq(x, b), "uint8")],
  ["lt", (x) => sparse.lt(x, inCsc), (x) => T.cast(T.lt(x, b), "uint8")],
  ["neq", (x) => sparse.neq(inCsr, x), (x) => T.cast(T.neq(b, x), "uint8")],
  ["ge dense", (x) => sparse.ge(x, b), (x) => T.cast(T.ge(x, b), "uint8")],
  ["gt of a dense one", (x) => sparse.gt(b, x), (x) => T.cast(T.gt(b, x), "uint8")],
];

describe.each(MATRICES)("%s", (_, matrix) => {
  test.each(CASES)("%s is as with dense matrices", (_name, build, dense) => {
    const expected = evaluateDense(dense);
    for (const mode of ["FAST_COMPILE", "FAST_RUN", "DebugMode"]) {
      expectSame(evaluate(build, matrix, mode), expected);
    }
  });
});

test.each([
  ["structuredExp", sparse.structuredExp, structured(T.exp)],
  ["structuredSigmoid", sparse.structuredSigmoid, structured(T.nnet.sigmoid)],
  ["structuredAdd", (x: SparseVariable) => sparse.structuredAdd(x, 2), structured((x) => T.add(x, 2))],
  ["structuredMaximum", (x: SparseVariable) => sparse.structuredMaximum(x, 1), structured((x) => T.maximum(x, 1))],
  ["structuredAddSV", (x: SparseVariable) => sparse.structuredAddSV(x, row), structured((x) => T.add(x, row))],
  ["sqr", sparse.sqr, T.sqr],
  ["tanh", sparse.tanh, T.tanh],
  ["expm1", sparse.expm1, T.expm1],
  ["rint", sparse.rint, (x: TensorVariable) => T.round(x)],
  ["sgn", sparse.sgn, T.sgn],
] as const)("%s works on entries", (_name, build, dense) => {
  const expected = evaluateDense((x) => dense(x));
  for (const [, matrix] of MATRICES.slice(0, 2)) expectSame(evaluate(build, matrix), expected);
});

test("the diagonal of a matrix, and the matrix of a diagonal", () => {
  const square = SparseMatrix.fromDense([
    [1, 2],
    [0, 3],
  ]);
  expect(evaluate((x) => sparse.diag(x), square).toNested()).toEqual([1, 3]);
  const d = T.dvector("d");
  const made = theano.function([d], sparse.squareDiagonal(d))([1, 0, 2]);
  expect(made.format).toBe("csc");
  expect(made.toDense().toNested()).toEqual([
    [1, 0, 0],
    [0, 0, 0],
    [0, 0, 2],
  ]);
});

test("samplingDot computes where the pattern has entries, and multiplies by them", () => {
  const u = [
    [1, 2],
    [3, 4],
    [0, 1],
    [2, 2],
  ];
  const pattern = SparseMatrix.fromDense(A, "csc");
  const value = evaluate((p) => sparse.samplingDot(u, weights, p), pattern);
  const expected = evaluateDense((p) => T.mul(p, T.dot(T.constant(u), weights.T)));
  expectSame(value, expected);
});

test("remove0 leaves out explicit zeros; sums keep what cancels out of the pattern only when asked", () => {
  const x = sparse.csrMatrix("x", "float64");
  const [removed, difference] = theano.function([x], [sparse.remove0(x), sparse.sub(x, x)])(UNTIDY);
  expect(removed instanceof SparseMatrix && removed.nnz).toBe(5);
  expect(difference.toString()).toContain("0.0");
});

test("formats and dtypes follow the operands", () => {
  const x = sparse.csrMatrix("x", "float32");
  const y = sparse.cscMatrix("y", "float64");
  expect(String(sparse.add(x, y))).toBe("SparseVariable{csr,float64}");
  expect(String(sparse.trueDot(y, x))).toBe("SparseVariable{csc,float64}");
  expect(String(x.T)).toBe("SparseVariable{csc,float32}");
  expect(sparse.dot(x, T.fmatrix()).dtype).toBe("float32");
  expect(sparse.cast(x, "int8").dtype).toBe("int8");
});

test("parts make a matrix, and a matrix gives its parts", () => {
  const data = T.dvector("data");
  const x = sparse.CSC(data, Int32Array.from([0, 2, 1]), Int32Array.from([0, 1, 2, 3]), [3, 3]);
  const [values, indices, indptr, lengths] = sparse.csmProperties(x);
  expect([values.dtype, indices.dtype, indptr.dtype, lengths.dtype]).toEqual(["float64", "int32", "int32", "int32"]);
  expect(theano.function([data], x)([1.5, 2, -1]).toDense().toNested()).toEqual([
    [1.5, 0, 0],
    [0, 0, -1],
    [0, 2, 0],
  ]);
});

const x = sparse.csrMatrix("x", "float64");
test.each([
  [() => sparse.add(T.dmatrix("m"), T.dmatrix("n")), TypeError, /sparse\.add needs at least one sparse matrix/],
  [() => sparse.dot(T.dmatrix("m"), T.dmatrix("n")), TypeError, /needs at least one sparse matrix, got m and n/],
  [() => sparse.dot(x, T.dvector("v")), TypeError, /takes matrices; v has the type TensorType\(float64, vector\)/],
  [
    () => sparse.csrFromDense(T.dvector("v")),
    TypeError,
    /two dimensions; v has the type TensorType\(float64, vector\)/,
  ],
  [
    () => sparse.CSR(T.dvector(), T.dvector("i"), T.ivector(), [1, 1]),
    TypeError,
    /indices must be vector of integers; i/,
  ],
  [() => sparse.mulSV(x, T.dmatrix("m")), TypeError, /sparse\.mulSV takes a dense operand of 1 dimensions; m/],
  [() => sparse.structuredAdd(x, T.dvector("v")), TypeError, /take a number besides the sparse matrix; v/],
  [() => sparse.hstack([]), Error, /nothing to stack/],
  [() => x.at(1, 2, 3), Error, /one or two places between brackets, got 3/],
  [() => x.at([0, 1], 2), Error, /not a list and something else/],
] as const)("what does not fit is told while the graph is built: %#", (build, kind, message) => {
  expect(build).toThrow(kind);
  expect(build).toThrow(message);
});

const wide = SparseMatrix.fromDense([[1, 2]]);
test.each([
  [(m: SparseVariable) => sparse.add(m, inCsr), /inconsistent shapes: sparse matrices of \(1, 2\) and \(4, 5\)/],
  [(m: SparseVariable) => sparse.mul(m, inCsr), /inconsistent shapes/],
  [
    (m: SparseVariable) => sparse.trueDot(m, inCsr),
    /dimension mismatch: a product of sparse matrices of \(1, 2\) and \(4, 5\)/,
  ],
  [
    (m: SparseVariable) => sparse.dot(m, weights),
    /dimension mismatch: a sparse matrix of \(1, 2\) times one of \(5, 2\)/,
  ],
  [(m: SparseVariable) => sparse.getItemList(m, Int32Array.from([1])), /index 1 is out of bounds for axis with size 1/],
] as const)("what does not fit is told when it is run: %#", (build, message) => {
  expect(() => evaluate(build, wide)).toThrow(message);
});
