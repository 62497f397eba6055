import { afterAll, beforeAll, expect, test } from "vitest";
import type { Completeness } from "./language.ts";
import { Notebook } from "./testing/notebook.ts";

let notebook: Notebook;
beforeAll(() => {
  notebook = new Notebook();
});
afterAll(() => notebook.dispose());

const complete: Completeness = { status: "complete" };
const invalid: Completeness = { status: "invalid" };
const incomplete = (indent: string): Completeness => ({ status: "incomplete", indent });

const table: readonly [string, Completeness][] = [
  ["", complete],
  ["1 + 1", complete],
  ["const x: number = 'not checked here'", complete],
  ["if (true) {}", complete],
  ["{a: 1, b: 2}", complete],
  ["%mode DebugMode", complete],
  ["%%mode DebugMode\nf()", complete],
  ["-x ** 2", complete],
  ["'('", complete],
  ["const x =", incomplete("  ")],
  ["1 +", incomplete("  ")],
  ["f(", incomplete("  ")],
  ["f(a,\n  b,", incomplete("  ")],
  ["if (a) {\n  b()", incomplete("  ")],
  ["class A {\n  b() {", incomplete("    ")],
  ["`text", incomplete("")],
  ["`${a", incomplete("")],
  ["/* a", incomplete("  ")],
  ["{a: 1,", incomplete("  ")],
  ["{a: 1, b: 2,", incomplete("  ")],
  ["[1,", incomplete("  ")],
  ["(a) =>", incomplete("  ")],
  ["%%mode DebugMode\nf(", incomplete("  ")],
  ["a b", invalid],
  ["f(]", invalid],
  ["'text", invalid],
  ["const 1 = 2", invalid],
  ["}", invalid],
];
test.each(table)("%s", async (code, verdict) => {
  expect(await notebook.language.isComplete(code)).toEqual(verdict);
});
