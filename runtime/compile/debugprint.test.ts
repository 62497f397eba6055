import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { SharedVariable } from "../graph/shared.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { debugprintAny as debugprint, type Printable } from "./debugprint.ts";
import { compileFunction } from "./function.ts";
import { In, Out } from "./io.ts";
import { pydotprint } from "./pydotprint.ts";

const x = T.dvector("x");
const y = T.exp(x);
const state = new SharedVariable(T.dscalar().type, NDArray.scalar(1.5, "float64"), { name: "s" });
const f = compileFunction([x], y, { updates: [[state, T.add(state, 1)]], mode: "FAST_RUN" });

const EXP = "Elemwise{exp,no_inplace} [id A] ''   \n |x [id B]\n";

describe("what can be printed", () => {
  const cases: readonly (readonly [string, Printable, string])[] = [
    ["a variable", y, EXP],
    ["a node", y.owner ?? [], EXP],
    ["an input", new In(x), "x [id A]\n"],
    ["an output", new Out(y), EXP],
    ["a function", compileFunction([x], y), "Elemwise{exp,no_inplace} [id A] ''   0\n |x [id B]\n"],
    ["a number", 1.5, "1.5\n"],
    ["an array", NDArray.from([1, 2], "float64"), "[1. 2.]\n"],
    ["a list", [y, [3], x], `3\n${EXP}x [id B]\n`],
    ["a set", new Set([y]), EXP],
  ];
  test.each(cases)("%s", (_, obj, expected) => {
    expect(debugprint(obj)).toBe(expected);
  });
});

test("nothing else can", () => {
  const text: unknown = "x";
  const call = (obj: unknown): unknown => Reflect.apply(debugprint, undefined, [obj]);
  for (const obj of [text, null, undefined, {}, [{}]])
    expect(() => call(obj)).toThrow(/debugprint cannot print an object of this type/);
});

test("cells hold what lives on between calls", () => {
  const scaled = compileFunction([x], T.mul(x, state), { mode: "FAST_COMPILE" });
  scaled([1, 2]);
  expect(debugprint(scaled, { printStorage: true })).toBe(
    [
      "Elemwise{mul,no_inplace} [id A] ''   1 [None]",
      " |x [id B] [None]",
      " |InplaceDimShuffle{x} [id C] ''   0 [None]",
      "   |s [id D] [array(1.5)]",
      "",
    ].join("\n"),
  );
});

test("a text can be written to a stream", () => {
  const written: string[] = [];
  expect(debugprint(y, { file: { write: (text) => written.push(text) } })).toBe(EXP);
  expect(written).toEqual([EXP]);
});

test("a function as a drawing: shared variables are cyan, updates lead back to them", () => {
  const dot = pydotprint(f);
  expect(dot).toMatch(/label="name=s TensorType\(float64, scalar\)".*fillcolor="cyan"/);
  expect(dot).toContain('label="UPDATE"');
  const profiled = compileFunction([x], y, { profile: true });
  profiled([1, 2]);
  expect(pydotprint(profiled, { name: "g" })).toMatch(/^digraph "g" \{[\s\S]*\(\d+\.\d{3}s,\d+\.\d{3}%\)/);
});
