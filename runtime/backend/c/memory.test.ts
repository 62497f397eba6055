import { describe, expect, test } from "vitest";
import { storageIn } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { createResult, recycleResult } from "./memory.ts";

function arrayIn({ buffer, start }: ReturnType<typeof createResult>, length: number): NDArray {
  return new NDArray(storageIn(buffer, "float64", start, length), "float64", [length]);
}

describe("memory of results", () => {
  test.each([8, 1000, 3000, 70_000, 300_000])("results of %i bytes do not overlap", (bytes) => {
    const places = Array.from({ length: 50 }, () => createResult(bytes)).sort((a, b) => a.address - b.address);
    for (const [i, { address, start, buffer }] of places.entries()) {
      expect(address).toBeGreaterThanOrEqual(i === 0 ? 1 : places[i - 1].address + bytes);
      expect(start + bytes).toBeLessThanOrEqual(buffer.byteLength);
    }
  });

  test.each([2049, 70_000, 300_000])("vectors of %i bytes and more begin where registers like it", (bytes) => {
    for (let i = 0; i < 20; i++) expect(createResult(bytes).address % 64).toBe(0);
  });

  test("the place of a result that was given back serves the next one of its size", () => {
    const place = createResult(80_000);
    recycleResult(arrayIn(place, 10_000));
    expect(createResult(80_008).address).not.toBe(place.address);
    expect(createResult(80_000).address).toBe(place.address);
    expect(createResult(80_000).address).not.toBe(place.address);
  });

  test("places of more and more sizes are not all kept", () => {
    const first = createResult(2 ** 20);
    recycleResult(arrayIn(first, 2 ** 17));
    for (let i = 1; i < 100; i++) recycleResult(arrayIn(createResult(2 ** 20 + 8 * i), 2 ** 17 + i));
    expect(createResult(2 ** 20).buffer).not.toBe(first.buffer);
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(2 ** 27);
  });

  test("memory of others is not taken", () => {
    const own = NDArray.zeros([10_000], "float64");
    recycleResult(own);
    expect(createResult(80_000).buffer).not.toBe(own.data.buffer);
  });
});
