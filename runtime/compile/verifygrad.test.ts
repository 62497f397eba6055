import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { gradScale } from "../ops/gradcontrol.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { GradientError, verifyGrad } from "./verifygrad.ts";

const point = NDArray.from(
  [
    [0.5, -1],
    [2, 0.25],
  ],
  "float64",
);

test.each(["float64", "float32"] as const)("accepts a right gradient in %s", (dtype) => {
  verifyGrad((x, y) => T.dot(T.tanh(x), T.exp(y)), [point.astype(dtype), point.astype(dtype)]);
});

test("takes lists of numbers as float64", () => {
  verifyGrad((x) => T.sqr(x), [[0.5, -1]]);
  expect(() => verifyGrad((x) => gradScale(x, 2), [[0.5, -1]])).toThrow(GradientError);
});

test("names the argument and the element of a wrong one", () => {
  expect(() => verifyGrad((x) => gradScale(x, 1.5), [point])).toThrow(GradientError);
  expect(() => verifyGrad((x) => gradScale(x, 1.5), [point])).toThrow(
    /of argument 0 with shape \(2, 2\).*rel\. error = 0\.2000/s,
  );
});

test("refuses integers", () => {
  expect(() => verifyGrad((x) => T.sqr(x), [point.astype("int32")])).toThrow(/array 0 has dtype int32/);
});
