/** Plain TypeScript stays as it is, apart from the edits that the cell compiler documents. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lines } from "./edited.ts";
import { Notebook } from "./testing/notebook.ts";

let notebook: Notebook;
beforeAll(() => {
  notebook = new Notebook();
});
afterAll(() => notebook.dispose());

const HEAD = '()=>{"use strict";';

describe("statements without declarations come out letter by letter", () => {
  const corpus: readonly string[] = [
    "for (let i = 0; i < 3; i++) { console.log(i % 2 === 0 ? i ** 2 : -i); }",
    "for (const [key, value] of Object.entries({ a: 1 })) console.log(`${key}: ${value + 1}`);",
    "if (1 < 2 && 3 >= 2) { debugger } else { throw new Error('no' + 1) }",
    "outer: for (;;) { while (true) { break outer } }",
    "switch (5 & 3) { case 1: { break } default: }",
    "try { JSON.parse('{') } catch { } finally { ; }",
    "do { var inner = ~1 | 2 ^ 3 } while (inner > 5)",
    "{ const a = [1, 2, ...[3]]; let { length, ...rest } = a; length += 1; rest; }",
    "{ class A { static #n = 1; get n() { return A.#n } static { A.#n *= 2 } } new A().n; }",
    "{ function* g(n = 1 / 2) { yield* [n, n << 1, n >>> 1] } [...g()]; }",
    "for (const r of ['a/b'.match(/\\/[/]?/g)]) { r?.length }",
    "if (Math.random() > 2) { (() => ({ a: 1 }).a++)(); }",
  ];
  test.each(corpus)("%s", async (code) => {
    const program = await notebook.compile(code);
    expect(program.hoist).toBe("");
    expect(program.body).toBe(`${HEAD}${code}\n}`);
  });
});

describe("the documented edits", () => {
  const table: readonly [code: string, hoist: string, body: string][] = [
    ["1 + 1;", "", "return (1 + 1);"],
    ["const a = 1;", "let a;", "    ; a = 1;"],
    ["let a = 1, b: number | undefined;", "let a, b;", "  ; a = 1, b=void 0                    ;"],
    ["var a;", "let a;", "  ; a;"],
    ["let { a, b: [c] } = { a: 1, b: [2] };", "let a, c;", " ;( { a, b: [c] } = { a: 1, b: [2] });"],
    ["function f(n: 1) { return n }", "let f;", "f=function(n   ) { return n };"],
    ["async function* f() { await 1 }", "let f;", "f=async function*() { await 1 };"],
    ["class C { n = 1 }", "let C;", ";C=class C { n = 1 };"],
    ["export const a = 1;", "let a;", "           ; a = 1;"],
    ["type A<T> = T[];", "", "                "],
    ["const a = 1 as number;", "let a;", "    ; a = 1          ;"],
  ];
  test.each(table)("%s", async (code, hoist, body) => {
    const program = await notebook.compile(code);
    expect(program.hoist).toBe(hoist);
    expect(program.body).toBe(`${HEAD}${body}\n}`);
  });
});

describe("places in stack traces", () => {
  /** The user's place of the topmost frame in the cell. */
  async function thrownAt(code: string): Promise<string> {
    const program = await notebook.compile(code);
    const error = await notebook.execute(program).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof Error)) throw new Error("the cell did not throw");
    const frame = new RegExp(`cell-${program.cell}\\.ts:(\\d+):(\\d+)`).exec(error.stack ?? "");
    const line = Number(frame?.[1]) - 1;
    const column = Number(frame?.[2]) - 1 - (line === 0 ? notebook.headLength(program) : 0);
    const point = program.columns[line]?.findLast((each) => each.generatedColumn <= column);
    const place = point
      ? { line: point.line, column: point.column + column - point.generatedColumn }
      : { line, column };
    return program.source.slice(new Lines(program.source).offset(place.line, place.column)).slice(0, 12);
  }

  const table: readonly [string, string][] = [
    ["nothing: { }\nthrow new Error('x')", "new Error('x"],
    ["throw new Error('x')", "new Error('x"],
    ["const a: number = 1; throw new RangeError('x')", "new RangeErr"],
    ["const { a } = { a: 1 };\nconst b = a, c = (() => { throw new Error('x') })();", "new Error('x"],
    ["1;\nfunction f(n: number): never { throw new Error('x') }\nf(1)", "new Error('x"],
    ["enum E { A }\nclass P { constructor(public n: E) { throw new Error('x') } }\nnew P(E.A)", "new Error('x"],
    ["%mode X\nthrow new Error('x')", "new Error('x"],
    ["%time (() => { throw new Error('x') })()", "new Error('x"],
    ["%%mode X\nthrow new Error('x')", "new Error('x"],
    ["const x = T.dvector('x'); x * 2 + [0].map(() => { throw new Error('x') }).length", "new Error('x"],
    ["import { sep } from 'node:path'; const t = sep + 1; throw new Error('x')", "new Error('x"],
  ];
  test.each(table)("%s", async (code, source) => {
    expect(await thrownAt(code)).toBe(source);
  });
});
