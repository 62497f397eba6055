/** Blocks of linear memory. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryError } from "../../base/errors.ts";
import { LinearMemory } from "./memory.ts";

test("blocks never overlap, whatever is taken and given back", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5000 }), fc.nat()), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (program) => {
      const memory = new LinearMemory();
      const blocks: { address: number; size: number }[] = [];
      for (const [frees, size, which] of program) {
        if (frees && blocks.length > 0) {
          const [block] = blocks.splice(which % blocks.length, 1);
          memory.free(block.address);
        } else blocks.push({ address: memory.allocate(size), size });
        const sorted = blocks.toSorted((a, b) => a.address - b.address);
        sorted.forEach(({ address, size }, i) => {
          expect(address % 64).toBe(0);
          expect(address + size).toBeLessThanOrEqual(sorted[i + 1]?.address ?? memory.bytes.length);
        });
      }
    }),
  );
});

test("memory that was given back is used again", () => {
  const memory = new LinearMemory();
  const round = (): void => {
    const blocks = [1e6, 2e6, 3e6].map((size) => memory.allocate(size));
    for (const block of blocks) memory.free(block);
  };
  round();
  const size = memory.bytes.length;
  for (let i = 0; i < 100; i++) round();
  expect(memory.bytes.length).toBe(size);
});

test("what is beyond 4 GiB is refused in words, and the rest goes on", () => {
  const memory = new LinearMemory();
  expect(() => memory.allocate(5 * 2 ** 30)).toThrow(MemoryError);
  expect(() => memory.allocate(5 * 2 ** 30)).toThrow(/5120 MiB more are needed, .* 4096 MiB at most/);
  expect(memory.allocate(100)).toBeGreaterThan(0);
});

test("a block is given back once", () => {
  const memory = new LinearMemory();
  const address = memory.allocate(8);
  memory.free(address);
  expect(() => memory.free(address)).toThrow(`no block at address ${address}`);
});
