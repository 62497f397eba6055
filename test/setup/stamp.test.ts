import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keyOf, Stamp } from "../../scripts/lib/stamp.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stamp-"));
  mkdirSync(join(folder, "src", "dist"), { recursive: true });
  writeFileSync(join(folder, "src", "a.ts"), "one");
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  ["src/a.ts", "two", true],
  ["src/new.ts", "", true],
  ["src/a.test.ts", "a test", false],
  ["src/dist/a.js", "compiled", false],
])("writing %s changes the key: %s", (file, content, changes) => {
  const before = keyOf([join(folder, "src")]);
  writeFileSync(join(folder, file), content);
  expect(keyOf([join(folder, "src")]) !== before).toBe(changes);
});

test("other facts are part of the key", () => {
  expect(keyOf([], ["linux"])).not.toBe(keyOf([], ["darwin"]));
  expect(keyOf([], ["a", "b"])).not.toBe(keyOf([], ["ab"]));
});

test("a stamp matches the key it was written with until it is removed", () => {
  const stamp = new Stamp(join(folder, "made", "stamp"));
  expect(stamp.matches("key")).toBe(false);
  stamp.write("key");
  expect([stamp.matches("key"), stamp.matches("other")]).toEqual([true, false]);
  stamp.remove();
  expect(stamp.matches("key")).toBe(false);
});
