import { describe, expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { NDArray, T, theano, type Variable } from "../../index.ts";

const { softmax, logsoftmax, softmaxWithBias, softmaxGrad, softmaxGraph } = T.nnet;

const MODES = ["DebugMode", "FAST_RUN"] as const;

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

/** The softmax of a row, written in the other way: 1 / Σⱼ e^(xⱼ - xᵢ). */
function expected(row: readonly number[]): number[] {
  return row.map((x) => 1 / row.reduce((total, other) => total + Math.exp(other - x), 0));
}

const ROWS = [
  [0.3, -1.2, 2.5, 0],
  [1, 1, 1, 1],
  [-700, 0, 700, 1],
];

describe.each(MODES)("in %s", (mode) => {
  const evaluate = (build: (x: Variable) => Variable, rows: readonly (readonly number[])[]): number[] => {
    const x = T.dmatrix("x");
    return numbers(theano.function([x], build(x), { mode })(rows));
  };

  test("every row becomes its softmax", () => {
    const wanted = ROWS.flatMap(expected);
    evaluate(softmax, ROWS).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 14);
    });
  });

  test("logsoftmax is the logarithm of it, also where that underflows", () => {
    const wanted = ROWS.slice(0, 2).flatMap((row) => expected(row).map(Math.log));
    const found = evaluate(logsoftmax, ROWS);
    wanted.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 14);
    });
    expect(found.slice(8)).toEqual([-1400, -700, 0, -699]);
  });

  test("stays finite for elements as large as 1e4", () => {
    expect(evaluate(softmax, [[1e4, -1e4, 1e4]])).toEqual([0.5, 0, 0.5]);
    expect(evaluate(logsoftmax, [[1e4, -1e4, 0]])).toEqual([0, -2e4, -1e4]);
    expect(evaluate((x) => T.grad(T.sum(T.sqr(logsoftmax(x))), x), [[1e4, -1e4, 0]]).every(Number.isFinite)).toBe(true);
  });

  test("a bias is added to every row", () => {
    const [x, b] = [T.dmatrix("x"), T.dvector("b")];
    const f = theano.function([x, b], softmaxWithBias(x, b), { mode });
    const bias = [0.5, -0.25, 0, 3];
    const wanted = ROWS.flatMap((row) => expected(row.map((value, j) => value + bias[j])));
    numbers(f(ROWS, bias)).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 14);
    });
  });

  test("a matrix without rows gives one without rows", () => {
    const x = T.dmatrix("x");
    expect(theano.function([x], softmax(x), { mode })(NDArray.zeros([0, 3], "float64")).shape).toEqual([0, 3]);
  });
});

test.each(["float16", "float32", "float64"] as const)("keeps the dtype %s", (dtype) => {
  const x = T.tensor(dtype, [false, false], "x");
  const found = theano.function([x], softmax(x))(NDArray.from([[1, 2]], dtype));
  expect(found.dtype).toBe(dtype);
  expect(Number(found.get(0, 1))).toBeCloseTo(1 / (1 + Math.exp(-1)), dtype === "float16" ? 3 : 7);
});

test("a vector is one row", () => {
  const v = T.dvector("v");
  expect(String(softmax(v).type)).toBe("TensorType(float64, row)");
  expect(theano.function([v], softmax(v))([0, 0]).shape).toEqual([1, 2]);
});

test("an unstable graph of it gives the same for moderate elements", () => {
  const x = T.dmatrix("x");
  const [plain, stable] = theano.function([x], [softmaxGraph(x), softmax(x)])(ROWS.slice(0, 2));
  numbers(plain).forEach((value, i) => {
    expect(value).toBeCloseTo(Number(numbers(stable)[i]), 14);
  });
});

describe("gradients agree with finite differences, twice", () => {
  const matrix = scattered([3, 4]);
  const other = scattered([3, 4], 2);
  const vector = scattered([4], 3);
  test.each<readonly [string, (...inputs: Variable[]) => Variable, readonly NDArray[]]>([
    ["softmax", softmax, [matrix]],
    ["softmax of a vector", softmax, [vector]],
    ["logsoftmax", logsoftmax, [matrix]],
    ["softmaxWithBias", softmaxWithBias, [matrix, vector]],
    ["softmaxGrad", softmaxGrad, [matrix, other]],
    ["softmaxGraph", softmaxGraph, [matrix]],
  ])("%s", (_name, build, points) => {
    expectGradients(build, points, { twice: true });
  });
});

test.each<readonly [string, (x: Variable) => Variable]>([
  ["Softmax", softmax],
  ["LogSoftmax", logsoftmax],
  ["SoftmaxWithBias", (x) => softmaxWithBias(x, T.dvector())],
  ["SoftmaxGrad", (x) => softmaxGrad(x, x)],
])("prints as %s", (name, build) => {
  expect(String(build(T.dmatrix("x")).owner?.op)).toBe(name);
});

describe("what does not fit is refused", () => {
  test.each<readonly [string, () => Variable, RegExp]>([
    [
      "a tensor of rank 3",
      () => softmax(T.dtensor3("x")),
      /x must be 1-d or 2-d tensor of floats\. Got TensorType\(float64, 3D\)/,
    ],
    ["integers", () => logsoftmax(T.lmatrix("x")), /Got TensorType\(int64, matrix\)/],
    [
      "a bias that is a matrix",
      () => softmaxWithBias(T.dmatrix("x"), T.dmatrix("b")),
      /b must be 1-d tensor of floats/,
    ],
  ])("%s", (_name, build, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ name: "ValueError" }));
  });

  test("a bias of another length than the rows, when the function is called", () => {
    const [x, b] = [T.dmatrix("x"), T.dvector("b")];
    const f = theano.function([x, b], softmaxWithBias(x, b));
    expect(() => f([[1, 2]], [1, 2, 3])).toThrow(/number of columns of x is 2, but the length of b is 3/);
  });
});
