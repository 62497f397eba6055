import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeFrame, FrameReader } from "./pipe.ts";

it("gives back the messages of a stream, wherever it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 50 }), (messages, size) => {
      const bytes = Buffer.concat(messages.map(encodeFrame));
      const reader = new FrameReader<unknown>();
      const read: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
      expect(read).toEqual(structuredClone(messages));
    }),
  );
});

it("refuses what cannot be copied", () => {
  expect(() => encodeFrame({ text: () => "a function" })).toThrow(/could not be cloned/);
});
