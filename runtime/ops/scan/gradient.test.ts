import { describe, expect, test } from "vitest";
import { NDArray, NullTypeGradError, T, type TensorVariable, theano } from "../../index.ts";

type Expression = (x: TensorVariable) => TensorVariable;

const zero = T.constant(0, null, "float64");
const POINT = [0.3, -0.5, 0.7, 0.2, -0.4];
const w = T.constant(0.8, null, "float64");

/** Sums of what scans give, as functions of one vector, by name; every way in which a scan may depend on it is there. */
const costs = {
  "a sequence": (x) => theano.scan((v) => T.exp(v).mul(v), { sequences: x })[0].sum(),
  "a sequence and what it leaves": (x) =>
    theano
      .scan((v, h) => T.tanh(h.mul(w).add(v)), { sequences: x, outputsInfo: zero })[0]
      .pow(2)
      .sum(),
  "the last row only": (x) =>
    theano.scan((v, h) => T.tanh(h.mul(v).add(v)), { sequences: x, outputsInfo: w })[0].at(-1),
  "a sequence from its end": (x) =>
    theano
      .scan((v, h) => h.mul(0.5).add(v.mul(v)), { sequences: x, outputsInfo: w, goBackwards: true })[0]
      .pow(2)
      .sum(),
  "taps of a sequence": (x) =>
    theano
      .scan((p, c, n) => p.mul(c).add(T.sin(n)), { sequences: { input: x, taps: [-1, 0, 1] } })[0]
      .pow(2)
      .sum(),
  "an initial value": (x) =>
    theano
      .scan((h) => T.tanh(h.mul(1.5)), { outputsInfo: x, nSteps: 4 })[0]
      .pow(2)
      .sum(),
  "several initial values": (x) =>
    theano
      .scan((a, b) => T.sin(a).add(b.mul(0.5)), { outputsInfo: { initial: x, taps: [-3, -1] }, nSteps: 5 })[0]
      .pow(2)
      .sum(),
  "a non-sequence": (x) =>
    theano
      .scan((h, v) => T.tanh(h.mul(v).add(1)), { outputsInfo: T.zerosLike(x), nonSequences: x, nSteps: 4 })[0]
      .sum(),
  "what a step uses without being handed it": (x) =>
    theano.scan((h) => T.tanh(h.mul(x.sum()).add(x.at(0))), { outputsInfo: zero, nSteps: 4 })[0].sum(),
  "several outputs, one from the other": (x) => {
    const [[h, y]] = theano.scan(
      (v, before) => {
        const next = T.tanh(v.add(before));
        return [next, next.mul(v)];
      },
      { sequences: x, outputsInfo: [zero, null] },
    );
    return h.sum().add(y.pow(2).sum());
  },
  "an output that is the same as another": (x) => {
    const [[h, y]] = theano.scan(
      (v, before) => {
        const next = T.tanh(v.add(before));
        return [next, next];
      },
      { sequences: x, outputsInfo: [zero, null] },
    );
    return h.sum().add(y.pow(2).sum());
  },
  "outputs that exchange their values": (x) => {
    const [[a, b]] = theano.scan((v, p, q) => [T.sin(q).add(v), p.mul(v)], { sequences: x, outputsInfo: [zero, w] });
    return a.pow(2).sum().add(b.at(-1));
  },
  "a loop that a condition ends": (x) =>
    theano
      .scan((v, h) => [h.mul(0.9).add(v.pow(2)), theano.until(h.gt(0.5))], { sequences: x, outputsInfo: zero })[0]
      .pow(2)
      .sum(),
  "a map that a condition ends": (x) =>
    theano.scan((v) => [v.pow(3), theano.until(v.gt(0.5))], { sequences: x })[0].sum(),
  "a scan in a scan": (x) =>
    theano
      .scan((v, h) => theano.scan((u, g) => T.tanh(g.mul(u).add(v)), { sequences: x, outputsInfo: h })[0].at(-1), {
        sequences: x,
        outputsInfo: w,
      })[0]
      .pow(2)
      .sum(),
  "more steps than checkpoints": (x) =>
    theano
      .scanCheckpoints((v, h) => T.tanh(h.mul(w).add(v)), { sequences: x, outputsInfo: zero, saveEveryN: 2 })[0]
      .pow(2)
      .sum(),
  "an exchange of shared state": (x) => {
    const state = theano.shared(NDArray.scalar(0.4, "float64"));
    const [rows] = theano.scan((v) => [state.mul(v), new Map([[state, T.sin(state).add(v)]])], { sequences: x });
    return rows.pow(2).sum();
  },
} satisfies Readonly<Record<string, Expression>>;

/** The symbolic gradient at {@link POINT}, and central differences, whose error is about 1e-10 here. */
function gradients(cost: Expression): { symbolic: number[]; numeric: number[] } {
  const x = T.dvector("x");
  const value = cost(x);
  const valueAt = theano.function([x], value);
  const step = 1e-5;
  const moved = (i: number, by: number) => Number(valueAt(POINT.map((v, k) => (k === i ? v + by : v))).item());
  const gradient = theano.function([x], T.grad(value, x))(POINT);
  return {
    symbolic: [...gradient.elements()].map(Number),
    numeric: POINT.map((_, i) => (moved(i, step) - moved(i, -step)) / (2 * step)),
  };
}

