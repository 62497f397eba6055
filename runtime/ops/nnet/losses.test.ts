import { describe, expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { grad, NDArray, T, theano } from "../../index.ts";

const { nnet } = T;

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

describe("binary cross entropy", () => {
  test("of probabilities", () => {
    const [p, t] = [T.dvector("p"), T.dvector("t")];
    const f = theano.function([p, t], nnet.binaryCrossentropy(p, t));
    expect(numbers(f([0.5, 0.25, 0.75], [1, 0, 0.5]))[0]).toBeCloseTo(Math.LN2, 14);
    expect(numbers(f([0.5, 0.25, 0.75], [1, 0, 0.5]))[1]).toBeCloseTo(-Math.log(0.75), 14);
    expect(numbers(f([0.5, 0.25, 0.75], [1, 0, 0.5]))[2]).toBeCloseTo(-0.5 * Math.log(0.75 * 0.25), 14);
  });

  // log(1 + e^x) - t·x, by its series where e^x is lost beside 1.
  test.each([
    [0, 0.5, Math.LN2],
    [2, 1, Math.log(1 + Math.exp(2)) - 2],
    [-3, 0.25, Math.log(1 + Math.exp(-3)) + 0.75],
    [40, 1, Math.exp(-40)],
    [-40, 0, Math.exp(-40)],
    [1e4, 0, 1e4],
    [1e4, 1, 0],
    [-1e4, 1, 1e4],
  ])("of the sigmoid of %d with target %d", (x, t, wanted) => {
    const [z, target] = [T.dscalar("z"), T.dscalar("t")];
    const loss = nnet.sigmoidBinaryCrossentropy(z, target);
    const [value, slope] = theano.function([z, target], [loss, grad(loss, z)])(x, t);
    expect(Math.abs(Number(value.item()) - wanted)).toBeLessThanOrEqual(1e-14 * Math.abs(wanted));
    expect(Number(slope.item())).toBeCloseTo((1 + Math.tanh(x / 2)) / 2 - t, 14);
  });

  test("gradients agree with finite differences", () => {
    const between = NDArray.from([0.2, 0.7, 0.4], "float64");
    expectGradients(nnet.binaryCrossentropy, [between, scattered([3])], { twice: true });
    expectGradients(nnet.sigmoidBinaryCrossentropy, [scattered([3]), between], { twice: true });
  });
});

describe("categorical cross entropy", () => {
  const coding = [
    [0.1, 0.2, 0.7],
    [0.3, 0.3, 0.4],
  ];

  test("with one distribution for each row", () => {
    const [p, t] = [T.dmatrix("p"), T.dmatrix("t")];
    const target = [
      [0, 0.5, 0.5],
      [1, 0, 0],
    ];
    const found = numbers(theano.function([p, t], nnet.categoricalCrossentropy(p, t))(coding, target));
    expect(found[0]).toBeCloseTo(-0.5 * Math.log(0.2 * 0.7), 14);
    expect(found[1]).toBeCloseTo(-Math.log(0.3), 14);
    expectGradients(nnet.categoricalCrossentropy, [NDArray.from(coding, "float64"), scattered([2, 3])]);
  });

  test("with labels: one-hot rows mean the same", () => {
    const [p, t, y] = [T.dmatrix("p"), T.dmatrix("t"), T.lvector("y")];
    const f = theano.function([p, t, y], [nnet.categoricalCrossentropy(p, t), nnet.categoricalCrossentropy(p, y)]);
    const oneHot = [
      [0, 0, 1],
      [0, 1, 0],
    ];
    const [rows, labels] = f(coding, oneHot, NDArray.from([2, 1], "int64"));
    expect(numbers(rows)).toEqual(numbers(labels));
  });

  test("of a softmax: the tutorial's cost and gradient stay finite at 1e4", () => {
    const [x, y] = [T.dmatrix("x"), T.lvector("y")];
    const [nll] = nnet.crossentropySoftmax1hot(x, y);
    const cost = T.mean(nll);
    const f = theano.function([x, y], [cost, grad(cost, x)]);
    const [value, slope] = f([[1e4, 0, -1e4]], NDArray.from([2], "int64"));
    expect(Number(value.item())).toBe(2e4);
    expect(numbers(slope)).toEqual([1, 0, -1]);
  });
});

test("cross entropies come with the most probable class and its probability", () => {
  const [x, y] = [T.dmatrix("x"), T.lvector("y")];
  const f = theano.function([x, y], nnet.crossentropySoftmaxMaxAndArgmax1hot(x, y));
  const [nll, softmax, largest, position] = f([[0, Math.log(3)]], NDArray.from([0], "int64"));
  expect(Number(nll.item())).toBeCloseTo(Math.log(4), 14);
  expect(numbers(softmax)[1]).toBeCloseTo(0.75, 14);
  expect(Number(largest.item())).toBe(numbers(softmax)[1]);
  expect(numbers(position)).toEqual([1]);
});

test("a confusion matrix counts predictions by class", () => {
  const [actual, predicted] = T.dvectors("actual", "predicted");
  const f = theano.function([actual, predicted], nnet.confusionMatrix(actual, predicted));
  const [matrix, order] = f([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2]);
  expect(matrix.dtype).toBe("int64");
  expect(matrix.shape).toEqual([3, 3]);
  expect(numbers(matrix)).toEqual([2, 0, 0, 0, 0, 1, 1, 0, 2]);
  expect(numbers(order)).toEqual([0, 1, 2]);
  expect(() => nnet.confusionMatrix(T.dmatrix("m"), predicted)).toThrow(/actual must be 1-d tensor variable/);
});
