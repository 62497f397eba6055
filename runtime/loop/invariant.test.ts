import { describe, expect, test } from "vitest";
import { as, KernelBuilder, loop, on } from "./builder.ts";
import { hoistInvariants } from "./invariant.ts";
import type { Expr } from "./ir.ts";
import { kernelText } from "./text.ts";

/** `out[i, j] = f(a matrix's element, a column's element)`. */
function rows(value: (element: Expr, column: Expr) => Expr): string {
  const kernel = new KernelBuilder("rows");
  const element = as(kernel.input("float64", ["i", "j"]), "float64");
  const column = as(kernel.input("float64", ["i"]), "float64");
  const store = kernel.output("float64", ["i", "j"]);
  return kernelText(hoistInvariants(kernel.build(...loop(["i"], ...loop(["j"], store(value(element, column)))))));
}

describe("what is the same for a row", () => {
  test("is computed before the loop along it", () => {
    const text = rows((element, column) => on("add", on("exp", column), element));
    expect(text).toMatch(/let before_0 = exp\(in1\[i\]\)\n\s+loop j\n\s+out2\[i, j\] = add\(before_0, in0\[i, j\]\)/);
  });

  test("what changes stays where it is", () => {
    const text = rows((element, column) => on("exp", on("add", column, element)));
    expect(text).toMatch(/loop j\n\s+out2\[i, j\] = exp\(add\(before_0, in0\[i, j\]\)\)/);
  });

  test("shared parts are looked at once, however often they are used", () => {
    const doubled = (expr: Expr): Expr => on("add", expr, expr);
    const deep = (expr: Expr): Expr => Array.from({ length: 60 }).reduce<Expr>(doubled, expr);
    const kernel = new KernelBuilder("shared");
    const store = kernel.output("float64", ["i"]);
    const made = hoistInvariants(
      kernel.build(...loop(["i"], store(deep(as(kernel.input("float64", ["i"]), "float64"))))),
    );
    const [outer] = made.body;
    expect(outer.kind).toBe("loop");
  });
});
