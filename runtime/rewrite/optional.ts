/** What no predefined optimizer runs, but a query can include by name. */
import { constant } from "../graph/constant.ts";
import { debugprint } from "../graph/debugprint.ts";
import { Alloc } from "../ops/alloc.ts";
import { AllocEmpty } from "../ops/allocempty.ts";
import { elemwise } from "../ops/elemwise.ts";
import { elementwise } from "../ops/math.ts";
import { hardSigmoid } from "../ops/nnet/activations.ts";
import type { SequenceDatabase } from "./db.ts";
import { conform, ifSameType } from "./inspect.ts";
import { walkPass } from "./passes.ts";
import { type GraphRewrite, graphRewrite, nodeRewrite, type Registration } from "./rewrite.ts";
import { unShapeOpt } from "./shapes.ts";

/** sigmoid(x) → a sigmoid of parabolas, off by at most 0.0013. */
export const localUltraFastSigmoid = nodeRewrite("local_ultra_fast_sigmoid", [elemwise("sigmoid").key], (node) =>
  conform(elementwise.ultraFastSigmoid(node.inputs[0]), node.out, []),
);

/** sigmoid(x) → a sigmoid of straight lines. */
export const localHardSigmoid = nodeRewrite("local_hard_sigmoid", [elemwise("sigmoid").key], (node) =>
  conform(hardSigmoid(node.inputs[0]), node.out, []),
);

/** Memory without values → zeros, so that nothing undefined is read. */
export const localAllocEmptyToZeros = nodeRewrite("local_alloc_empty_to_zeros", ["AllocEmpty"], (node) => {
  if (!(node.op instanceof AllocEmpty)) return null;
  return ifSameType(new Alloc().apply(constant(0, null, node.out.dtype), ...node.inputs).out, node);
});

/** Writes the graph as it is at this point. */
function printGraph(name: string, heading: string): GraphRewrite {
  return graphRewrite(name, ({ fgraph }) =>
    console.log(`PrintCurrentFunctionGraph: ${heading}\n${debugprint(fgraph)}`),
  );
}

export const OPTIONAL: readonly Registration[] = [
  { rewrite: localUltraFastSigmoid, stages: ["uncanonicalize"], tags: [] },
  { rewrite: localHardSigmoid, stages: ["uncanonicalize"], tags: [] },
];

/** Registers the passes. */
export function registerOptional(optdb: SequenceDatabase): void {
  const zeros = walkPass("local_alloc_empty_to_zeros", [localAllocEmptyToZeros], {
    order: "in_to_out",
    visitsNewNodes: false,
  });
  optdb.register("Print1.21", printGraph("Print1.21", "Post-canonicalize"), 1.21);
  optdb.register("Print1.51", printGraph("Print1.51", "Post-stabilize"), 1.51);
  optdb.register("UnShapeOpt", unShapeOpt, 10);
  optdb.register("local_alloc_empty_to_zeros", zeros, 49.3, "alloc_empty_to_zeros");
}
