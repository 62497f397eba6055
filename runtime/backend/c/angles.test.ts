/** Sines and cosines in native code: near angles go in vectors, far ones one by one. */
import { describe, expect, test } from "vitest";
import { ulpsBetween } from "../../../test/support/ulp.ts";
import { type DType, NDArray, T, theano, type Variable } from "../../index.ts";

/** Angles around zero, around multiples of a quarter turn, at the limit of near ones and beyond it. */
const ANGLES = [
  ...[0, -0, 1e-300, 0.5, -0.5, 1, 2, 3, 1e6, -1e6, 999_999.5],
  ...[1e7, -1e22, 1.7e308, Infinity, -Infinity, NaN],
  ...Array.from({ length: 2000 }, (_, i) => (i - 1000) * (Math.PI / 4)),
];

const FUNCTIONS: readonly (readonly [string, (x: Variable) => Variable, (x: number) => number])[] = [
  ["sin", (x) => T.sin(x), Math.sin],
  ["cos", (x) => T.cos(x), Math.cos],
];

describe.each(["float64", "float32"] as const satisfies readonly DType[])("of %s", (dtype) => {
  test.each(FUNCTIONS)("%s", (_name, symbolic, plain) => {
    const x = dtype === "float64" ? T.dvector("x") : T.fvector("x");
    const f = theano.function([x], symbolic(x), { tier: "native" });
    // Near ones alone, and both kinds in one block.
    for (const angles of [ANGLES, ANGLES.slice(17)]) {
      const given = NDArray.from(angles, dtype);
      const found = [...f(given)].map(Number);
      const expected = [...given].map((angle) => plain(Number(angle)));
      const bits = dtype === "float64" ? 64 : 32;
      const errors = found.map((value, i) =>
        ulpsBetween(value, bits === 64 ? expected[i] : Math.fround(expected[i]), bits),
      );
      expect(Math.max(...errors.filter((error) => !Number.isNaN(error)))).toBeLessThanOrEqual(2);
      expect(found.map(Number.isNaN)).toEqual(expected.map(Number.isNaN));
    }
  });

  test("in place, several of one angle, and of an angle that is a sine itself", () => {
    const w = theano.shared(
      NDArray.from(
        ANGLES.filter((angle) => Math.abs(angle) < 1e30),
        dtype,
      ),
      "w",
    );
    const next = T.sub(T.mul(T.sin(w), T.cos(w)), T.sin(T.sin(w)));
    const native = theano.function([], [], { updates: [[w, next]], tier: "native" });
    const start = w.getValue();
    native();
    const found = [...w.getValue()].map(Number);
    w.setValue(start);
    theano.function([], [], { updates: [[w, next]], tier: "js" })();
    const tolerance = dtype === "float64" ? 1e-15 : 1e-6;
    [...w.getValue()].forEach((value, i) => {
      expect(Math.abs(found[i] - Number(value))).toBeLessThanOrEqual(tolerance);
    });
  });
});
