import { describe, expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { grad, NDArray, T, theano, type Variable } from "../../index.ts";

const { nnet } = T;
const MODES = ["DebugMode", "FAST_RUN"] as const;
const X = [
  [0.3, -1.2, 2.5],
  [1, 1, 1],
];
const BIAS = [0.5, 0, -0.5];
const LABELS = [2, 0];

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

/** log Σⱼ e^(xⱼ - x[label]). */
function crossEntropy(row: readonly number[], label: number): number {
  return Math.log(row.reduce((total, x) => total + Math.exp(x - row[label]), 0));
}

const biased = X.map((row) => row.map((x, j) => x + BIAS[j]));

describe.each(MODES)("in %s", (mode) => {
  test.each(["int8", "int32", "int64", "uint16"] as const)(
    "cross entropy, softmax and argmax, labels of %s",
    (dtype) => {
      const [x, b] = [T.dmatrix("x"), T.dvector("b")];
      const y = T.tensor(dtype, [false], "y");
      const f = theano.function([x, b, y], nnet.crossentropySoftmaxArgmax1hotWithBias(x, b, y), { mode });
      const [nll, softmax, argmax] = f(X, BIAS, NDArray.from(LABELS, dtype));
      numbers(nll).forEach((value, i) => {
        expect(value).toBeCloseTo(crossEntropy(biased[i], LABELS[i]), 14);
      });
      biased.flat().forEach((value, k) => {
        const row = biased[Math.floor(k / 3)];
        expect(numbers(softmax)[k]).toBeCloseTo(
          1 / row.reduce((total, other) => total + Math.exp(other - value), 0),
          14,
        );
      });
      expect(argmax.dtype).toBe(dtype);
      expect(numbers(argmax)).toEqual([2, 0]);
    },
  );

  test("without a bias", () => {
    const [x, y] = [T.dmatrix("x"), T.lvector("y")];
    const [nll] = theano.function([x, y], nnet.crossentropySoftmax1hot(x, y), { mode })(
      X,
      NDArray.from(LABELS, "int64"),
    );
    numbers(nll).forEach((value, i) => {
      expect(value).toBeCloseTo(crossEntropy(X[i], LABELS[i]), 14);
    });
  });

  test("minus the logarithm of the labelled probabilities", () => {
    const [p, y] = [T.dmatrix("p"), T.ivector("y")];
    const f = theano.function([p, y], nnet.categoricalCrossentropy(p, y), { mode });
    const found = f(
      [
        [0.2, 0.8],
        [0.5, 0.5],
      ],
      NDArray.from([1, 0], "int32"),
    );
    expect(numbers(found)).toEqual([-Math.log(0.8), Math.LN2]);
  });

  test("is finite and exact for elements as large as 1e4", () => {
    const [x, y] = [T.dmatrix("x"), T.lvector("y")];
    const [nll] = nnet.crossentropySoftmax1hot(x, y);
    const f = theano.function([x, y], [nll, grad(T.sum(nll), x)], { mode });
    const [value, slope] = f(
      [
        [1e4, -1e4],
        [1e4, -1e4],
      ],
      NDArray.from([0, 1], "int64"),
    );
    expect(numbers(value)).toEqual([0, 2e4]);
    expect(numbers(slope)).toEqual([0, 0, 1, -1]);
  });

  test.each([-1, 3])("the label %d of 3 classes is refused", (label) => {
    const [x, b, y] = [T.dmatrix("x"), T.dvector("b"), T.lvector("y")];
    const labels = NDArray.from([0, label], "int64");
    const message = new RegExp(
      `y_i value out of bounds: label ${label} at position 1, but .* has 3 classes \\(0 to 2\\)`,
    );
    const [nll, softmax] = nnet.crossentropySoftmax1hotWithBias(x, b, y);
    const options = { mode, onUnusedInput: "ignore" } as const;
    for (const output of [nll, nnet.crossentropyCategorical1hot(x, y), grad(T.sum(nll), x), softmax])
      expect(() => theano.function([x, b, y], output, options)(X, BIAS, labels)).toThrow(message);
  });
});

test("a probability of zero has an infinite cross entropy", () => {
  const [p, y] = [T.dmatrix("p"), T.lvector("y")];
  const f = theano.function([p, y], nnet.categoricalCrossentropy(p, y));
  expect(numbers(f([[1, 0]], NDArray.from([1], "int64")))).toEqual([Infinity]);
});

test("float32 rows have float32 results", () => {
  const [x, y] = [T.fmatrix("x"), T.lvector("y")];
  const [nll, softmax] = nnet.crossentropySoftmax1hot(x, y);
  expect([nll.dtype, softmax.dtype, grad(T.sum(nll), x).dtype]).toEqual(["float32", "float32", "float32"]);
});

describe("gradients agree with finite differences, twice", () => {
  const labels = NDArray.from([1, 3, 0], "int64");
  const matrix = scattered([3, 4]);
  const vector = scattered([4], 3);
  const rows = scattered([3], 4);
  const positive = NDArray.from(
    [...scattered([3, 4], 2).elements()].map((value) => 1.5 + Number(value)),
    "float64",
  ).reshape([3, 4]);
  test.each<readonly [string, (...inputs: Variable[]) => Variable | Variable[], readonly NDArray[]]>([
    ["of the cross entropy", (x, b) => nnet.crossentropySoftmax1hotWithBias(x, b, labels)[0], [matrix, vector]],
    ["of cross entropy and softmax", (x, b) => nnet.crossentropySoftmax1hotWithBias(x, b, labels), [matrix, vector]],
    ["of the softmax alone", (x, b) => nnet.crossentropySoftmax1hotWithBias(x, b, labels)[1], [matrix, vector]],
    [
      "of the cross entropy's gradient",
      (dy, sm) => nnet.crossentropySoftmax1hotWithBiasDx(dy, sm, labels),
      [rows, matrix],
    ],
    [
      "of the same with one slope for all rows",
      (dy, sm) => nnet.crossentropySoftmax1hotWithBiasDx(dy, sm, labels),
      [NDArray.scalar(0.7, "float64"), matrix],
    ],
    ["of the logarithms", (p) => nnet.crossentropyCategorical1hot(p, labels), [positive]],
    ["of the logarithms' gradient", (g, p) => nnet.crossentropyCategorical1hotGrad(g, p, labels), [rows, positive]],
  ])("%s", (_name, build, points) => {
    expectGradients(build, points, { twice: true });
  });
});

test.each<readonly [string, (x: Variable, y: Variable) => Variable]>([
  ["CrossentropySoftmaxArgmax1HotWithBias", (x, y) => nnet.crossentropySoftmax1hot(x, y)[0]],
  ["CrossentropySoftmax1HotWithBiasDx", (x, y) => nnet.crossentropySoftmax1hotWithBiasDx(T.dvector(), x, y)],
  ["CrossentropyCategorical1Hot", nnet.crossentropyCategorical1hot],
  ["CrossentropyCategorical1HotGrad", (x, y) => nnet.crossentropyCategorical1hotGrad(T.dvector(), x, y)],
])("prints as %s", (name, build) => {
  expect(String(build(T.dmatrix("x"), T.lvector("y")).owner?.op)).toBe(name);
});

describe("what does not fit is refused", () => {
  test.each<readonly [string, () => unknown, string, RegExp]>([
    [
      "labels that are floats",
      () => nnet.crossentropySoftmax1hot(T.dmatrix("x"), T.dvector("y")),
      "ValueError",
      /y_idx must be 1-d tensor of \[u\]ints\. Got TensorType\(float64, vector\)/,
    ],
    [
      "unsigned labels of probabilities, as in Theano",
      () => nnet.categoricalCrossentropy(T.dmatrix("p"), T.tensor("uint8", [false], "y")),
      "TypeError",
      /integer vector required .* TensorType\(uint8, vector\)/,
    ],
    [
      "distributions of unrelated ranks",
      () => nnet.categoricalCrossentropy(T.dmatrix("p"), T.dscalar("y")),
      "TypeError",
      /rank mismatch between coding and true distributions/,
    ],
  ])("%s", (_name, build, name, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ name }));
  });

  test("another number of labels than of rows", () => {
    const [x, y] = [T.dmatrix("x"), T.lvector("y")];
    const f = theano.function([x, y], nnet.crossentropySoftmax1hot(x, y)[0]);
    expect(() => f(X, NDArray.from([0], "int64"))).toThrow(/number of rows is 2, but the number of labels is 1/);
  });
});
