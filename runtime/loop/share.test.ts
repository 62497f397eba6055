import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { backendByName } from "../backend/registry.ts";
import { apply, type Input, input, type ScalarExpr } from "../scalar/expr.ts";
import { elementwiseKernel } from "./build.ts";
import type { Statement } from "./ir.ts";
import { nameSharedParts } from "./share.ts";

const x = input(0, "float64");
const on = (op: "add" | "exp" | "mul" | "tanh", ...args: ScalarExpr[]): ScalarExpr => apply<Input>(op, args, "float64");
const kernelOf = (expr: ScalarExpr) =>
  elementwiseKernel({ exprs: [expr], inputs: [{ dtype: "float64", broadcastable: [false] }], ndim: 1 });

/** The kinds of the statements inside of all loops. */
function innermost(body: readonly Statement[]): string[] {
  const [first] = body;
  return first?.kind === "loop" ? innermost(first.body) : body.map(({ kind }) => kind);
}

test("a part that is used twice gets a name, one that is used once does not", () => {
  const e = on("exp", x);
  expect(innermost(nameSharedParts(kernelOf(on("mul", e, on("tanh", e)))).body)).toEqual(["let", "store"]);
  expect(innermost(nameSharedParts(kernelOf(on("mul", x, on("tanh", on("exp", x))))).body)).toEqual(["store"]);
});

test("both backends compute the same with names", () => {
  const e = on("exp", x);
  const twice = on("add", on("tanh", e), e);
  const kernel = kernelOf(on("mul", twice, on("add", twice, e)));
  const results = [kernel, nameSharedParts(kernel)].flatMap((one) =>
    (["interp", "js"] as const).map((name) => {
      const output = NDArray.zeros([3], "float64");
      backendByName(name).compile([one])[0]([NDArray.from([-1, 0, 2.5], "float64")], [output]);
      return output.toNested();
    }),
  );
  for (const result of results) expect(result).toEqual(results[0]);
});

test("what doubles with every step as a tree is written in proportion to its steps", () => {
  let expr: ScalarExpr = x;
  for (let step = 0; step < 60; step++) expr = on("add", on("tanh", expr), expr);
  const kernel = nameSharedParts(kernelOf(expr));
  expect(innermost(kernel.body)).toHaveLength(60);
  const output = NDArray.zeros([1], "float64");
  backendByName("js").compile([kernel])[0]([NDArray.from([0.5], "float64")], [output]);
  expect(Number(output.get(0))).toBeGreaterThan(1);
});
