import fc from "fast-check";
import { expect, it } from "vitest";
import { codePointOfOffset, offsetOfCodePoint } from "./codepoints.ts";

it.each([
  ["plain", 2, 2],
  ["𝐚b", 1, 2],
  ["𝐚b", 2, 3],
  ["𝐚b", 99, 3],
  ["", 0, 0],
])("in %j code point %i is at offset %i", (text, point, offset) => {
  expect(offsetOfCodePoint(text, point)).toBe(offset);
});

it("there and back is the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(), (text, seed) => {
      const point = seed % ([...text].length + 1);
      expect(codePointOfOffset(text, offsetOfCodePoint(text, point))).toBe(point);
    }),
  );
});
