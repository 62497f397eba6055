import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { dotKernel, reduceKernel } from "../loop/build.ts";
import { interpret } from "../loop/interp.ts";
import type { Kernel } from "../loop/ir.ts";
import { startingBackend } from "./starting.ts";

/** Numbers that are all different, and whose products are exact. */
function filled(...shape: number[]): NDArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return new NDArray(
    Float64Array.from({ length: size }, (_, i) => (i % 17) - 8),
    "float64",
    shape,
  );
}

const dtype = "float64";
const product = dotKernel({ dtype, ndims: [2, 2] });

/** Whether the kernel gives what its definition does, and what ran it. */
function run(kernel: Kernel, times: number, inputs: readonly NDArray[], shape: readonly number[]): string | undefined {
  const [compiled] = startingBackend.compile([kernel]);
  const [result, right] = [NDArray.zeros(shape, "float64"), NDArray.zeros(shape, "float64")];
  for (let i = 0; i < times; i++) compiled(inputs, [result]);
  interpret(kernel, [...inputs, right]);
  expect(result.equals(right)).toBe(true);
  return compiled.tier?.();
}

describe("before native code takes over", () => {
  test.each([
    { what: "a small product", times: 1, m: 9, k: 10, n: 11, tier: "js" },
    { what: "a large product", times: 1, m: 100, k: 120, n: 110, tier: "wasm" },
    { what: "a small product, again and again", times: 60, m: 25, k: 30, n: 28, tier: "wasm" },
    { what: "no row at all", times: 1, m: 0, k: 120, n: 110, tier: "js" },
  ])("$what runs as $tier", ({ times, m, k, n, tier }) => {
    expect(run(product, times, [filled(m, k), filled(k, n)], [m, n])).toBe(tier);
  });

  test("factors may lie in any way", () => {
    expect(run(product, 1, [filled(120, 100).transpose(), filled(110, 120).transpose()], [100, 110])).toBe("wasm");
  });

  test("what reads each element once stays in JavaScript, however large it is", () => {
    const sum = reduceKernel({ op: "add", dtype, ndim: 2, axes: [1], accDtype: dtype, outDtype: dtype });
    expect(run(sum, 1, [filled(1100, 1000)], [1100])).not.toBe("wasm");
  });

  test("lengths that do not fit are an error in either", () => {
    const [compiled] = startingBackend.compile([product]);
    for (const size of [3, 120])
      expect(() => compiled([filled(size, size), filled(size + 1, size)], [filled(size, size)])).toThrow(
        /Input dimension mis-match/,
      );
  });
});
