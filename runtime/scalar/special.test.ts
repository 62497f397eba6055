import { describe, expect, test } from "vitest";
import { evaluateScalar } from "./evaluate.ts";
import type { Algebra } from "./op.ts";
import { SPECIAL } from "./special.ts";
import golden from "./special-golden.json" with { type: "json" };
import { isScalarOp, type ScalarOpName, signatureOf } from "./table.ts";

function evaluate(op: string, args: readonly number[]): number {
  if (!isScalarOp(op)) throw new TypeError(`${op} is no op`);
  const signature = signatureOf(
    op,
    args.map(() => "float64"),
    "float64",
  );
  return Number(evaluateScalar(op, signature, args));
}

/** Derivatives over plain numbers. */
const numbers: Algebra<number> = {
  apply: (op, ...args) => (op === "switch" ? (args[0] === 0 ? args[2] : args[1]) : evaluate(op, args)),
  constant: (value) => value,
  isComplex: () => false,
};

/** The error relative to the expected value, or in units of its last place. */
function error(measure: string, actual: number, expected: number): number {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  const size = Math.abs(expected);
  const unit = measure === "ulps" ? 2 ** (Math.floor(Math.log2(size)) - 52) : size;
  return Math.abs(actual - expected) / Math.max(unit, Number.MIN_VALUE);
}

describe("values agree with mpmath's, and with SciPy's at the edges", () => {
  test.each(golden.cases.map((entry) => [entry.op, entry.bound, entry.measure, entry] as const))(
    "%s to %s %s",
    (op, bound, measure, entry) => {
      const columns = entry.args.map((column) => column.split(" ").map(Number));
      const results = entry.result.split(" ").map(Number);
      expect(results.length).toBeGreaterThan(10);
      const bad = results.flatMap((expected, i) => {
        const args = columns.map((column) => column[i]);
        const actual = evaluate(op, args);
        return error(measure, actual, expected) <= bound
          ? []
          : [`${op}(${args.join(", ")}) = ${actual}, expected ${expected}`];
      });
      expect(bad).toEqual([]);
    },
  );

  test("every special function is among them", () => {
    expect(new Set(golden.cases.map(({ op }) => op))).toEqual(new Set(Object.keys(SPECIAL)));
  });
});

/** What SciPy 1.10 gives. */
test.each<[ScalarOpName, [number, number], number]>([
  ["gammainc", [0, 0], NaN],
  ["gammainc", [0, 1], 1],
  ["gammainc", [2, 0], 0],
  ["gammainc", [2, Infinity], 1],
  ["gammainc", [Infinity, 2], 0],
  ["gammainc", [Infinity, Infinity], NaN],
  ["gammainc", [-1, 2], NaN],
  ["gammainc", [2, -1], NaN],
  ["gammaincc", [0, 1], 0],
  ["gammaincc", [2, 0], 1],
  ["gammaincc", [2, Infinity], 0],
  ["gammaincc", [Infinity, 2], 1],
  ["gammaincc", [2, NaN], NaN],
  ["chi2sf", [0, 3], 1],
  ["gammau", [3, 0], 2],
  ["gammal", [3, Infinity], 2],
  ["jv", [0, 0], 1],
  ["jv", [1.5, 0], 0],
  ["jv", [-0.5, 0], Infinity],
  ["jv", [-1, 0], -0],
  ["jv", [0.5, -1], NaN],
  ["jv", [0, Infinity], NaN],
  ["jv", [Infinity, 1], 0],
  ["jv", [NaN, 1], NaN],
  ["jv", [1e15, 1e14], 0],
  ["iv", [0, 0], 1],
  ["iv", [-1, 0], 0],
  ["iv", [-0.5, 0], Infinity],
  ["iv", [0.5, -1], NaN],
  ["iv", [0, Infinity], NaN],
  ["iv", [0, 1e300], Infinity],
  ["iv", [1e9, 1e8], 0],
])("%s%j is %s", (op, args, expected) => {
  expect(evaluate(op, args)).toBe(expected);
});

test.each<[string, number[]]>([
  ["erf", [0]],
  ["erfinv", [0]],
  ["j1", [0]],
  ["i1", [0]],
])("%s keeps the sign of zero", (op) => {
  expect(evaluate(op, [-0])).toBe(-0);
  expect(evaluate(op, [0])).toBe(0);
});

test.each<["j1" | "i1", number, number]>([
  ["j1", 0, 0.5],
  ["j1", 5e-324, 0.5],
  ["i1", 0, 0.5],
  ["i1", 5e-324, 0.5],
  ["i1", 800, Infinity],
  ["i1", -800, Infinity],
])("the slope of %s at %s is %s", (op, x, expected) => {
  expect(SPECIAL[op].derivative(numbers, [x], evaluate(op, [x]), 1)).toEqual([expected]);
});

test("jv and iv of order n + 1/2 are elementary", () => {
  for (const x of [0.1, 1.7, 30, 300]) {
    const half = Math.sqrt(2 / (Math.PI * x));
    expect(evaluate("jv", [0.5, x])).toBeCloseTo(half * Math.sin(x), 14);
    expect(evaluate("jv", [-0.5, x])).toBeCloseTo(half * Math.cos(x), 14);
    expect(evaluate("iv", [0.5, x]) / (half * Math.sinh(x))).toBeCloseTo(1, 13);
    expect(evaluate("iv", [-0.5, x]) / (half * Math.cosh(x))).toBeCloseTo(1, 13);
  }
});

test("factorials are exact as long as doubles hold them", () => {
  let factorial = 1;
  for (let n = 1; n <= 22; n++) {
    factorial *= n;
    expect(evaluate("gamma", [n + 1])).toBe(factorial);
  }
});

test("float32 is rounded once", () => {
  const signature = signatureOf("erf", ["float32"], "float64");
  expect(evaluateScalar("erf", signature, [0.5])).toBe(Math.fround(evaluate("erf", [0.5])));
});

test("chi2sf is float64 whatever it takes", () => {
  expect(signatureOf("chi2sf", ["float32", "int8"], "float32")).toEqual({
    inputs: ["float64", "float64"],
    output: "float64",
  });
});

test.each([
  [0, -Infinity],
  [-0, Infinity],
  [-1, NaN],
  [-Infinity, NaN],
  [Infinity, 0],
])("tetra_gamma(%d) is %d", (x, expected) => {
  expect(evaluate("tetra_gamma", [x])).toBe(expected);
});
