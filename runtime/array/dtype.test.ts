import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Complex } from "./complex.ts";
import {
  allocate,
  castScalar,
  DTYPES,
  type DType,
  dtypeOfNumber,
  dtypeOfStorage,
  isComplex,
  isDiscrete,
  isDType,
  readElement,
  type Scalar,
  upcast,
  writeElement,
} from "./dtype.ts";
import golden from "./numpy-golden.json" with { type: "json" };

test.each(Object.entries(golden.promote))("promotion of %s is NumPy's %s", (pair, expected) => {
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
    [0.1, "float16", 0.0999755859375],
    [65520, "float16", Infinity],
    [new Complex(2.5, -1), "int8", 2],
    [new Complex(0, -1), "bool", true],
    [new Complex(0.1, 3), "float32", Math.fround(0.1)],
  ])("%s as %s is %s", (value, dtype, expected) => {
    expect(castScalar(value, dtype)).toBe(expected);
  });

  test("to a complex type: the number is the real part, and complex64 rounds both parts", () => {
    expect(castScalar(3n, "complex128")).toEqual(new Complex(3, 0));
    expect(castScalar(new Complex(0.1, -0.2), "complex64")).toEqual(new Complex(Math.fround(0.1), Math.fround(-0.2)));
  });

  test("agrees with storing to a typed array, for finite numbers", () => {
    const any = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
    );
    fc.assert(
      fc.property(any, fc.constantFrom(...DTYPES.map(({ name }) => name)), (value, dtype) => {
        if (dtype === "bool" || isComplex(dtype)) return;
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

test("complex elements take two slots, the real part first", () => {
  const storage = allocate("complex64", 2);
  expect(storage).toEqual(new Float32Array(4));
  writeElement(storage, 1, new Complex(3, -4));
  expect(storage).toEqual(Float32Array.of(0, 0, 3, -4));
  expect(readElement(storage, "complex64", 1)).toEqual(new Complex(3, -4));
});

test.each<[DType[], DType]>([
  [["float16", "int8"], "float16"],
  [["float16", "int16"], "float32"],
  [["float16", "uint32"], "float64"],
  [["complex64", "float16"], "complex64"],
  [["complex64", "int16"], "complex64"],
  [["complex64", "int32"], "complex128"],
  [["float64", "complex64"], "complex128"],
  [["bool", "complex64", "complex128"], "complex128"],
])("promotion of %j is %s", (dtypes, expected) => {
  expect(upcast(...dtypes)).toBe(expected);
});

test("every type but floats and complex ones is discrete", () => {
  const continuous = DTYPES.filter(({ name }) => !isDiscrete(name)).map(({ name }) => name);
  expect(continuous).toEqual(["float16", "float32", "float64", "complex64", "complex128"]);
});
