import { expect, test } from "vitest";
import { compileFunction } from "../compile/function.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dmatrix("x");
const n = T.lscalar("n");
const counts = T.lvector("counts");

function evaluate(expression: TensorVariable): unknown {
  const f = compileFunction([x, n, counts], expression, { onUnusedInput: "ignore" });
  return f(
    [
      [1, 2],
      [3, 4],
    ],
    1,
    [1, 2],
  ).toNested();
}

test.each([
  ["every element twice", T.repeat(x, 2), [1, 1, 2, 2, 3, 3, 4, 4]],
  ["rows not at all", T.repeat(x, 0, { axis: 0 }), []],
  [
    "columns twice",
    T.repeat(x, 2, { axis: 1 }),
    [
      [1, 1, 2, 2],
      [3, 3, 4, 4],
    ],
  ],
  [
    "rows as often as a vector says",
    T.repeat(x, counts, { axis: 0 }),
    [
      [1, 2],
      [3, 4],
      [3, 4],
    ],
  ],
  [
    "columns as often as a list says",
    T.repeat(x, [2, 0], { axis: -1 }),
    [
      [1, 1],
      [3, 3],
    ],
  ],
  [
    "tiles in a row",
    T.tile(x, [1, 2]),
    [
      [1, 2, 1, 2],
      [3, 4, 3, 4],
    ],
  ],
  [
    "tiles with a new dimension",
    T.tile(x, [2, 1, 1]),
    [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ],
  [
    "tiles of the last dimension",
    T.tile(x, [2]),
    [
      [1, 2, 1, 2],
      [3, 4, 3, 4],
    ],
  ],
  [
    "tiles by a vector",
    T.tile(x, counts, { ndim: 2 }),
    [
      [1, 2, 1, 2],
      [3, 4, 3, 4],
    ],
  ],
  [
    "tiles of the last of three dimensions",
    T.tile(x, [2], { ndim: 3 }),
    [
      [
        [1, 2, 1, 2],
        [3, 4, 3, 4],
      ],
    ],
  ],
  [
    "tiles by a vector, of the last of three dimensions",
    T.tile(x, counts, { ndim: 3 }),
    [
      [
        [1, 2, 1, 2],
        [3, 4, 3, 4],
      ],
    ],
  ],
  [
    "every element as often as a broadcastable vector says",
    T.repeat(x, T.addbroadcast(counts.at(T.slice(0, 1)), 0)),
    [1, 2, 3, 4],
  ],
  [
    "rolled rows",
    T.roll(x, 1, { axis: 0 }),
    [
      [3, 4],
      [1, 2],
    ],
  ],
  [
    "rolled in row-major order",
    T.roll(x, n),
    [
      [4, 1],
      [2, 3],
    ],
  ],
  [
    "rolled backwards, further than the length",
    T.roll(x, -3, { axis: 1 }),
    [
      [2, 1],
      [4, 3],
    ],
  ],
  [
    "rolled not at all",
    T.roll(x, 2, { axis: 1 }),
    [
      [1, 2],
      [3, 4],
    ],
  ],
])("%s", (_, expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test("a negative count is an error at run time", () => {
  const f = compileFunction([x, counts], T.repeat(x, counts, { axis: 0 }));
  expect(() =>
    f(
      [
        [1, 2],
        [3, 4],
      ],
      [1, -1],
    ),
  ).toThrow(/repeats may not contain negative values: \[ 1 -1\]/);
});

test("one count for each element", () => {
  const f = compileFunction([x, counts], T.repeat(x, counts, { axis: 0 }));
  expect(() =>
    f(
      [
        [1, 2],
        [3, 4],
      ],
      [1, 1, 1],
    ),
  ).toThrow(/could not be broadcast together: 3 repeats for 2 elements/);
});

test("counts must be integers", () => {
  expect(() => T.repeat(x, [0.5])).toThrow(/A shape must be made of integers/);
});

test.each([
  ["fewer dimensions than the tensor has", () => T.tile(x, 2, { ndim: 1 })],
  ["fewer dimensions than counts", () => T.tile(x, [1, 2, 3], { ndim: 2 })],
])("%s", (_, build) => {
  expect(build).toThrow(/^ndim is \d, but x of type TensorType\(float64, matrix\) is tiled \d times over\.$/);
});
