import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Notebook } from "./testing/notebook.ts";

let notebook: Notebook;
beforeAll(() => {
  notebook = new Notebook();
});
afterAll(() => notebook.dispose());

/** Runs cells one after another and returns the last value of each. */
async function values(cells: readonly string[]): Promise<unknown[]> {
  const found = [];
  for (const cell of cells) found.push(await notebook.run(cell));
  return found;
}

describe("the value of a cell", () => {
  const table: readonly [string, unknown][] = [
    ["1 + 1", 2],
    ["1 + 1;", 2],
    ["40 + 2 // the answer", 42],
    ["", undefined],
    ["// nothing", undefined],
    ["const silent = 3", undefined],
    ["let q = 1; q = 5", 5],
    ["if (true) { 3 }", undefined],
    ["'text'", "text"],
    ["{a: 1}", { a: 1 }],
    ["{a: 1, b: 2}", { a: 1, b: 2 }],
    ["{}", {}],
    ["{ let inner = 1; inner + 1 }", undefined],
    ["export default 7", 7],
    ["[1, 2].map((n: number): number => n * 2)", [2, 4]],
    ["(<number>3) as unknown", 3],
    ["type A = 1; interface B {}\n4", 4],
    ["5\ntype C = 1", 5],
    ["namespace Q { export const n = 6 }\nQ.n", 6],
    ["let module = 7; module", 7],
    ["enum U { A }\nmodule", 7],
  ];
  test.each(table)("%s", async (cell, value) => {
    expect(await notebook.run(cell)).toEqual(value);
  });
});

describe("names across cells", () => {
  const table: readonly { readonly name: string; readonly cells: readonly string[]; readonly last: unknown }[] = [
    { name: "constant", cells: ["const a1 = 2", "a1 + 1"], last: 3 },
    { name: "constant again", cells: ["const a2 = 2", "const a2 = 3", "a2"], last: 3 },
    { name: "constant, then variable of another type", cells: ["const a3 = 2", 'let a3 = "s"; a3.length'], last: 1 },
    { name: "variable, then function", cells: ["let a4 = 2", "function a4() { return 9 }", "a4()"], last: 9 },
    { name: "function, then class", cells: ["function a5() {}", "class a5 { n = 4 }", "new a5().n"], last: 4 },
    { name: "class, then enum", cells: ["class a6 {}", "enum a6 { X = 6 }", "a6.X"], last: 6 },
    { name: "import, then constant", cells: ['import { sep } from "node:path"', "const sep = 1", "sep + 1"], last: 2 },
    {
      name: "namespace",
      cells: ["namespace a7 { export const n = 7; export type M = 7 }", "const m: a7.M = a7.n; m"],
      last: 7,
    },
    { name: "type", cells: ["type A8<X> = { x: X }", "const v8: A8<number> = { x: 8 }; v8.x"], last: 8 },
    {
      name: "generic class",
      cells: ["class A9<X> { constructor(readonly x: X) {} }", "const v9: A9<number> = new A9(9); v9.x"],
      last: 9,
    },
    { name: "a variable that a later cell assigns to", cells: ["let a10 = 1", "a10 = 10", "a10"], last: 10 },
    {
      name: "a variable declared without a value",
      cells: ["let a11: number | undefined = 1", "let a11: number | undefined", "a11"],
      last: undefined,
    },
    {
      name: "destructuring",
      cells: ["const { p, q: [r, ...s], t = 4 } = { p: 1, q: [2, 3], t: undefined }", "[p, r, s, t]"],
      last: [1, 2, [3], 4],
    },
    {
      name: "several in one statement",
      cells: ["const b1 = 1, { b2 } = { b2: 2 }, [b3] = [3]", "b1 + b2 + b3"],
      last: 6,
    },
    {
      name: "exported names",
      cells: [
        "export const c1 = 1; export function c2() { return 2 }\nexport class c3 { n = 3 }",
        "c1 + c2() + new c3().n",
      ],
      last: 6,
    },
    { name: "a literal type that widens", cells: ["const d1 = 1", "let d2 = d1; d2 = 5; d2"], last: 5 },
    { name: "a name of the platform", cells: ["const escape = 3", "escape + 1"], last: 4 },
    {
      name: "an earlier cell's type outlives its name",
      cells: ["class e1 { n = 1 }", "const e2 = new e1()", "const e1 = 0", "e2.n"],
      last: 1,
    },
    { name: "an enum's type", cells: ["enum f1 { A = 1, B }", "let f2: f1 = f1.B; f2"], last: 2 },
  ];
  test.each(table)("$name", async ({ cells, last }) => {
    expect((await values(cells)).at(-1)).toEqual(last);
  });

  test("closures see the newest value, whatever its kind", async () => {
    await values([
      "let shared = 1; const readShared = () => Number(shared)",
      "function callShared() { return readShared() }",
    ]);
    expect(await values(["callShared()", "const shared = 2", "callShared()"])).toEqual([1, undefined, 2]);
  });

  test("a function of an earlier cell calls the newest one of a name", async () => {
    await values(["function g1() { return g2() }\nfunction g2() { return 1 }"]);
    expect(await values(["g1()", "function g2() { return 2 }", "g1()"])).toEqual([1, undefined, 2]);
  });

  test("names of a cell that throws are known all the same", async () => {
    await expect(notebook.run("const before = 1;\nlet after: number;\nnull!.x;\nafter = 2")).rejects.toThrow();
    await expect(
      notebook.run('const early = 1;\nif (early) throw new Error("half-way");\nvar late = 2'),
    ).rejects.toThrow("half-way");
    expect(await notebook.run("early")).toBe(1);
    expect(await notebook.run("late")).toBe(undefined);
  });

  test("after a reset no name is known", async () => {
    const other = new Notebook();
    await other.run("const gone = 1");
    other.language.reset();
    expect(await other.errors("gone")).toEqual(["1:1 Cannot find name 'gone'."]);
    await other.dispose();
  });
});

