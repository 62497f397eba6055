import { expect, test } from "vitest";
import { NDArray, T, type TensorVariable, theano } from "../../index.ts";

/** The values of outputs for values of inputs. */
function run(
  inputs: readonly TensorVariable[],
  outputs: readonly TensorVariable[],
  ...values: (number | number[] | number[][])[]
) {
  return theano
    .function(
      inputs,
      outputs,
    )(...values)
    .map((value) => value.toNested());
}

const zero = T.constant(0, null, "float64");
const x = T.dvector("x");

test("a step takes a row of a sequence and the output before", () => {
  const [sums] = theano.scan((v, before) => before.add(v), { sequences: x, outputsInfo: zero });
  expect(run([x], [sums], [1, 2, 4])).toEqual([[1, 3, 7]]);
});

test("several sequences: the shortest decides", () => {
  const y = T.dvector("y");
  const [products] = theano.scan((a, b) => a.mul(b), { sequences: [x, y] });
  expect(run([x, y], [products], [1, 2, 4], [5, 6])).toEqual([[5, 12]]);
});

test("nSteps, known or symbolic, cuts the sequences", () => {
  const n = T.iscalar("n");
  const [two] = theano.scan((v) => v.mul(2), { sequences: x, nSteps: 2 });
  const [some] = theano.scan((v) => v.mul(2), { sequences: x, nSteps: n });
  expect(run([x, n], [two, some], [1, 2, 4], 1)).toEqual([[2, 4], [2]]);
});

test("one step needs no loop", () => {
  const [rows] = theano.scan((v, before) => before.add(v), { sequences: x, outputsInfo: zero, nSteps: 1 });
  expect(run([x], [rows], [3, 2, 4])).toEqual([[3]]);
  expect(theano.debugprint(rows)).not.toContain("for{cpu");
});

test("a sequence that is too short for nSteps is an error that names it", () => {
  const [rows] = theano.scan((v) => v.mul(2), { sequences: x, nSteps: 3 });
  const f = theano.function([x], rows, { mode: new theano.Mode({ optimizer: "None" }) });
  expect(() => f([1, 2])).toThrow(/Sequence is shorter than the required number of steps: 3 steps/);
});

test("a negative number of steps is an error", () => {
  const n = T.iscalar("n");
  const [rows] = theano.scan((v) => v.mul(2), { nonSequences: zero, nSteps: n });
  expect(() => theano.function([n], rows)(-1)).toThrow(/negative number of step/);
});

test("a known number of steps is compared with known lengths at once", () => {
  const three = T.dvector("three", { shape: [3] });
  const doubled = (nSteps: number) => theano.scan((v) => v.mul(2), { sequences: three, nSteps });
  expect(() => doubled(-2)).toThrow(/negative number of step -2; the option goBackwards/);
  expect(() => doubled(5)).toThrow(/5 steps, and three.* has the shape \(3,\)/);
  expect(doubled(2)[0].ndim).toBe(1);
});

test("without steps outputs are empty, and their rows have the right shapes", () => {
  const n = T.iscalar("n");
  const [[states, totals, outer]] = theano.scan((v, a) => [v.mul(a), v.sum(), T.outer(a, a)], {
    outputsInfo: [T.onesLike(x), null, null],
    nonSequences: x,
    nSteps: n,
  });
  const shapes = theano.function([x, n], [states.shape, totals.shape, outer.shape], { mode: "FAST_COMPILE" })(
    [1, 2, 3],
    0,
  );
  expect(shapes.map((shape) => shape.toNested())).toEqual([[0n, 3n], [0n], [0n, 3n, 3n]]);
});

test.each([
  [
    [-1, 0, 1],
    [1 + 2 + 4, 2 + 4 + 8],
  ],
  [
    [0, 2],
    [1 + 4, 2 + 8],
  ],
  [
    [-2, -1],
    [1 + 2, 2 + 4],
  ],
  [[1], [2, 4, 8]],
])("taps %j of a sequence", (taps, expected) => {
  const [sums] = theano.scan((...rows) => rows.reduce((sum, row) => sum.add(row)), { sequences: { input: x, taps } });
  expect(run([x], [sums], [1, 2, 4, 8])).toEqual([expected]);
});

test("earlier outputs by taps: Fibonacci's numbers", () => {
  const [numbers] = theano.scan((a, b) => a.add(b), { outputsInfo: { initial: x, taps: [-2, -1] }, nSteps: 6 });
  expect(run([x], [numbers], [0, 1])).toEqual([[1, 2, 3, 5, 8, 13]]);
});

test("taps need not be neighbours, nor in order", () => {
  const [rows] = theano.scan((a, b) => a.add(b.mul(10)), { outputsInfo: { initial: x, taps: [-1, -3] }, nSteps: 4 });
  const expected = [1, 2, 3];
  for (let t = 3; t < 7; t++) expected.push((expected[t - 1] ?? 0) + 10 * (expected[t - 3] ?? 0));
  expect(run([x], [rows], [1, 2, 3])).toEqual([expected.slice(3)]);
});

