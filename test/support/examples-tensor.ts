/** Examples of the ops that move, pick, order and add up elements. */
import { NDArray, T, type Variable } from "../../runtime/index.ts";
import { scalarFromTensor, tensorFromScalar } from "../../runtime/ops/scalars.ts";
import { type Example, examplesOf, type Row, scattered } from "./derivatives.ts";

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
const number = NDArray.scalar(0.7, "float64");
const cube = scattered([2, 3, 2]);

/** Makes the second derivative of a linear op more than zero. */
const squared = (build: (...inputs: Variable[]) => Variable) => (x: Variable, y: Variable) => T.sqr(build(x, y));

const reductions: readonly Row[] = [
  ["sum of everything", (x) => T.sqr(T.sum(x)), [cube]],
  ["sum over one axis", (x) => T.sqr(T.sum(x, { axis: 0 })), [matrix]],
  ["sum keeping dimensions", (x) => T.sqr(T.sum(x, { axis: 1, keepdims: true })), [matrix]],
  ["product", (x) => T.prod(x, { axis: 1 }), [matrix]],
  [
    "product with a zero",
    (x) => T.prod(x),
    [NDArray.from([0.3, 0, 0.7], "float64")],
    "as in Theano, the gradient is chosen by which elements are zero, and that choice has no derivative",
  ],
  ["mean", (x) => T.sqr(T.mean(x, { axis: 1 })), [matrix]],
  ["variance", (x) => T.var(x, { axis: 0 }), [matrix]],
  ["standard deviation", (x) => T.std(x, { axis: 1 }), [matrix]],
  ["norm", (x) => T.norm(x, 3, { axis: 1 }), [matrix]],
  ["max", (x) => T.sqr(T.max(x, { axis: 0 })), [matrix]],
  ["min", (x) => T.sqr(T.min(x)), [matrix]],
  ["maximum and its place", (x) => T.sqr(T.maxAndArgmax(x, { axis: 1 })[0]), [matrix]],
  ["range of values", (x) => T.sqr(T.ptp(x, { axis: 0 })), [matrix]],
  ["logsumexp", (x) => T.logsumexp(x, { axis: 1 }), [matrix]],
  ["cumsum", (x) => T.sqr(T.cumsum(x, { axis: 1 })), [matrix]],
  ["cumsum of everything", (x) => T.sqr(T.cumsum(x)), [matrix]],
  ["cumprod", (x) => T.cumprod(x, { axis: 0 }), [matrix]],
  ["differences", (x) => T.sqr(T.diff(x, { n: 2 })), [matrix]],
  ["counts with weights", (w) => T.sqr(T.bincount(NDArray.from([2, 0, 2], "int64"), w)), [vector]],
  ["numbers that differ", (x) => T.sqr(T.unique(x)[0]), [vector]],
  ["sums of nothing", (x) => T.sum(T.exp(x), { axis: 0 }), [NDArray.zeros([0, 3], "float64")]],
  ["product over several axes", (x) => T.prod(x, { axis: [0, 2], keepdims: true }), [cube]],
  ["max over several axes", squared((x) => T.max(x, { axis: [0, 2] })), [cube]],
];

const ordering: readonly Row[] = [
  ["sort", (x) => T.sqr(T.sort(x, { axis: 1 })), [matrix]],
  ["sort of everything", (x) => T.sqr(T.sort(x, { axis: null })), [matrix]],
  ["sort along the first axis", (x) => T.sqr(T.sort(x, { axis: 0 })), [matrix]],
  ["topk", (x) => T.sqr(T.topk(x, 2, { axis: 1 })), [matrix]],
  ["smallest of topk", (x) => T.sqr(T.topk(x, -1, { axis: 0 })), [matrix]],
  ["topk and their places", (x) => T.topkAndArgtopk(T.sqr(x), 2)[0], [vector]],
];

