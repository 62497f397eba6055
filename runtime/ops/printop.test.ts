import { afterEach, expect, test, vi } from "vitest";
import type { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import { grad } from "../grad/gradient.ts";
import { Print } from "./printop.ts";
import { tensorFunctions as T } from "./tensor.ts";

const printed = vi.spyOn(console, "log").mockImplementation(() => {});
const lines = (): string[] => printed.mock.calls.map(([line]) => String(line));

afterEach(() => {
  printed.mockClear();
});

test("prints attributes as NumPy does whenever the value is computed", () => {
  const x = T.dvector("x");
  const shown = new Print("x is", ["__str__", "shape", "dtype", "min", "max", "sum", "mean", "std"]).call(x);
  const f = compileFunction([x], [T.mul(shown, 2), grad(T.sum(T.sqr(shown)), x)]);
  expect(f([1, 2, 6]).map(String)).toEqual(["[ 2.  4. 12.]", "[ 2.  4. 12.]"]);
  expect(lines()).toEqual([
    "x is __str__ = [1. 2. 6.]",
    "x is shape = (3,)",
    "x is dtype = float64",
    "x is min = 1.0",
    "x is max = 6.0",
    "x is sum = 9.0",
    "x is mean = 3.0",
    "x is std = 2.160246899469287",
  ]);
});

test("constants are printed at the call, not while the function is compiled", () => {
  const f = compileFunction([], T.add(new Print("three").call(T.constant([3], null, "int32")), 1));
  expect(lines()).toEqual([]);
  f();
  expect(lines()).toEqual(["three __str__ = [3]"]);
});

test("a function of the user's own", () => {
  const seen: string[] = [];
  const see = (op: Print, value: NDArray): void => void seen.push(`${op.message}${value}`);
  const x = T.dscalar("x");
  compileFunction([x], new Print("value ", [], see).call(x))(2);
  expect(seen).toEqual(["value 2.0"]);
  expect(new Print("a", [], see).equals(new Print("a", [], () => {}))).toBe(false);
});

test("an unknown attribute is named", () => {
  const x = T.dscalar("x");
  const f = compileFunction([x], new Print("x", ["minimum"]).call(x));
  expect(() => f(1)).toThrow(/Print cannot show "minimum" of an array; it knows __str__/);
});
