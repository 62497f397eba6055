import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allocate,
  castScalar,
  DTYPES,
  type DType,
  dtypeOfNumber,
  dtypeOfStorage,
  isDiscrete,
  isDType,
  readElement,
  type Scalar,
  upcast,
  writeElement,
} from "./dtype.ts";
import golden from "./numpy-golden.json" with { type: "json" };

test.each(Object.entries(golden.promote))("promotion of %s is NumPy's %s, but for float16", (pair, expected) => {
  const dtypes = pair.split(",").filter(isDType);
  expect(upcast(...dtypes)).toBe(expected);
});

test("promotion of several types is that of pairs, in any order where NumPy's is", () => {
  expect(upcast("int8", "uint8", "float32")).toBe("float32");
  expect(upcast("int64", "uint64")).toBe("float64");
  expect(upcast("bool")).toBe("bool");
  expect(() => upcast()).toThrow(TypeError);
});

describe("a literal takes the smallest type that holds it", () => {
  test.each<[Scalar, DType, DType]>([
    [1, "int8", "int8"],
    [127, "int8", "int8"],
    [128, "int16", "int16"],
    [300, "int16", "int16"],
    [-129, "int16", "int16"],
    [40000, "int32", "int32"],
    [65536, "int32", "int32"],
    [2 ** 31, "int64", "int64"],
    [2n ** 63n - 1n, "int64", "int64"],
    [2n ** 63n, "uint64", "uint64"],
    [0.5, "float32", "float32"],
    [0.1, "float64", "float32"],
    [-0, "float32", "float32"],
    [Infinity, "float32", "float32"],
    [NaN, "float64", "float32"],
    [1e40, "float64", "float32"],
    [true, "bool", "bool"],
  ])("%s: %s with floatX=float64, %s with floatX=float32", (value, double, single) => {
    expect(dtypeOfNumber(value, "float64")).toBe(double);
    expect(dtypeOfNumber(value, "float32")).toBe(single);
  });

  test("an integer beyond 64 bits is refused", () => {
    expect(() => dtypeOfNumber(2n ** 64n, "float64")).toThrow(/fits in no dtype/);
  });
});

describe("conversion of elements", () => {
  test.each<[Scalar, DType, Scalar]>([
    [3.7, "int8", 3],
    [-3.7, "int32", -3],
    [-3.7, "uint16", 65533],
    [300, "int8", 44],
    [-1, "uint64", 2n ** 64n - 1n],
    [2n ** 63n - 1n, "int8", -1],
    [2n ** 63n - 1n, "float64", 2 ** 63],
    [NaN, "int32", 0],
    [NaN, "int64", 0n],
    [-Infinity, "uint8", 0],
    [NaN, "bool", true],
    [-0, "bool", false],
    [0n, "bool", false],
    [true, "float32", 1],
    [true, "int64", 1n],
    [0.1, "float32", Math.fround(0.1)],
  ])("%s as %s is %s", (value, dtype, expected) => {
    expect(castScalar(value, dtype)).toBe(expected);
  });

  test("agrees with storing to a typed array, for finite numbers", () => {
    const any = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    );
    fc.assert(
      fc.property(any, fc.constantFrom(...DTYPES.map(({ name }) => name)), (value, dtype) => {
        if (dtype === "bool") return;
        const cast = castScalar(value, dtype);
        const storage = allocate(dtype, 1);
        expect(dtypeOfStorage(storage)).toBe(dtype);
        writeElement(storage, 0, value);
        if (typeof value === "bigint" && Math.abs(Number(value)) > 2 ** 53 && typeof cast === "number") return;
        expect(readElement(storage, dtype, 0)).toBe(cast);
      }),
    );
  });
});

test("every type but floats is discrete", () => {
  expect(DTYPES.filter(({ name }) => !isDiscrete(name)).map(({ name }) => name)).toEqual(["float32", "float64"]);
});