const indexing: readonly Row[] = [
  ["an element", squared((x) => x.at(1, -1)), [matrix]],
  ["a part", squared((x) => x.at(0, T.slice(null, null, -2))), [matrix]],
  ["an element in a new dimension", squared((x) => x.at(null, 1)), [matrix]],
  ["an element at an input", (x, i) => T.sqr(x.at(i)), [vector, NDArray.scalar(1, "int64")]],
  ["rows by positions", squared((x) => x.at([1, 0, 1])), [matrix]],
  ["rows by an input", (x, i) => T.sqr(x.at(i)), [matrix, NDArray.from([1, 0, 1], "int64")]],
  ["columns by positions", squared((x) => x.at(T.slice(), [2, 2])), [matrix]],
  ["positions of all elements", squared((x) => x.take([5, 0, 5])), [matrix]],
  ["pairs of positions", squared((x) => x.at([0, 1, 0], [2, 1, 2])), [matrix]],
  ["positions beside a part", squared((x) => x.at([1, 0, 1], T.slice(1), [0, 1, 1])), [cube]],
  ["a mask", squared((x) => x.at(T.gt(x, 0.4))), [matrix]],
  ["what is not zero", squared(T.nonzeroValues), [matrix]],
  ["choices", (x, y) => T.sqr(T.choose(NDArray.from([0, 1, 0], "int64"), [x, y])), [vector, vector]],
  ["setting a row", squared((x, y) => T.setSubtensor(x.at(0), y)), [matrix, vector]],
  ["setting a column to a number", squared((x, y) => T.setSubtensor(x.at("...", 1), T.sum(y))), [matrix, vector]],
  ["adding a row to all", squared((x, y) => T.incSubtensor(x.at(T.slice()), y)), [matrix, row]],
  ["setting rows twice", squared((x, y) => T.setSubtensor(x.at([1, 1]), y)), [matrix, matrix]],
  ["adding to rows twice", squared((x, y) => T.incSubtensor(x.at([1, 1]), y)), [matrix, vector]],
  [
    "setting columns by positions",
    squared((x, y) => T.setSubtensor(x.at(T.slice(), [2, 0]), y.at(T.slice(), [0, 1]))),
    [matrix, matrix],
  ],
  ["setting pairs twice", squared((x, y) => T.setSubtensor(x.at([0, 1, 0], [2, 1, 2]), y)), [matrix, vector]],
  ["adding to pairs", squared((x, y) => T.incSubtensor(x.at([0, 0], [2, 2]), y)), [matrix, short]],
  ["setting by a mask", (x, y) => T.sqr(T.setSubtensor(x.at(T.gt(x, 0.6)), y)), [matrix, short]],
  ["parts from the end", squared((x) => x.at(T.slice(null, null, -1), T.slice(2, null, -2))), [matrix]],
  [
    "setting parts from the end",
    squared((x, y) => T.setSubtensor(x.at(T.slice(null, null, -1), T.slice(2, null, -2)), y)),
    [matrix, scattered([2, 2], 2)],
  ],
  [
    "a part between inputs",
    (x, i, j) => T.sqr(x.at(T.slice(i, j))),
    [scattered([5]), NDArray.scalar(-4, "int64"), NDArray.scalar(4, "int64")],
  ],
  ["rows by a mask", (x, k) => T.sqr(x.at(T.neq(k, 0), 1)), [scattered([3, 3]), NDArray.from([1, 0, 2], "int64")]],
  ["positions in a new dimension", squared((x) => x.at(null, [0, 1, 1], T.slice(), [0, 1, 0])), [cube]],
  [
    "positions that broadcast",
    squared((x) => x.at(NDArray.from([[0], [1]], "int64"), NDArray.from([[0, 2]], "int64"))),
    [matrix],
  ],
  [
    "setting at positions around a part",
    squared((x, y) => T.setSubtensor(x.at([1, 0], T.slice(null, null, 2), [0, 1]), y)),
    [cube, scattered([2, 2])],
  ],
  [
    "positions that wrap",
    squared((x) => T.take(x, NDArray.from([4, -5], "int64"), { axis: 1, mode: "wrap" })),
    [matrix],
  ],
];

