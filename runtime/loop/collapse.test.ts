import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { applyToInputs } from "../scalar/expr.ts";
import { dotKernel, elementwiseKernel, reduceKernel } from "./build.ts";
import { checkKernel } from "./check.ts";
import { type Collapsed, collapse } from "./collapse.ts";
import type { Kernel } from "./ir.ts";

const add = (...patterns: boolean[][]): Kernel =>
  elementwiseKernel({
    exprs: [
      applyToInputs(
        "add",
        patterns.map(() => "float64"),
        "float64",
      ),
    ],
    inputs: patterns.map((broadcastable) => ({ dtype: "float64", broadcastable })),
    ndim: patterns[0].length,
  });
const sum = (ndim: number, axes: number[]): Kernel =>
  reduceKernel({ op: "add", dtype: "float64", accDtype: "float64", outDtype: "float64", ndim, axes });

/** The collapsed kernel, checked. */
function collapsed(kernel: Kernel): Collapsed {
  const result = collapse(kernel);
  if (result === null) throw new Error("nothing was merged");
  checkKernel(result.kernel);
  return result;
}

test.each<[string, Kernel, number]>([
  ["three dense dimensions", add([false, false, false], [false, false, false]), 1],
  ["a scalar", add([false, false], [true, true]), 1],
  ["a row repeated over two dimensions", add([false, false, false], [true, true, false]), 2],
  ["a column", add([false, false, false], [false, false, true]), 2],
  ["a sum over everything", sum(3, [0, 1, 2]), 1],
  ["a sum over the last two of three", sum(3, [1, 2]), 2],
  ["a sum over the first of three", sum(3, [0]), 2],
])("%s: axes are merged", (_, kernel, axes) => {
  expect(collapsed(kernel).kernel.axes).toHaveLength(axes);
});

test.each<[string, Kernel]>([
  ["one dimension", add([false])],
  ["row and column", add([true, false], [false, true])],
  ["a sum over the middle", sum(3, [1])],
  ["a sum over the outer two", sum(3, [0, 2])],
  ["a product", dotKernel({ dtype: "float64", ndims: [2, 2] })],
])("%s: nothing is merged", (_, kernel) => {
  expect(collapse(kernel)).toBeNull();
});

describe("arrays seen through merged dimensions", () => {
  const { view } = collapsed(add([false, false]));
  const base = NDArray.from([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const layout = (array: NDArray) =>
    view([array, array])?.map(({ shape, strides, offset }) => ({ shape, strides, offset }))[0] ?? null;

  test.each<[string, NDArray, { shape: number[]; strides: number[]; offset: number } | null]>([
    ["dense", base, { shape: [6], strides: [1], offset: 0 }],
    ["reversed in both", base.slice({ step: -1 }, { step: -1 }), { shape: [6], strides: [-1], offset: 5 }],
    ["one row of two", base.slice({ start: 1 }), { shape: [3], strides: [1], offset: 3 }],
    ["a column as a matrix", base.slice({}, 1, null), { shape: [2], strides: [3], offset: 1 }],
    ["all the same", NDArray.from([[5]]).broadcastTo([2, 2]), { shape: [4], strides: [0], offset: 0 }],
    ["transposed", base.transpose(), null],
    ["every other column", base.slice({}, { step: 2 }), null],
    ["a repeated row", NDArray.from([1, 2]).broadcastTo([3, 2]), null],
  ])("%s", (_, array, expected) => {
    expect(layout(array)).toEqual(expected);
  });
});
