/** Rewrites that take assertions away. */
import { TensorConstant } from "../graph/variable.ts";
import { Assert } from "../ops/assert.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

/** Conditions that are constant and true need no look; without conditions no assertion is left. */
export const localRemoveUselessAssert = nodeRewrite("local_remove_useless_assert", ["Assert"], (node) => {
  const [value, ...conditions] = node.inputs;
  const open = conditions.filter((condition) => !(condition instanceof TensorConstant && condition.value.item()));
  if (!(node.op instanceof Assert) || open.length === conditions.length) return conditions.length === 0 ? value : null;
  return open.length === 0 ? value : node.op.apply(value, ...open).out;
});

/** Trusts that every condition holds. */
export const localRemoveAllAssert = nodeRewrite("local_remove_all_assert", ["Assert"], (node) => node.inputs[0]);

export const ASSERTS: readonly Registration[] = [
  { rewrite: localRemoveUselessAssert, stages: ["canonicalize"], tags: ["fast_run"] },
  { rewrite: localRemoveAllAssert, stages: ["canonicalize"], tags: ["unsafe"] },
];
