import { test } from "vitest";
import { expectDerivatives } from "../support/derivatives.ts";
import { EXAMPLES } from "../support/examples.ts";

test.each(EXAMPLES)(
  "gradients, forward mode and second derivatives agree with finite differences: $name",
  (example) => {
    expectDerivatives(example);
  },
);
