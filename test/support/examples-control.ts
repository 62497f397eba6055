/** Examples of the ops with graphs inside, of control, of random numbers and of sparse matrices. */
import { NDArray, T, theano, type Variable } from "../../runtime/index.ts";
import { type Example, examplesOf, type Row, scattered } from "./derivatives.ts";

const { sparse } = theano;
const vector = NDArray.from([0.2, -0.6, 0.9], "float64");
const matrix = scattered([2, 3]);
const number = NDArray.scalar(0.7, "float64");

const scans: readonly Row[] = [
  ["map", (x) => theano.map((v) => T.exp(v), x)[0], [vector]],
  [
    "a state, a sequence and what does not change",
    (x, h, w) =>
      theano.scan((v, before, by) => T.tanh(T.add(T.mul(before, by), v)), {
        sequences: x,
        outputsInfo: h,
        nonSequences: w,
      })[0],
    [vector, number, NDArray.scalar(-0.4, "float64")],
  ],
  [
    "matrices of states",
    (h, w) => theano.scan((before) => T.tanh(T.dot(before, w)), { outputsInfo: h, nSteps: 3, nonSequences: w })[0],
    [matrix, scattered([3, 3], 2)],
  ],
  [
    "taps of a sequence and of a state",
    (x, initial) =>
      theano.scan((p, n, a, b) => T.add(T.mul(p, T.sin(n)), T.mul(a, b)), {
        sequences: { input: x, taps: [-1, 1] },
        outputsInfo: { initial, taps: [-2, -1] },
      })[0],
    [scattered([5]), scattered([2], 2)],
  ],
  [
    "two outputs, from the end",
    (x, h) =>
      theano.scan((v, before) => [T.sin(T.add(v, before)), T.mul(v, before)], {
        sequences: x,
        outputsInfo: [h, null],
        goBackwards: true,
      })[0],
    [vector, number],
  ],
  [
    "a loop that a condition ends",
    (x) =>
      theano.scan((v, h) => [T.add(T.mul(h, 0.9), T.sqr(v)), theano.until(T.gt(h, 0.5))], {
        sequences: x,
        outputsInfo: T.constant(0, null, "float64"),
      })[0],
    [scattered([5])],
  ],
  ["reduce", (x, from) => theano.reduce((v, total) => T.mul(T.add(total, 1), v), x, from)[0], [vector, number]],
  [
    "the last state of a loop over vectors",
    (h) => T.sqr(theano.scan((before) => T.sin(before), { outputsInfo: h, nSteps: 3 })[0].at(-1)),
    [vector],
  ],
  [
    "elements at counted places",
    (x) => theano.scan((i, v) => T.sqr(v.at(i)), { sequences: T.arange(3), nonSequences: x })[0],
    [vector],
  ],
  [
    "no steps",
    (x, h) => theano.scan((v, a) => T.mul(v, a), { sequences: x, outputsInfo: h })[0],
    [scattered([0]), number],
  ],
  [
    "a scan in a scan",
    (x, w) =>
      theano.scan(
        (v, h, by) =>
          theano.scan((u, g) => T.tanh(T.add(T.mul(g, by), T.mul(u, v))), { sequences: x, outputsInfo: h })[0].at(-1),
        { sequences: x, outputsInfo: T.constant(0, null, "float64"), nonSequences: w },
      )[0],
    [vector, number],
  ],
  [
    "a choice in each step",
    (x, h) =>
      theano.scan((v, a) => theano.ifelse(T.gt(v, 0), T.mul(a, v), T.sin(a)), { sequences: x, outputsInfo: h })[0],
    [vector, number],
  ],
  [
    "checkpoints",
    (x, w) =>
      theano.scanCheckpoints((v, h, by) => T.tanh(T.add(T.mul(h, by), v)), {
        sequences: x,
        outputsInfo: T.constant(0, null, "float64"),
        nonSequences: w,
        saveEveryN: 2,
      })[0],
    [scattered([4]), number],
  ],
];

