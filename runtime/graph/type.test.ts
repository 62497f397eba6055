import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { changeFlags } from "../config/index.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { TensorType } from "./type.ts";

test.each([
  [T.dscalar(), "TensorType(float64, scalar)"],
  [T.fvector(), "TensorType(float32, vector)"],
  [T.irow(), "TensorType(int32, row)"],
  [T.lcol(), "TensorType(int64, col)"],
  [T.dmatrix(), "TensorType(float64, matrix)"],
  [T.dtensor3(), "TensorType(float64, 3D)"],
  [T.tensor("float64", [true]), "TensorType(float64, (True,))"],
  [T.tensor("float64", [true, false, true]), "TensorType(float64, (True, False, True))"],
])("%s prints as Theano prints it", (variable, text) => {
  expect(String(variable.type)).toBe(text);
});

test("constructors without a letter follow floatX at the time of the call", () => {
  changeFlags({ floatX: "float32" }, () => expect(T.vector("x").dtype).toBe("float32"));
  expect(T.vector("x").dtype).toBe("float64");
});

describe("taking values", () => {
  const fvector = TensorType.ofRank("float32", 1);
  const ivector = TensorType.ofRank("int32", 1);
  const drow = new TensorType("float64", [1, null]);

  test.each([
    ["integers into floats", TensorType.ofRank("float64", 1), [1, 2]],
    ["whole numbers into integers", ivector, [1, 2]],
    ["float64 numbers that float32 holds exactly", fvector, [0.5, 0.25]],
    ["a row with one row", drow, [[1, 2, 3]]],
  ])("%s", (_, type, value) => {
    expect(type.filter(value).toNested()).toEqual(value);
  });

  test.each([
    [
      "a matrix for a vector",
      TensorType.ofRank("float64", 1),
      [
        [1, 2],
        [3, 4],
      ],
      /expected 1, got 2 with shape \(2, 2\)/,
    ],
    ["a fraction for an integer", ivector, [1.5], /cannot store accurately value \[1.5\]/],
    ["0.1 for a float32 when floatX is float64", fvector, [0.1], /cannot store accurately/],
    [
      "a float64 array for a float32",
      fvector,
      NDArray.from([0.5], "float64"),
      /dtype float64 without risking loss of precision/,
    ],
    ["two rows for a row", drow, [[1], [2]], /dimension 0 .* must be 1, and the value has shape \(2, 1\)/],
  ])("refuses %s", (_, type, value, message) => {
    expect(() => type.filter(value)).toThrow(TypeError);
    expect(() => type.filter(value)).toThrow(message);
  });

  test("plain numbers narrow to floatX", () => {
    changeFlags({ floatX: "float32" }, () => expect(fvector.filter([0.1]).dtype).toBe("float32"));
  });

  test("allowDowncast narrows anything, strict nothing", () => {
    expect(fvector.filter(NDArray.from([0.1], "float64"), { allowDowncast: true }).dtype).toBe("float32");
    expect(() => fvector.filter([0.5], { strict: true })).toThrow(/expected an NDArray/);
  });
});

test("console.log prints types, nodes and ops as their texts", () => {
  const x = T.dvector("x");
  const { owner } = T.exp(x);
  expect(inspect([x.type, owner, owner?.op])).toBe(
    "[\n  TensorType(float64, vector),\n  Elemwise{exp,no_inplace}(x),\n  Elemwise{exp,no_inplace}\n]",
  );
});
