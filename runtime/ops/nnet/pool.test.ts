import { describe, expect, test, vi } from "vitest";
import { expectGradients, scattered, variablesFor } from "../../../test/support/derivatives.ts";
import { grad, NDArray, T, theano } from "../../index.ts";
import { inferLengths } from "../infershape.ts";
import type { PoolMode } from "./poolcore.ts";

const { pool } = T.signal;
const MODES: readonly PoolMode[] = ["max", "sum", "average_inc_pad", "average_exc_pad"];

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

interface Windows {
  readonly ws: readonly number[];
  readonly stride: readonly number[];
  readonly pad: readonly number[];
  readonly ignoreBorder: boolean;
}

/** The start and the end of each window on a line of `length`, with `pad` zeros on both sides, where 0 is the first zero. */
function windowsOf(length: number, axis: number, { ws, stride, pad, ignoreBorder }: Windows): [number, number][] {
  const padded = length + 2 * pad[axis];
  const found: [number, number][] = [];
  for (let start = 0; start < padded; start += stride[axis]) {
    const end = start + ws[axis];
    const before = found.at(-1);
    if (ignoreBorder ? end <= padded : before === undefined || before[1] < padded)
      found.push([start, Math.min(end, padded)]);
  }
  return found;
}

/** Pooling of a matrix by its definition. */
function byDefinition(image: NDArray, mode: PoolMode, windows: Windows): number[] {
  const [rows, columns] = image.shape;
  const [padY, padX] = windows.pad;
  return windowsOf(rows, 0, windows).flatMap(([top, bottom]) =>
    windowsOf(columns, 1, windows).map(([left, right]) => {
      const inside: number[] = [];
      let count = 0;
      for (let y = top - padY; y < bottom - padY; y++)
        for (let x = left - padX; x < right - padX; x++) {
          count++;
          if (y >= 0 && y < rows && x >= 0 && x < columns) inside.push(Number(image.get(y, x)));
        }
      const sum = inside.reduce((a, b) => a + b, 0);
      if (mode === "max") return Math.max(...inside);
      return mode === "sum" ? sum : sum / (mode === "average_inc_pad" ? count : inside.length);
    }),
  );
}

const WINDOWS: readonly Windows[] = [
  { ws: [2, 2], stride: [2, 2], pad: [0, 0], ignoreBorder: true },
  { ws: [2, 3], stride: [2, 3], pad: [0, 0], ignoreBorder: false },
  { ws: [3, 2], stride: [1, 1], pad: [0, 0], ignoreBorder: false },
  { ws: [3, 3], stride: [2, 1], pad: [0, 0], ignoreBorder: false },
  { ws: [1, 2], stride: [3, 4], pad: [0, 0], ignoreBorder: false },
  { ws: [3, 4], stride: [2, 3], pad: [1, 2], ignoreBorder: true },
];

describe.each(MODES)("pool2d, mode %s", (mode) => {
  test.each(WINDOWS)("each window becomes one element: %o", ({ ws, ...others }) => {
    const image = scattered([2, 3, 7, 8]);
    const [x] = variablesFor([image]);
    const found = theano.function([x], pool.pool2d(x, ws, { mode, ...others }))(image);
    for (const n of [0, 1])
      for (const c of [0, 1, 2]) {
        const wanted = byDefinition(image.slice(n, c), mode, { ws, ...others });
        numbers(found.slice(n, c)).forEach((value, i) => {
          expect(value).toBeCloseTo(wanted[i], 12);
        });
        expect(found.slice(n, c).size).toBe(wanted.length);
      }
  });

  test.each(WINDOWS)("gradients, and theirs, are those of finite differences: %o", ({ ws, ...others }) => {
    const build = (x: Parameters<typeof pool.pool2d>[0]) => T.sqr(pool.pool2d(x, ws, { mode, ...others }));
    expectGradients(build, [scattered([2, 5, 5])], { twice: true });
  });

  test("lengths are inferred, with known and unknown windows", () => {
    const [x, v] = [T.dmatrix("x"), T.lvector("v")];
    for (const { ws, ...others } of WINDOWS)
      for (const windows of [ws, v]) {
        const pooled = pool.pool2d(x, windows, { mode, ...others });
        const inputs = [x, v];
        const f = theano.function(inputs, [pooled, ...inferLengths(pooled)], { onUnusedInput: "ignore" });
        const [value, ...lengths] = f(scattered([7, 8]), NDArray.from(ws, "int64"));
        expect(lengths.map((length) => Number(length.item()))).toEqual(value.shape);
      }
  });

  test("three dimensions at once", () => {
    const options = { mode, ignoreBorder: true, stride: [1, 2, 2], pad: [0, 1, 1] };
    expectGradients((x) => pool.pool3d(x, [2, 2, 3], options), [scattered([2, 3, 4, 5])], { twice: true });
  });
});

