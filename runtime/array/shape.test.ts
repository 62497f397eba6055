import { describe, expect, test } from "vitest";
import {
  broadcastShapes,
  contiguousStrides,
  isContiguousLayout,
  normalizeAxes,
  normalizeAxis,
  sizeOf,
} from "./shape.ts";

describe("broadcasting", () => {
  test.each([
    [
      [[2, 3], [3]],
      [2, 3],
    ],
    [
      [
        [2, 1],
        [1, 3],
      ],
      [2, 3],
    ],
    [[[], [4]], [4]],
    [[[0], [1]], [0]],
    [
      [
        [1, 0],
        [5, 1],
      ],
      [5, 0],
    ],
    [
      [[5, 1, 4], [3, 1], [1]],
      [5, 3, 4],
    ],
    [[], []],
  ])("%j gives %j", (shapes, expected) => {
    expect(broadcastShapes(...shapes)).toEqual(expected);
  });

  test("lengths that differ are named with their axis and all shapes", () => {
    expect(() => broadcastShapes([2, 3], [2, 4])).toThrow(
      "shapes (2, 3) and (2, 4) do not broadcast together: axis 1 has lengths 3 and 4, and neither is 1",
    );
  });
});

test("sizes and strides", () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 0, 3])).toBe(0);
  expect(contiguousStrides([2, 3, 4])).toEqual([12, 4, 1]);
});

test.each([
  [[2, 3], [3, 1], true],
  [[2, 3], [1, 2], false],
  [[1, 3], [99, 1], true],
  [[0, 3], [7, 7], true],
  [[], [], true],
  [[3], [2], false],
  [[3], [0], false],
])("shape %j with strides %j: dense is %s", (shape, strides, expected) => {
  expect(isContiguousLayout(shape, strides)).toBe(expected);
});

test("axes count from either end", () => {
  expect(normalizeAxis(-1, 3)).toBe(2);
  expect(() => normalizeAxis(3, 3)).toThrow("axis 3 is not an axis of an array with 3 dimensions");
  expect(() => normalizeAxis(NaN, 3)).toThrow(/NaN/);
  expect(normalizeAxes(null, 2)).toEqual([0, 1]);
  expect(normalizeAxes([-1, 0], 3)).toEqual([0, 2]);
  expect(() => normalizeAxes([0, -2], 2)).toThrow("axis 0 is named twice");
});
