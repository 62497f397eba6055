import type { Changed, Snapshot } from "@theanotes/kernel/comm-config";
import type { ConfigFlagJson } from "@theanotes/runtime/json";
import { expect, test } from "vitest";
import { follow } from "./configuration.ts";

const mode: ConfigFlagJson = {
  name: "mode",
  kind: "str",
  value: "FAST_RUN",
  default: "FAST_RUN",
  origin: "default",
  mutable: true,
  effective: true,
  doc: "the default mode",
};
const snapshot: Snapshot = { op: "snapshot", rev: 7, flags: [mode], modes: ["FAST_RUN", "DebugMode"] };
const change = (rev: number, name = "mode"): Changed => ({
  op: "changed",
  rev,
  name,
  value: "DebugMode",
  origin: "code",
});
const modeAfter = (message: Changed) => follow(follow(null, snapshot), message)?.flags.get("mode");

test("a snapshot is the whole configuration", () => {
  expect(follow(null, snapshot)).toEqual({ rev: 7, flags: new Map([["mode", mode]]), modes: snapshot.modes });
});

test("the next change brings a flag's value and origin", () => {
  expect(modeAfter(change(8))).toEqual({ ...mode, value: "DebugMode", origin: "code" });
});

test("a change that the snapshot already holds alters nothing", () => {
  expect(modeAfter(change(7))).toEqual(mode);
});

test.each([
  ["there was no snapshot yet", null, change(8)],
  ["a revision was skipped", snapshot, change(9)],
  ["the flag is unknown", snapshot, change(8, "new_flag")],
])("a new snapshot is needed when %s", (_reason, before, message) => {
  const known = before && follow(null, before);
  expect(follow(known, message)).toBeNull();
});

test("following leaves the configuration before it as it was", () => {
  const before = follow(null, snapshot);
  follow(before, change(8));
  expect(before?.flags.get("mode")).toEqual(mode);
});