const [a, b] = [T.dvector("a"), T.dvector("b")];
const product = new theano.OpFromGraph([a, b], [T.mul(T.exp(a), b)]);
const inlined = new theano.OpFromGraph([a, b], [T.sqr(T.add(a, b)), T.mul(a, b)], { inline: true });
const nested = new theano.OpFromGraph([a, b], [product.call(T.sin(a), b), T.mul(a, b)]);
const cubed = new theano.OpFromGraph([a], [T.pow(a, 3)], {
  gradOverrides: [([x], [g]) => T.mul(T.mul(g, 3), T.sqr(x))],
});

const sine = theano.asOp(
  {
    itypes: T.dvector,
    otypes: T.dvector,
    inferShape: (_, [lengths]) => [lengths],
    gradient: ([x], [g]) => [T.mul(g, T.cos(x))],
  },
  (x) => [...x.elements()].map((v) => Math.sin(Number(v))),
);

const quiet = new theano.Print("x", [], () => undefined);

const control: readonly Row[] = [
  ["the first branch", (x, y) => theano.ifelse(T.gt(T.sum(x), 0), T.mul(x, y), T.exp(y)), [vector, scattered([3])]],
  ["the second branch", (x, y) => theano.ifelse(T.lt(T.sum(x), 0), T.mul(x, y), T.exp(y)), [vector, scattered([3])]],
  ["an op made of a graph", (x, y) => product.call(x, y), [vector, scattered([3])]],
  ["an op made of a graph, inlined", (x, y) => inlined.call(x, y), [vector, scattered([3])]],
  ["an op made of a graph with a gradient of its own", (x) => cubed.call(x), [vector]],
  ["an op made of a function", (x) => sine(x), [vector]],
  ["an op made of a graph, of which one output is used", (x, y) => inlined.call(x, y)[1], [vector, scattered([3])]],
  ["an op made of a graph with another inside", (x, y) => nested.call(x, y), [vector, scattered([3])]],
  ["Assert", (x) => T.sqr(new theano.Assert("positive").call(x, T.gt(T.sum(x), 0))), [vector]],
  ["Print", (x) => T.sqr(quiet.call(x)), [vector]],
  ["gradClip beyond its bounds", (x) => theano.gradClip(T.sqr(x), -100, 100), [vector]],
  ["gradScale by one", (x) => theano.gradScale(T.sqr(x), 1), [vector]],
];

const derivatives: readonly Row[] = [
  ["jacobian", (x) => T.jacobian(T.mul(T.exp(x), T.sum(x)), x), [vector]],
  ["hessian", (x) => T.hessian(T.prod(x), x), [vector]],
  ["Rop", (x, along) => T.Rop(T.exp(T.sqr(x)), x, along), [vector, scattered([3])]],
  ["Lop", (x, of) => T.Lop(T.exp(T.sqr(x)), x, of), [vector, scattered([3])]],
  ["a gradient of a gradient", (x) => T.grad(T.sum(T.grad(T.sum(T.sin(T.sqr(x))), x)), x), [vector]],
];

const bounds = [NDArray.from([0.1, -0.4, 0.3], "float64"), NDArray.from([1.2, 0.9, 2], "float64")];
const squares = (x: Variable): Variable => T.sqr(x);

const random: readonly Row[] = [
  ["uniform of MRG", (low, high) => squares(new theano.MRG_RandomStreams(3).uniform([3], { low, high })), bounds],
  ["normal of MRG", (avg, std) => squares(new theano.MRG_RandomStreams(3).normal([3], { avg, std })), bounds],
  [
    "uniform of counters",
    (low, high) => squares(new theano.CounterRandomStreams(3).uniform([3], { low, high })),
    bounds,
  ],
  ["normal of counters", (avg, std) => squares(new theano.CounterRandomStreams(3).normal([3], { avg, std })), bounds],
];

