import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { as, define, KernelBuilder, loop, number, on, position, reduce } from "./builder.ts";
import { checkKernel } from "./check.ts";
import { interpret } from "./interp.ts";
import type { Kernel } from "./ir.ts";

function run(kernel: Kernel, input: NDArray, shape: readonly number[]): unknown {
  checkKernel(kernel);
  const output = NDArray.zeros(shape, "float64");
  interpret(kernel, [input, output]);
  return output.toNested();
}

const MATRIX = NDArray.from(
  [
    [1, 2, 6],
    [0, 4, 8],
  ],
  "float64",
);

test("each row less its mean", () => {
  const kernel = new KernelBuilder("centre");
  const element = kernel.input("float64", ["i", "j"]);
  const store = kernel.output("float64", ["i", "j"]);
  const sums = reduce(["j"], { total: ["add", element], count: ["add", number(1, "float64")] });
  const mean = define("mean", on("true_div", sums.value("total"), sums.value("count")));
  const body = loop(["j"], store(on("sub", element, mean.value)));
  expect(run(kernel.build(...loop(["i"], sums.statement, mean.statement, ...body)), MATRIX, [2, 3])).toEqual([
    [-2, -1, 3],
    [-4, 0, 4],
  ]);
});

test("a column of positions in front, by an offset", () => {
  const kernel = new KernelBuilder("number");
  const element = kernel.input("float64", ["i", "j"]);
  const store = kernel.output("float64", ["i", { axis: "j", offset: 1 }]);
  const counted = store(as(position("i"), "float64"), ["i", "first"]);
  expect(run(kernel.build(...loop(["i"], counted, ...loop(["j"], store(element)))), MATRIX, [2, 4])).toEqual([
    [0, 1, 2, 6],
    [1, 0, 4, 8],
  ]);
});
