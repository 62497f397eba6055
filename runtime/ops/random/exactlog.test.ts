import { expect, test } from "vitest";
import { exactLog } from "./exactlog.ts";
import golden from "./exactlog-golden.json" with { type: "json" };

test.each(golden)("the logarithm of $x", ({ x, log }) => {
  expect(exactLog(x)).toBe(log);
});
