import { describe, expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { grad, NDArray, T, theano } from "../../index.ts";

const { ctc } = T.nnet;

/** The probability of labels as the definition says: the sum over every path that reads as them. */
function byEnumeration(activations: NDArray, example: number, labels: readonly number[], steps: number): number {
  const symbols = activations.shape[2];
  const rows = Array.from({ length: steps }, (_, t) => {
    const row = Array.from({ length: symbols }, (_, k) => Math.exp(Number(activations.get(t, example, k))));
    return row.map((x) => x / row.reduce((a, b) => a + b));
  });
  let total = 0;
  for (let number = 0; number < symbols ** steps; number++) {
    const path = rows.map((_, t) => Math.floor(number / symbols ** t) % symbols);
    const read = path.filter((symbol, t) => symbol !== 0 && symbol !== path[t - 1]);
    if (read.join() === labels.join()) total += path.reduce((product, symbol, t) => product * rows[t][symbol], 1);
  }
  return total;
}

const ACTIVATIONS = scattered([5, 4, 3]);
const SEQUENCES = [[1, 2], [1, 1], [], [2, 1, 2]];
const LABELS = NDArray.from(
  SEQUENCES.map((labels) => [...labels, -1, -1, -1].slice(0, 3)),
  "int32",
);
const STEPS = [5, 4, 3, 5];

test("the cost is minus the logarithm of the probability of all paths", () => {
  const x = T.dtensor3("x");
  const costs = theano.function([x], ctc(x, LABELS, NDArray.from(STEPS, "int32")))(ACTIVATIONS);
  SEQUENCES.forEach((labels, example) => {
    const wanted = -Math.log(byEnumeration(ACTIVATIONS, example, labels, STEPS[example]));
    expect(Number(costs.get(example))).toBeCloseTo(wanted, 13);
  });
});

test("the gradient agrees with finite differences, and is zero behind the end of a sequence", () => {
  expectGradients((x) => ctc(x, LABELS, NDArray.from(STEPS, "int32")), [ACTIVATIONS]);
});

test("long sequences and large activations stay finite", () => {
  const x = T.ftensor3("x");
  const cost = ctc(x, NDArray.from([[1, 2, 1]], "int32"), NDArray.from([400], "int32"));
  const f = theano.function([x], [cost, grad(T.sum(cost), x)]);
  const large = NDArray.from(
    [...scattered([400, 1, 3]).elements()].map((v) => 1e4 * Number(v)),
    "float32",
  );
  const [value, slope] = f(large.reshape([400, 1, 3]));
  expect([value.dtype, slope.dtype]).toEqual(["float32", "float32"]);
  expect(value.isFinite() && slope.isFinite()).toBe(true);
});

test("labels that do not fit into the time steps are impossible", () => {
  const x = T.dtensor3("x");
  const costs = theano.function(
    [x],
    ctc(x, NDArray.from([[1, 1]], "int32"), NDArray.from([2], "int32")),
  )(scattered([2, 1, 3]));
  expect(Number(costs.get(0))).toBe(Infinity);
});

test("there is no second derivative, and it says so", () => {
  const x = T.dtensor3("x");
  const slope = grad(T.sum(ctc(x, LABELS, NDArray.from(STEPS, "int32"))), x);
  expect(() => grad(T.sum(slope), x)).toThrow(/has no second derivative/);
});

describe("what does not fit is refused", () => {
  const x = T.dtensor3("x");
  const evaluate = (label: number, steps: number) => () =>
    theano.function(
      [x],
      ctc(x, NDArray.from([[label]], "int32"), NDArray.from([steps], "int32")),
    )(scattered([2, 1, 3]));
  test.each<readonly [string, () => unknown, RegExp]>([
    ["a label that is no symbol", evaluate(3, 2), /sequence 0 has the label 3, but labels are 1 to 2/],
    ["more steps than there are", evaluate(1, 3), /input length 3, but there are 2 time steps/],
    ["a matrix of activations", () => ctc(T.dmatrix("m"), LABELS, LABELS), /activations must have 3 dimensions/],
    ["labels that are floats", () => ctc(x, T.dmatrix("m"), T.ivector("v")), /labels must hold integers/],
  ])("%s", (_name, build, message) => {
    expect(build).toThrow(message);
  });
});
