import { expect, test } from "vitest";
import { counterState, Philox, philoxBlock } from "./philox.ts";

/** The known answers that come with the authors' library Random123 for philox4x32-10: key, counter, block. */
test.each([
  ["00000000 00000000", "00000000 00000000 00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  ["ffffffff ffffffff", "ffffffff ffffffff ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
  ["a4093822 299f31d0", "243f6a88 85a308d3 13198a2e 03707344", "d16cfe09 94fdcceb 5001e420 24126ea1"],
])("key %s, counter %s", (key, counter, expected) => {
  const block = new Uint32Array(4);
  philoxBlock(words(`${key} ${counter}`), block);
  expect(block).toEqual(words(expected));
});

function words(text: string): Uint32Array {
  return Uint32Array.from(text.split(" "), (word) => Number.parseInt(word, 16));
}

test("a stream goes on at the block after the last one begun, and its counter carries", () => {
  const state = counterState(5, 1);
  state[2] = 0xffffffff;
  const source = new Philox(state);
  const first = Array.from({ length: 5 }, () => source.uint32());
  expect([...source.next]).toEqual([5, 0, 1, 1, 1, 0]);
  expect(new Philox(Uint32Array.of(5, 0, 0, 1, 1, 0)).uint32()).toBe(first[4]);
});

test.each([-1, 0.5, 2 ** 53])("%d is no seed", (seed) => {
  expect(() => counterState(seed, 0)).toThrow("whole number from 0 to 2**53 - 1");
});
