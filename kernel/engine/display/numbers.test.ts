import { expect, test } from "vitest";
import { count, showSeconds, showShare } from "./numbers.ts";

test.each([
  [0, "0 µs"],
  [2.5e-7, "0.250 µs"],
  [1.234e-5, "12.3 µs"],
  [0.0125, "12.5 ms"],
  [0.9999, "1000 ms"],
  [1.5, "1.50 s"],
  [1234, "1234 s"],
])("%d seconds are written %s", (seconds, text) => {
  expect(showSeconds(seconds)).toBe(text);
});

test("shares and counts", () => {
  expect(showShare(0.375)).toBe("37.5 %");
  expect([count(1, "call"), count(2, "call")]).toEqual(["1 call", "2 calls"]);
});
