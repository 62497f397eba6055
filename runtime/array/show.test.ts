import { describe, expect, test } from "vitest";
import { Complex } from "./complex.ts";
import { type DType, isComplex, isDType, type Scalar } from "./dtype.ts";
import { NDArray } from "./ndarray.ts";
import golden from "./numpy-golden.json" with { type: "json" };

/** Reads what numpy-golden.py writes of an element. */
function element(text: string, dtype: DType): Scalar {
  if (dtype === "bool") return text === "true";
  if (isComplex(dtype)) {
    const [re, im] = text.split(",").map(Number);
    return new Complex(re, im);
  }
  return dtype === "int64" || dtype === "uint64" ? BigInt(text) : Number(text);
}

describe("arrays print as NumPy prints them", () => {
  test.each(golden.show.map((entry) => [entry.repr.slice(0, 60), entry] as const))("%s", (_, entry) => {
    const { dtype } = entry;
    if (!isDType(dtype)) throw new TypeError(`${dtype} is no dtype`);
    const flat = NDArray.from(
      entry.data === "" ? [] : entry.data.split(" ").map((text) => element(text, dtype)),
      dtype,
    );
    const array = flat.reshape(entry.shape);
    expect(array.toString()).toBe(entry.str);
    expect(array.repr()).toBe(entry.repr);
  });
});

test("views print their own elements", () => {
  const array = NDArray.from([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(String(array.transpose())).toBe("[[1. 4.]\n [2. 5.]\n [3. 6.]]");
  expect(String(array.slice({ step: -1 }, 1))).toBe("[5. 2.]");
});

test("a notebook shows an array as its repr", () => {
  const array = NDArray.from([1n, 2n]);
  const display: unknown = Reflect.get(array, Symbol.for("Jupyter.display"));
  expect(typeof display === "function" && display.call(array)).toEqual({ "text/plain": "array([1, 2])" });
});
