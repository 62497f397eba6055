/** Constant folding: nodes whose inputs are all constants are computed while the graph is compiled. */
import type { NDArray } from "../array/ndarray.ts";
import { TheanoError } from "../base/errors.ts";
import type { Apply } from "../graph/apply.ts";
import { evaluateNode } from "../graph/evaluate.ts";
import { ScalarConstant, ScalarType } from "../graph/scalartype.ts";
import { TensorConstant } from "../graph/variable.ts";
import { walkPass } from "./passes.ts";
import { nodeRewrite } from "./rewrite.ts";

/** Replaces a node of constants by its value. */
const constantFolding = nodeRewrite("constant_folding", null, (node) => {
  const constants = node.inputs.filter((input) => input instanceof TensorConstant);
  if (!node.op.foldable || constants.length !== node.inputs.length) return null;
  const values = tryEvaluate(
    node,
    constants.map((input) => input.value),
  );
  return (
    values?.map((value, i) => {
      const { type } = node.outputs[i];
      return type instanceof ScalarType
        ? new ScalarConstant(type, value, null, node.origin)
        : new TensorConstant(type.withLengths(value.shape), value, null, node.origin);
    }) ?? null
  );
});

/** Constants that do not fit together are left for the call, whose error names the user's line. */
function tryEvaluate(node: Apply, inputs: readonly NDArray[]): readonly NDArray[] | null {
  try {
    return evaluateNode(node, inputs);
  } catch (error) {
    if (error instanceof TheanoError) return null;
    throw error;
  }
}

/** Folds from the inputs down, so that one walk is enough. */
export const topoConstantFolding = walkPass("topo_constant_folding", [constantFolding], {
  order: "in_to_out",
  visitsNewNodes: false,
});
