import { afterAll, beforeAll, expect, test } from "vitest";
import { Notebook } from "./testing/notebook.ts";

let notebook: Notebook;
beforeAll(() => {
  notebook = new Notebook();
});
afterAll(() => notebook.dispose());

/** Cells that take names of the platform for their own, and what the last one comes to. */
const table: readonly [cells: readonly string[], last: unknown][] = [
  [["const URL = 'own'", "URL"], "own"],
  [["let Blob = 1; Blob += 1", "Blob = Blob * 2; Blob"], 4],
  [["class Event { static Event = 1; get Event() { return Event.Event } }", "new Event().Event"], 1],
  [
    ["class Response {}", "[Response.name, new Response().constructor === Response]"],
    ["Response", true],
  ],
  [
    ["function fetch(n: number): number { return n < 1 ? 0 : 1 + fetch(n - 1) }", "[fetch(3), fetch.name]"],
    [3, "fetch"],
  ],
  [["import { setTimeout } from 'node:timers/promises'", "await setTimeout(1, 'promised')"], "promised"],
  [["import { sep as Request } from 'node:path'", "Request.length"], 1],
  [["import crypto from 'node:path'", "import * as Headers from 'node:path'\ncrypto.join === Headers.join"], true],
  [
    [
      "const { URL, File = 2, ...FormData } = { URL: 1, rest: 3 } as { URL: 1; File?: 2; rest: 3 }",
      "[URL, File, FormData]",
    ],
    [1, 2, { rest: 3 }],
  ],
  [["let [Set, Map] = [1, 2]; [Set, Map] = [Map, Set]", "({ Set, Map: Map })"], { Set: 2, Map: 1 }],
  [["let Date = 1; ({ Date = 3 } = {} as { Date?: number })", "Date"], 3],
  [["enum Crypto { A = 4 }\nnamespace Navigator { export const Crypto = 5 }", "Crypto.A + Navigator.Crypto"], 9],
  [
    ["const JSON = 1; const f = (JSON: number) => JSON + 1", "[f(1), JSON]"],
    [2, 1],
  ],
  [
    ["const Symbol = 1, undefined = 2, NaN = 3", "[Symbol, undefined, NaN]"],
    [1, 2, 3],
  ],
  [["let process: globalThis.Map<string, number> | number = 5", "process"], 5],
];
test.each(table)("%j", async (cells, last) => {
  let value: unknown;
  for (const cell of cells) value = await notebook.run(cell);
  expect(value).toEqual(last);
});

test("code that is no cell keeps the platform's names", async () => {
  await notebook.run("const URL = 1, Map = 2, Object = 3, queueMicrotask = 4");
  expect(new URL("file:///a").protocol).toBe("file:");
  expect([typeof Map, typeof Object, typeof queueMicrotask]).toEqual(["function", "function", "function"]);
});

test("a magic works beside names that its call is made of", async () => {
  expect(await notebook.run("const Reflect = 1; class Symbol {}\n%mode FAST_RUN\nReflect")).toBe(1);
});

test("the name that the kernel needs itself is refused", async () => {
  expect(await notebook.errors("const globalThis = 1")).toEqual([
    "1:7 The name 'globalThis' cannot be declared in a cell.",
  ]);
});
