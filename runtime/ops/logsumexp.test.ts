import { describe, expect, test } from "vitest";
import { expectGradients } from "../../test/support/derivatives.ts";
import { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dmatrix("x");

describe("values", () => {
  test.each<[string, readonly number[], number]>([
    ["large ones do not overflow", [1000, 1000], 1000 + Math.LN2],
    ["what one term outweighs is not lost", [0, -50], Math.log1p(Math.exp(-50))],
    ["nothing at all", [-Infinity, -Infinity], -Infinity],
    ["infinity", [Infinity, 1], Infinity],
    ["NaN", [Number.NaN, 1], Number.NaN],
  ])("%s", (_, row, expected) => {
    const f = compileFunction([x], T.logsumexp(x, { axis: 1 }));
    expect(Number(f([row]).item())).toBe(expected);
  });
});

test("dimensions as for a sum", () => {
  const shapes = [T.logsumexp(x), T.logsumexp(x, { axis: 0 }), T.logsumexp(x, { axis: -1, keepdims: true })];
  const values = compileFunction([x], shapes)(NDArray.zeros([2, 3], "float64"));
  expect(values.map((value) => value.shape)).toEqual([[], [3], [2, 1]]);
  expect(Number(values[0].item())).toBeCloseTo(Math.log(6), 14);
});

test("the gradient is the softmax", () => {
  expectGradients(
    (v) => T.logsumexp(v, { axis: 1 }),
    [
      NDArray.from(
        [
          [0.5, -1, 2],
          [3, 0, 1],
        ],
        "float64",
      ),
    ],
    { twice: true },
  );
});
