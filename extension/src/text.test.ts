import type { ConfigFlagJson } from "@theanotes/runtime/json";
import { expect, test } from "vitest";
import { filterFlags, placeText, shapeText, type Translate } from "./text.ts";

const english: Translate = {
  __: (text, ...values) =>
    values.reduce((filled: string, value, i) => filled.replace(`%${i + 1}`, String(value)), text),
  _n: (one, many, n) => (n === 1 ? one : many),
};

test.each([
  [{ file: "cell-4.ts", cell: 4, line: 3, column: 7 }, "cell 4, line 3"],
  [{ file: "model.ts", line: 12, column: 1 }, "model.ts, line 12"],
])("the place %j reads %s", (place, text) => {
  expect(placeText(place, english)).toBe(text);
});

test.each([
  [[], "()"],
  [[3], "(3,)"],
  [[2, 3], "(2, 3)"],
])("the shape %j reads %s", (shape, text) => {
  expect(shapeText(shape)).toBe(text);
});

const flag = (name: string, value: string, doc: string, origin: ConfigFlagJson["origin"]): ConfigFlagJson => ({
  name,
  kind: "str",
  value,
  default: "",
  origin,
  mutable: true,
  effective: true,
  doc,
});
const flags = [
  flag("floatX", "float32", "the type of numbers", "environment"),
  flag("DebugMode.patience", "10", "how often DebugMode optimizes", "default"),
  flag("mode", "FAST_RUN", "how functions are compiled", "default"),
];

test.each([
  ["", false, ["floatX", "DebugMode.patience", "mode"]],
  ["mode", false, ["DebugMode.patience", "mode"]],
  ["MODE compiled", false, ["mode"]],
  ["float32", false, ["floatX"]],
  ["nothing like it", false, []],
  ["", true, ["floatX"]],
  ["mode", true, []],
])("the filter %j, only those set: %s", (filter, onlySet, names) => {
  expect(filterFlags(flags, filter, onlySet).map(({ name }) => name)).toEqual(names);
});
