/** Kernels that joined compute what they computed one after the other. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrayOf, closeTo } from "../../test/support/agreement.ts";
import { NDArray } from "../array/ndarray.ts";
import { apply, constant, type Input, input, type ScalarExpr } from "../scalar/expr.ts";
import { elementwiseKernel, reduceKernel } from "./build.ts";
import { as, define, KernelBuilder, loop, on, reduce } from "./builder.ts";
import { checkKernel } from "./check.ts";
import { inlineProducer } from "./inline.ts";
import { interpret } from "./interp.ts";
import type { Kernel } from "./ir.ts";
import { kernelText } from "./text.ts";

const x = (index: number): ScalarExpr => input(index, "float64");
const call = (op: "add" | "mul" | "exp" | "sub", ...args: ScalarExpr[]): ScalarExpr =>
  apply<Input>(op, args, "float64");
const matrix = { dtype: "float64", broadcastable: [false, false] } as const;
const row = { dtype: "float64", broadcastable: [true, false] } as const;

const scaled = elementwiseKernel({
  name: "scaled",
  exprs: [call("mul", x(0), constant(3, "float64"))],
  inputs: [matrix],
  ndim: 2,
});
const shifted = elementwiseKernel({
  name: "shifted",
  exprs: [call("add", x(0), x(1))],
  inputs: [matrix, row],
  ndim: 2,
});
const grown = elementwiseKernel({
  name: "grown",
  exprs: [call("exp", call("sub", x(0), x(1)))],
  inputs: [matrix, row],
  ndim: 2,
});
const product = elementwiseKernel({
  name: "product",
  exprs: [call("mul", x(0), x(1))],
  inputs: [matrix, matrix],
  ndim: 2,
});
const sumOver = (...axes: number[]): Kernel =>
  reduceKernel({ op: "add", dtype: "float64", accDtype: "float64", outDtype: "float64", ndim: 2, axes });

/** Rows picked by positions. */
function takeRows(): Kernel {
  const kernel = new KernelBuilder("take");
  const element = kernel.input("float64", [{ position: "at", length: "row" }, "j"]);
  const at = define("at", as(kernel.input("int64", ["i"]), "int64"));
  const store = kernel.output("float64", ["i", "j"]);
  return kernel.build(...loop(["i"], at.statement, ...loop(["j"], store(element))));
}

/** Each row divided by its sum: it reads its input twice. */
function shares(): Kernel {
  const kernel = new KernelBuilder("shares");
  const element = kernel.input("float64", ["i", "j"]);
  const store = kernel.output("float64", ["i", "j"]);
  const sum = reduce(["j"], { total: ["add", element] });
  return kernel.build(
    ...loop(["i"], sum.statement, ...loop(["j"], store(on("true_div", element, sum.value("total"))))),
  );
}

function run(kernel: Kernel, inputs: readonly NDArray[], shape: readonly number[]): NDArray {
  const output = NDArray.zeros(shape, "float64");
  interpret(kernel, [...inputs, output]);
  return output;
}

interface Case {
  readonly producer: Kernel;
  readonly consumer: Kernel;
  readonly buffer: number;
}

const CASES: readonly (readonly [string, Case])[] = [
  ["elementwise into elementwise", { producer: grown, consumer: shifted, buffer: 0 }],
  ["as one of two factors", { producer: shifted, consumer: product, buffer: 1 }],
  ["into a sum of rows", { producer: grown, consumer: sumOver(1), buffer: 0 }],
  ["into a sum of columns", { producer: grown, consumer: sumOver(0), buffer: 0 }],
  ["into a sum of all", { producer: shifted, consumer: sumOver(0, 1), buffer: 0 }],
  ["what is cheap into what reads it twice", { producer: scaled, consumer: shares(), buffer: 0 }],
];

