import { test } from "vitest";
import { expectDebugModeAgrees } from "../support/derivatives.ts";
import { EXAMPLES } from "../support/examples.ts";

test.each(EXAMPLES)("DebugMode finds nothing wrong with the gradient: $name", (example) => {
  expectDebugModeAgrees(example);
});
