import { describe, expect, test } from "vitest";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { MemoryPlan, memoryCode } from "./memory.ts";

const x = T.dvector("x");
/** As if every vector and matrix had 100 elements of 8 bytes. */
const sizeOf = (variable: Variable): number => (variable.ndim === 0 ? 8 : 800);

function plan(outputs: readonly Variable[], rules = { gc: true, inplace: true }): MemoryPlan {
  const { fgraph } = FunctionGraph.cloneOf([x], outputs);
  return new MemoryPlan(fgraph, fgraph.toposort(), sizeOf, rules);
}

describe("the peak of a chain of three arrays", () => {
  const chain = T.exp(T.sin(T.tanh(x)));

  test.each([
    ["two at a time: one is read, one written", { gc: true, inplace: true }, 1600],
    ["all three when nothing is forgotten", { gc: false, inplace: true }, 2400],
  ])("%s", (_, rules, bytes) => {
    expect(plan([chain], rules).peak).toBe(bytes);
  });

  test("one when each is written over the one before", () => {
    const overwriting = T.inplace.expInplace(T.inplace.sinInplace(T.tanh(x)));
    expect(plan([overwriting]).peak).toBe(800);
    expect(plan([overwriting], { gc: true, inplace: false }).peak).toBe(1600);
  });

  test("nothing overwrites what comes from outside: such a node makes an array", () => {
    expect(plan([T.inplace.expInplace(x)]).peak).toBe(800);
  });

  test("views take none, and keep what they show", () => {
    expect(plan([T.sum(T.dimshuffle(x, ["x", 0]))]).peak).toBe(8);
    expect(plan([T.exp(T.dimshuffle(T.sin(x), ["x", 0]))]).peak).toBe(1600);
  });
});

describe("the least peak of all orders", () => {
  // Each vector is needed by one sum only, so that there need never be two of them.
  const sums = [T.sum(T.exp(x)), T.sum(T.sin(x)), T.sum(T.cos(x))];
  const { fgraph } = FunctionGraph.cloneOf([x], sums);
  const breadthFirst = [...fgraph.toposort()].sort((a, b) => b.out.ndim - a.out.ndim);
  const wasteful = new MemoryPlan(fgraph, breadthFirst, sizeOf, { gc: true, inplace: true });

  test("is found where the order given wastes memory", () => {
    expect(wasteful.peak).toBe(2408);
    expect(wasteful.leastPeak(1000)).toBe(800 + 3 * 8);
  });

  test("is not looked for longer than asked", () => {
    expect(wasteful.leastPeak(3)).toBe(null);
  });
});

test.each([
  ["c", T.exp(x)],
  ["i", T.inplace.expInplace(x)],
  ["v", T.dimshuffle(x, ["x", 0])],
])("an output is marked %s", (code, output) => {
  expect(output.owner === null ? null : memoryCode(output.owner, 0)).toBe(code);
});
