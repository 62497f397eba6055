import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { IndexError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { debugprint } from "../graph/debugprint.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const { slice } = T;
const x = T.dtensor3("x");
const m = T.dmatrix("m");
const i = T.lvector("i");

/** Elements whose three digits are their position. */
function digits(...place: number[]): number {
  return Number(place.join(""));
}

const cube = NDArray.from(
  [0, 1].map((a) => [0, 1, 2].map((b) => [0, 1, 2, 3].map((c) => digits(a, b, c)))),
  "float64",
);

function evaluate(expression: TensorVariable): unknown {
  return compileFunction([x], expression)(cube).toNested();
}

// The digits of an element are its place, so that the results can be read off the index.
test.each([
  ["pairs of positions", x.at([0, 1], [2, 0]).at(slice(), 0), [20, 100]],
  ["positions in all dimensions", x.at([0, 1], [2, 0], [3, -1]), [23, 103]],
  ["positions and a number", x.at(1, [2, 0]).at(slice(), 1), [121, 101]],
  [
    "positions that broadcast",
    x.at(NDArray.from([[0], [1]], "int64"), [0, 2], 0),
    [
      [0, 20],
      [100, 120],
    ],
  ],
  [
    "positions side by side stay in their place",
    x.at(slice(), [0, 2], [1, 3]),
    [
      [1, 23],
      [101, 123],
    ],
  ],
  [
    "positions apart go to the front",
    x.at([0, 1], slice(1), [0, 3]),
    [
      [10, 20],
      [113, 123],
    ],
  ],
  [
    "positions and a part",
    x.at([1, 0], slice(null, null, 2), 0),
    [
      [100, 120],
      [0, 20],
    ],
  ],
  ["a new dimension between", x.at([1], null, [2]).at(0, 0), [120, 121, 122, 123]],
  ["a mask of all dimensions", x.at(T.gt(x, 121)), [122, 123]],
  ["a list of booleans", x.at([false, true], 0, 0), [100]],
  ["a mask of the first dimensions", x.at(T.gt(x.at("...", 0), 100)).at("...", 1), [111, 121]],
  ["a mask of the last dimension", x.at("...", T.gt(x.at(0, 0), 1)).at(1, 1), [112, 113]],
])("%s", (_, expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test.each([
  [
    "set pairs",
    T.setSubtensor(m.at([0, 1], [1, 0]), [8, 9]),
    [
      [1, 8],
      [9, 4],
    ],
  ],
  [
    "add to the same place twice",
    T.incSubtensor(m.at([0, 0], [1, 1]), 10),
    [
      [1, 22],
      [3, 4],
    ],
  ],
  [
    "set what a mask picks",
    T.setSubtensor(m.at(T.gt(m, 2)), 0),
    [
      [1, 2],
      [0, 0],
    ],
  ],
  [
    "add where positions and parts are apart",
    T.incSubtensor(T.shapePadleft(m).at([0], slice(), [1]), 10).at(0),
    [
      [1, 12],
      [3, 14],
    ],
  ],
])("%s", (_, expression, expected) => {
  expect(
    compileFunction(
      [m],
      expression,
    )([
      [1, 2],
      [3, 4],
    ]).toNested(),
  ).toEqual(expected);
});

test("debugprint is Theano's", () => {
  const j = T.lvector("j");
  expect(debugprint(m.at(i, j))).toBe(
    ["AdvancedSubtensor [id A] ''   ", " |m [id B]", " |i [id C]", " |j [id D]", ""].join("\n"),
  );
});

describe("errors at run time", () => {
  test.each([
    [
      "positions that do not broadcast",
      m.at(i, [0, 1, 0]),
      /indexing arrays could not be broadcast together with shapes \(2,\) \(3,\)/,
    ],
    ["a position out of range", m.at(0, i.at([0, 1])), /index 5 is out of bounds for axis 1 with size 2/],
    [
      "a mask of another length",
      m.at(T.gt(T.concatenate([i, i]), 0)),
      /dimension is 2 but corresponding boolean dimension is 4/,
    ],
  ])("%s", (_, expression, message) => {
    const f = compileFunction([m, i], expression);
    const call = () =>
      f(
        [
          [1, 2],
          [3, 4],
        ],
        [0, 5],
      );
    expect(call).toThrow(IndexError);
    expect(call).toThrow(message);
  });
});
