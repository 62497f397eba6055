import { beforeEach, expect, test } from "vitest";
import type { DisplayData } from "../../messages.ts";
import type { CellHost, ShowOptions } from "../services.ts";
import { describe } from "./describe.ts";
import { createDisplay } from "./display.ts";

type Shown = readonly ["display" | "show", unknown, ShowOptions | undefined];
let shown: Shown[] = [];
const unused = (): never => {
  throw new Error("display does not need this");
};
const host: CellHost = {
  display: (value, options) => void shown.push(["display", value, options]),
  show: (data, options) => void shown.push(["show", data, options]),
  clear: unused,
  page: unused,
  print: unused,
  input: unused,
};
const display = createDisplay(host);

beforeEach(() => {
  shown = [];
});

test("a display can be updated through its handle", () => {
  const handle = display("first");
  handle.update("second");
  expect(shown).toEqual([
    ["display", "first", { displayId: handle.id, update: false }],
    ["display", "second", { displayId: handle.id, update: true }],
  ]);
});

test("displays have names of their own, or the one they are given", () => {
  expect(display(1).id).not.toBe(display(1).id);
  expect(display(1, { id: "progress" }).id).toBe("progress");
});

test("an update by name", () => {
  display("done", { id: "progress", update: true });
  expect(shown).toEqual([["display", "done", { displayId: "progress", update: true }]]);
  expect(() => display("done", { update: true })).toThrow("needs the id");
});

test("a raw bundle is shown as it is", () => {
  const bundle = { "text/html": "<b>1</b>", "text/plain": "1" };
  const handle = display(bundle, { raw: true });
  const data: DisplayData = { data: bundle, metadata: {} };
  expect(shown).toEqual([["show", data, { displayId: handle.id, update: false }]]);
  expect(() => display("text", { raw: true })).toThrow(TypeError);
});

test("the handle itself shows nothing when a cell ends with display(…)", () => {
  expect(describe(display(1))).toBeNull();
});
