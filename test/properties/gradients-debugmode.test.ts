import { test } from "vitest";
import { expectDebugModeAgrees } from "../support/derivatives.ts";
import { EXAMPLES } from "../support/examples.ts";

test.each(EXAMPLES)("DebugMode finds nothing wrong with the gradient: $name", { timeout: 30_000 }, (example) => {
  expectDebugModeAgrees(example);
});
