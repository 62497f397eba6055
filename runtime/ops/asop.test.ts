import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { AssertionError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { NullTypeGradError } from "../grad/errors.ts";
import { grad } from "../grad/gradient.ts";
import { Rop } from "../grad/products.ts";
import type { Variable } from "../graph/variable.ts";
import { asOp } from "./asop.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dvector("x");
const y = T.dvector("y");

/** Sorts descending; its gradient goes back through the permutation. */
const descending = asOp(
  {
    itypes: T.dvector,
    otypes: [T.dvector],
    name: "descending",
    inferShape: (_node, [lengths]) => [lengths],
    gradient: ([v], [g]) => [T.dot(T.transpose(T.eq(T.shapePadright(T.sort(v).at(T.slice(null, null, -1))), v)), g)],
  },
  (v) => [...v.elements()].map(Number).sort((a, b) => b - a),
);

test("a function of arrays as an op, with shapes and gradients", () => {
  const z = descending(x);
  const weighted = T.sum(T.mul(z, y));
  const f = compileFunction([x, y], [z, T.shape(z), grad(weighted, x), Rop(z, x, y)]);
  expect(f([2, 5, 3], [10, 20, 30]).map(String)).toEqual(["[5. 3. 2.]", "[3]", "[30. 10. 20.]", "[20. 30. 10.]"]);
  expect(String(z)).toBe("FromFunctionOp{descending}.0");
});

test("the shape alone does not call it", () => {
  let calls = 0;
  const counted = asOp({ itypes: [T.dvector], otypes: T.dvector, inferShape: (_, [n]) => [n] }, (v) => {
    calls += 1;
    return v.copy();
  });
  expect(String(compileFunction([x], T.shape(counted(x)))([1, 2]))).toBe("[2]");
  expect(calls).toBe(0);
});

test("several outputs are a list, values are taken for variables", () => {
  const extremes = asOp({ itypes: [T.dvector, T.dscalar], otypes: [T.dscalar, T.lscalar] }, (v, scale) => {
    const values = [...v.elements()].map(Number);
    return [Math.max(...values) * Number(scale.item()), BigInt(values.length)];
  });
  const [largest, count] = extremes(x, 10);
  expect(compileFunction([x], [largest, count])([1, 3]).map(String)).toEqual(["30.0", "2"]);
});

test("two functions of one name are two ops", () => {
  const make = (by: number) =>
    asOp({ itypes: T.dvector, otypes: T.dvector, name: "same" }, (v) => [...v.elements()].map((e) => Number(e) * by));
  expect(compileFunction([x], [make(2)(x), make(3)(x)])([1]).map(String)).toEqual(["[2.]", "[3.]"]);
});

describe("errors name the op, the output and what was expected", () => {
  // What the compiler would refuse, as JavaScript programs do it.
  const returning = (value: unknown): Variable =>
    Reflect.apply(asOp, undefined, [{ itypes: T.dvector, otypes: T.dvector, name: "bad" }, () => value])(x);

  test.each([
    [
      "a wrong dtype",
      NDArray.from(["1"].map(Number), "complex128"),
      TypeError,
      /bad\} returned for output 0 .*is not of type TensorType\(float64, vector\).*dtype complex128/,
    ],
    ["a wrong rank", [[1]], TypeError, /Wrong number of dimensions: expected 1, got 2/],
    ["nothing", undefined, TypeError, /FromFunctionOp\{bad\} returned for output 0 .* undefined, not an array/],
  ])("%s", (_, value, type, message) => {
    const f = compileFunction([x], returning(value));
    expect(() => f([1])).toThrow(type);
    expect(() => f([1])).toThrow(message);
    expect(() => f([1])).toThrow(/Apply node that caused the error: FromFunctionOp\{bad\}\(x\)/);
  });

  test("a wrong number of results", () => {
    const pair = asOp({ itypes: [T.dvector], otypes: [T.dvector, T.dvector], name: "pair" }, (v) => [v]);
    const f = compileFunction([x], pair(x)[0]);
    expect(() => f([1])).toThrow(AssertionError);
    expect(() => f([1])).toThrow(/pair\} has to return 2 arrays as a list, and returned a list of 1/);
  });

  test("wrong inputs, shapes and types; no gradient", () => {
    expect(() => descending(T.dmatrix("m"))).toThrow(
      /We expected inputs of types '\[TensorType\(float64, vector\)\]' but got types '\[TensorType\(float64, matrix\)\]'/,
    );
    expect(() => descending(x, x)).toThrow(/We expected 1 inputs but got 2/);
    expect(() => Reflect.apply(asOp, undefined, [{ itypes: [], otypes: "float64" }, () => 1])).toThrow(
      /otypes has to be a list of types/,
    );
    const plain = asOp({ itypes: T.dvector, otypes: T.dvector }, (v) => v.copy());
    expect(() => grad(T.sum(plain(x)), x)).toThrow(NullTypeGradError);
  });
});
