import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { verifyGrad } from "../compile/verifygrad.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const v = T.dvector("v");
const w = T.dvector("w");
const k = T.lvector("k");
const m = T.dmatrix("m");

interface Values {
  readonly v?: readonly number[];
  readonly w?: readonly number[];
  readonly k?: readonly number[];
}

function run(result: Variable, values: Values = {}): unknown {
  const f = compileFunction([v, w, k, m], result, { onUnusedInput: "ignore", mode: "FAST_COMPILE" });
  const { v: first = [], w: second = [], k: integers = [] } = values;
  return numbers(
    f([...first], [...second], NDArray.from([...integers], "int64"), [
      [1, 2, 3],
      [4, 5, 6],
    ]).toNested(),
  );
}

/** Whole numbers for int64 elements, so that expectations are easy to read. */
function numbers(nested: unknown): unknown {
  return Array.isArray(nested) ? nested.map(numbers) : typeof nested === "bigint" ? Number(nested) : nested;
}

describe("rounding and dividing", () => {
  const halves = { v: [-2.5, -0.5, 0.5, 1.5] };
  test.each([
    ["halves go to even numbers", T.round(v), [-2, -0, 0, 2]],
    ["halves go away from zero", T.round(v, { mode: "half_away_from_zero" }), [-3, -1, 1, 2]],
    ["to integers", T.iround(v), [-2, 0, 0, 2]],
    ["quotients", T.divmod(v, 2)[0], [-2, -1, 0, 0]],
    ["remainders", T.divmod(v, 2)[1], [1.5, 1.5, 0.5, 1.5]],
  ])("%s", (_, result, expected) => {
    expect(run(result, halves)).toEqual(expected);
  });

  test("quotients of integers, rounded up", () => {
    expect(run(T.ceilIntdiv(k, 3), { k: [-4, 3, 4, 7] })).toEqual([-1, 1, 2, 3]);
  });

  test("integers have no nearest integer", () => {
    expect(() => T.iround(k)).toThrow(TypeError);
  });
});

describe("closeness", () => {
  const left = [1, 1 + 1e-6, 1.1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 3, Number.NaN];
  const right = [1, 1, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN];
  test.each([
    ["by default", T.isclose(v, w), [true, true, false, true, false, false, false]],
    ["with equal NaN", T.isclose(v, w, { equalNan: true }), [true, true, false, true, false, false, true]],
    ["with wide tolerance", T.isclose(v, w, { rtol: 0.2 }), [true, true, true, true, false, false, false]],
    ["of all", T.allclose(v, w), false],
  ])("%s", (_, result, expected) => {
    expect(run(result, { v: left, w: right })).toEqual(expected);
  });

  test("unsigned integers have no negative difference", () => {
    const [a, b] = [T.tensor("uint8", [false], "a"), T.tensor("uint8", [false], "b")];
    const f = compileFunction([a, b], T.isclose(a, b, { rtol: 0, atol: 2 }));
    expect(f(NDArray.from([1, 9], "uint8"), NDArray.from([3, 1], "uint8")).toNested()).toEqual([true, false]);
  });
});

describe("creating", () => {
  test.each([
    ["a window", T.bartlett(5), [0, 0.5, 1, 0.5, 0]],
    ["a window of one", T.bartlett(1), [1]],
    [
      "rows per class",
      T.toOneHot(k, 3),
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
    ],
    [
      "stacked lists",
      T.stacklists([
        [T.sum(k), 1],
        [2, 3],
      ]),
      [
        [2, 1],
        [2, 3],
      ],
    ],
    ["the rows of an open grid", T.ogrid({ stop: 2 }, { start: 1, stop: 6, step: 2 })[0], [[0], [1]]],
    [
      "the columns of a grid",
      T.mgrid({ stop: 2 }, { start: 1, stop: 6, step: 2 })[1],
      [
        [1, 3, 5],
        [1, 3, 5],
      ],
    ],
  ])("%s", (_, result, expected) => {
    expect(run(result, { k: [2, 0] })).toEqual(expected);
  });

  test("an open grid stretches", () => {
    expect(T.ogrid({ stop: 2 }, { stop: 3 }).map((x) => x.broadcastable)).toEqual([
      [false, true],
      [true, false],
    ]);
  });
});

