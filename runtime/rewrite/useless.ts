/** Rewrites that take away nodes which change nothing. */
import { isDiscrete } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import type { Variable } from "../graph/variable.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { TopKOp } from "../ops/topk.ts";
import { ifSameType, scalarConstant, scalarNameOf, scalarValue } from "./inspect.ts";
import { type NodeRewrite, nodeRewrite, type Registration } from "./rewrite.ts";

/** `value` in the shape of `like`. */
function fillLike(like: Variable, value: number, node: Apply): Variable | null {
  const filled = applyElemwise("second", like, scalarConstant(value, node.out.dtype));
  return filled.type.equals(node.out.type) ? filled : null;
}

/** add(x), mul(x) → x; comparisons of integers with themselves; and, or, xor with constants. */
export const localUselessElemwise = nodeRewrite("local_useless_elemwise", ["Elemwise"], (node) => {
  const [x, y] = node.inputs;
  switch (scalarNameOf(node)) {
    case "add":
    case "mul":
      return node.inputs.length === 1 ? ifSameType(x, node) : null;
    case "eq":
      return x === y && isDiscrete(x.dtype) ? fillLike(x, 1, node) : null;
    case "neq":
      return x === y && isDiscrete(x.dtype) ? fillLike(x, 0, node) : null;
    case "xor":
      return x === y ? fillLike(x, 0, node) : null;
    case "and_":
      return uselessAnd(node);
    case "or_":
      return uselessOr(node);
    default:
      return null;
  }
});

function uselessAnd(node: Apply): Variable | null {
  const found = constantAndOther(node);
  if (found === null) return null;
  if (!found.value) return fillLike(found.other, 0, node);
  return node.out.dtype === "bool" ? ifSameType(found.other, node) : null;
}

function uselessOr(node: Apply): Variable | null {
  const found = constantAndOther(node);
  if (found === null) return null;
  if (!found.value) return ifSameType(found.other, node);
  return node.out.dtype === "bool" ? fillLike(found.other, 1, node) : null;
}

/** Of two inputs, the truth of the constant one, and the other one. */
function constantAndOther({ inputs }: Apply): { readonly value: boolean; readonly other: Variable } | null {
  const values = inputs.map(scalarValue);
  const at = values.findIndex((value) => value !== null);
  return at < 0 || inputs.length !== 2 ? null : { value: Boolean(values[at]), other: inputs[1 - at] };
}

/** x == x → 1 and x != x → 0 for floats too: the test for NaN is lost, so it is off unless asked for. */
export const localUselessComparison = nodeRewrite(
  "local_useless_comparison_of_floats",
  [elemwise("eq").key, elemwise("neq").key],
  (node) => {
    const [x, y] = node.inputs;
    return x === y ? fillLike(x, scalarNameOf(node) === "eq" ? 1 : 0, node) : null;
  },
);

/** fill(a, v) → v where v has the type of the result already. */
export const localUselessFill = nodeRewrite("local_useless_fill", [elemwise("second").key], (node) =>
  ifSameType(node.inputs[1], node),
);

/** Takes away ops that hand their input through. */
function handThrough(name: string, families: readonly string[]): NodeRewrite {
  return nodeRewrite(name, families, (node) => ifSameType(node.inputs[0], node));
}

/** A copy for its own sake → its input. */
export const removeTensorCopy = handThrough("remove_tensor_copy", [elemwise("identity").key]);
// What acts on gradients only has done so: no gradients are taken of a graph that is being compiled.
export const removeConsiderConstant = handThrough("remove_consider_constant", ["ConsiderConstant"]);
export const removeZeroGrad = handThrough("remove_zero_grad", ["ZeroGrad"]);
export const removeDisconnectedGrad = handThrough("remove_disconnected_grad", ["DisconnectedGrad"]);
export const localGradClip = handThrough("local_grad_clip", ["GradClip"]);
export const localViewOp = handThrough("local_view_op", ["GradScale", "UndefinedGrad"]);

/** The largest elements and their positions, of which one is not used → the other alone. */
export const localUselessTopk = nodeRewrite("local_useless_topk", ["TopKOp"], (node, fgraph) => {
  const { op, inputs, outputs } = node;
  const used = outputs.map((output) => fgraph.clients(output).length > 0);
  if (!(op instanceof TopKOp) || outputs.length !== 2 || used[0] === used[1]) return null;
  const needed = new TopKOp({ ...op.parameters, returnValues: used[0], returnIndices: used[1] });
  const { out } = needed.apply(inputs[0], inputs[1]);
  return used[0] ? [out, outputs[1]] : [outputs[0], out];
});

const EVERYWHERE = ["useless", "canonicalize", "specialize"] as const;
const QUICK = ["fast_run", "fast_compile"];

export const USELESS: readonly Registration[] = [
  { rewrite: localUselessFill, stages: EVERYWHERE, tags: QUICK },
  { rewrite: localUselessFill, stages: ["stabilize"], tags: ["fast_run"] },
  { rewrite: localUselessElemwise, stages: EVERYWHERE, tags: QUICK },
  { rewrite: localUselessComparison, stages: ["canonicalize"], tags: ["unsafe"] },
  { rewrite: removeTensorCopy, stages: EVERYWHERE, tags: QUICK },
  { rewrite: removeConsiderConstant, stages: ["canonicalize"], tags: QUICK },
  { rewrite: removeZeroGrad, stages: ["canonicalize"], tags: QUICK },
  { rewrite: removeDisconnectedGrad, stages: ["canonicalize"], tags: QUICK },
  { rewrite: localGradClip, stages: ["canonicalize"], tags: ["fast_run"] },
  { rewrite: localViewOp, stages: EVERYWHERE, tags: ["fast_run"] },
  { rewrite: localUselessTopk, stages: EVERYWHERE, tags: ["fast_run"] },
];
