import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { verifyGrad } from "../compile/verifygrad.ts";
import { grad } from "../grad/gradient.ts";
import { constant } from "../graph/constant.ts";
import { debugprint } from "../graph/debugprint.ts";
import type { Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import type { Axis } from "./axis.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dtensor3("x");
const value = NDArray.from(
  [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4].map((n, i) => n + i / 100),
).reshape([2, 3, 4]);

function run(result: Variable, ...args: readonly NDArray[]): NDArray {
  return compileFunction([x], result, { mode: "DebugMode" })(...(args.length > 0 ? args : [value]));
}

/** What plain JavaScript finds in a list. */
const PLAIN: Readonly<Record<string, (list: readonly number[]) => number>> = {
  sum: (list) => list.reduce((a, b) => a + b, 0),
  prod: (list) => list.reduce((a, b) => a * b, 1),
  max: (list) => Math.max(...list),
  min: (list) => Math.min(...list),
  ptp: (list) => Math.max(...list) - Math.min(...list),
  argmax: (list) => list.indexOf(Math.max(...list)),
  argmin: (list) => list.indexOf(Math.min(...list)),
  mean: (list) => plainMean(list),
  var: (list) => plainMean(list.map((n) => (n - plainMean(list)) ** 2)),
  std: (list) => Math.sqrt(plainMean(list.map((n) => (n - plainMean(list)) ** 2))),
};

function plainMean(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0) / list.length;
}

type Name = "sum" | "prod" | "max" | "min" | "ptp" | "argmax" | "argmin" | "mean" | "var" | "std";
const NAMES: readonly Name[] = ["sum", "prod", "max", "min", "ptp", "argmax", "argmin", "mean", "var", "std"];

describe.each(NAMES)("%s", (name) => {
  test.each<Axis>([null, 0, -1, [1], [2, 0], [0, 1, 2]])("over %j agrees with its definition", (axis) => {
    const axes = axis === null ? [0, 1, 2] : [axis].flat().map((a) => (Number(a) + 3) % 3);
    const kept = [0, 1, 2].filter((a) => !axes.includes(a));
    const shape = kept.map((a) => value.shape[a]);
    const count = shape.reduce((a, b) => a * b, 1);
    const rows = value.dimshuffle([...kept, ...axes.toSorted()]).reshape([count, value.size / count]);
    const expected = [...rows].map((row) => PLAIN[name](row instanceof NDArray ? [...row.elements()].map(Number) : []));
    const result = run(T[name](x, { axis }));
    expect(result.shape).toEqual(shape);
    [...result.elements()].forEach((n, i) => {
      expect(Number(n)).toBeCloseTo(expected[i], 6);
    });
    const widened = run(T[name](x, { axis, keepdims: true }));
    expect(widened.shape).toEqual(value.shape.map((n, a) => (axes.includes(a) ? 1 : n)));
  });

  if (name.startsWith("arg")) return;

  test("has the gradient of its definition", () => {
    const small = NDArray.from([1.2, -0.7, 2.1, 0.4, -1.9, 0.8]).reshape([2, 3]);
    expect(() => verifyGrad((m) => T[name](m, { axis: 1 }), [small])).not.toThrow();
    expect(() => verifyGrad((m) => T[name](m), [small], { absTol: 1e-3 })).not.toThrow();
  });
});

describe("products", () => {
  const v = T.dvector("v");
  test.each([
    ["no zero", [2, 3, 4], [12, 8, 6]],
    ["one zero, which alone has a gradient", [2, 0, 4], [0, 8, 0]],
    ["two zeros", [0, 0, 4], [0, 0, 0]],
    ["an infinity", [2, Number.POSITIVE_INFINITY, 0], [0, 0, Number.POSITIVE_INFINITY]],
  ])("the gradient with %s", (_, factors, expected) => {
    expect(compileFunction([v], grad(T.prod(v), v))(factors).toNested()).toEqual(expected);
  });

  test("a promise of no zeros makes a smaller gradient", () => {
    const size = (result: Variable) => toposort([grad(result, v)]).length;
    expect(size(T.prod(v, { noZerosInInput: true }))).toBeLessThan(size(T.prod(v)));
    expect(compileFunction([v], grad(T.prod(v, { noZerosInInput: true }), v))([2, 5]).toNested()).toEqual([5, 2]);
  });
});

