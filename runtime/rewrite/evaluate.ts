/** Running one node on arrays without any backend: constant folding needs it. */
import { NDArray } from "../array/ndarray.ts";
import { NotImplementedError } from "../base/errors.ts";
import type { Apply } from "../graph/apply.ts";
import { interpret } from "../loop/interp.ts";

/**
 * The outputs of a node for given inputs: by the op's own `perform`, else by interpreting its loops.
 * @throws ValueError when the inputs do not fit together.
 * @throws NotImplementedError when the op offers neither.
 */
export function evaluateNode(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
  const lowered = node.op.lower?.(node) ?? null;
  if (lowered === null) {
    if (node.op.perform === undefined)
      throw new NotImplementedError(`${node.op} has neither loops nor a perform method.`);
    return node.op.perform(node, inputs);
  }
  const shapes = lowered.shapes(inputs.map((input) => input.shape));
  lowered.check?.(inputs);
  const outputs = node.outputs.map((output, i) => NDArray.zeros(shapes[i], output.dtype));
  interpret(lowered.kernel, [...inputs, ...outputs]);
  return outputs;
}
