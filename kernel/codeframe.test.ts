import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { codeFrame } from "./codeframe.ts";

const source = "first\nsecond\nthird line\n\tfourth\nfifth\nsixth";

it.each([
  [
    "a middle line",
    { line: 3, column: 7 },
    ["  1 │ first", "  2 │ second", "❯ 3 │ third line", "    │       ^", "  4 │ \tfourth", "  5 │ fifth"],
  ],
  [
    "a stretch, the first line",
    { line: 1, column: 2, endColumn: 4 },
    ["❯ 1 │ first", "    │  ^^", "  2 │ second", "  3 │ third line"],
  ],
  [
    "a stretch behind the end",
    { line: 6, column: 5, endColumn: 99 },
    ["  4 │ \tfourth", "  5 │ fifth", "❯ 6 │ sixth", "    │     ^"],
  ],
  [
    "a line with a tab",
    { line: 4, column: 2 },
    ["  2 │ second", "  3 │ third line", "❯ 4 │ \tfourth", "    │ \t^", "  5 │ fifth", "  6 │ sixth"],
  ],
])("frames %s", (_, place, lines) => {
  expect(stripVTControlCharacters(codeFrame(source, place)).split("\n")).toEqual(lines);
});

it("is empty for a line that does not exist", () => {
  expect(codeFrame(source, { line: 7, column: 1 })).toBe("");
});
