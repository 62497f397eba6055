import { readFileSync } from "node:fs";
import { CONFIG_MIME, DEBUG_MIME, GRAPH_MIME } from "@theanotes/runtime/json";
import { describe, expect, test } from "vitest";
import { configCommSchema, configSchema, debugSchema, graphSchema, read } from "./schemas.ts";

const sample = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../test/browser/fixtures/${name}.json`, import.meta.url), "utf8"));

const outputs = [
  { name: "config", mime: CONFIG_MIME, readOutput: (data: unknown) => read(configSchema, data) },
  { name: "debug", mime: DEBUG_MIME, readOutput: (data: unknown) => read(debugSchema, data) },
  { name: "graph", mime: GRAPH_MIME, readOutput: (data: unknown) => read(graphSchema, data) },
];

describe.each(outputs)("$mime", ({ name, readOutput }) => {
  test("is read whole", () => {
    expect(readOutput(sample(name))).toEqual(sample(name));
  });

  test("may have keys that a later version added", () => {
    expect(readOutput({ ...sample(name), minor: 1, added: "later" })).toEqual({ ...sample(name), minor: 1 });
  });

  test.each([
    ["nothing", undefined],
    ["text", "a report"],
    ["a list", []],
    ["another type's data", { schema: "theanotes.other", minor: 0 }],
    ["half of it", { schema: sample(name).schema, minor: 0 }],
  ])("is not believed when it is %s", (_, data) => {
    expect(readOutput(data)).toBeNull();
  });
});

describe("the configuration comm", () => {
  const flags = sample("config").flags;

  test.each([
    { op: "snapshot", rev: 3, flags, modes: ["FAST_RUN", "DebugMode"] },
    { op: "changed", rev: 4, name: "mode", value: "DebugMode", origin: "panel" },
    { op: "result", req: 1, ok: true },
    { op: "result", req: 2, ok: false, error: "floatX: expected float64, float32 or float16, not float8" },
  ])("may say $op", (message) => {
    expect(read(configCommSchema, message)).toEqual(message);
  });

  test.each([
    [{ op: "other" }],
    [{ op: "result", req: 2, ok: false }],
    [{ op: "changed", rev: 4, name: "mode", value: 1, origin: "code" }],
    [{ op: "snapshot", rev: 3, flags: [{}], modes: [] }],
  ])("is not believed when it says %j", (message) => {
    expect(read(configCommSchema, message)).toBeNull();
  });
});
