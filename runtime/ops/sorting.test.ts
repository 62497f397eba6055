import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { verifyGrad } from "../compile/verifygrad.ts";
import { grad } from "../grad/gradient.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const m = T.dmatrix("m");
const v = T.dvector("v");
const k = T.lvector("k");
const matrix = [
  [3, -1, 2],
  [0.5, 7, -4],
];

function run(result: Variable, vector: readonly number[] = [], integers: readonly number[] = []): unknown {
  const f = compileFunction([m, v, k], result, { onUnusedInput: "ignore", mode: "FAST_COMPILE" });
  return f(matrix, vector, NDArray.from([...integers], "int64")).toNested();
}

/** Whole numbers for int64 elements, so that expectations are easy to read. */
function numbers(nested: unknown): unknown {
  return Array.isArray(nested) ? nested.map(numbers) : Number(nested);
}

describe("sorting", () => {
  test.each([
    [
      "rows",
      T.sort(m),
      [
        [-1, 2, 3],
        [-4, 0.5, 7],
      ],
    ],
    [
      "columns",
      T.sort(m, { axis: 0 }),
      [
        [0.5, -1, -4],
        [3, 7, 2],
      ],
    ],
    ["everything", T.sort(m, { axis: null }), [-4, -1, 0.5, 2, 3, 7]],
    [
      "positions in rows",
      T.argsort(m),
      [
        [1, 2, 0],
        [2, 0, 1],
      ],
    ],
    [
      "positions in columns",
      T.argsort(m, { axis: 0 }),
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
    ],
  ])("%s", (_, result, expected) => {
    expect(numbers(run(result))).toEqual(expected);
  });

  test("NaN comes last, and equal elements stay in their order", () => {
    expect(run(T.sort(v), [2, Number.NaN, -Infinity, 1])).toEqual([-Infinity, 1, 2, Number.NaN]);
    expect(numbers(run(T.argsort(v), [1, 0, 1, 0]))).toEqual([1, 3, 0, 2]);
  });

  test("complex numbers are sorted by their real, then their imaginary parts", () => {
    const w = T.dvector("w");
    const z = T.complex(v, w);
    const f = compileFunction([v, w], [T.imag(T.sort(z)), T.argsort(z)]);
    expect(f([1, 0, 1], [5, 9, -5]).map((x) => numbers(x.toNested()))).toEqual([
      [9, -5, 5],
      [1, 2, 0],
    ]);
  });

  test("64-bit integers keep all their digits", () => {
    const f = compileFunction([k], T.sort(k));
    expect(f([2n ** 53n + 1n, 2n ** 53n, -1n]).toNested()).toEqual([-1n, 2n ** 53n, 2n ** 53n + 1n]);
  });

  test.each([
    ["rows", (x: Variable) => T.sort(x)],
    ["columns", (x: Variable) => T.sort(x, { axis: 0 })],
    ["the largest", (x: Variable) => T.topk(x, 2)],
    ["the smallest of columns", (x: Variable) => T.topk(x, -1, { axis: 0 })],
  ])("the gradient of %s", (_, f) => {
    expect(() => verifyGrad(f, [NDArray.from(matrix)])).not.toThrow();
  });

  test.each([
    ["an unknown kind", () => T.sort(m, { kind: "bogosort" as "quicksort" }), "sort kind must be one of"],
    ["a dimension that is not there", () => T.sort(m, { axis: 2 }), "Not enough dimensions on m"],
  ])("%s is told", (_, build, message) => {
    expect(build).toThrow(ValueError);
    expect(build).toThrow(message);
  });
});

describe("the largest and smallest few", () => {
  test.each([
    ["largest, largest first", T.topk(v, 2), [9, 5]],
    ["largest, as they come in order", T.topk(v, 2, { sorted: false }), [5, 9]],
    ["smallest, smallest first", T.topk(v, -2), [-3, 0]],
    ["positions of the largest", T.argtopk(v, 2), [1, 3]],
    ["positions of the smallest", T.argtopk(v, -1), [2]],
  ])("%s", (_, result, expected) => {
    expect(numbers(run(result, [0, 9, -3, 5]))).toEqual(expected);
  });

  test("values and positions belong together, and of equal elements the first is taken", () => {
    const f = compileFunction([v], T.topkAndArgtopk(v, 1));
    expect(f([4, 8, 8]).map((x) => numbers(x.toNested()))).toEqual([[8], [1]]);
  });

  test.each([
    ["none of them", 0, "kth cannot be zero"],
    ["more than there are", 5, "kth cannot be larger than the size of specified axis 0"],
  ])("%s", (_, count, message) => {
    expect(() => run(T.topk(v, count), [1, 2])).toThrow(message);
  });
});

