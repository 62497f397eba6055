/** The elementary functions as instructions, with products and sums fused where the engine does so, against true values. */
import { describe, expect, test } from "vitest";
import { ulpsBetween } from "../../../test/support/ulp.ts";
import { NDArray } from "../../array/ndarray.ts";
import { elementwiseKernel } from "../../loop/build.ts";
import { apply, type Input, input } from "../../scalar/expr.ts";
import { isPoly } from "../../scalar/poly.ts";
import golden from "../../scalar/poly-golden.json" with { type: "json" };
import { wasmBackend } from "./index.ts";

/** What `docs/native.md` promises, in units of the last place. */
const ALLOWED = 2;

/** Values of a function, in lanes but for the last ones. */
function values(key: string, xs: readonly number[]): number[] {
  const name = key.slice(0, -2);
  const dtype = key.endsWith("64") ? "float64" : "float32";
  if (!isPoly(name)) throw new TypeError(`${name} has no program`);
  const kernel = elementwiseKernel({
    exprs: [apply<Input>(name, [input(0, dtype)], dtype)],
    inputs: [{ dtype, broadcastable: [false] }],
    ndim: 1,
  });
  const [run] = wasmBackend.compile([kernel]);
  const out = NDArray.zeros([xs.length], dtype);
  run([NDArray.from(xs, dtype)], [out]);
  return Array.from(out.elements(), Number);
}

function worst(key: string, xs: readonly number[], ys: readonly number[]): number {
  const precision = key.endsWith("64") ? 64 : 32;
  return Math.max(...values(key, xs).map((y, i) => ulpsBetween(y, ys[i], precision)));
}

describe.each(Object.entries(golden).filter(([key]) => isPoly(key.slice(0, -2))))("%s", (key, pairs) => {
  const xs = pairs.map(([x]) => x);
  const ys = pairs.map(([, y]) => y);

  test("is as exact as promised", () => {
    expect(worst(key, xs, ys)).toBeLessThanOrEqual(ALLOWED);
  });

  test("is so beside NaN and infinity", () => {
    const spread = xs.flatMap((x) => [x, NaN, Infinity]);
    const ends = values(key, [NaN, Infinity]);
    expect(
      worst(
        key,
        spread,
        ys.flatMap((y) => [y, ...ends]),
      ),
    ).toBeLessThanOrEqual(ALLOWED);
  });

  test("is so where all arguments are ordinary", () => {
    const ordinary = pairs.filter(([x]) => Math.abs(x) < 80);
    expect(ordinary.length).toBeGreaterThan(16);
    expect(
      worst(
        key,
        ordinary.map(([x]) => x),
        ordinary.map(([, y]) => y),
      ),
    ).toBeLessThanOrEqual(ALLOWED);
  });
});