test("all elements that are the largest of a window get its gradient", () => {
  const x = T.dmatrix("x");
  const slope = grad(T.sum(pool.pool2d(x, [2, 2], { ignoreBorder: true })), x);
  const image = [
    [5, 5, 1, 0],
    [5, 2, 0, 1],
  ];
  expect(numbers(theano.function([x], slope)(image))).toEqual([1, 1, 1, 0, 1, 0, 0, 1]);
});

test("patches of the same size keep their largest element", () => {
  const x = T.dmatrix("x");
  const image = [
    [1, 2, 3, 9],
    [4, 0, -1, 9],
    [7, 7, 7, 7],
  ];
  const kept = theano.function([x], pool.maxPool2dSameSize(x, [2, 2]))(image);
  expect(numbers(kept)).toEqual([0, 0, 0, 9, 4, 0, 0, 9, 0, 0, 0, 0]);
});

test("NaN is the largest of all; float32 stays float32", () => {
  const x = T.fmatrix("x");
  const found = theano.function([x], pool.pool2d(x, [1, 3], { ignoreBorder: true }))([[1, Number.NaN, 3, 4, 5, 6]]);
  expect(found.dtype).toBe("float32");
  expect(numbers(found)).toEqual([Number.NaN, 6]);
});

test("lengths that are known stand in the type", () => {
  const pooled = pool.pool2d(scattered([3, 7, 8]), [2, 3], { ignoreBorder: false });
  expect(pooled.type.shapeText).toBe("(3, 4, 3)");
});

test("prints under Theano's names", () => {
  const x = T.dtensor4("x");
  const names = (
    [
      ["max", "MaxPoolGrad"],
      ["sum", "AveragePoolGrad"],
    ] as const
  ).map(([mode, gradient]) => {
    const pooled = pool.pool2d(x, [2, 2], { ignoreBorder: true, mode });
    return [String(pooled.owner?.op), String(grad(T.sum(pooled), x).owner?.op), gradient];
  });
  for (const [forward, backward, gradient] of names) expect(backward).toBe(forward.replace(/^Pool/, gradient));
  expect(names[0][0]).toBe("Pool{ignore_border=True, mode='max', ndim=2}");
});

describe("refuses", () => {
  const x = T.dtensor4("x");
  test.each([
    [
      "a vector",
      () => pool.pool2d(T.dvector("v"), [2, 2], { ignoreBorder: true }),
      /pool_2d requires a dimension >= 2: v/,
    ],
    [
      "padding at the border",
      () => pool.pool2d(x, [2, 2], { ignoreBorder: false, pad: [1, 0] }),
      /only with ignore_border/,
    ],
    [
      "wide padding",
      () => pool.pool2d(x, [2, 2], { ignoreBorder: true, pad: [2, 0] }),
      /smaller than the windows.*\(2, 0\) and \(2, 2\)/,
    ],
    [
      "an empty window",
      () => pool.pool2d(x, [0, 2], { ignoreBorder: true }),
      /ws must be 2 numbers of at least 1, got \(0, 2\)/,
    ],
    ["three lengths", () => pool.pool2d(x, [2, 2, 2], { ignoreBorder: true }), /ws must be 2 numbers/],
    ["floats", () => pool.pool2d(x, T.dvector("v"), { ignoreBorder: true }), /made of integers/],
  ])("%s", (_, build, text) => {
    expect(build).toThrow(text);
  });

  test("windows out of range that only a call tells", () => {
    const v = T.lvector("v");
    const f = theano.function([x, v], pool.pool2d(x, v, { ignoreBorder: true }));
    expect(() => f(scattered([1, 1, 4, 4]), NDArray.from([2, 0], "int64"))).toThrow(/ws must be 2 numbers/);
  });
});

test("leaving ignoreBorder out warns, and means false", () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const pooled = pool.pool2d(T.dmatrix("x"), [2, 2]);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("ignoreBorder"), "UserWarning");
  expect(String(pooled.owner?.op)).toContain("ignore_border=False");
  warn.mockRestore();
});
