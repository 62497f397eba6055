/** Every notebook: executed afresh, it gives what its file says. */
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { inProject, root } from "../../scripts/lib/paths.mjs";
import { htmlProblems, xmlProblems } from "../support/markup.ts";
import { type Cell, executeNotebook, joined, type Notebook, readNotebook } from "./execute.ts";

const NAMES = readdirSync(inProject("notebooks")).filter((name) => name.endsWith(".ipynb"));

/** What a cell printed, and which kinds of output it has, without measured times. */
function gist(cell: Cell): unknown[] {
  return (cell.outputs ?? []).map((output) => {
    switch (output.output_type) {
      case "stream":
        return `${output.name}: ${joined(output.text)}`;
      case "error":
        return { ename: output.ename, evalue: output.evalue, traceback: output.traceback };
      default:
        return Object.keys(output.data).sort();
    }
  });
}

describe.each(NAMES)("%s", (name) => {
  const recorded = readNotebook(inProject("notebooks", name));
  let executed: Notebook;

  beforeAll(async () => {
    executed = await executeNotebook(name);
  }, 180_000);

  test("the file names its kernel and has an identifier for every cell", () => {
    expect(recorded.metadata.kernelspec).toEqual({
      name: "theanotes",
      display_name: "TypeScript (Theanotes)",
      language: "typescript",
    });
    const ids = recorded.cells.map((cell) => cell.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("the file holds no path of the machine that recorded it", () => {
    const text = JSON.stringify(recorded);
    for (const path of [root, homedir(), "file://", "node_modules"]) expect(text).not.toContain(path);
  });

  test.each(recorded.cells.filter((cell) => cell.cell_type === "code").map((cell) => [cell.id, cell] as const))(
    "%s gives what the file says",
    (id, cell) => {
      const again = executed.cells.find((other) => other.id === id) ?? expect.fail(`${id} was not executed`);
      expect(gist(again)).toEqual(gist(cell));
    },
  );

  test("everything drawn is well-formed and stands alone", () => {
    for (const cell of executed.cells) {
      for (const output of cell.outputs ?? []) {
        if (!("data" in output)) continue;
        const [text, markup, drawing] = ["text/plain", "text/html", "image/svg+xml"].map((mime) =>
          joined(output.data[mime]),
        );
        expect(text, cell.id).not.toBe("");
        if (markup) expect(htmlProblems(markup), cell.id).toEqual([]);
        if (drawing) expect(xmlProblems(drawing), cell.id).toEqual([]);
      }
    }
  });
});