test("goBackwards starts at the ends of the sequences", () => {
  const [rows] = theano.scan((v, before) => before.mul(10).add(v), {
    sequences: x,
    outputsInfo: zero,
    goBackwards: true,
  });
  expect(run([x], [rows], [1, 2, 4])).toEqual([[4, 42, 421]]);
});

test("arguments come in Theano's order: sequences, earlier outputs, non-sequences", () => {
  const names: (string | null)[] = [];
  const [s, a, b, w] = [T.dvector("s"), T.dscalar("a"), T.dvector("b"), T.dscalar("w")];
  theano.scan(
    (...args) => {
      names.push(...args.map(({ name }) => name));
      return [zero, a, a];
    },
    {
      sequences: [{ input: s, taps: [-1, 1] }, x],
      outputsInfo: [null, a, { initial: b, taps: [-2, -1] }],
      nonSequences: w,
    },
  );
  expect(names).toEqual(["s[t-1]", "s[t+1]", "x[t]", "a[t-1]", "b[t-2]", "b[t-1]", "w"]);
});

test("a step may use variables that it was not handed", () => {
  const w = T.dscalar("w");
  const shift = theano.shared(NDArray.scalar(10, "float64"));
  const [rows] = theano.scan((v) => v.mul(w.add(1)).add(shift), { sequences: x });
  expect(run([x, w], [rows], [1, 2], 3)).toEqual([[14, 18]]);
});

test("outputs may exchange their values", () => {
  const [[a, b]] = theano.scan((p, q) => [q, p], { outputsInfo: [zero, T.constant(1, null, "float64")], nSteps: 3 });
  expect(run([], [a, b])).toEqual([
    [1, 0, 1],
    [0, 1, 0],
  ]);
});

test("until ends the loop after the step in which it is true", () => {
  const limit = T.dscalar("limit");
  const [powers] = theano.scan((before) => [before.mul(2), theano.until(before.mul(2).gt(limit))], {
    outputsInfo: T.constant(0.5, null, "float64"),
    nSteps: 64,
  });
  const [squares] = theano.scan((v) => [v.mul(v), theano.until(v.gt(limit))], { sequences: x });
  expect(run([limit, x], [powers, squares], 3, [1, 2, 5, 6])).toEqual([
    [1, 2, 4],
    [1, 4, 25],
  ]);
  expect(run([limit, x], [powers, squares], -1, [1, 2])).toEqual([[1], [1]]);
});

test("updates of shared variables are state of the loop, and given back", () => {
  const a = theano.shared(NDArray.scalar(1, "int64"), "a");
  const [values, updates] = theano.scan(() => [a, new Map([[a, a.add(2)]])], { nSteps: 4 });
  const f = theano.function([], values, { updates });
  expect(f().toNested()).toEqual([1n, 3n, 5n, 7n]);
  expect(f().toNested()).toEqual([9n, 11n, 13n, 15n]);
  expect(a.getValue().item()).toBe(17n);
});

test("without steps shared variables keep their values", () => {
  const a = theano.shared(NDArray.scalar(1, "int64"), "a");
  const n = T.iscalar("n");
  const [, updates] = theano.scan(() => [[a, a.add(2)]] as const, { nSteps: n });
  const f = theano.function([n], [], { updates });
  f(0);
  expect(a.getValue().item()).toBe(1n);
  f(3);
  expect(a.getValue().item()).toBe(7n);
});

test("a step may give updates only, as pairs", () => {
  const a = theano.shared(NDArray.scalar(1, "int64"), "a");
  const [values, updates] = theano.scan(() => [[a, a.add(2)]] as const, { nSteps: 4 });
  expect(values).toBeNull();
  theano.function([], [], { updates })();
  expect(a.getValue().item()).toBe(9n);
});

test("random draws differ from step to step, and go on where the last call ended", () => {
  const streams = new theano.RandomStreams(6691);
  const [draws, updates] = theano.scan(() => streams.uniform([2]), { nSteps: 3 });
  const f = theano.function([], draws, { updates });
  const all = [...f().elements(), ...f().elements()];
  // Theano 1.0.5 for the same seed.
  [0.11307628203406161, 0.8411092574249903, 0.47480542887253685, 0.3530525834070841].forEach((value, i) => {
    expect(all[i]).toBeCloseTo(value, 15);
  });
  expect(new Set(all).size).toBe(12);
});

test("scans may stand in scans", () => {
  const A = T.dmatrix("A");
  const [ends] = theano.scan(
    (row) => {
      const [inner] = theano.scan((v, before) => before.mul(0.5).add(v), { sequences: row, outputsInfo: zero });
      return inner.at(-1);
    },
    { sequences: A },
  );
  expect(
    run(
      [A],
      [ends],
      [
        [1, 2, 3],
        [3, 4, 5],
      ],
    ),
  ).toEqual([[4.25, 7.75]]);
});