describe("statements", () => {
  const table: readonly { readonly name: string; readonly cell: string; readonly value: unknown }[] = [
    {
      name: "a function is there before its statement",
      cell: "const h1 = h2();\nfunction h2() { return 2 }\nh1",
      value: 2,
    },
    {
      name: "functions keep their names",
      cell: "function h3() {}\nasync function h4() {}\nfunction* h5() {}\n[h3.name, h4.name, h5.name]",
      value: ["h3", "h4", "h5"],
    },
    { name: "classes keep their names", cell: "class h6 {}\nh6.name", value: "h6" },
    { name: "generators", cell: "function *h7() { yield 1; yield 2 }\n[...h7()]", value: [1, 2] },
    {
      name: "overloads",
      cell: "function h8(n: number): number;\nfunction h8(s: string): string;\nfunction h8(x: any) { return x }\nh8(3)",
      value: 3,
    },
    { name: "no semicolons", cell: "const i1 = [1]\nconst [i2] = i1\nlet i3 = i2\nclass i4 {}\n(i3 + 1)", value: 2 },
    { name: "await", cell: "const j1 = await Promise.resolve(3)\nj1", value: 3 },
    { name: "for await", cell: "let j2 = 0\nfor await (const n of [Promise.resolve(1), 2]) j2 += n\nj2", value: 3 },
    { name: "await in a nested function only", cell: "const j3 = async () => await 1\ntypeof j3", value: "function" },
    {
      name: "import of names",
      cell: 'import { join as k1, sep as k2 } from "node:path"\nk1("a", "b") === `a${k2}b`',
      value: true,
    },
    { name: "import of a default", cell: 'import k3 from "node:path"\ntypeof k3.join', value: "function" },
    { name: "import of a namespace", cell: 'import * as k4 from "node:path"\ntypeof k4.join', value: "function" },
    {
      name: "import over lines",
      cell: 'import {\n  type ParsedPath,\n  basename as k5\n} from "node:path"\nk5("a/b")',
      value: "b",
    },
    { name: "dynamic import", cell: 'const { extname } = await import("node:path")\nextname("a.ts")', value: ".ts" },
    {
      name: "import.meta",
      cell: "import.meta.filename.endsWith('.ts') && import.meta.url.startsWith('file:')",
      value: true,
    },
    {
      name: "parameter properties",
      cell: "class l1 { constructor(private readonly n: number) {} get() { return this.n } }\nnew l1(4).get()",
      value: 4,
    },
    { name: "enums", cell: 'enum l2 { A, B = A + 5, C = "c" }\n[l2.A, l2.B, l2.C, l2[5]]', value: [0, 5, "c", "B"] },
    { name: "carriage returns", cell: "const m1 = 1;\r\nconst m2: number = m1\r\nm2", value: 1 },
    { name: "an export list", cell: "const m3 = 3\nexport { m3, m3 as m4 }\nm3", value: 3 },
    { name: "ambient declarations", cell: "declare const nowhere: number\ntypeof nowhere", value: "undefined" },
    { name: "using", cell: "let closed = 0\n{ using r = { [Symbol.dispose]() { closed++ } } }\nclosed", value: 1 },
    {
      name: "an import before a function",
      cell: 'import { sep as m5 } from "node:path"\nfunction m6() { return m5.length }\nm6()',
      value: 1,
    },
    {
      name: "a function that ends on its line's neighbour",
      cell: "const m7 = 1; function m8() { return m7 } class m9 {} m8()",
      value: 1,
    },
    { name: "a default function", cell: "export default function m10() { return 10 }\nm10()", value: 10 },
    { name: "strict mode", cell: "(function (this: unknown) { return this === undefined })()", value: true },
    { name: "characters of two units", cell: 'const 名: "é😀" = "é😀" as const\n名.length', value: 3 },
  ];
  test.each(table)("$name", async ({ cell, value }) => {
    expect(await notebook.run(cell)).toEqual(value);
  });

  test("a file beside the notebook", async () => {
    notebook.writeFile("util.ts", "export const twice = (n: number): number => n * 2;\n");
    expect(await notebook.run('import { twice } from "./util.ts"\ntwice(4)')).toBe(8);
    expect(await notebook.errors('import { twice } from "./util.ts"\ntwice("4")')).toEqual([
      "2:7 Argument of type 'string' is not assignable to parameter of type 'number'.",
    ]);
  });
});

