import { describe, expect, test } from "vitest";
import type { DType } from "../array/dtype.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName, scalarOp, signatureOf } from "./table.ts";

/** Facts about Theano 1.0.5 with floatX=float64. */
test.each<[ScalarOpName, DType[], DType]>([
  ["add", ["bool", "bool"], "bool"],
  ["add", ["int8", "uint8"], "int16"],
  ["add", ["int64", "float32"], "float64"],
  ["add", ["float32", "float32", "int8"], "float32"],
  ["sub", ["bool", "int8"], "int8"],
  ["mul", ["uint64", "int64"], "float64"],
  ["true_div", ["int8", "int8"], "float64"],
  ["true_div", ["int16", "float32"], "float32"],
  ["true_div", ["int32", "float32"], "float64"],
  ["int_div", ["bool", "bool"], "bool"],
  ["pow", ["bool", "bool"], "int8"],
  ["pow", ["uint8", "bool"], "uint8"],
  ["neg", ["uint64"], "uint64"],
  ["sqr", ["bool"], "bool"],
  ["sqrt", ["int8"], "float32"],
  ["exp", ["bool"], "float32"],
  ["exp", ["uint16"], "float32"],
  ["exp", ["int32"], "float64"],
  ["ceil", ["int16"], "float32"],
  ["arctan2", ["uint16", "float32"], "float32"],
  ["arctan2", ["int32", "float32"], "float64"],
  ["maximum", ["uint16", "int8"], "int32"],
  ["clip", ["int8", "float32", "int8"], "float32"],
  ["lt", ["float64", "int8"], "bool"],
  ["isnan", ["int8"], "bool"],
  ["and_", ["bool", "bool"], "bool"],
  ["and_", ["int8", "uint8"], "int16"],
  ["invert", ["uint16"], "uint16"],
  ["switch", ["float64", "int8", "uint8"], "int16"],
  ["second", ["float64", "int8"], "int8"],
  ["cast_float32", ["int64"], "float32"],
])("%s of %j is %s", (op, inputs, output) => {
  expect(signatureOf(op, inputs, "float64").output).toBe(output);
});

test("integers divide into floatX", () => {
  expect(signatureOf("true_div", ["int64", "int8"], "float32")).toEqual({
    inputs: ["float32", "float32"],
    output: "float32",
  });
});

describe("what an op does not take is refused with a reason", () => {
  test.each<[ScalarOpName, DType[], string]>([
    ["sub", ["bool", "bool"], "sub does not take (bool, bool): bool has no sign"],
    ["neg", ["bool"], "neg does not take (bool)"],
    ["sgn", ["bool"], "sgn does not take (bool)"],
    ["round_half_to_even", ["int8"], "only floating-point arguments"],
    ["invert", ["float32"], "only bool or integer arguments"],
    ["and_", ["bool", "int8"], "bool and integers do not mix"],
    ["or_", ["int64", "uint64"], "no integer type holds both"],
    ["exp", ["int8", "int8"], "exp takes 1 argument, got 2"],
    ["add", [], "add takes one or more arguments, got 0"],
  ])("%s of %j", (op, inputs, message) => {
    expect(() => signatureOf(op, inputs, "float64")).toThrow(message);
  });
});

test("the names that Theano prints for classes", () => {
  const names: ScalarOpName[] = [
    "true_div",
    "abs_",
    "round_half_to_even",
    "eq",
    "and_",
    "arcsinh",
    "deg2rad",
    "cast_int8",
  ];
  expect(names.map((name) => scalarOp(name).className)).toEqual([
    "TrueDiv",
    "Abs",
    "RoundHalfToEven",
    "EQ",
    "AND",
    "ArcSinh",
    "Deg2Rad",
    "Cast{int8}",
  ]);
  expect(scalarOp("cast_int8").show).toBe("Cast{int8}");
});

test("every op is found by its name and documented", () => {
  expect(SCALAR_OPS.length).toBeGreaterThan(60);
  for (const { name, doc } of SCALAR_OPS) {
    expect(isScalarOp(name)).toBe(true);
    expect(doc).toMatch(/^.{5,}\.$/);
  }
  expect(isScalarOp("toString")).toBe(false);
});
