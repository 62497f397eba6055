import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { checksum } from "./checksum.ts";

const contents = [
  "",
  "a",
  "123456789",
  Buffer.alloc(70_000, 255),
  Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256)),
];

test.each(contents.map((content) => Buffer.from(content)))("case %# has the sum that cksum tells", (content) => {
  const { stdout } = spawnSync("cksum", { input: content, encoding: "utf8" });
  expect(`${checksum(content)} ${content.length}`).toBe(stdout.trim());
});