describe("files", () => {
  test("one that comes, changes and goes is followed", async () => {
    const cell = 'import { part } from "./part.ts"\npart.size';
    expect(await notebook.errors(cell)).toHaveLength(1);
    notebook.writeFile("part.ts", "export const part = { size: 1 };\n");
    expect(await notebook.errors(cell)).toEqual([]);
    notebook.writeFile("part.ts", "export const part = { weight: 1 };\n");
    expect(await notebook.errors(cell)).toEqual(["2:6 Property 'size' does not exist on type '{ weight: number; }'."]);
    notebook.removeFile("part.ts");
    expect(await notebook.errors(cell)).toEqual([
      "1:22 Cannot find module './part.ts' or its corresponding type declarations.",
    ]);
  });

  test("a package that is installed later is found", async () => {
    const cell = 'import late from "@scope/late"\nlate.toFixed()';
    expect(await notebook.errors(cell)).toHaveLength(1);
    notebook.writeFile("node_modules/@scope/late/package.json", '{"name": "@scope/late", "types": "late.d.ts"}');
    notebook.writeFile("node_modules/@scope/late/late.d.ts", "declare const late: number;\nexport default late;\n");
    expect(await notebook.errors(cell)).toEqual([]);
  });

  test("data", async () => {
    notebook.writeFile("data.json", '{"rows": [1, 2]}');
    expect(await notebook.errors('import data from "./data.json"\ndata.rows.length + data.columns')).toEqual([
      "2:25 Property 'columns' does not exist on type '{ rows: number[]; }'.",
    ]);
  });
});

describe("diagnostics", () => {
  const table: readonly [string, readonly string[]][] = [
    ["const s: string = 1", ["1:7 Type 'number' is not assignable to type 'string'."]],
    ["let a = 1;\nlet b = a.foo", ["2:11 Property 'foo' does not exist on type 'number'."]],
    ["missing + 1", ["1:1 Cannot find name 'missing'."]],
    ["const k = ;", ["1:11 Expression expected."]],
    ['"é😀" + oops', ["1:9 Cannot find name 'oops'."]],
    ["%mode FAST_RUN\nconst k: string = 1", ["2:7 Type 'number' is not assignable to type 'string'."]],
    ["%tme 3", ["1:1 There is no magic %tme. Did you mean %time? %lsmagic lists all."]],
    ["1\n%%mode DebugMode", ["2:1 %%mode must be the first line of its cell."]],
    ["%profile", ["1:1 profile is a cell magic: write %%profile on the cell's first line."]],
    ["%%theano_flags", ["1:1 theano_flags is a line magic: write %theano_flags."]],
    [
      'import x from "no-such-package"',
      ["1:15 Cannot find module 'no-such-package' or its corresponding type declarations."],
    ],
    ["await 1; return 3", ["1:10 A 'return' statement can only be used within a function body."]],
  ];
  test.each(table)("%s", async (cell, messages) => {
    expect(await notebook.errors(cell)).toEqual(messages);
  });

  test("a constant of an earlier cell stays constant, and can be declared again", async () => {
    await notebook.run("const fixed = 1; class Fixed {}");
    expect(await notebook.errors("fixed = 2")).toEqual(["1:1 Cannot assign to 'fixed' because it is a constant."]);
    expect(await notebook.errors("const fixed = 2")).toEqual([]);
  });

  test("a cell's own types are named without paths", async () => {
    await notebook.run("class Apple { private a = 1 }");
    await notebook.run("const apple = new Apple()");
    const [message] = await notebook.errors("class Apple { private b = 1 }\nconst other: Apple = apple");
    expect(message).toMatch(/^2:7 .* in type 'import\("cell-\d+"\)\.Apple'/);
    expect(message).not.toContain(notebook.folder);
  });

  test("a package without types is any", async () => {
    notebook.writeFile("node_modules/untyped/package.json", '{"name": "untyped", "main": "main.js"}');
    notebook.writeFile("node_modules/untyped/main.js", "module.exports = {};");
    expect(await notebook.errors('import untyped from "untyped"; untyped.anything()')).toEqual([]);
  });
});