describe("joined kernels", () => {
  test.each(CASES)("%s", (_name, { producer, consumer, buffer }) => {
    const fused = inlineProducer(consumer, buffer, producer);
    if (fused === null) throw new Error("they do not join");
    checkKernel(fused);
    const inputsOf = (kernel: Kernel): number => kernel.buffers.filter(({ access }) => access === "in").length;
    const shape = [4, 3];
    const arrays = (kernel: Kernel) =>
      fc.tuple(
        ...kernel.buffers
          .slice(0, inputsOf(kernel))
          .map((_, i) =>
            arrayOf("float64", kernel === shifted || kernel === grown ? (i === 1 ? [1, 3] : shape) : shape),
          ),
      );
    const bound = consumer.buffers[consumer.buffers.length - 1].ndim;
    const resultShape =
      bound === 2
        ? shape
        : bound === 0
          ? []
          : consumer.axes.find(({ extent }) => extent.some((ref) => ref.buffer === 1))?.name === "i0"
            ? [4]
            : [3];
    fc.assert(
      fc.property(arrays(producer), arrays(consumer), (before, others) => {
        const between = run(producer, before, shape);
        const expected = run(consumer, others.with(buffer, between), resultShape);
        const actual = run(fused, [...others.filter((_, i) => i !== buffer), ...before], resultShape);
        const wanted = [...expected.elements()];
        const same = closeTo(0);
        expect([...actual.elements()].findIndex((value, i) => !same(value, wanted[i]))).toBe(-1);
      }),
      { numRuns: 30 },
    );
  });

  test("rows picked by positions, of which a difference is summed", () => {
    const difference = elementwiseKernel({
      name: "difference",
      exprs: [call("sub", x(0), x(1))],
      inputs: [matrix, matrix],
      ndim: 2,
    });
    const first = inlineProducer(difference, 1, takeRows());
    if (first === null) throw new Error("they do not join");
    const fused = inlineProducer(sumOver(1), 0, first);
    if (fused === null) throw new Error("they do not join");
    checkKernel(fused);
    const [y, table] = [
      NDArray.from([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      NDArray.from([
        [10, 20],
        [30, 40],
      ]),
    ];
    const positions = NDArray.from([1n, 0n, -1n]);
    expect(run(fused, [y, table, positions], [3]).toNested()).toEqual([3 - 70, 7 - 30, 11 - 70]);
    expect(() => run(fused, [y, table, NDArray.from([0n, 2n, 0n])], [3])).toThrow("index 2 is out of bounds");
  });

  test("read as text they are one loop", () => {
    expect(kernelText(inlineProducer(sumOver(1), 0, grown) ?? grown)).toBe(
      [
        "kernel grown_reduce_add(in in0: float64[2], in in1: float64[2], out out2: float64[1])",
        "  axes i0 = in0.0 = out2.0, i1 = in0.1 = in1.1",
        "  loop i0",
        "    reduce i1",
        "      acc: float64 = add of exp(sub(in0[i0, i1], in1[0, i1]))",
        "    out2[i0] = acc",
      ].join("\n"),
    );
  });
});

describe("kernels stay apart", () => {
  const dot = (): Kernel => {
    const kernel = new KernelBuilder("dot");
    const [a, b] = [kernel.input("float64", ["i", "k"]), kernel.input("float64", ["k", "j"])];
    const store = kernel.output("float64", ["i", "j"]);
    const sum = reduce(["k"], { sum: ["add", on("mul", a, b)] });
    return kernel.build(...loop(["i", "j"], sum.statement, store(sum.value("sum"))));
  };
  test.each<readonly [string, Case]>([
    ["where a product reads each element many times", { producer: scaled, consumer: dot(), buffer: 0 }],
    ["where a function would be computed twice", { producer: grown, consumer: shares(), buffer: 0 }],
    ["where the first is no elementwise one", { producer: sumOver(0), consumer: shares(), buffer: 0 }],
  ])("%s", (_name, { producer, consumer, buffer }) => {
    expect(inlineProducer(consumer, buffer, producer)).toBeNull();
  });
});