const positions = (...list: number[]): NDArray => NDArray.from(list, "int32");
/** A matrix of 2 rows and 3 columns with entries at (0, 1), (1, 0) and (1, 2). */
const rows = (data: Variable) => sparse.CSR(data, positions(1, 0, 2), positions(0, 1, 3), positions(2, 3));
/** A matrix of 3 rows and 2 columns with entries at (0, 0), (2, 0) and (1, 1). */
const columns = (data: Variable) => sparse.CSC(data, positions(0, 2, 1), positions(0, 2, 3), positions(3, 2));
const entries = scattered([3], 2);

const sparseProducts: readonly Row[] = [
  ["dot with a dense matrix", (x, y) => sparse.dot(rows(x), y), [vector, scattered([3, 2])]],
  ["dot with a dense matrix on the left", (x, y) => sparse.dot(y, columns(x)), [vector, matrix]],
  ["dot of what was dense", (x, y) => sparse.dot(sparse.csrFromDense(x), y), [matrix, scattered([3, 2])]],
  ["structuredDot", (x, y) => sparse.structuredDot(columns(x), y), [vector, matrix]],
  ["trueDot", (x, y) => sparse.trueDot(rows(x), columns(y)).data, [vector, entries]],
  ["trueDot with a dense matrix", (x, y) => sparse.trueDot(rows(x), y).data, [vector, scattered([3, 2])]],
  [
    "samplingDot",
    (x, y, p) => sparse.samplingDot(x, y, rows(p)).data,
    [scattered([2, 2]), scattered([3, 2], 2), vector],
  ],
  [
    "usmm",
    (alpha, x, y, z) => sparse.usmm(alpha, rows(x), y, z),
    [number, vector, scattered([3, 2]), scattered([2, 2], 4)],
  ],
];

const dense = sparse.denseFromSparse;
const sparseElements: readonly Row[] = [
  ["a dense matrix of its entries", (x) => T.sqr(dense(columns(x))), [vector]],
  ["functions of entries", (x) => dense(sparse.structuredExp(rows(x))), [vector]],
  ["add", (x, y) => T.sqr(dense(sparse.add(rows(x), sparse.transpose(columns(y))))), [vector, entries]],
  ["add a dense matrix", (x, y) => T.sqr(T.add(dense(rows(x)), y)), [vector, matrix]],
  ["mul", (x, y) => dense(sparse.mul(rows(x), sparse.transpose(columns(y)))), [vector, entries]],
  ["mul by a dense matrix", (x, y) => dense(sparse.mul(rows(x), y)), [vector, matrix]],
  ["mulSV", (x, y) => dense(sparse.mulSV(rows(x), y)), [vector, entries]],
  ["scaled rows", (x, y) => dense(sparse.rowScale(rows(x), y)), [vector, scattered([2])]],
  ["scaled columns", (x, y) => dense(sparse.colScale(rows(x), y)), [vector, entries]],
  ["sum", (x) => T.sqr(sparse.spSum(rows(x), { axis: 0, sparseGrad: true })), [vector]],
  ["diagonal", (x, y) => T.sqr(sparse.diag(sparse.trueDot(rows(x), columns(y)))), [vector, entries]],
  ["stacks", (x, y) => T.sqr(dense(sparse.hstack([rows(x), rows(y)]))), [vector, entries]],
  ["rows by positions", (x) => T.sqr(dense(sparse.getItemList(rows(x), [1, 0, 1]))), [vector]],
  ["elements by positions", (x) => T.sqr(sparse.getItem2lists(rows(x), positions(0, 1), positions(1, 2))), [vector]],
];

export const controlExamples: readonly Example[] = [
  ...examplesOf("scan", scans),
  ...examplesOf("control", control),
  ...examplesOf("derivative", derivatives),
  ...examplesOf("random", random),
  ...examplesOf("sparse", [...sparseProducts, ...sparseElements]),
];
