/** For every op with a gradient, expressions and points at which its derivatives are compared with finite differences. */
import type { Example } from "./derivatives.ts";
import { controlExamples } from "./examples-control.ts";
import { elementwiseExamples } from "./examples-elementwise.ts";
import { linalgExamples } from "./examples-linalg.ts";
import { nnetExamples } from "./examples-nnet.ts";
import { tensorExamples } from "./examples-tensor.ts";

/** The examples of all ops. */
export const EXAMPLES: readonly Example[] = [
  ...elementwiseExamples,
  ...tensorExamples,
  ...linalgExamples,
  ...nnetExamples,
  ...controlExamples,
];
