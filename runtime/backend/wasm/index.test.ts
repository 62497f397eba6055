/** What the WebAssembly backend takes, and calls of whole units. */
import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { dotKernel, elementwiseKernel, reduceKernel } from "../../loop/build.ts";
import { addressSlots, frameSize, writeLayout } from "../../loop/frame.ts";
import type { Kernel } from "../../loop/ir.ts";
import { apply, type Input, input } from "../../scalar/expr.ts";
import { compileUnit, linearMemory, wasmBackend } from "./index.ts";

const vector = { broadcastable: [false] };

function add(dtype: "float64" | "float16" | "complex64"): Kernel {
  return elementwiseKernel({
    exprs: [apply<Input>("add", [input(0, dtype), input(1, dtype)], "float64")],
    inputs: [
      { dtype, ...vector },
      { dtype, ...vector },
    ],
    ndim: 1,
  });
}

describe("what is refused", () => {
  test.each(["float16", "complex64"] as const)("elements of %s", (dtype) => {
    expect(wasmBackend.supports(add(dtype))).toEqual({
      reason: `WebAssembly: elements of ${dtype} are not supported`,
    });
  });
});

test("a unit runs a program of kernels on frames in one call", () => {
  const dtype = "float64";
  const sum = reduceKernel({ op: "add", dtype, accDtype: dtype, outDtype: dtype, ndim: 1, axes: [0] });
  const kernels = [add(dtype), sum];
  const unit = compileUnit(kernels);
  const n = 100;
  const [a, b, c, total, frames] = [n, n, n, 1, 100].map((length) => unit.memory.allocate(8 * length));
  unit.memory.floats.fill(1, a / 8, a / 8 + n);
  unit.memory.floats.fill(2.5, b / 8, b / 8 + n);
  const row = NDArray.zeros([n], dtype);
  const point = NDArray.zeros([], dtype);
  const place = (address: number, kernel: Kernel, arrays: readonly NDArray[], addresses: readonly number[]): void => {
    const frame = unit.memory.floats.subarray(address / 8, address / 8 + frameSize(kernel));
    writeLayout(kernel, frame, arrays);
    addressSlots(kernel).forEach((slot, i) => {
      frame[slot] = addresses[i];
    });
  };
  const [first, second] = [frames + 64, frames + 256];
  place(first, kernels[0], [row, row, row], [a, b, c]);
  place(second, kernels[1], [row, point], [c, total]);
  unit.memory.floats.set([0, first, 1, second], frames / 8);
  unit.run(frames, 2);
  expect(unit.memory.floats[total / 8]).toBe(350);
  for (const block of [a, b, c, total, frames]) linearMemory.free(block);
});

describe("matrix products in tiles", () => {
  const numbers = (rows: number, columns: number, dtype: "float32" | "float64") =>
    new NDArray(
      NDArray.from(Array.from({ length: rows * columns }, (_, i) => ((i * 37) % 19) - 9)).astype(dtype).data,
      dtype,
      [rows, columns],
    );

  // Small integers: every sum is exact in any order.
  test.each([
    [4, 4, 4],
    [5, 300, 17],
    [33, 600, 9],
    [8, 7, 64],
    [200, 10, 13],
  ])("%d×%d by %d columns, in every layout", (m, k, n) => {
    for (const dtype of ["float32", "float64"] as const) {
      const [multiply] = wasmBackend.compile([dotKernel({ dtype, ndims: [2, 2] })]);
      const [a, b] = [numbers(m, k, dtype), numbers(k, n, dtype)];
      const wanted = Array.from({ length: m }, (_, i) =>
        Array.from({ length: n }, (_, j) =>
          Array.from({ length: k }, (_, l) => Number(a.get(i, l)) * Number(b.get(l, j))).reduce((x, y) => x + y),
        ),
      );
      for (const left of [a, a.transpose().copy().transpose()]) {
        for (const right of [b, b.transpose().copy().transpose()]) {
          const out = NDArray.zeros([m, n], dtype);
          multiply([left, right], [out]);
          expect(out.toNested()).toEqual(wanted);
        }
      }
    }
  });
});
