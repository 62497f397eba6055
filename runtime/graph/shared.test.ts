import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { shared } from "./shared.ts";

test("values are copied on the way in and out, unless borrowed", () => {
  const array = NDArray.from([1, 2], "float64");
  const [own, borrowed] = [shared(array), shared(array, { borrow: true })];
  array.data[0] = 5;
  expect([own, borrowed].map((s) => String(s.getValue()))).toEqual(["[1. 2.]", "[5. 2.]"]);
  borrowed.getValue().data[0] = 7;
  expect(String(borrowed.getValue())).toBe("[5. 2.]");
  borrowed.getValue({ borrow: true }).data[0] = 7;
  expect(String(array)).toBe("[7. 2.]");
});

test("zero keeps shape and dtype; borrowing, it writes into the array", () => {
  const array = NDArray.from([[1, 2]], "float32");
  const s = shared(array, { borrow: true });
  s.zero();
  expect([String(s.getValue()), String(array), s.getValue().dtype]).toEqual(["[[0. 0.]]", "[[1. 2.]]", "float32"]);
  s.setValue(array, { borrow: true });
  s.zero({ borrow: true });
  expect(String(array)).toBe("[[0. 0.]]");
});

test("a new value may have another shape, but not another type", () => {
  const s = shared([1, 2], "s");
  s.setValue([1, 2, 3]);
  expect(s.getValue().shape).toEqual([3]);
  expect(() => s.setValue([[1]])).toThrow(/Wrong number of dimensions: expected 1, got 2/);
  expect(() => Reflect.apply(shared, undefined, [s])).toThrow(/needs numeric values and not symbolic variables/);
});
