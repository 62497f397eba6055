/** Quotients by what is the same for a whole row, which C code forms as products where it may. */
import { describe, expect, test } from "vitest";
import { ulpsBetween } from "../../../test/support/ulp.ts";
import { NDArray } from "../../array/ndarray.ts";
import { as, define, KernelBuilder, loop, on } from "../../loop/builder.ts";
import { cBackend } from "./index.ts";
import { findToolchain } from "./toolchain.ts";

const NUMERATORS = [
  1,
  3,
  -7.1,
  1e-3,
  0,
  -0,
  NaN,
  Infinity,
  1.7e37,
  2e-37,
  5e-324,
  1e-45,
  1e300,
  123456.789,
  0.1,
  10,
  -1,
];
const DIVISORS = [
  1,
  3,
  -0.7,
  1e6,
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  5e-324,
  2e-310,
  1.1e-38,
  1e-45,
  3e38,
  1.7e308,
  2 ** 120,
  2 ** -121,
];

describe.skipIf(findToolchain() === null)("a row divided by one number is within one unit of the quotient", () => {
  test.each(["float64", "float32"] as const)("%s", (dtype) => {
    const kernel = new KernelBuilder("quotients");
    const element = kernel.input(dtype, ["i", "j"]);
    const divisor = define("divisor", as(kernel.input(dtype, ["i"]), dtype));
    const store = kernel.output(dtype, ["i", "j"]);
    const built = kernel.build(
      ...loop(["i"], divisor.statement, ...loop(["j"], store(on("true_div", element, divisor.value)))),
    );
    // Long rows, so that a reciprocal pays.
    const row = Array.from({ length: 8 }, () => NUMERATORS).flat();
    const x = NDArray.from(
      DIVISORS.map(() => row),
      dtype,
    );
    const by = NDArray.from(DIVISORS, dtype);
    const out = NDArray.zeros(x.shape, dtype);
    const [run] = cBackend.compile([built]);
    run([x, by], [out]);
    const round = dtype === "float32" ? Math.fround : Number;
    const results = [...out.elements()].map(Number);
    DIVISORS.forEach((d, i) => {
      row.forEach((n, j) => {
        const quotient = round(round(n) / round(d));
        const result = results[i * row.length + j];
        expect(
          ulpsBetween(result, quotient, dtype === "float32" ? 32 : 64),
          `${n} / ${d} = ${result}`,
        ).toBeLessThanOrEqual(1);
      });
    });
  });
});
