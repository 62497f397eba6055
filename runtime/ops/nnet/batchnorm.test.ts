import { describe, expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { NDArray, T, theano, type Variable } from "../../index.ts";

const { nnet } = T;

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  return meanOf(values.map((value) => (value - meanOf(values)) ** 2));
}

const DATA = [
  [1, 2],
  [3, -2],
  [8, 0.5],
];
const COLUMNS = [0, 1].map((column) => DATA.map((row) => row[column]));
const [GAMMA, BETA] = [
  [2, 0.5],
  [-1, 3],
];

describe.each(["DebugMode", "FAST_RUN"] as const)("in %s", (mode) => {
  test("normalizes a batch, and moves the running averages", () => {
    const x = T.dmatrix("x");
    const [gamma, beta, mean, variance] = T.dvectors("gamma", "beta", "mean", "variance");
    const outputs = nnet.batchNormalizationTrain(x, gamma, beta, {
      epsilon: 1e-3,
      runningAverageFactor: 0.25,
      runningMean: mean,
      runningVar: variance,
    });
    const f = theano.function([x, gamma, beta, mean, variance], outputs, { mode });
    const [out, means, invstds, newMean, newVar] = f(DATA, GAMMA, BETA, [10, 20], [1, 2]);
    COLUMNS.forEach((column, j) => {
      const [centre, spread] = [meanOf(column), varianceOf(column)];
      const invstd = 1 / Math.sqrt(spread + 1e-3);
      expect(numbers(means)[j]).toBeCloseTo(centre, 14);
      expect(numbers(invstds)[j]).toBeCloseTo(invstd, 14);
      expect(numbers(newMean)[j]).toBeCloseTo(0.75 * [10, 20][j] + 0.25 * centre, 14);
      expect(numbers(newVar)[j]).toBeCloseTo(0.75 * [1, 2][j] + 0.25 * 1.5 * spread, 13);
      column.forEach((value, i) => {
        expect(Number(out.get(i, j))).toBeCloseTo((value - centre) * invstd * GAMMA[j] + BETA[j], 13);
      });
    });
  });

  test("spatially: one mean and variance for each channel", () => {
    const x = T.dtensor4("x");
    const [gamma, beta] = T.dvectors("gamma", "beta");
    const [out, mean] = nnet.batchNormalizationTrain(x, gamma, beta, { axes: "spatial" });
    const [normal, means] = theano.function([x, gamma, beta], [out, mean], { mode })(
      scattered([3, 2, 4, 5]),
      [1, 1],
      [0, 0],
    );
    expect(means.shape).toEqual([2]);
    for (const channel of [0, 1]) {
      const values = numbers(normal.slice({}, channel));
      expect(meanOf(values)).toBeCloseTo(0, 13);
      expect(varianceOf(values)).toBeCloseTo(1, 3);
    }
  });

  test("with statistics that are given", () => {
    const x = T.dmatrix("x");
    const parameters = T.dvectors("gamma", "beta", "mean", "variance");
    const [gamma, beta, mean, variance] = parameters;
    const out = nnet.batchNormalizationTest(x, gamma, beta, mean, variance, { epsilon: 0.5 });
    const found = theano.function([x, ...parameters], out, { mode })(DATA, GAMMA, BETA, [1, 2], [3.5, 8.5]);
    expect(numbers(found)).toEqual(
      DATA.flatMap((row) => row.map((value, j) => ((value - [1, 2][j]) * GAMMA[j]) / [2, 3][j] + BETA[j])),
    );
  });
});

test("training and inference agree on the batch's own statistics", () => {
  const x = T.dmatrix("x");
  const [gamma, beta] = T.dvectors("gamma", "beta");
  const [trained] = nnet.batchNormalizationTrain(x, gamma, beta);
  const tested = nnet.batchNormalizationTest(x, gamma, beta, T.mean(x, { axis: 0 }), T.var(x, { axis: 0 }));
  const [a, b] = theano.function([x, gamma, beta], [trained, tested])(DATA, GAMMA, BETA);
  numbers(a).forEach((value, i) => {
    expect(value).toBeCloseTo(numbers(b)[i], 13);
  });
});