test("map, reduce and the folds", () => {
  const [doubled] = theano.map((v) => v.mul(2), x);
  const [total] = theano.reduce((v, sum) => sum.add(v), x, zero);
  const [left] = theano.foldl((v, sum) => sum.mul(10).add(v), x, zero);
  const [right] = theano.foldr((v, sum) => sum.mul(10).add(v), x, zero);
  expect(run([x], [doubled, total, left, right], [1, 2, 4])).toEqual([[2, 4, 8], 7, 124, 421]);
});

test.each([6, 7, 1])("scanCheckpoints keeps every third step and the last of %i", (steps) => {
  const n = T.iscalar("n");
  const [kept] = theano.scanCheckpoints((before, v) => before.mul(v), {
    outputsInfo: T.onesLike(x),
    nonSequences: x,
    nSteps: n,
    saveEveryN: 3,
  });
  const powers = Array.from({ length: steps }, (_, i) => 2 ** (i + 1));
  const expected = powers.filter((_, i) => i % 3 === 2 || i === steps - 1);
  expect(run([x, n], [kept], [2], steps)).toEqual([expected.map((power) => [power])]);
});

test("scanCheckpoints takes sequences of any length", () => {
  const [kept] = theano.scanCheckpoints((v, before) => before.add(v), {
    sequences: x,
    outputsInfo: zero,
    saveEveryN: 2,
  });
  expect(run([x], [kept], [1, 2, 4])).toEqual([[3, 7]]);
});

test("returnList gives a list also of one output", () => {
  const [[rows]] = theano.scan((v) => v.mul(2), { sequences: x, returnList: true });
  expect(rows === undefined ? null : run([x], [rows], [1])).toEqual([[2]]);
});

const strictW = theano.shared([[1]], "W");
test.each([
  [
    "no number of steps",
    /No information about the number of steps/,
    () => theano.scan((a) => a, { outputsInfo: zero }),
  ],
  [
    "taps without a start",
    /you need to provide a initial state/,
    () => theano.scan((a, b) => a.add(b), { sequences: x, outputsInfo: [{ taps: [-1] }] }),
  ],
  ["future taps", /future taps/, () => theano.scan((a) => a, { outputsInfo: { initial: x, taps: [1] }, nSteps: 2 })],
  [
    "more outputs than described",
    /gives 2 outputs, and outputsInfo has 1/,
    () => theano.scan((a) => [a, a], { outputsInfo: zero, nSteps: 3 }),
  ],
  [
    "another dtype than the start",
    /argument number 1\) has dtype int8, while the result .* has dtype float64/,
    () => theano.scan((v, sum) => sum.add(v), { sequences: x, outputsInfo: T.constant(0) }),
  ],
  [
    "another rank than the start",
    /has 1 dimension\(s\), while .* has 1 dimension\(s\)/,
    () => theano.scan((_, before) => before.add(x), { sequences: x, outputsInfo: zero }),
  ],
  [
    "a fractional number of steps",
    /nSteps must be an integer/,
    () => theano.scan((v) => v, { sequences: x, nSteps: 1.5 }),
  ],
  ["a sequence without dimensions", /needs a dimension/, () => theano.scan((v) => v, { sequences: zero })],
  [
    "a condition with dimensions",
    /must have no dimensions/,
    () => theano.scan((v) => [v, theano.until(x)], { sequences: x }),
  ],
  [
    "another length than the start",
    /in the step h\[t-1\], has rows of shape \(3,\), while the result .* has the shape \(2,\)/,
    () => {
      const h = T.tensor("float64", [3], "h");
      theano.scan((before) => before.at(T.slice(0, 2)), { outputsInfo: h, nSteps: 3 });
    },
  ],
  [
    "a missing shared variable",
    /ScanOp is missing an input: W, made at .*scan\.test\.ts/,
    () => theano.scan((v) => v.mul(strictW.sum()), { sequences: x, strict: true }),
  ],
])("%s is told while the graph is built", (_, message, build) => {
  expect(build).toThrow(message);
});

test("an error in a step names the line of the step", () => {
  const [h, W, X] = [T.dvector("h"), T.dmatrix("W"), T.dmatrix("X")];
  const [rows] = theano.scan((v, before, w) => T.dot(v, w).add(before), {
    sequences: X,
    outputsInfo: h,
    nonSequences: W,
  });
  const f = theano.function([X, h, W], rows);
  expect(() => f([[1, 1]], [1, 1, 1], [[1], [1]])).toThrow(/scan\.test\.ts/);
});

test.each(["FAST_RUN", "FAST_COMPILE", "DebugMode", "NanGuardMode"])("the same in mode %s", (mode) => {
  const [rows] = theano.scan((v, before) => T.tanh(before.mul(0.5).add(v).add(v.mul(0))), {
    sequences: x,
    outputsInfo: zero,
  });
  const values = [0.3, -0.2, 0.8];
  let before = 0;
  const expected = values.map((v) => (before = Math.tanh(before * 0.5 + v)));
  expect(theano.function([x], rows, { mode })(values).toNested()).toEqual(expected.map((v) => expect.closeTo(v, 14)));
});
