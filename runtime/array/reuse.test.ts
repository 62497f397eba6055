import { expect, test } from "vitest";
import { allocate } from "./dtype.ts";

test("memory of arrays that nobody holds is found while a program is at work", () => {
  const megabytes = (): number => process.memoryUsage().arrayBuffers / 2 ** 20;
  const before = megabytes();
  let sum = 0;
  for (let i = 0; i < 32; i++) sum += allocate("float64", 2 ** 20).length;
  expect(sum * 8).toBe(256 * 2 ** 20);
  expect(megabytes() - before).toBeLessThan(64);
});