test.each(["low_mem", "high_mem"] as const)("elementwise, %s", (mode) => {
  const [x, gamma, beta, mean, std] = T.dvectors("x", "gamma", "beta", "mean", "std");
  const f = theano.function([x, gamma, beta, mean, std], nnet.batchNormalization(x, gamma, beta, mean, std, { mode }));
  expect(numbers(f([3, 4], [2, 1], [1, 0], [1, 2], [4, 1]))).toEqual([2, 2]);
});

describe("gradients agree with finite differences", () => {
  const matrix = scattered([5, 2]);
  const row = (seed: number, shift = 0) =>
    NDArray.from(
      [...scattered([2], seed).elements()].map((value) => Number(value) + shift),
      "float64",
    ).reshape([1, 2]);
  const all = (x: Variable, gamma: Variable, beta: Variable) => nnet.batchNormalizationTrain(x, gamma, beta);

  test.each([0, 1, 2])("of output %d alone", (output) => {
    expectGradients(
      (x, gamma, beta) => T.add(all(x, gamma, beta)[output], T.mul(0, gamma), T.mul(0, beta)),
      [matrix, row(2), row(3)],
    );
  });

  test("of the result, the mean and the inverse standard deviation together, twice", () => {
    expectGradients(all, [matrix, row(2), row(3)], { twice: true });
  });

  test("of all five outputs, with respect to the running averages and their factor, too", () => {
    expectGradients(
      (x, gamma, beta, runningMean, runningVar, runningAverageFactor) =>
        nnet.batchNormalizationTrain(x, gamma, beta, { runningMean, runningVar, runningAverageFactor }),
      [matrix, row(2), row(3), row(4), row(5, 2), NDArray.scalar(0.3, "float64")],
    );
  });

  test("over several dimensions", () => {
    const parameter = (seed: number) => scattered([3], seed).reshape([1, 3, 1]);
    expectGradients(
      (x, gamma, beta) => nnet.batchNormalizationTrain(x, gamma, beta, { axes: [0, 2] }),
      [scattered([2, 3, 2]), parameter(2), parameter(3)],
    );
  });

  test("with statistics that are given, twice", () => {
    expectGradients(
      (x, gamma, beta, mean, variance) => nnet.batchNormalizationTest(x, gamma, beta, mean, variance),
      [matrix, row(2), row(3), row(4), row(5, 2)],
      { twice: true },
    );
  });
});

test("prints with its axes", () => {
  const [x, row] = [T.dmatrix("x"), T.drow("r")];
  expect(String(nnet.batchNormalizationTrain(x, row, row)[0].owner?.op)).toBe("AbstractBatchNormTrain{axes=(0,)}");
  expect(String(nnet.batchNormalizationTest(x, row, row, row, row).owner?.op)).toBe(
    "AbstractBatchNormInference{axes=(0,)}",
  );
});

describe("what does not fit is refused", () => {
  const x = T.dtensor4("x");
  const v = T.dvector("v");
  test.each<readonly [string, () => unknown, RegExp]>([
    [
      "a small epsilon",
      () => nnet.batchNormalizationTrain(x, v, v, { axes: "spatial", epsilon: 1e-6 }),
      /epsilon must be at least 1e-5, got 0\.000001/,
    ],
    ["no axes", () => nnet.batchNormalizationTrain(x, v, v, { axes: [] }), /at least one normalization axis/],
    [
      "an axis that is not there",
      () => nnet.batchNormalizationTrain(x, v, v, { axes: [0, 4] }),
      /less than ndim \(<4\), but \(0, 4\) given/,
    ],
    [
      "parameters of another rank",
      () => nnet.batchNormalizationTrain(x, v, v),
      /gamma must have as many dimensions as the inputs \(4\)/,
    ],
    [
      "one running average",
      () => nnet.batchNormalizationTrain(x, v, v, { axes: "spatial", runningMean: v }),
      /must either both be given/,
    ],
  ])("%s", (_name, build, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ name: "ValueError" }));
  });

  test("parameters of another length, when the function is called", () => {
    const [m, gamma, beta] = [T.dmatrix("m"), T.dvector("gamma"), T.dvector("beta")];
    const f = theano.function([m, gamma, beta], nnet.batchNormalizationTrain(m, gamma, beta)[0]);
    expect(() => f(DATA, [1, 2, 3], [1, 2, 3])).toThrow(/dimension 1 of a parameter is 2, but that of input 1 is 3/);
  });
});
