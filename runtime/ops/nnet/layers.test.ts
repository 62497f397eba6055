import { describe, expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { grad, NDArray, T, theano, type Variable } from "../../index.ts";

const { nnet } = T;

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

describe("a column in front", () => {
  const matrix = [
    [1, 2],
    [3, 4],
  ];

  test.each(["DebugMode", "FAST_RUN"] as const)("of zeros, ones or a scalar, in %s", (mode) => {
    const [m, s] = [T.dmatrix("m"), T.dscalar("s")];
    const f = theano.function(
      [m, s],
      [nnet.prepend0ToEachRow(m), nnet.prepend1ToEachRow(m), nnet.prependScalarToEachRow(s, m)],
      { mode },
    );
    expect(f(matrix, 7).map(numbers)).toEqual([
      [0, 1, 2, 0, 3, 4],
      [1, 1, 2, 1, 3, 4],
      [7, 1, 2, 7, 3, 4],
    ]);
  });

  test("gradients agree with finite differences", () => {
    const point = NDArray.from(matrix, "float64");
    expectGradients(nnet.prependScalarToEachRow, [NDArray.scalar(0.5, "float64"), point]);
    expectGradients(nnet.prepend1ToEachRow, [point]);
  });

  test("prints under Theano's names", () => {
    const m = T.dmatrix("m");
    expect(String(nnet.prepend0ToEachRow(m).owner?.op)).toBe("Prepend_scalar_constant_to_each_row{0.0}");
    expect(String(nnet.prependScalarToEachRow(1, m).owner?.op)).toBe("Prepend_scalar_to_each_row");
  });

  test("only matrices have rows", () => {
    expect(() => nnet.prepend0ToEachRow(T.dvector("v"))).toThrow(/Expected a matrix as input.* v of type TensorType/);
  });
});

/** Three examples with two of four input blocks of size 3, and two of three output blocks of size 2. */
const W = scattered([4, 3, 3, 2]);
const H = scattered([3, 2, 3], 2);
const B = scattered([3, 2], 3);
const INPUTS = [
  [0, 3],
  [1, 1],
  [2, 0],
];
const OUTPUTS = [
  [2, 0],
  [1, 2],
  [0, 1],
];

describe("block-sparse products", () => {
  const [inputIdx, outputIdx] = [INPUTS, OUTPUTS].map((positions) => NDArray.from(positions, "int64"));

  test("each output block is its bias plus the input blocks times their weights", () => {
    const [w, h, b] = [T.dtensor4("w"), T.dtensor3("h"), T.dmatrix("b")];
    const found = theano.function([w, h, b], nnet.sparseBlockDot(w, h, inputIdx, b, outputIdx))(W, H, B);
    expect(found.shape).toEqual([3, 2, 2]);
    OUTPUTS.forEach((blocks, example) => {
      blocks.forEach((block, j) => {
        for (const l of [0, 1]) {
          let wanted = Number(B.get(block, l));
          INPUTS[example].forEach((input, i) => {
            for (const k of [0, 1, 2]) wanted += Number(H.get(example, i, k)) * Number(W.get(input, block, k, l));
          });
          expect(Number(found.get(example, j, l))).toBeCloseTo(wanted, 14);
        }
      });
    });
  });

  test("gradients agree with finite differences, twice, also where a block is used twice", () => {
    expectGradients((w, h, b) => nnet.sparseBlockDot(w, h, inputIdx, b, outputIdx), [W, H, B], { twice: true });
  });

  test("a block that is not there is refused", () => {
    const [w, h, b] = [T.dtensor4("w"), T.dtensor3("h"), T.dmatrix("b")];
    const wrong = NDArray.from(
      [
        [0, 4],
        [0, 0],
        [0, 0],
      ],
      "int64",
    );
    const f = theano.function([w, h, b], nnet.sparseBlockDot(w, h, wrong, b, outputIdx));
    expect(() => f(W, H, B)).toThrow(/inputIdx holds 4, but there are 4 blocks/);
  });

  test("sizes that do not fit are refused", () => {
    const [w, h, b] = [T.dtensor4("w"), T.dtensor3("h"), T.dmatrix("b")];
    const f = theano.function([w, h, b], nnet.sparseBlockDot(w, h, inputIdx, b, outputIdx));
    expect(() => f(W, scattered([3, 2, 4]), B)).toThrow(/size of input blocks is 4, but that of W's rows is 3/);
  });

  test("positions are integers", () => {
    const [w, h, b] = [T.dtensor4("w"), T.dtensor3("h"), T.dmatrix("b")];
    expect(() => nnet.sparseBlockDot(w, h, T.dmatrix("i"), b, outputIdx)).toThrow(
      /inputIdx must be a 2D tensor of integers/,
    );
  });
});

describe("the hierarchical softmax", () => {
  const points = [
    scattered([3, 2]),
    scattered([2, 2], 2),
    scattered([2], 3),
    scattered([2, 2, 2], 4),
    scattered([2, 2], 5),
  ];
  const build = (target: NDArray | null) => (x: Variable, W1: Variable, b1: Variable, W2: Variable, b2: Variable) =>
    nnet.hSoftmax(x, 3, 4, 2, 2, W1, b1, W2, b2, target);
  const evaluate = (target: NDArray | null): NDArray => {
    const [x, W1, b1, W2, b2] = [T.dmatrix("x"), T.dmatrix("W1"), T.dvector("b1"), T.dtensor3("W2"), T.dmatrix("b2")];
    return theano.function([x, W1, b1, W2, b2], build(target)(x, W1, b1, W2, b2))(...points);
  };

  test("each row is a distribution, and targets pick from it", () => {
    const all = evaluate(null);
    expect(all.shape).toEqual([3, 4]);
    for (const row of [0, 1, 2]) expect(numbers(all.slice(row)).reduce((a, b) => a + b)).toBeCloseTo(1, 14);
    const picked = numbers(evaluate(NDArray.from([3, 0, 2], "int64")));
    [3, 0, 2].forEach((target, row) => {
      expect(picked[row]).toBeCloseTo(Number(all.get(row, target)), 14);
    });
  });

  test("gradients agree with finite differences", () => {
    expectGradients(build(null), points);
    expectGradients(build(NDArray.from([3, 0, 2], "int64")), points);
  });
});

test("a logistic regression learns", () => {
  const [x, y] = [T.dmatrix("x"), T.lvector("y")];
  const w = theano.shared(NDArray.zeros([2, 2], "float64"), { name: "w" });
  const cost = T.mean(nnet.categoricalCrossentropy(nnet.softmax(T.dot(x, w)), y));
  const step = theano.function([x, y], cost, { updates: [[w, T.sub(w, T.mul(2, grad(cost, w)))]] });
  const [data, labels] = [
    NDArray.from(
      [
        [1, 0],
        [0, 1],
        [2, 1],
        [1, 2],
      ],
      "float64",
    ),
    NDArray.from([0, 1, 0, 1], "int64"),
  ];
  const costs = Array.from({ length: 50 }, () => Number(step(data, labels).item()));
  expect(costs[0]).toBeCloseTo(Math.LN2, 14);
  expect(costs.at(-1)).toBeLessThan(0.1);
});
