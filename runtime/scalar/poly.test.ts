/** The elementary functions of native code against true values, and at the edges of their ranges. */
import { describe, expect, test } from "vitest";
import { ulpsBetween } from "../../test/support/ulp.ts";
import { evaluateLane, type Precision } from "./lanes.ts";
import { isPoly, POLY_NAMES, type PolyName, polyProgram, type Scheme, shortPolyProgram } from "./poly.ts";
import golden from "./poly-golden.json" with { type: "json" };
import { isNear, nearProgram } from "./trigonometric.ts";

const value = (name: PolyName, x: number, precision: Precision, scheme: Scheme = "estrin"): number => {
  const short = shortPolyProgram(name, precision, scheme);
  const whole = evaluateLane(polyProgram(name, precision, scheme), [x], precision);
  return short !== null && Math.abs(x) <= short.limit ? evaluateLane(short.program, [x], precision) : whole;
};

/** What `docs/native.md` promises, in units of the last place. */
const ALLOWED = 2;

const SCHEMES: readonly Scheme[] = ["estrin", "horner"];

describe.each(SCHEMES)("with polynomials by the scheme of %s", (scheme) => {
  test.each(Object.entries(golden))("%s is as exact as promised", (key, pairs) => {
    const name = key.slice(0, -2);
    const precision: Precision = key.endsWith("64") ? 64 : 32;
    const compute = (x: number): number => {
      if (isPoly(name)) return value(name, x, precision, scheme);
      if (isNear(name)) return evaluateLane(nearProgram(name), [x], precision);
      throw new TypeError(`${name} has no program`);
    };
    expect(pairs.length).toBeGreaterThan(60);
    const errors = pairs.map(([x, y]) => ulpsBetween(compute(x), y, precision));
    const worst = errors.indexOf(Math.max(...errors));
    expect(errors[worst], `at ${pairs[worst][0]}`).toBeLessThanOrEqual(ALLOWED);
  });
});

test("every function has true values", () => {
  expect(Object.keys(golden).sort()).toEqual(
    ["sin64", "cos64", ...POLY_NAMES.flatMap((name) => [`${name}32`, `${name}64`])].sort(),
  );
});

test.each([
  ["sin", -0, -0],
  ["sin", 0, 0],
  ["cos", 0, 1],
  ["cos", -0, 1],
] as const)("%s(%d) is %d", (name, x, y) => {
  expect(evaluateLane(nearProgram(name), [x], 64)).toBe(y);
});

const EDGES: readonly (readonly [PolyName, number, number])[] = [
  ["exp", Infinity, Infinity],
  ["exp", -Infinity, 0],
  ["exp", 0, 1],
  ["exp", 1e4, Infinity],
  ["expm1", -Infinity, -1],
  ["expm1", -0, -0],
  ["log", 0, -Infinity],
  ["log", -0, -Infinity],
  ["log", -1, NaN],
  ["log", 1, 0],
  ["log", Infinity, Infinity],
  ["log1p", -1, -Infinity],
  ["log1p", -2, NaN],
  ["log1p", -0, -0],
  ["log1p", Infinity, Infinity],
  ["tanh", Infinity, 1],
  ["tanh", -Infinity, -1],
  ["tanh", -0, -0],
  ["sigmoid", Infinity, 1],
  ["sigmoid", -Infinity, 0],
  ["softplus", Infinity, Infinity],
  ["softplus", -Infinity, 0],
  ["sinh", -Infinity, -Infinity],
  ["cosh", -Infinity, Infinity],
];

describe.each<Precision>([64, 32])("in %i bits", (precision) => {
  test.each(EDGES)("%s(%d) is %d", (name, x, y) => {
    expect(value(name, x, precision)).toBe(y);
  });

  test.each(POLY_NAMES)("%s(NaN) is NaN", (name) => {
    expect(value(name, NaN, precision)).toBeNaN();
  });
});
