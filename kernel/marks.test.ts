import fc from "fast-check";
import { expect, it } from "vitest";
import { type Mark, MarkReader, markText } from "./marks.ts";

const SECRET = "5ec4e7";

/** What a stream of texts and marks reads as, cut into chunks at the given places. */
function read(parts: readonly (string | Mark)[], cuts: readonly number[]) {
  const bytes = Buffer.from(parts.map((part) => (typeof part === "string" ? part : markText(SECRET, part))).join(""));
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const reader = new MarkReader(SECRET);
  const pieces = places.slice(1).flatMap((place, index) => reader.push(bytes.subarray(places[index], place)));
  const merged: (string | Mark)[] = [];
  for (const piece of [...pieces, ...reader.end()]) {
    if (piece.type !== "bytes") merged.push(piece);
    else if (typeof merged.at(-1) === "string") merged.push(`${merged.pop()}${piece.bytes.toString("latin1")}`);
    else merged.push(piece.bytes.toString("latin1"));
  }
  return merged;
}

it("tells marks from text, wherever the stream is cut", () => {
  const text = fc.string({ unit: fc.constantFrom("5", "e", "c", "\u001e", "\n", "#", "@"), minLength: 1 });
  const mark = fc.oneof<fc.Arbitrary<Mark>[]>(
    fc.nat().map((order) => ({ type: "order", order })),
    fc.uuid().map((request) => ({ type: "owner", request })),
  );
  const parts = fc.array(fc.tuple(text, mark)).map((pairs) => pairs.flat());
  fc.assert(
    fc.property(parts, fc.array(fc.nat()), (stream, cuts) => {
      expect(read(stream, cuts)).toEqual(stream);
    }),
  );
});

it("lets text pass that only looks like a mark", () => {
  const text = "\u001e5ec4e6#1\n\u001e5ec";
  expect(read([text], [3, 12])).toEqual([text]);
});
