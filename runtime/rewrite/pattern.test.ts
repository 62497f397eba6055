import { describe, expect, test } from "vitest";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { pprint } from "../print/pprint.ts";
import { type PatternSpec, pattern } from "./pattern.ts";

const [x, y] = [T.dvector("x"), T.dvector("y")];

/** What a pattern makes of the node that computes `output`, as text; null where it does not match. */
function applied(spec: Omit<PatternSpec, "name">, output: Variable): string | null {
  const fgraph = new FunctionGraph([x, y], [output]);
  const node = fgraph.outputs[0].owner;
  if (node === null) throw new Error("the output is an input");
  const rewrite = pattern({ name: "test", ...spec });
  const results = rewrite.transform(node, fgraph);
  return results === null ? null : results.map((result) => pprint(result)).join();
}

describe("what matches", () => {
  const cases: readonly (readonly [string, Omit<PatternSpec, "name">, Variable, string | null])[] = [
    ["an op on a wildcard", { find: (a) => T.log(T.exp(a)), replace: (a) => a }, T.log(T.exp(T.sin(x))), "sin(x)"],
    ["not another op", { find: (a) => T.log(T.exp(a)), replace: (a) => a }, T.log(T.sin(x)), null],
    [
      "numbers of any dtype and rank",
      { find: (a) => T.add(1, a), replace: (a) => a },
      T.add(T.constant([1], null, "float64"), x),
      "x",
    ],
    ["commutative ops in any order", { find: (a) => T.add(1, T.exp(a)), replace: (a) => a }, T.add(T.exp(x), 1), "x"],
    [
      "… with backtracking",
      { find: (a, b) => T.mul(a, T.exp(a), b), replace: (a, b) => T.sub(a, b) },
      T.mul(y, T.exp(x), x),
      "(x - y)",
    ],
    ["other ops in order only", { find: (a) => T.sub(T.exp(a), 1), replace: (a) => a }, T.sub(1, T.exp(x)), null],
    ["one wildcard, one variable", { find: (a) => T.mul(a, a), replace: (a) => T.sqr(a) }, T.mul(x, x), "sqr(x)"],
    ["… and not two", { find: (a) => T.mul(a, a), replace: (a) => T.sqr(a) }, T.mul(x, y), null],
    ["as many inputs as written", { find: (a, b) => T.add(a, b), replace: (a) => a }, T.add(x, y, x), null],
    [
      "what the condition allows",
      { find: (a) => T.exp(a), replace: (a) => a, where: ([a]) => a.name === "y" },
      T.exp(x),
      null,
    ],
    ["nothing where the replacement declines", { find: (a) => T.exp(a), replace: () => null }, T.exp(x), null],
  ];
  test.each(cases)("%s", (_, spec, output, expected) => {
    expect(applied(spec, output)).toBe(expected);
  });
});

test("the replacement is cast and filled to the type of what it replaces", () => {
  const one = { find: (a: Variable) => T.pow(a, 0), replace: () => T.constant(1) };
  expect(applied(one, T.pow(x, 0))).toBe("fill(x, float64(TensorConstant{1}))");
});

test("a pattern looks only at nodes of its root's op", () => {
  expect(pattern({ name: "p", find: (a) => T.log(T.exp(a)), replace: (a) => a }).tracks).toEqual(["Elemwise{log}"]);
});

test("a pattern that is no op, or that lacks a wildcard, is refused", () => {
  expect(() => pattern({ name: "bare", find: (a) => a, replace: (a) => a })).toThrow(
    "bare must be the application of an op",
  );
  expect(() => applied({ find: (a, _unused) => T.exp(a), replace: (a) => a }, T.exp(x))).toThrow(
    "does not use all of its wildcards",
  );
});
