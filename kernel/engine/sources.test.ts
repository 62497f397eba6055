import { describe, expect, it } from "vitest";
import { CellSources } from "./sources.ts";

const program = {
  cell: 7,
  source: "let a = 1\nfail(a)",
  hoist: "let a;",
  body: '()=>{"use strict";(a = 1);\nreturn (fail(a))\n}',
  columns: {
    0: [
      { generatedColumn: 18, line: 0, column: 4 },
      { generatedColumn: 25, line: 0, column: 9 },
    ],
    1: [
      { generatedColumn: 0, line: 1, column: 0 },
      { generatedColumn: 8, line: 1, column: 0 },
    ],
  },
};

describe("a place in a program", () => {
  const sources = new CellSources();
  const prefix = 100;
  sources.add(program, prefix);

  it.each([
    ["on the first line, behind the engine's prefix", 1, prefix + 19 + 4, { cell: 7, line: 1, column: 9 }],
    ["behind inserted text", 2, 9, { cell: 7, line: 2, column: 1 }],
    ["in the middle of a line", 2, 14, { cell: 7, line: 2, column: 6 }],
    ["on a line without edits", 3, 1, { cell: 7, line: 3, column: 1 }],
  ])("%s", (_, line, column, place) => {
    expect(sources.place("cell-7.ts", line, column)).toEqual(place);
  });

  it.each(["cell-8.ts", "my-cell-7.ts", "file:///home/cell-7.ts"])("in %s is none of ours", (file) => {
    expect(sources.place(file, 1, 1)).toBeNull();
  });
});

it("tells cells without a number apart", () => {
  const sources = new CellSources();
  sources.add({ ...program, cell: -3 }, 0);
  expect(sources.place("cell--3.ts", 3, 2)).toEqual({ cell: -3, line: 3, column: 2 });
});
