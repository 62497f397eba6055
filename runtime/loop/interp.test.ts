import { describe, expect, test } from "vitest";
import type { DType } from "../array/dtype.ts";
import { NDArray, type Nested } from "../array/ndarray.ts";
import { apply, applyToInputs, constant, type Input, input } from "../scalar/expr.ts";
import { argReduceKernel, dotKernel, elementwiseKernel, reduceKernel } from "./build.ts";
import { type Affine, affine, KernelBuilder, loop } from "./builder.ts";
import { checkKernel } from "./check.ts";
import { interpret } from "./interp.ts";
import type { Kernel, ReduceOp } from "./ir.ts";

/** Checks and runs a kernel of one output of the given shape. */
function run(kernel: Kernel, inputs: readonly NDArray[], shape: readonly number[]): NDArray {
  checkKernel(kernel);
  const output = NDArray.zeros(shape, kernel.buffers[inputs.length].dtype);
  interpret(kernel, [...inputs, output]);
  return output;
}

describe("elementwise", () => {
  const a = NDArray.from([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const column = NDArray.from([[10], [20]]);

  test("inputs marked broadcastable repeat", () => {
    const kernel = elementwiseKernel({
      exprs: [applyToInputs("add", ["float64", "float64"], "float64")],
      inputs: [
        { dtype: "float64", broadcastable: [false, false] },
        { dtype: "float64", broadcastable: [false, true] },
      ],
      ndim: 2,
    });
    expect(run(kernel, [a, column], [2, 3]).toNested()).toEqual([
      [11, 12, 13],
      [24, 25, 26],
    ]);
    expect(() => run(kernel, [a, NDArray.from([[1], [2], [3]])], [2, 3])).toThrow(
      "Input dimension mis-match. (input[0].shape[0] = 2, input[1].shape[0] = 3)",
    );
    expect(() => run(kernel, [a, column], [2, 4])).toThrow(
      "Input dimension mis-match. (input[0].shape[1] = 3, output[0].shape[1] = 4)",
    );
    expect(() => run(kernel, [a.astype("float32"), column], [2, 3])).toThrow(
      "expects in0 to be float64 with 2 dimensions, got float32 with 2",
    );
  });

  test("several outputs share what is computed", () => {
    const [x, y] = [input(0, "float64"), input(1, "float64")];
    const sum = apply<Input>("add", [x, y], "float64");
    const kernel = elementwiseKernel({
      exprs: [sum, apply<Input>("lt", [sum, constant(5, "int8")], "float64")],
      inputs: [
        { dtype: "float64", broadcastable: [false] },
        { dtype: "float64", broadcastable: [false] },
      ],
      ndim: 1,
    });
    checkKernel(kernel);
    const outputs = [NDArray.zeros([2], "float64"), NDArray.zeros([2], "bool")];
    interpret(kernel, [NDArray.from([1, 2]), NDArray.from([3, 4]), ...outputs]);
    expect(outputs.map((output) => output.toNested())).toEqual([
      [4, 6],
      [true, false],
    ]);
  });

  test("no dimensions, no elements, strided outputs", () => {
    const square = (ndim: number) =>
      elementwiseKernel({
        exprs: [applyToInputs("sqr", ["int64"], "float64")],
        inputs: [{ dtype: "int64", broadcastable: Array<boolean>(ndim).fill(false) }],
        ndim,
      });
    expect(run(square(0), [NDArray.from(3n)], []).item()).toBe(9n);
    expect(run(square(2), [NDArray.zeros([0, 3], "int64")], [0, 3]).shape).toEqual([0, 3]);
    const target = NDArray.zeros([2, 2], "int64");
    interpret(square(1), [NDArray.from([2n, 3n]), target.slice({ step: -1 }, 1)]);
    expect(target.toNested()).toEqual([
      [0n, 9n],
      [0n, 4n],
    ]);
  });
});

describe("reductions", () => {
  const reduce = (
    op: Exclude<ReduceOp, "argmax" | "argmin">,
    values: Nested,
    axes: number[],
    dtype: DType,
    acc = dtype,
  ) => {
    const array = NDArray.from(values, dtype);
    const kernel = reduceKernel({ op, dtype, accDtype: acc, outDtype: acc, ndim: array.ndim, axes });
    return run(
      kernel,
      [array],
      array.shape.filter((_, axis) => !axes.includes(axis)),
    ).toNested();
  };
  const matrix = [
    [1, 2, 3],
    [4, 5, 6],
  ];

  test.each<[string, Nested, Nested]>([
    ["rows", reduce("add", matrix, [1], "float64"), [6, 15]],
    ["columns", reduce("add", matrix, [0], "float64"), [5, 7, 9]],
    ["everything", reduce("mul", matrix, [0, 1], "float64"), 720],
    ["nothing", reduce("maximum", matrix, [], "float64"), matrix],
    ["int8 in int64", reduce("add", [100, 100], [0], "int8", "int64"), 200n],
    ["int8 in int8, which wraps", reduce("add", [100, 100], [0], "int8"), -56],
    ["any", reduce("or_", [false, true], [0], "bool"), true],
    [
      "all",
      reduce(
        "and_",
        [
          [1, 3],
          [4, 5],
        ],
        [1],
        "int32",
      ),
      [1, 4],
    ],
    ["the sum of nothing", reduce("add", [], [0], "float64"), 0],
    ["the product of nothing", reduce("mul", [[], []], [1], "int8"), [1, 1]],
    ["the maximum of no floats", reduce("maximum", [[], []], [1], "float64"), [-Infinity, -Infinity]],
    ["the minimum of no floats", reduce("minimum", [], [0], "float32"), Infinity],
    ["maximum with NaN", reduce("maximum", [1, NaN, 3], [0], "float64"), NaN],
    ["minimum with NaN first", reduce("minimum", [NaN, -1], [0], "float64"), NaN],
    ["minimum of infinities", reduce("minimum", [Infinity, Infinity], [0], "float64"), Infinity],
    ["a sum with an infinity", reduce("add", [Infinity, 1, 2], [0], "float64"), Infinity],
    ["a sum that cancels", reduce("add", [1, 1e100, 1, -1e100], [0], "float64"), 2],
  ])("%s", (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  test("the extreme of nothing is an error, unless none is asked for", () => {
    expect(() => reduce("maximum", [], [0], "int64")).toThrow(
      "zero-size array to reduction operation maximum which has no identity",
    );
    const none = NDArray.zeros([0, 0], "float64");
    const kernel = reduceKernel({
      op: "maximum",
      dtype: "float64",
      accDtype: "float64",
      outDtype: "float64",
      ndim: 2,
      axes: [1],
    });
    expect(run(kernel, [none], [0]).size).toBe(0);
  });

  test.each<[Nested, number[], "argmax" | "argmin", Nested]>([
    [[3, 9, 9], [0], "argmax", 1n],
    [
      [
        [3, 1],
        [0, 9],
      ],
      [0],
      "argmin",
      [1n, 0n],
    ],
    [
      [
        [3, 1],
        [0, 9],
      ],
      [0, 1],
      "argmax",
      3n,
    ],
    [[1, NaN, 2, NaN], [0], "argmax", 1n],
    [[1, NaN, 0], [0], "argmin", 1n],
  ])("position in %j along %j: %s", (values, axes, op, expected) => {
    const array = NDArray.from(values);
    const kernel = argReduceKernel({ op, dtype: "float64", ndim: array.ndim, axes });
    expect(
      run(
        kernel,
        [array],
        array.shape.filter((_, axis) => !axes.includes(axis)),
      ).toNested(),
    ).toEqual(expected);
  });
});

describe("products", () => {
  const m = NDArray.from([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const v = NDArray.from([10, 1]);
  test.each<[NDArray, NDArray, number[], Nested]>([
    [v, v, [], 101],
    [m, v, [3], [12, 34, 56]],
    [NDArray.from([1, 1, 2]), m, [2], [14, 18]],
    [
      m,
      m.transpose(),
      [3, 3],
      [
        [5, 11, 17],
        [11, 25, 39],
        [17, 39, 61],
      ],
    ],
    [
      NDArray.zeros([2, 0], "float64"),
      NDArray.zeros([0, 2], "float64"),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ])("case %#", (a, b, shape, expected) => {
    const vectorOrMatrix = (array: NDArray) => (array.ndim === 1 ? 1 : 2);
    const kernel = dotKernel({ dtype: "float64", ndims: [vectorOrMatrix(a), vectorOrMatrix(b)] });
    expect(run(kernel, [a, b], shape).toNested()).toEqual(expected);
  });

  test("integers wrap, other ranks are refused", () => {
    const bytes = NDArray.from([100, 100], "int8");
    expect(run(dotKernel({ dtype: "int8", ndims: [1, 1] }), [bytes, bytes], []).item()).toBe(32);
    expect(() => dotKernel({ dtype: "float64", ndims: [3, 1] })).toThrow("not arrays with 3 and 1 dimensions");
  });
});

describe("places", () => {
  /** `y[i] = x[place]`, with the lengths of both. */
  function copyFrom(place: Affine): Kernel {
    const builder = new KernelBuilder("copy");
    const x = builder.paddedInput("float64", [{ ...place, length: "n" }]);
    const out = builder.output("float64", ["i"]);
    return builder.build(...loop(["i"], out(x)));
  }

  const x = NDArray.from([1, 2, 3, 4, 5]);

  test("out of range a padded element is 0", () => {
    expect(run(copyFrom(affine({ i: 2 }, -2)), [x], [6]).toNested()).toEqual([0, 1, 3, 5, 0, 0]);
  });

  test("are counted from the end, or from the middle", () => {
    const fromEnd: Affine = { ...affine({ i: -1 }, -1), lengths: [{ axis: "n", scale: 1 }] };
    expect(run(copyFrom(fromEnd), [x], [6]).toNested()).toEqual([5, 4, 3, 2, 1, 0]);
    const fromMiddle: Affine = { ...affine({ i: 1 }), lengths: [{ axis: "n", scale: 1, divisor: 2 }] };
    expect(run(copyFrom(fromMiddle), [x], [4]).toNested()).toEqual([3, 4, 5, 0]);
  });
});
