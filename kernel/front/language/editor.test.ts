import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notebook } from "./testing/notebook.ts";

let notebook: Notebook;
beforeAll(async () => {
  notebook = new Notebook();
  await notebook.run(`/** Doubles a number. */
const double = (value: number): number => value * 2;
let counter = 1;
class Shape<Side> { sides: Side[] = []; area() { return 0 } }`);
});
afterAll(() => notebook.dispose());

/** Completes at the `|` of a cell. */
async function complete(marked: string) {
  const offset = marked.indexOf("|");
  const code = marked.replace("|", "");
  const { start, end, items } = await notebook.language.complete(code, offset);
  return { replaced: code.slice(start, end), items };
}

async function inspect(marked: string, detail: 0 | 1 = 0): Promise<string | null> {
  const offset = marked.indexOf("|");
  const found = await notebook.language.inspect(marked.replace("|", ""), offset, detail);
  return found?.["text/plain"] ?? null;
}

describe("completion", () => {
  const table: readonly {
    readonly code: string;
    readonly replaced: string;
    readonly offers: string;
    readonly type: string;
  }[] = [
    { code: "Math.fl|", replaced: "fl", offers: "floor", type: "method" },
    { code: "Math.|", replaced: "", offers: "floor", type: "method" },
    { code: "dou|", replaced: "dou", offers: "double", type: "variable" },
    { code: "let a = coun| + 1", replaced: "coun", offers: "counter", type: "variable" },
    { code: "new Shape<number>().|", replaced: "", offers: "area", type: "method" },
    { code: "const mine = { deep: 1 };\nmine.|\n2", replaced: "", offers: "deep", type: "property" },
    { code: "// é😀\n'é😀'.le|", replaced: "le", offers: "length", type: "property" },
    { code: "T.dve|", replaced: "dve", offers: "dvector", type: "property" },
    { code: "({ ab: 1, 'a-b': 2 }).a|", replaced: ".a", offers: '["a-b"]', type: "property" },
    { code: "({ ab: 1, 'a-b': 2 }).a|", replaced: ".a", offers: ".ab", type: "property" },
    { code: "awa|", replaced: "awa", offers: "await", type: "keyword" },
    { code: 'import { join } from "node:pa|"', replaced: "node:pa", offers: "node:path", type: "module" },
    { code: "%mo|", replaced: "%mo", offers: "%mode", type: "magic" },
    { code: "%%|", replaced: "%%", offers: "%%profile", type: "magic" },
    { code: "%mode De|", replaced: "De", offers: "DebugMode", type: "constant" },
    { code: "1;\n%theano_flags device=cpu,fl|", replaced: "fl", offers: "floatX", type: "constant" },
    { code: "%time dou|", replaced: "dou", offers: "double", type: "variable" },
    { code: "%mode X\ndou|", replaced: "dou", offers: "double", type: "variable" },
    { code: "broken( ; dou|", replaced: "dou", offers: "double", type: "variable" },
    { code: "const double = 'now a text'; double.toUp|", replaced: "toUp", offers: "toUpperCase", type: "method" },
  ];
  test.each(table)("$code", async ({ code, replaced, offers, type }) => {
    const found = await complete(code);
    expect(found.replaced).toBe(replaced);
    expect(found.items).toContainEqual(expect.objectContaining({ text: offers, type }));
  });

  test("offers only what begins like the word", async () => {
    const { items } = await complete("Math.fl|");
    expect(items.map((each) => each.text)).toEqual(["floor"]);
  });
});

describe("inspection", () => {
  const table: readonly [string, string][] = [
    ["doub|le(3)", "const double: (value: number) => number"],
    ["double|", "const double: (value: number) => number"],
    ["double(3, |", "const double: (value: number) => number"],
    ["double([1, (2)][|0])", ""],
    ["counter|", "let counter: number"],
    ["const s = 'x';\ns|", 'const s: "x"'],
    ["Shape|", "class Shape<Side>"],
    ["%mode| X", "Shows or sets the mode."],
    ["%time double(|1)", "Times an expression."],
  ];
  test.each(table)("%s", async (code, text) => {
    expect((await inspect(code)) ?? "").toContain(text);
  });

  test("says more when asked for more", async () => {
    expect(await inspect("double|", 0)).not.toContain("Doubles");
    expect(await inspect("double|", 1)).toContain("Doubles a number.");
  });

  test("has nothing to say about nothing", async () => {
    expect(await inspect("  |  ")).toBeNull();
  });
});
