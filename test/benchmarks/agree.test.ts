import { expect, test } from "vitest";
import { disagreement } from "./agree.ts";

const list = (...values: number[]): Float64Array => Float64Array.from(values);

test.each([
  ["the same", [list(1, 2)], [list(1, 2)], null],
  ["a difference that is small beside the largest", [list(1e-8, 1)], [list(0, 1)], null],
  ["one that is not", [list(1, 2.1)], [list(1, 2)], "result 0 is off by 5.0e-2"],
  ["zeros", [list(0, 0)], [list(0, 0)], null],
  ["a NaN", [list(1, Number.NaN)], [list(1, 2)], "result 0 is off by NaN"],
  ["fewer elements", [list(1)], [list(1, 2)], "result 0 has 1 elements, not 2"],
  ["fewer results", [list(1)], [list(1), list(2)], "it gives 1 results, not 2"],
])("%s", (_, found, wanted, message) => {
  expect(disagreement(found, wanted, 1e-6)).toBe(message);
});
