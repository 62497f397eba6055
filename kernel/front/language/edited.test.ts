import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Edit, EditedText, Lines } from "./edited.ts";

const replace = (start: number, end: number, text: string): Edit => ({ start, end, text });

describe("EditedText", () => {
  test("applies edits in place, insertions in the order given", () => {
    const edited = EditedText.of("a + b").apply([
      replace(0, 0, "add("),
      replace(0, 0, "<"),
      replace(2, 3, ","),
      replace(5, 5, ")"),
    ]);
    expect(edited.text).toBe("add(<a , b)");
  });

  test("finds the origin of characters through several rounds", () => {
    const once = EditedText.of("one two").apply([replace(0, 0, "// "), replace(4, 7, "three")]);
    const twice = once.apply([replace(0, 3, ""), replace(6, 7, " and ")]);
    expect(twice.text).toBe("one and three");
    expect(twice.toOriginal(1)).toBe(1);
    expect(twice.toOriginalRange(0, 3)).toEqual({ start: 0, end: 3 });
    expect(twice.toOriginalRange(8, 13)).toEqual({ start: 7, end: 7 });
    expect(twice.fromOriginal(2)).toBe(2);
  });

  test("an inserted character stands for what follows", () => {
    const edited = EditedText.of("ab").apply([replace(1, 1, "---")]);
    expect([0, 1, 2, 3, 4, 5].map((offset) => edited.toOriginal(offset))).toEqual([0, 1, 1, 1, 1, 2]);
    expect(edited.toOriginalRange(1, 3)).toEqual({ start: 1, end: 1 });
  });

  test("has no points for lines that are as they were", () => {
    const edited = EditedText.of("first\nsecond\nthird").apply([replace(6, 6, "a very ")]);
    expect(edited.columns()).toEqual({
      1: [
        { generatedColumn: 0, line: 1, column: 0 },
        { generatedColumn: 1, line: 1, column: 0 },
        { generatedColumn: 2, line: 1, column: 0 },
        { generatedColumn: 6, line: 1, column: 0 },
        { generatedColumn: 7, line: 1, column: 0 },
      ],
    });
  });

  test("knows lines that moved", () => {
    const edited = EditedText.of("a\nb").apply([replace(0, 0, "new\n")]);
    expect(edited.columns()[1]).toEqual([{ generatedColumn: 0, line: 0, column: 0 }]);
    expect(edited.columns()[2]).toEqual([{ generatedColumn: 0, line: 1, column: 0 }]);
  });

  test("columns() leads every kept character back to its place, whatever the edits", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n", "("), maxLength: 30 });
    const cuts = fc.array(fc.tuple(fc.nat(30), fc.nat(3), text), { maxLength: 4 });
    fc.assert(
      fc.property(text, cuts, (source, wanted) => {
        let from = 0;
        const edits: Edit[] = [];
        for (const [start, length, inserted] of wanted.sort((a, b) => a[0] - b[0])) {
          if (start < from || start + length > source.length) continue;
          edits.push(replace(start, start + length, inserted));
          from = start + length;
        }
        // Each character of the original is marked by its own sign, so that the judge needs no offsets.
        const marked = [...source].map((character, index) =>
          character === "\n" ? "\n" : String.fromCharCode(0x4e00 + index),
        );
        const edited = EditedText.of(marked.join("")).apply(edits);
        const lines = new Lines(edited.original);
        const columns = edited.columns();
        edited.text.split("\n").forEach((line, lineNumber) => {
          [...line].forEach((character, column) => {
            const index = character.charCodeAt(0) - 0x4e00;
            if (index < 0) return;
            const point = columns[lineNumber]?.findLast((each) => each.generatedColumn <= column);
            const place = point
              ? { line: point.line, column: point.column + column - point.generatedColumn }
              : { line: lineNumber, column };
            expect(lines.offset(place.line, place.column)).toBe(index);
          });
        });
      }),
    );
  });
});

test("Lines counts from nought and keeps columns within their line", () => {
  const lines = new Lines("ab\n\ncd");
  expect(lines.place(4)).toEqual({ line: 2, column: 0 });
  expect(lines.place(6)).toEqual({ line: 2, column: 2 });
  expect(lines.offset(0, 99)).toBe(2);
});