function expectAgreement(cost: Expression): void {
  const { symbolic, numeric } = gradients(cost);
  symbolic.forEach((g, i) => {
    const n = numeric[i] ?? Number.NaN;
    expect(Math.abs(g - n), `${symbolic} and ${numeric}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(n)));
  });
}

describe("the gradient agrees with differences", () => {
  test.each(Object.entries(costs))("through %s", (_, cost) => {
    expectAgreement(cost);
  });
});

describe("so does the gradient of the gradient, whose scan is the gradient of a gradient's", () => {
  test.each(Object.entries(costs))("through %s", (_, cost) => {
    expectAgreement((x) => T.grad(cost(x), x).pow(2).sum());
  });
});

test("and the third derivative", () => {
  const second: Expression = (x) => T.grad(T.grad(costs["a sequence and what it leaves"](x), x).pow(2).sum(), x);
  expectAgreement((x) => second(x).pow(2).sum());
});

test("the forward mode goes through a scan", () => {
  const [x, v] = [T.dvector("x"), T.dvector("v")];
  const [rows] = theano.scan((u, h) => T.tanh(h.mul(w).add(u)), { sequences: x, outputsInfo: zero });
  const direction = [1, -0.5, 0.3, 0.7, 0.2];
  const forward = theano.function([x, v], T.Rop(rows, x, v))(POINT, direction);
  const valueAt = theano.function([x], rows);
  const shifted = (by: number) =>
    [...valueAt(POINT.map((u, i) => u + by * (direction[i] ?? 0))).elements()].map(Number);
  const [after, before] = [shifted(1e-5), shifted(-1e-5)];
  [...forward.elements()].forEach((g, i) => {
    expect(g).toBeCloseTo(((after[i] ?? 0) - (before[i] ?? 0)) / 2e-5, 8);
  });
});

test.each([
  [-1, [0.25, 0.5, 1]],
  [2, [0, 0.5, 1]],
  [1, [0, 0, 1]],
])("truncateGradient %i goes back so many steps", (truncateGradient, expected) => {
  const x = T.dvector("x");
  const [rows] = theano.scan((v, h) => h.mul(0.5).add(v), { sequences: x, outputsInfo: zero, truncateGradient });
  const gradient = theano.function([x], T.grad(rows.at(-1), x))([1, 2, 4]);
  // The last row is v2 + v1 / 2 + v0 / 4.
  expect(gradient.toNested()).toEqual(expected);
});

test("a matrix that all steps use", () => {
  const x = T.dmatrix("x");
  const W = T.dmatrix("W");
  const [rows] = theano.scan((v, h, m) => T.tanh(v.add(T.dot(h, m))), {
    sequences: x,
    outputsInfo: T.zeros([2]),
    nonSequences: W,
  });
  const f = theano.function([x, W], T.grad(rows.sum(), W));
  const [X, M] = [
    [
      [0.1, -0.2],
      [0.3, 0.5],
      [-0.4, 0.2],
    ],
    [
      [0.1, 0.2],
      [0.3, 0.4],
    ],
  ];
  const cost = theano.function([x, W], rows.sum());
  const at = (i: number, j: number, by: number) =>
    Number(
      cost(
        X,
        M.map((row, r) => row.map((m, c) => (r === i && c === j ? m + by : m))),
      ).item(),
    );
  const gradient = f(X, M);
  for (const i of [0, 1])
    for (const j of [0, 1]) expect(gradient.get(i, j)).toBeCloseTo((at(i, j, 1e-5) - at(i, j, -1e-5)) / 2e-5, 8);
});

test("integers in a loop do not stand in the way", () => {
  const x = T.dvector("x");
  const [[rows]] = theano.scan((i, n, v) => [v.at(i).mul(n), n.add(i)], {
    sequences: T.arange(3),
    outputsInfo: [null, T.constant(1, null, "int64")],
    nonSequences: x,
  });
  expect(theano.function([x], T.grad(rows.sum(), x))([5, 6, 7]).toNested()).toEqual([1, 1, 2]);
});

test("a derivative that does not exist is told of only where it is needed", () => {
  const x = T.dvector("x");
  const [rows] = theano.scan((v, u) => T.add(v, theano.gradient.undefinedGrad(u)), { sequences: [x, x.mul(2)] });
  expect(() => T.grad(rows.sum(), x)).toThrow(NullTypeGradError);
  const y = T.dvector("y");
  const [others] = theano.scan((v, u) => T.add(v, theano.gradient.undefinedGrad(u)), {
    sequences: [x, y],
    nSteps: 2,
  });
  expect(
    theano
      .function([x], T.grad(others.sum(), x), { givens: [[y, x]] })([1, 2])
      .toNested(),
  ).toEqual([1, 1]);
});

test.each(["FAST_COMPILE", "FAST_RUN", "DebugMode"])("gradients in mode %s", (mode) => {
  const x = T.dvector("x");
  const cost = costs["several outputs, one from the other"](x);
  const plain = theano.function([x], T.grad(cost, x), { mode: new theano.Mode({ optimizer: "None" }) })(POINT);
  const found = theano.function([x], T.grad(cost, x), { mode })(POINT);
  [...found.elements()].forEach((g, i) => {
    expect(g).toBeCloseTo(Number(plain.get(i)), 12);
  });
});