describe("permutations", () => {
  test.each([
    [
      "rows in one order",
      T.permuteRowElements(m, [2, 0, 1]),
      [
        [3, 1, 2],
        [6, 4, 5],
      ],
    ],
    [
      "put back",
      T.permuteRowElements(m, [2, 0, 1], true),
      [
        [2, 3, 1],
        [5, 6, 4],
      ],
    ],
    [
      "each row in its own order",
      T.permuteRowElements(m, [
        [2, 1, 0],
        [0, 1, 2],
      ]),
      [
        [3, 2, 1],
        [4, 5, 6],
      ],
    ],
    ["what undoes one", T.inversePermutation(k), [1, 2, 0]],
  ])("%s", (_, result, expected) => {
    expect(run(result, { k: [2, 0, 1] })).toEqual(expected);
  });

  test("numbers choose among tensors", () => {
    const chosen = { v: [1, 2, 3], w: [7, 8, 9], k: [1, 0, 1] };
    expect(run(T.choose(k, [v, w]), chosen)).toEqual([7, 2, 9]);
    expect(run(T.choose(k, m), chosen)).toEqual([4, 2, 6]);
    expect(run(T.choose(k, m, { mode: "wrap" }), { k: [3, -1, 2] })).toEqual([4, 5, 3]);
    expect(run(T.choose(k, m, { mode: "clip" }), { k: [3, -1, 2] })).toEqual([4, 2, 6]);
  });

  test.each([[[0, 2, 0]], [[0, -1, 0]]])("a number that no choice has, in %j, is told", (chosen) => {
    expect(() => run(T.choose(k, m), { k: chosen })).toThrow(IndexError);
  });
});

describe("positions and indices", () => {
  test.each([
    [
      "row-major",
      "C" as const,
      [
        [0, 1, 1],
        [3, 0, 3],
      ],
      [3, 4, 7],
    ],
    [
      "column-major",
      "F" as const,
      [
        [1, 0, 1],
        [1, 2, 3],
      ],
      [3, 4, 7],
    ],
  ])("%s, there and back", (_, order, indices, positions) => {
    const unraveled = T.unravelIndex(k, [2, 4], { order });
    const f = compileFunction([k], [...unraveled, T.ravelMultiIndex(unraveled, [2, 4], { order })]);
    const [rows, columns, back] = f(NDArray.from(positions, "int64")).map((x) => numbers(x.toNested()));
    expect([rows, columns, back]).toEqual([...indices, positions]);
  });

  test("what to do with an index outside", () => {
    const outside = { k: [5, -1] };
    expect(run(T.ravelMultiIndex([k, 1], [3, 4], { mode: "clip" }), outside)).toEqual([9, 1]);
    expect(run(T.ravelMultiIndex([k, 1], [3, 4], { mode: "wrap" }), outside)).toEqual([9, 9]);
    expect(() => run(T.ravelMultiIndex([k, 1], [3, 4]), outside)).toThrow(ValueError);
    expect(() => run(T.unravelIndex(k, [2, 2])[0], outside)).toThrow("index 5 is out of bounds for array with size 4");
  });
});

describe("gradients", () => {
  const points = [NDArray.from([0.5, 2, 3]), NDArray.from([1.5, 0.3, 4])];
  test.each<[string, (x: Variable, y: Variable) => Variable]>([
    ["a choice", (x, y) => T.choose([1, 0, 1], [x, y])],
    ["permuted rows", (x, y) => T.permuteRowElements(T.stack([x, y]), [2, 0, 1], true)],
    ["x·log(x)", (x) => T.xlogx(x)],
    ["x·log(y)", (x, y) => T.xlogy0(x, y)],
    ["quotient and remainder", (x, y) => T.add(...T.divmod(x, y))],
  ])("%s", (_, f) => {
    expect(() => verifyGrad(f, points)).not.toThrow();
  });
});

test("functions are methods of variables too", () => {
  const [x] = [v.sqrt().cumsum().clip(0, 2)];
  expect(run(x, { v: [1, 4, 9] })).toEqual([1, 2, 2]);
  expect(run(m.max({ axis: 0 }).argmin())).toBe(0);
  expect(run(m.transpose(1, 0).at(2, 0))).toBe(3);
  expect(numbers(compileFunction([v], v.nonzero())([0, 3])[0].toNested())).toEqual([1]);
});
