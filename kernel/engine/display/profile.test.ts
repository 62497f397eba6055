import type { ProfileFunctionJson, ProfileOpJson } from "@theanotes/runtime/json";
import { logger, Warn } from "vega";
import { compile } from "vega-lite";
import { describe, expect, test } from "vitest";
import { htmlProblems, xmlProblems } from "../../../test/support/markup.ts";
import { DISPLAY_METHOD } from "./bundle.ts";
import { opTimeChart, opTimeSpec, opTimes, profileTable } from "./profile.ts";

const apply = (id: number, op: string, seconds: number, more: Partial<ProfileOpJson> = {}): ProfileOpJson => ({
  id,
  op,
  apply: `${op}(x, y)`,
  class: "theano.tensor.elemwise.Elemwise",
  impl: "js",
  calls: 10,
  seconds,
  ...more,
});

const profiled: ProfileFunctionJson = {
  name: "train",
  calls: 10,
  callSeconds: 0.0062,
  programSeconds: 0.006,
  thunkSeconds: 0.005,
  compileSeconds: 0.03,
  optimizeSeconds: 0.02,
  linkSeconds: 0.005,
  ops: [
    apply(0, "Elemwise{exp,no_inplace}", 0.0005),
    apply(1, "dot", 0.003, { impl: "c", location: { file: "cell-4.ts", cell: 4, line: 2, column: 9 } }),
    apply(2, "Elemwise{exp,no_inplace}", 0.001),
    apply(3, "Elemwise{Composite{((i0 * i1) + scalar_sigmoid((i2 + (i3 * i4))) - (i5 / (i6 + i7)))}}[(0, 1)]", 0.0005),
  ],
};

test("apply nodes of one op are one bar, slowest first", () => {
  expect(opTimes(profiled).map(({ op, seconds, calls }) => [op.slice(0, 12), seconds, calls])).toEqual([
    ["dot", 0.003, 10],
    ["Elemwise{exp", 0.0015, 20],
    ["Elemwise{Com", 0.0005, 10],
  ]);
});

test("what is beyond the limit is summed up", () => {
  expect(opTimes(profiled, 2)).toEqual([
    { op: "dot", implementation: "C", seconds: 0.003, calls: 10 },
    { op: "2 other ops", implementation: "several", seconds: 0.002, calls: 30 },
  ]);
});

describe("the chart", () => {
  test("compiles without a warning", () => {
    const said: unknown[] = [];
    const hear = logger(Warn, "warn", (_method, _level, input) => said.push(...input));
    compile(opTimeSpec(profiled), { logger: hear });
    expect(said).toEqual([]);
  });

  test("takes the page's background and shows no HTML", async () => {
    const bundle = await opTimeChart(profiled, "the summary")[DISPLAY_METHOD]();
    expect(Object.keys(bundle).sort()).toEqual(["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"]);
    expect(bundle["text/plain"]).toBe("the summary");
    expect(bundle["application/vnd.vegalite.v5+json"]).toMatchObject({ config: { background: "transparent" } });
  });

  test("has an SVG twin with every label uncut and every bar", async () => {
    const bundle = await opTimeChart(profiled, "")[DISPLAY_METHOD]();
    const drawing = String(bundle["image/svg+xml"]);
    expect(xmlProblems(drawing)).toEqual([]);
    expect(drawing).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]*width="\d+" height="\d+"/);
    for (const label of ["dot", "Elemwise{exp,no_inplace}", "60.0 %", "30.0 %", "10.0 %", "time in ms", "JavaScript"]) {
      expect(drawing).toContain(`>${label}</text>`);
    }
    expect(drawing.match(/aria-roledescription="bar"/g)).toHaveLength(3);
  });

  test("keeps two long op names apart that are alike where they are cut", () => {
    const long = (middle: string) => `Elemwise{Composite{${"a".repeat(30)}${middle}${"b".repeat(40)}}}`;
    const twins = { ...profiled, ops: [apply(0, long("1"), 0.002), apply(1, long("2"), 0.001)] };
    const { data } = opTimeSpec(twins);
    const values = data !== null && data !== undefined && "values" in data ? data.values : [];
    const labels = Array.isArray(values) ? values.map((value) => Object(value).label) : [];
    expect(new Set(labels).size).toBe(2);
  });

  test("is drawn for a function that was never called", async () => {
    const bundle = await opTimeChart({ ...profiled, calls: 0, thunkSeconds: 0, ops: [] }, "")[DISPLAY_METHOD]();
    expect(xmlProblems(String(bundle["image/svg+xml"]))).toEqual([]);
  });
});

test("the table has every apply node with its place, and the text of the profile", () => {
  const { data } = profileTable({
    schema: "theanotes.profile",
    minor: 0,
    functions: [profiled],
    text: "Function profiling",
  });
  const markup = String(data["text/html"]);
  expect(htmlProblems(markup)).toEqual([]);
  expect(markup).toContain("cell 4, line 2");
  expect(markup.match(/<tr/g)).toHaveLength(1 + profiled.ops.length);
  expect(data["text/plain"]).toBe("Function profiling");
  expect(data["application/vnd.theanotes.profile.v1+json"]).toMatchObject({ schema: "theanotes.profile" });
});