describe("searching", () => {
  test.each([
    ["before equal ones", T.searchsorted(v, [2, 0, 9]), [1, 0, 4]],
    ["after equal ones", T.searchsorted(v, [2, 0, 9], { side: "right" }), [3, 0, 4]],
    ["values of any shape", T.searchsorted(v, [[3], [2]]), [[3], [1]]],
  ])("places %s", (_, result, expected) => {
    expect(numbers(run(result, [1, 2, 2, 3]))).toEqual(expected);
  });

  test("by way of the positions that sort", () => {
    expect(numbers(run(T.searchsorted(v, [1, 2.5], { sorter: k }), [3, 1, 2], [1, 2, 0]))).toEqual([0, 2]);
  });

  test("places that are not zero", () => {
    const f = compileFunction([m], [...T.nonzero(m), T.flatnonzero(m), T.nonzeroValues(m)]);
    const [rows, columns, flat, values] = f([
      [0, 5, 0],
      [Number.NaN, 0, -1],
    ]).map((x) => numbers(x.toNested()));
    expect([rows, columns, flat, values]).toEqual([
      [0, 1, 1],
      [1, 0, 2],
      [1, 3, 5],
      [5, Number.NaN, -1],
    ]);
  });

  test("parts where a condition holds", () => {
    expect(run(T.compress([true, false, true], m, { axis: 1 }))).toEqual([
      [3, 2],
      [0.5, -4],
    ]);
  });
});

describe("counting", () => {
  test.each([
    ["each number", T.bincount(k), [1, 2, 0, 1]],
    ["with a least length", T.bincount(k, null, { minlength: 6 }), [1, 2, 0, 1, 0, 0]],
    ["sums of weights", T.bincount(k, v), [0.5, 3, 0, -1]],
    ["the different ones", T.unique(k)[0], [0, 1, 3]],
  ])("%s", (_, result, expected) => {
    expect(numbers(run(result, [1, 0.5, 2, -1], [1, 0, 1, 3]))).toEqual(expected);
  });

  test("where the different ones are, and how often", () => {
    const all = { returnIndex: true, returnInverse: true, returnCounts: true };
    const f = compileFunction([v], T.unique(v, all));
    expect(f([2, 1, 2, 0]).map((x) => numbers(x.toNested()))).toEqual([
      [0, 1, 2],
      [3, 1, 0],
      [2, 1, 2, 0],
      [1, 1, 2],
    ]);
  });

  test("weights get the gradient of their number's count", () => {
    const counts = T.bincount(k, v);
    const f = compileFunction([k, v], grad(T.sum(T.mul(counts, T.arange(T.subtensor(T.shape(counts), 0)))), v));
    expect(f([2, 0, 1], [1, 1, 1]).toNested()).toEqual([2, 0, 1]);
  });

  test("a negative number is told", () => {
    expect(() => run(T.bincount(k), [], [1, -2])).toThrow("Input to bincount has negative values! One is -2.");
  });
});

describe("running sums", () => {
  test.each([
    ["of everything", T.cumsum(m), [3, 2, 4, 4.5, 11.5, 7.5]],
    [
      "of columns",
      T.cumsum(m, { axis: 0 }),
      [
        [3, -1, 2],
        [3.5, 6, -2],
      ],
    ],
    [
      "products of rows",
      T.cumprod(m, { axis: -1 }),
      [
        [3, -3, -6],
        [0.5, 3.5, -14],
      ],
    ],
    [
      "differences",
      T.diff(m),
      [
        [-4, 3],
        [6.5, -11],
      ],
    ],
    ["differences of differences", T.diff(m, { n: 2 }), [[7], [-17.5]]],
    ["differences of rows", T.diff(m, { axis: 0 }), [[-2.5, 8, -6]]],
  ])("%s", (_, result, expected) => {
    expect(run(result)).toEqual(expected);
  });

  test("integers wrap to their dtype, in both directions", () => {
    const b = T.bvector("b");
    const f = compileFunction([b], [T.cumsum(b), T.cumprod(b)]);
    expect(f(NDArray.from([100, 100, 3], "int8")).map((x) => x.toNested())).toEqual([
      [100, -56, -53],
      [100, 16, 48],
    ]);
  });

  test("of booleans, sums say whether any was true, and products whether all were", () => {
    const b = T.tensor("bool", [false], "b");
    const f = compileFunction([b], [T.cumsum(b), T.cumprod(b)]);
    expect(f([true, false, true]).map((x) => x.toNested())).toEqual([
      [true, true, true],
      [true, false, false],
    ]);
  });

  test.each([
    ["sums", (x: Variable) => T.cumsum(x, { axis: 1 })],
    ["sums of everything", (x: Variable) => T.cumsum(x)],
    ["products", (x: Variable) => T.cumprod(x, { axis: 0 })],
    ["differences", (x: Variable) => T.diff(x, { n: 2 })],
  ])("the gradient of %s", (_, f) => {
    expect(() => verifyGrad(f, [NDArray.from(matrix)])).not.toThrow();
  });
});
