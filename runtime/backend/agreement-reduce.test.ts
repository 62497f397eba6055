/** Every backend against the interpreter, on random reductions and products, values and layouts. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  arrayOf,
  closeTo,
  expectAgreement,
  finiteSize,
  lengths,
  NAMES,
  refusalText,
} from "../../test/support/agreement.ts";
import { type DType, dtypeInfo, isComplex, isContinuous, isFloat, type Scalar } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { argReduceKernel, dotKernel, reduceKernel } from "../loop/build.ts";
import type { ReduceOp } from "../loop/ir.ts";
import { backendByName } from "./registry.ts";

afterAll(() => console.info(refusalText()));

/** The rounding of about 32 additions in a dtype that is not computed in float64. */
function roundingOf(dtype: DType): number {
  if (dtype === "float16") return 2 ** -10;
  return dtype === "float32" || dtype === "complex64" ? 2 ** -23 : 2 ** -47;
}

describe("reductions agree", () => {
  const ops: Exclude<ReduceOp, "argmax" | "argmin">[] = ["add", "mul", "maximum", "minimum", "and_", "or_"];
  const reduced = (dtype: DType) =>
    fc
      .tuple(lengths, fc.constantFrom(0, 1, 2, 3, 9), fc.boolean(), fc.boolean())
      .chain(([long, short, first, deep]) => {
        const pair = first ? [long, short] : [short, long];
        const shape = deep ? [2, ...pair] : pair;
        return fc.tuple(arrayOf(dtype, shape), fc.subarray(shape.map((_, axis) => axis)));
      });

  test.each(
    ops
      .flatMap((op) => NAMES.map((dtype) => [op, dtype] as const))
      .filter(([op, dtype]) => !isContinuous(dtype) || (!op.endsWith("_") && !(op === "mul" && isComplex(dtype)))),
  )("%s of %s", (op, dtype) => {
    const wide = widest(dtype);
    fc.assert(
      fc.property(reduced(dtype), fc.constantFrom(dtype, wide), ([array, axes], accDtype) => {
        const kernel = reduceKernel({
          op,
          dtype,
          accDtype: op.endsWith("_") ? dtype : accDtype,
          outDtype: accDtype,
          ndim: array.ndim,
          axes,
        });
        const shape = array.shape.filter((_, axis) => !axes.includes(axis));
        const scale = [...array.elements()].map(finiteSize).reduce((sum, size) => sum + size, 0);
        expectAgreement(
          kernel,
          [array],
          [shape],
          op === "mul" && isFloat(dtype)
            ? relative(1e-12, accDtype)
            : closeTo(op === "add" ? scale * roundingOf(accDtype) : 0),
        );
      }),
      { numRuns: 12 },
    );
  });

  test.each(["argmax", "argmin"] as const)("%s", (op) => {
    const cases = fc.constantFrom<DType>("float64", "int8", "int64", "bool", "complex64").chain(reduced);
    fc.assert(
      fc.property(cases, ([array, axes]) => {
        const kernel = argReduceKernel({ op, dtype: array.dtype, ndim: array.ndim, axes });
        expectAgreement(kernel, [array], [array.shape.filter((_, axis) => !axes.includes(axis))]);
      }),
      { numRuns: 60 },
    );
  });
});

/** The widest type of a kind: what a reduction may accumulate in. */
function widest(dtype: DType): DType {
  switch (dtypeInfo(dtype).kind) {
    case "bool":
    case "int":
      return "int64";
    case "uint":
      return "uint64";
    case "float":
      return "float64";
    case "complex":
      return "complex128";
  }
}

/** Products of many factors: equal to a relative error, unless they over- or underflow on the way. */
function relative(tolerance: number, dtype: DType) {
  return (a: Scalar, b: Scalar): boolean => {
    if (typeof a !== "number" || typeof b !== "number") return a === b;
    const extreme = (x: number) => !Number.isFinite(x) || Math.abs(x) < 1e-290 || Math.abs(x) > 1e290;
    if (extreme(a) || extreme(b)) return true;
    return Math.abs(a - b) <= Math.max(tolerance, 8 * roundingOf(dtype)) * Math.abs(b);
  };
}

describe("products agree", () => {
  const sizes = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 13);
  test.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ] as const)("%i-d by %i-d", (left, right) => {
    const cases = fc
      .tuple(sizes, lengths, sizes, fc.constantFrom<DType>("float64", "float32", "float16", "int32", "complex64"))
      .chain(([m, k, n, dtype]) =>
        fc.tuple(arrayOf(dtype, left === 2 ? [m, k] : [k]), arrayOf(dtype, right === 2 ? [k, n] : [k])),
      );
    fc.assert(
      fc.property(cases, ([a, b]) => {
        const kernel = dotKernel({ dtype: a.dtype, ndims: [left, right] });
        const shape = [...a.shape.slice(0, -1), ...b.shape.slice(1)];
        const finite = (array: NDArray) => [...array.elements()].map(finiteSize);
        const terms = a.shape.at(-1) ?? 1;
        const scale = Math.max(0, ...finite(a)) * Math.max(0, ...finite(b)) * terms;
        // Terms added one after the other may all be rounded to the same side.
        const roundings = Math.max(4, terms / 2);
        expectAgreement(kernel, [a, b], [shape], closeTo(roundings * scale * roundingOf(a.dtype)));
      }),
      { numRuns: 40 },
    );
  });
});

test("long sums keep the accuracy of pairwise summation", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => 1 / (i + 1));
  const kernel = reduceKernel({
    op: "add",
    dtype: "float64",
    accDtype: "float64",
    outDtype: "float64",
    ndim: 1,
    axes: [0],
  });
  const output = NDArray.zeros([], "float64");
  backendByName("js").compile([kernel])[0]([NDArray.from(values)], [output]);
  // The harmonic number H(n) by its asymptotic series; the terms left out are below 1e-21.
  const n = values.length;
  const euler = 0.5772156649015329;
  expect(Number(output.item())).toBeCloseTo(Math.log(n) + euler + 1 / (2 * n) - 1 / (12 * n * n), 14);
});