describe("extremes", () => {
  const v = T.dvector("v");
  test.each(["FAST_COMPILE", "FAST_RUN"])("NaN is the extreme element, and its place is found, in %s", (mode) => {
    const f = compileFunction([v], [T.max(v), T.min(v), T.argmax(v), T.argmin(v)], { mode });
    expect(f([1, Number.NaN, 5]).map((n) => Number(n.item()))).toEqual([Number.NaN, Number.NaN, 1, 1]);
  });

  test("of equal elements, the first is found and all get the gradient", () => {
    const f = compileFunction([v], [T.argmax(v), grad(T.max(v), v)]);
    expect(f([1, 7, 7]).map((n) => n.toNested())).toEqual([1n, [0, 1, 1]]);
  });

  test.each([
    ["int8", [5, -128, 127], -128, 1n],
    ["uint8", [0, 5, 255], 0, 0n],
    ["bool", [1, 0, 1], false, 1n],
  ] as const)("the smallest %s is found, which has no negative", (dtype, elements, expected, place) => {
    const n = T.tensor(dtype, [false], "n");
    const f = compileFunction([n], [T.min(n), T.argmin(n)], { mode: "DebugMode" });
    const [min, argmin] = f(NDArray.from([...elements], dtype));
    expect([min.item(), argmin.item()]).toEqual([expected, place]);
  });

  test("of two equal arguments the first gets the gradient", () => {
    const w = T.dvector("w");
    const both = T.sum(T.maximum(v, w));
    const f = compileFunction([v, w], grad(both, [v, w]));
    expect(f([1, 2, 3], [1, 5, 0]).map((g) => g.toNested())).toEqual([
      [1, 0, 1],
      [0, 1, 0],
    ]);
  });

  test("only what is used is computed", () => {
    const printed = (result: Variable) => debugprint(compileFunction([v], result).fgraph);
    expect(printed(T.max(v))).toContain("Reduce{maximum}{0}");
    expect(printed(T.argmax(v))).toContain("Argmax{axis=(0,)}");
    expect(printed(T.min(v))).toContain("Reduce{minimum}{0}");
  });

  test("smallest and largest compare tensors", () => {
    const w = T.dvector("w");
    const f = compileFunction([v, w], [T.smallest(v, w), T.largest(v, w, T.zerosLike(v))]);
    expect(f([1, -2], [0, -1]).map((n) => n.toNested())).toEqual([
      [0, -2],
      [1, 0],
    ]);
  });
});

describe("statistics", () => {
  const v = T.dvector("v");
  const sample = [2, 4, 4, 4, 5, 5, 7, 9];
  test.each([
    ["the variance", T.var(v), 4],
    ["the unbiased variance", T.var(v, { ddof: 1 }), 32 / 7],
    ["the corrected variance", T.var(v, { corrected: true }), 4],
    ["the corrected unbiased variance", T.var(v, { ddof: 1, corrected: true }), 32 / 7],
    ["the Euclidean norm", T.norm(v, 2), Math.sqrt(232)],
    ["the sum norm", T.norm(v, 1), 40],
    ["the maximum norm", T.norm(v, Number.POSITIVE_INFINITY), 9],
    ["the number of elements that are not zero", T.norm(v, 0), 8],
  ])("%s", (_, result, expected) => {
    expect(Number(compileFunction([v], result)(sample).item())).toBeCloseTo(expected, 12);
  });

  test("correction takes off what rounding left of a large mean", () => {
    const large = [1e9 + 1, 1e9 + 2, 1e9 + 3].map(Math.fround);
    const w = T.fvector("w");
    const exact = plainMean(large.map((n) => (n - plainMean(large)) ** 2));
    const off = (result: Variable) =>
      Math.abs(Number(compileFunction([w], result)(NDArray.from(large, "float32")).item()) - exact);
    expect(off(T.var(w, { corrected: true }))).toBeLessThanOrEqual(off(T.var(w)));
  });
});

describe("the axis", () => {
  test("may be an array or a constant of integers", () => {
    for (const axis of [NDArray.from([0, 2], "int64"), constant(NDArray.from([-1, 0], "int64"))])
      expect(run(T.sum(x, { axis })).toNested()).toEqual(run(T.sum(x, { axis: [0, 2] })).toNested());
  });

  test.each([
    ["NaN", { axis: Number.NaN }, TypeError, "Axis must be an integer"],
    ["a fraction", { axis: [0, 0.5] }, TypeError, "Axis must be an integer"],
    ["an array of floats", { axis: NDArray.from([0.5]) }, TypeError, "Axis must be an integer"],
    ["one too many", { axis: 3 }, ValueError, "Not enough dimensions on x to reduce on axis 3"],
    ["one twice", { axis: [1, -2] }, ValueError, "axis 1 is named twice"],
  ])("that is %s is told", (_, options, type, message) => {
    for (const name of NAMES) {
      expect(() => T[name](x, options)).toThrow(type);
      expect(() => T[name](x, options)).toThrow(message);
    }
  });

  test("that is empty has no extreme element", () => {
    for (const result of [T.max(x), T.argmin(x, { axis: 0 })])
      expect(() => run(result, NDArray.zeros([0, 2, 2], "float64"))).toThrow("zero-size array to reduction operation");
  });
});
