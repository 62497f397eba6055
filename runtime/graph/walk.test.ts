import { expect, test } from "vitest";
import { tensorFunctions as T } from "../ops/tensor.ts";
import type { Variable } from "./variable.ts";
import { cloneGraph, equalComputations, graphInputs, toposort } from "./walk.ts";

const x = T.dvector("x");
const y = T.fmatrix("y");

test("nodes come after what they need, in Theano's order", () => {
  const z = T.mul(T.exp(x), y);
  expect(toposort([z]).map((n) => String(n.op))).toEqual([
    "Elemwise{exp,no_inplace}",
    "InplaceDimShuffle{x,0}",
    "Elemwise{mul,no_inplace}",
  ]);
});

test("leaves are listed in order of first sight", () => {
  expect(graphInputs([T.add(T.mul(y, x), x)])).toEqual([y, x]);
});

test("a chain of 50,000 nodes overflows no stack", () => {
  let deep: Variable = x;
  for (let i = 0; i < 50_000; i++) deep = T.neg(deep);
  expect(toposort([deep])).toHaveLength(50_000);
  const [copy] = cloneGraph([deep], new Map());
  expect(copy === deep).toBe(false);
  expect(equalComputations([deep], [copy])).toBe(true);
  expect(equalComputations([deep], [T.neg(copy)])).toBe(false);
});

function squareOf(variable: Variable): Variable {
  return T.mul(variable, variable);
}

test.each([
  ["the same nodes over the same inputs", T.add(x, 1), T.add(x, 1), true],
  ["another constant", T.add(x, 1), T.add(x, 2), false],
  ["another op", T.add(x, 1), T.sub(x, 1), false],
  ["the same node twice on one side", T.mul(T.exp(x), T.exp(x)), T.sqr(T.exp(x)), false],
  ["equal nodes that are two on one side", T.mul(T.exp(x), T.exp(x)), squareOf(T.exp(x)), true],
  ["zeros of different sign", T.mul(x, 0.0), T.mul(x, -0.0), false],
])("equal computations: %s", (_, left, right, equal) => {
  expect(equalComputations([left], [right])).toBe(equal);
});

test("inputs may be renamed when computations are compared", () => {
  const other = T.dvector("other");
  expect(equalComputations([T.exp(x)], [T.exp(other)], [x], [other])).toBe(true);
  expect(equalComputations([T.exp(x)], [T.exp(other)])).toBe(false);
});
