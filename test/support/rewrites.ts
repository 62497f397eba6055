/** Judging rewrites: the form that a graph takes, and that its values stay. */
import { expect } from "vitest";
import {
  debugprint,
  equalComputations,
  FunctionGraph,
  graphInputs,
  Mode,
  type NDArrayLike,
  optimize,
  TensorConstant,
  theano,
  type Variable,
} from "../../runtime/index.ts";
import { optimizerNamed } from "../../runtime/rewrite/db.ts";

const leavesOf = (outputs: readonly Variable[]): Variable[] =>
  graphInputs(outputs).filter((leaf) => !(leaf instanceof TensorConstant));

/** The graph of one output, rewritten; how nodes share loops and memory has tests of its own. */
export function rewritten(output: Variable, optimizer = "fast_run"): FunctionGraph {
  const { fgraph } = FunctionGraph.cloneOf(leavesOf([output]), [output]);
  optimize(fgraph, optimizerNamed(optimizer).excluding("BlasOpt", "fusion", "inplace"));
  return fgraph;
}

/** Fails with both graphs as text unless `from`, rewritten, is the computation `to`, merged and its constants folded. */
export function expectRewrite(from: Variable, to: Variable, optimizer?: string): void {
  const actual = rewritten(from, optimizer);
  const { fgraph } = FunctionGraph.cloneOf(leavesOf([from]), [to]);
  optimize(fgraph, optimizerNamed("fast_compile").excluding("BlasOpt"));
  const isEqual = equalComputations(actual.outputs, fgraph.outputs, actual.inputs, fgraph.inputs);
  expect(isEqual ? "" : `${debugprint(actual)}instead of\n${debugprint(fgraph)}`).toBe("");
}

/** Fails unless the function has the same value with all rewrites as with none. */
export function expectSameValue(output: Variable, values: ReadonlyMap<Variable, NDArrayLike>): void {
  const inputs = leavesOf([output]);
  const args = inputs.map((input) => values.get(input) ?? 0);
  const [plain, fast] = ["None", "fast_run"].map((optimizer) =>
    theano.function(inputs, output, { mode: new Mode({ linker: "vm", optimizer }) })(...args),
  );
  expect(fast.shape).toEqual(plain.shape);
  expect(fast.dtype).toBe(plain.dtype);
  expect(output.type.valuesClose(plain, fast) ? "" : `${fast} instead of ${plain}`).toBe("");
}
