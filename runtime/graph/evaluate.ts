/** Running one node on arrays without any backend: constant folding and test values need it. */
import { NDArray } from "../array/ndarray.ts";
import { NotImplementedError } from "../base/errors.ts";
import { interpret } from "../loop/interp.ts";
import type { Apply } from "./apply.ts";
import type { InnerFunction, InnerGraph } from "./op.ts";
import { TensorConstant, type Variable } from "./variable.ts";
import { toposort } from "./walk.ts";

/**
 * The outputs of a node for given inputs: by the op's own `perform` or inner graph, else by interpreting its loops.
 * @throws ValueError when the inputs do not fit together.
 * @throws NotImplementedError when the op can be run in no way.
 */
export function evaluateNode(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
  const { op } = node;
  const lowered = op.lower?.(node) ?? null;
  if (lowered === null || (lowered.nativeOnly && op.perform !== undefined)) {
    if (op.inner !== undefined && op.performInner !== undefined)
      return op.performInner(node, inputs, innerFunction(op.inner));
    if (op.perform === undefined) throw new NotImplementedError(`${op} has neither loops nor a perform method.`);
    return op.perform(node, inputs);
  }
  const shapes = lowered.shapes(
    inputs.map((input) => input.shape),
    inputs,
  );
  lowered.check?.run(inputs);
  const outputs = node.outputs.map((output, i) => NDArray.zeros(shapes[i], output.dtype));
  interpret(lowered.kernel, [...inputs, ...outputs]);
  return outputs;
}

/** A graph inside of an op, run node by node. */
function innerFunction({ inputs, outputs }: InnerGraph): InnerFunction {
  const nodes = toposort(outputs, new Set(inputs));
  return (given) => {
    const values = new Map<Variable, NDArray>(inputs.map((input, i) => [input, given[i]]));
    const read = (variable: Variable): NDArray => {
      const value = variable instanceof TensorConstant ? variable.value : values.get(variable);
      if (value === undefined) throw new Error(`the graph inside of an op reads ${variable}, which is not its input`);
      return value;
    };
    for (const node of nodes) {
      const results = evaluateNode(node, node.inputs.map(read));
      node.outputs.forEach((output, i) => {
        values.set(output, results[i]);
      });
    }
    return outputs.map(read);
  };
}
