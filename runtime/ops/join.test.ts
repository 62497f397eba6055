import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const a = T.dmatrix("a");
const b = T.dmatrix("b");
const v = T.dvector("v");
const n = T.lscalar("n");

function evaluate(expression: TensorVariable): unknown {
  const f = compileFunction([a, b, n], expression, { onUnusedInput: "ignore" });
  return f(
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
    1,
  ).toNested();
}

test.each([
  [
    "below each other",
    T.concatenate([a, b]),
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  ],
  [
    "side by side",
    T.concatenate([a, b], { axis: 1 }),
    [
      [1, 2, 5, 6],
      [3, 4, 7, 8],
    ],
  ],
  [
    "along the last dimension",
    T.join(-1, a, b.at(T.slice(), T.slice(1))),
    [
      [1, 2, 6],
      [3, 4, 8],
    ],
  ],
  [
    "along a symbolic dimension",
    T.join(n, a, b),
    [
      [1, 2, 5, 6],
      [3, 4, 7, 8],
    ],
  ],
  [
    "with something empty",
    T.join(0, a.at(T.slice(2)), b),
    [
      [5, 6],
      [7, 8],
    ],
  ],
  ["numbers to a vector", T.stack([a.at(0, 0), n, 1.5]), [1, 1, 1.5]],
  [
    "rows to a matrix",
    T.stack([a.at(0), b.at(0)]),
    [
      [1, 2],
      [5, 6],
    ],
  ],
  [
    "rows to columns",
    T.stack([a.at(0), b.at(0)], { axis: 1 }),
    [
      [1, 5],
      [2, 6],
    ],
  ],
  [
    "horizontalStack",
    T.horizontalStack(a, b),
    [
      [1, 2, 5, 6],
      [3, 4, 7, 8],
    ],
  ],
  [
    "verticalStack",
    T.verticalStack(a, b),
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  ],
  ["a list of variables", T.asTensorVariable([a.at(0, 0), 3]), [1, 3]],
])("%s", (_, expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test("the dtype is the common one", () => {
  expect(T.join(0, T.ivector("i"), T.fvector("f")).dtype).toBe("float64");
});

test("split gives the parts back", () => {
  const parts = T.split(v, [1, 0, 2], 3);
  expect(compileFunction([v], parts)([1, 2, 3]).map(String)).toEqual(["[1.]", "[]", "[2. 3.]"]);
  const columns = T.split(a, T.lvector("sizes"), 2, { axis: 1 });
  expect(String(columns[0].owner)).toBe("Split{2}(a, TensorConstant{1}, sizes)");
});

test("dimensions known to be 1 stay so beside the joined one", () => {
  expect(T.join(0, T.dcol("c"), T.dmatrix("m")).broadcastable).toEqual([false, true]);
  expect(T.join(0, T.drow("r"), T.drow("s")).broadcastable).toEqual([false, false]);
});

describe("errors", () => {
  test.each([
    ["numbers", () => T.join(0, n, n), TypeError, /Join cannot handle arguments of dimension 0/],
    [
      "different numbers of dimensions",
      () => T.join(0, a, v),
      TypeError,
      /same number of dimensions: a of type .*, v of type/,
    ],
    ["no such dimension", () => T.concatenate([a, b], { axis: 2 }), IndexError, /Join axis 2 out of bounds \[0, 2\)/],
    ["a fraction as a dimension", () => T.join(0.5, a, b), TypeError, /Axis could not be cast to an integer scalar/],
    ["nothing", () => T.stack([]), ValueError, /Cannot stack an empty list/],
    ["one matrix", () => T.verticalStack(a), ValueError, /needs two matrices or more, got 1/],
    ["vectors as matrices", () => T.horizontalStack(v, v), TypeError, /takes matrices, got v/],
  ])("%s", (_, build, kind, message) => {
    expect(build).toThrow(kind);
    expect(build).toThrow(message);
  });

  test("lengths that do not fit, at run time", () => {
    const joined = compileFunction([a, b], T.join(0, a, b));
    expect(() => joined([[1, 2]], [[1, 2, 3]])).toThrow(
      /along dimension 1, the array at index 0 has size 2 and the array at index 1 has size 3/,
    );
    const parts = compileFunction([v], T.split(v, [2, 2], 2));
    expect(() => parts(NDArray.from([1, 1, 1, 1, 1]))).toThrow(/^The splits sum to 4, expected 5\nApply node/);
    const negative = compileFunction([v], T.split(v, [3, -1], 2));
    expect(() => negative([1, 2])).toThrow(/negative number of elements/);
    const miscounted = compileFunction([v], T.split(v, [2], 2));
    expect(() => miscounted([1, 2])).toThrow(/got 1 lengths for 2 parts/);
  });
});
