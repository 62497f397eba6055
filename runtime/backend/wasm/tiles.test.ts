/** Kernels that run tile by tile give what they give on whole arrays. */
import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { elementwiseKernel, reduceKernel } from "../../loop/build.ts";
import { interpret } from "../../loop/interp.ts";
import type { Kernel } from "../../loop/ir.ts";
import { apply, type Input, input } from "../../scalar/expr.ts";
import { interpBackend } from "../interp.ts";
import { FIRST } from "../machine.ts";
import { nativeForm, nativeKernel } from "../native.ts";
import { wasmMachine } from "./machine.ts";
import { rowKernelOf } from "./tiles.ts";

const matrix = { dtype: "float64", broadcastable: [false, false] } as const;
const row = { dtype: "float64", broadcastable: [true, false] } as const;
const column = { dtype: "float64", broadcastable: [false, true] } as const;

const combine = (
  ...inputs: readonly { readonly dtype: "float64"; readonly broadcastable: readonly boolean[] }[]
): Kernel =>
  elementwiseKernel({
    exprs: [
      apply<Input>(
        "add",
        [apply<Input>("mul", [input(0, "float64"), input(0, "float64")], "float64"), input(1, "float64")],
        "float64",
      ),
    ],
    inputs,
    ndim: 2,
  });

const sumOver = (axis: number): Kernel =>
  reduceKernel({ op: "add", dtype: "float64", accDtype: "float64", outDtype: "float64", ndim: 2, axes: [axis] });

function numbers(...shape: readonly number[]): NDArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return new NDArray(
    Float64Array.from({ length: size }, (_, i) => ((i * 37) % 101) - 50),
    "float64",
    shape,
  );
}

/** More rows than a tile holds, and not a whole number of tiles. */
const ROWS = 3001;
const WIDTH = 37;

const CASES: readonly (readonly [string, Kernel, readonly NDArray[], readonly number[]])[] = [
  ["two matrices", combine(matrix, matrix), [numbers(ROWS, WIDTH), numbers(ROWS, WIDTH)], [ROWS, WIDTH]],
  ["a matrix and a row", combine(matrix, row), [numbers(ROWS, WIDTH), numbers(1, WIDTH)], [ROWS, WIDTH]],
  ["a matrix and a column", combine(matrix, column), [numbers(ROWS, WIDTH), numbers(ROWS, 1)], [ROWS, WIDTH]],
  [
    "some columns",
    combine(matrix, matrix),
    [numbers(ROWS, 50).slice({}, { start: 3, stop: 40 }), numbers(ROWS, WIDTH)],
    [ROWS, WIDTH],
  ],
  [
    "every other row",
    combine(matrix, matrix),
    [numbers(2 * ROWS, WIDTH).slice({ step: 2 }), numbers(ROWS, WIDTH)],
    [ROWS, WIDTH],
  ],
  [
    "rows from the last",
    combine(matrix, matrix),
    [numbers(ROWS, WIDTH).slice({ step: -1 }), numbers(ROWS, WIDTH)],
    [ROWS, WIDTH],
  ],
  [
    "a transposed matrix",
    combine(matrix, matrix),
    [numbers(WIDTH, ROWS).transpose(), numbers(ROWS, WIDTH)],
    [ROWS, WIDTH],
  ],
  ["sums of rows", sumOver(1), [numbers(ROWS, WIDTH)], [ROWS]],
  ["sums of columns", sumOver(0), [numbers(ROWS, WIDTH)], [WIDTH]],
];

describe("large arrays", () => {
  test.each(CASES)("%s", (_name, kernel, inputs, shape) => {
    const run = wasmMachine.compile([nativeForm(kernel).compiled]).wait();
    const [otherwise] = interpBackend.compile([kernel]);
    if (run === null) throw new Error("it was not compiled");
    const outputs = [NDArray.zeros(shape, "float64"), NDArray.zeros(shape, "float64")];
    nativeKernel(wasmMachine, kernel, FIRST, run, otherwise)(inputs, [outputs[0]]);
    interpret(kernel, [...inputs, outputs[1]]);
    expect(outputs[0].toNested()).toEqual(outputs[1].toNested());
  });
});

test("what needs all rows at once has none", () => {
  expect(rowKernelOf(sumOver(0))?.rows).toBeUndefined();
  expect(rowKernelOf(sumOver(1))?.rows).toHaveLength(2);
  expect(rowKernelOf(combine(matrix, row))?.others).toHaveLength(1);
});
