/** Rewrites that change parts of tensors in place instead of in a copy. */
import { AdvancedIncSubtensor1 } from "../ops/advanced.ts";
import { IncSubtensor } from "../ops/incsubtensor.ts";
import { nodeRewrite } from "./rewrite.ts";

/** IncSubtensor in the memory of the tensor that it changes a part of. */
export const localInplaceSetsubtensor = nodeRewrite(
  "local_inplace_setsubtensor",
  ["IncSubtensor"],
  ({ op, inputs: [x, y, ...positions] }) => {
    if (!(op instanceof IncSubtensor) || op.isInplace) return null;
    return new IncSubtensor(op.entries, op.mode, true).apply(x, y, ...positions).out;
  },
);

/** AdvancedIncSubtensor1 in the memory of the tensor whose rows it changes. */
export const localInplaceIncsubtensor1 = nodeRewrite(
  "local_inplace_incsubtensor1",
  ["AdvancedIncSubtensor1"],
  ({ op, inputs: [x, y, positions] }) => {
    if (!(op instanceof AdvancedIncSubtensor1) || op.isInplace) return null;
    return new AdvancedIncSubtensor1(op.mode, true).apply(x, y, positions).out;
  },
);
