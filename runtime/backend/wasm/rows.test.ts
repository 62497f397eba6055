/** Programs of rows, short and long, in every layout, compared with the interpreter. */
import { describe, expect, test } from "vitest";
import { closeTo } from "../../../test/support/agreement.ts";
import type { DType } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { as, define, KernelBuilder, loop, number, on, reduce } from "../../loop/builder.ts";
import { interpret } from "../../loop/interp.ts";
import type { Expr, Kernel, Load, Statement } from "../../loop/ir.ts";
import { wasmBackend } from "./index.ts";
import { remember } from "./remember.ts";

/** Each row's exponentials, less the largest, divided by their sum. */
function softmax(dtype: "float32" | "float64"): Kernel {
  const kernel = new KernelBuilder("softmax");
  const element = kernel.input(dtype, ["i", "j"]);
  const store = kernel.output(dtype, ["i", "j"]);
  const extreme = reduce(["j"], { largest: ["maximum", element] });
  const raised = (): Expr => on("exp", on("sub", element, extreme.value("largest")));
  const sums = reduce(["j"], { total: ["add", raised()] });
  const body = loop(["j"], store(on("true_div", raised(), sums.value("total"))));
  return kernel.build(...loop(["i"], extreme.statement, sums.statement, ...body));
}

/** The same of what is named twice, of a biased element and with a second result for each row. */
function biased(dtype: "float32" | "float64"): Kernel {
  const kernel = new KernelBuilder("biased");
  const element = kernel.input("int8", ["i", "j"]);
  const bias = kernel.input(dtype, ["j"]);
  const weight = kernel.input(dtype, ["i"]);
  const store = kernel.output(dtype, ["i", "j"]);
  const storeSum = kernel.output("float64", ["i"]);
  const named = (name: string) => define(name, on("mul", on("add", as(element, dtype), bias), weight));
  const [first, second] = [named("first"), named("second")];
  const { statement, value } = reduce(["j"], { total: ["add", on("sigmoid", first.value)] });
  const sum: Statement = statement.kind === "reduce" ? { ...statement, body: [first.statement] } : statement;
  const inner = store(on("add", on("tanh", on("sigmoid", second.value)), value("total")));
  return kernel.build(
    ...loop(["i"], sum, storeSum(as(value("total"), "float64")), ...loop(["j"], second.statement, inner)),
  );
}

/** Each row less its mean, without a function. */
function centred(dtype: "float32" | "float64"): Kernel {
  const kernel = new KernelBuilder("centred");
  const element = kernel.input(dtype, ["i", "j"]);
  const store = kernel.output(dtype, ["i", "j"]);
  const sums = reduce(["j"], { total: ["add", element], count: ["add", number(1, dtype)] });
  const mean = define("mean", on("true_div", sums.value("total"), sums.value("count")));
  return kernel.build(
    ...loop(["i"], sums.statement, mean.statement, ...loop(["j"], store(on("sub", element, mean.value)))),
  );
}

function numbers(dtype: DType, ...shape: readonly number[]): NDArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return NDArray.from(Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 8 - 6))
    .reshape(shape)
    .astype(dtype);
}

const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [16, 10],
  [37, 3],
  [50, 31],
  [33, 32],
  [5, 100],
  [3, 1003],
  [20, 0],
];

const LAYOUTS: readonly (readonly [string, (array: NDArray) => NDArray])[] = [
  ["dense", (array) => array],
  ["transposed", (array) => array.transpose().copy().transpose()],
];

const PROGRAMS = { softmax, biased, centred };

describe.each(SHAPES)("%i rows of %i", (rows, columns) => {
  describe.each(["float32", "float64"] as const)("of %s", (dtype) => {
    test.each(Object.entries(PROGRAMS))("%s", (name, make) => {
      const kernel = make(dtype);
      const [run] = wasmBackend.compile([kernel]);
      const isBiased = name === "biased";
      const others = isBiased ? [numbers(dtype, columns), numbers(dtype, rows)] : [];
      for (const [layout, arrange] of LAYOUTS) {
        const inputs = [arrange(numbers(isBiased ? "int8" : dtype, rows, columns)), ...others];
        const outputs = (): NDArray[] => [
          arrange(NDArray.zeros([rows, columns], dtype)),
          ...(isBiased ? [NDArray.zeros([rows], "float64")] : []),
        ];
        const [actual, wanted] = [outputs(), outputs()];
        run(inputs, actual);
        interpret(kernel, [...inputs, ...wanted]);
        // The largest results are sums of so many values below 1, or weights.
        const same = closeTo((columns + 8) * (dtype === "float64" ? 1e-15 : 5e-7));
        for (const [i, array] of actual.entries()) {
          const all = [...wanted[i].elements()];
          expect(
            [...array.elements()].findIndex((value, at) => !same(value, all[at])),
            `${layout}, result ${i}`,
          ).toBe(-1);
        }
      }
    });
  });
});

test("a function that two passes need is computed by the first", () => {
  const [{ axis, body }] = softmax("float64").body.filter((statement) => statement.kind === "loop");
  let buffers = 2;
  const { body: remembering, kept } = remember(body, axis, "j", () => buffers++);
  expect(kept.map(({ access }) => access.buffer)).toEqual([2]);
  const [, sum, last] = remembering;
  const [stored] = sum.kind === "reduce" ? sum.body : [];
  expect(stored).toMatchObject({ kind: "store", value: { op: "exp" } });
  const read: Load = { kind: "load", access: kept[0].access, dtype: "float64" };
  expect(last).toMatchObject({ body: [{ value: { op: "true_div", args: [read, { kind: "local" }] } }] });
});
