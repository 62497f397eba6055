/** Merging: equal constants become one, and so do nodes of equal ops on the same inputs. */
import type { Apply } from "../graph/apply.ts";
import { InconsistencyError } from "../graph/errors.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { graphRewrite } from "./rewrite.ts";
import type { RewriteRun } from "./run.ts";

/** The reason that merges carry; Theano's name of the class. */
const REASON = "MergeOptimizer";

/**
 * One walk in execution order: when a node is met, its inputs are merged already, so that equal ones are identical. The
 * first of several equal nodes stays.
 */
function merge(run: RewriteRun, mergesConstants: boolean): void {
  const constants = new Map<string, TensorConstant>();
  const nodes = new Map<string, Apply>();
  const numbers = new Map<Variable | string, number>();
  const numberOf = (variable: Variable): number => {
    const identity = variable instanceof TensorConstant ? variable.key : variable;
    const known = numbers.get(identity) ?? numbers.size;
    numbers.set(identity, known);
    return known;
  };
  const mergeConstant = (variable: Variable): void => {
    if (!mergesConstants || !(variable instanceof TensorConstant)) return;
    const twin = constants.get(variable.key);
    if (twin === undefined) constants.set(variable.key, variable);
    else if (twin !== variable) {
      run.replace([[variable, twin]], REASON);
      run.count("merged");
      run.count("constant");
    }
  };
  for (const node of run.toposort()) {
    for (const input of [...node.inputs]) mergeConstant(input);
    // The types too: those of a division of integers depend on what floatX was when it was written.
    const types = node.outputs.map((output) => output.type.key).join();
    const signature = `${node.op.key}(${node.inputs.map(numberOf).join()}):${types}`;
    const twin = nodes.get(signature);
    if (twin === undefined) nodes.set(signature, node);
    else mergeNode(run, node, twin);
  }
  for (const output of [...run.fgraph.outputs]) mergeConstant(output);
}

/** Nodes stay apart where the memory of both is overwritten. */
function mergeNode(run: RewriteRun, node: Apply, twin: Apply): void {
  try {
    run.replace(
      node.outputs.map((output, i) => [output, twin.outputs[i]]),
      REASON,
    );
    run.count("merged");
  } catch (error) {
    if (!(error instanceof InconsistencyError)) throw error;
    run.count("fail");
  }
}

/** The pass, under the name that merges carry as their reason. */
export const mergePass = graphRewrite(REASON, (run) => merge(run, true), "MergeOptimizer");

/** Equal computations only: constants stay as many as they are, as later stages count them. */
export const mergeNodesPass = graphRewrite(REASON, (run) => merge(run, false), "MergeOptimizer");
