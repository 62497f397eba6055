/** Which results are copied by a node of the graph, as in Theano. */
import { expect, test } from "vitest";
import { shared, T } from "../index.ts";
import { compileFunction } from "./function.ts";

const x = T.dmatrix("x");
const copies = (f: ReturnType<typeof compileFunction>): boolean[] =>
  f.fgraph.outputs.map(({ owner }) => owner?.op.family === "DeepCopyOp");

test.each<[string, () => Parameters<typeof compileFunction>[1], boolean[]]>([
  ["an input", () => [x], [true]],
  ["a constant", () => [T.constant([1, 2])], [true]],
  ["a shared variable", () => [shared([1, 2])], [true]],
  ["a view of an input", () => [T.transpose(x)], [true]],
  ["what is computed", () => [T.exp(x)], [false]],
  ["a view of what is computed", () => [T.transpose(T.exp(x))], [false]],
  ["two views of it: all but the last", () => [T.transpose(T.exp(x)), T.exp(x)], [true, false]],
])("%s", (_, outputs, expected) => {
  expect(copies(compileFunction([x], outputs(), { onUnusedInput: "ignore" }))).toEqual(expected);
});

test("the old value of what is updated is handed over", () => {
  const count = shared(0);
  const next = compileFunction([], count, { updates: [[count, T.add(count, 1)]] });
  expect(copies(next)[0]).toBe(false);
  expect([next(), next(), count.getValue()].map(String)).toEqual(["0.0", "1.0", "2.0"]);
});

test("a copy has the name of what it copies, and memory of its own", () => {
  const f = compileFunction([x], [x, x]);
  expect(f.fgraph.outputs.map(String)).toEqual(["x", "x"]);
  const [one, other] = f([[1]]);
  one.data[0] = 5;
  expect(String(other)).toBe("[[1.]]");
});