const shapes: readonly Row[] = [
  ["transpose", (x, y) => T.mul(T.transpose(x), y), [matrix, scattered([3, 2])]],
  ["DimShuffle that drops and adds", squared((x) => T.dimshuffle(x, [1, "x"])), [row]],
  ["swapped dimensions", squared((x) => x.swapaxes(0, 1)), [matrix]],
  ["reshape", squared((x) => x.reshape([3, -1])), [matrix]],
  ["reshape of a row", squared((x) => T.squeeze(x).reshape([3, 1])), [row]],
  ["flatten", squared((x) => x.flatten()), [matrix]],
  ["a promised length", (x) => T.mul(T.addbroadcast(x.at(T.slice(0, 1)), 0), x), [matrix]],
  ["a promise taken back", (x) => T.sqr(T.unbroadcast(x, 0)), [row]],
  ["a specified shape", squared((x) => T.specifyShape(x, [2, 3])), [matrix]],
  ["alloc", squared((x) => T.alloc(x, 4, 2, 3)), [matrix]],
  ["alloc of a row", squared((x) => T.alloc(x, 2, 3)), [row]],
  ["fill", squared(T.fill), [matrix, number]],
  ["fill by a row", squared(T.fill), [matrix, row]],
  ["a range from start by step", (x) => T.sqr(T.arange(x.at(0), 1.9, x.at(2))), [vector]],
  ["join", squared((x, y) => T.join(1, x, x, T.dimshuffle(y, [0, "x"]))), [matrix, short]],
  ["join of a row", squared((x, y) => T.join(0, x, y)), [matrix, row]],
  ["stack", squared((x, y) => T.stack([x, y], { axis: 1 })), [vector, vector]],
  ["numbers to a vector", (x) => T.sqr(T.stack([x.at(2), 1, T.sum(x)])), [vector]],
  ["split", (x) => T.split(T.sqr(x), [1, 2], 2, { axis: 1 }), [matrix]],
  ["one part of a split", (x) => T.sqr(T.split(x, [1, 2], 2, { axis: 1 })[1]), [matrix]],
  ["repeat", squared((x) => T.repeat(x, 2, { axis: 1 })), [matrix]],
  ["repeat by counts", squared((x) => T.repeat(x, [3, 1], { axis: 0 })), [matrix]],
  ["tile", squared((x) => T.tile(x, [2, 1, 2])), [matrix]],
  ["roll", squared((x) => T.roll(x, 2, { axis: 1 })), [matrix]],
  ["a number that an index takes, and back", (x) => T.sqr(tensorFromScalar(scalarFromTensor(x))), [number]],
  ["a diagonal", squared((x) => T.diagonal(x, { offset: 1, axis1: 0, axis2: 1 })), [cube]],
  ["a matrix of a diagonal", squared((x) => T.diag(x, { k: -1 })), [vector]],
  ["a filled diagonal", (x, v) => T.sqr(T.fillDiagonal(x, v)), [matrix, number]],
  ["triangles", (x) => [T.sqr(T.tril(x)), T.sqr(T.triu(x, { k: 1 }))], [matrix]],
  ["permuted rows", (x) => T.sqr(T.permuteRowElements(x, NDArray.from([[2, 0, 1]], "int64"))), [matrix]],
];

const products: readonly Row[] = [
  ["vectors", T.dot, [vector, scattered([3])]],
  ["matrix and vector", T.dot, [matrix, vector]],
  ["vector and matrix", T.dot, [short, matrix]],
  ["matrices", (x, y) => T.dot(x, T.transpose(y)), [matrix, scattered([2, 3])]],
  ["number and matrix", T.dot, [number, matrix]],
  ["outer product", T.outer, [vector, short]],
  [
    "tensordot",
    (x, y) =>
      T.tensordot(x, y, [
        [1, 0],
        [0, 1],
      ]),
    [cube, scattered([3, 2, 2], 2)],
  ],
  ["batchedDot", T.batchedDot, [cube, scattered([2, 2, 3], 2)]],
  ["batchedDot of vectors", T.batchedDot, [matrix, scattered([2, 3], 2)]],
  ["batchedTensordot", (x, y) => T.batchedTensordot(x, y, [[1], [2]]), [cube, scattered([2, 2, 3], 2)]],
  ["alpha · x · y + beta · z, which becomes a call of BLAS", gemm, [matrix, scattered([3, 2]), scattered([2, 2])]],
  ["a matrix and a vector added to another", (a, x, y) => T.add(T.dot(a, x), y), [matrix, vector, short]],
  ["an outer product added to a matrix", (a, x, y) => T.add(a, T.outer(x, y)), [matrix, short, vector]],
  ["a matrix with itself", (x) => T.dot(x, x), [scattered([3, 3])]],
  ["more than two dimensions", T.dot, [cube, short]],
  ["tensordot over no axis", (x, y) => T.tensordot(x, y, 0), [vector, matrix]],
  [
    "two products in one sum",
    (x, y, k) => T.add(T.mul(k, T.dot(x, y)), T.dot(y, x)),
    [scattered([2, 2]), scattered([2, 2], 2), number],
  ],
];

function gemm(x: Variable, y: Variable, z: Variable): Variable {
  return T.add(T.mul(0.5, T.dot(x, y)), T.mul(2, z));
}

export const tensorExamples: readonly Example[] = [
  ...examplesOf("reduction", reductions),
  ...examplesOf("order", ordering),
  ...examplesOf("index", indexing),
  ...examplesOf("shape", shapes),
  ...examplesOf("product", products),
];
