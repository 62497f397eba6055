/** A rewrite that lets draws write the next state of their generator over the old one. */
import { RandomFunction } from "../ops/random/randomfunction.ts";
import { nodeRewrite } from "./rewrite.ts";

/** RandomFunction in the memory of the state it draws from. */
export const randomMakeInplace = nodeRewrite(
  "random_make_inplace",
  ["RandomFunction"],
  ({ op, inputs: [state, size, ...parameters] }) => {
    if (!(op instanceof RandomFunction) || op.isInplace) return null;
    return new RandomFunction(op.draw, op.type, op.ndimAdded, true).apply(state, size, ...parameters).outputs;
  },
);
