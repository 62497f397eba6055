/** Scans that work in the memory of their buffers instead of copying it. */
import { DestroyHandler, respectDestroyMaps } from "../../graph/destroy.ts";
import { InconsistencyError } from "../../graph/errors.ts";
import type { Variable } from "../../graph/variable.ts";
import { Scan } from "../../ops/scan/op.ts";
import { type GraphRewrite, graphRewrite } from "../rewrite.ts";
import type { RewriteRun } from "../run.ts";

const NAME = "scanOp_make_inplace";

/** Each state whose buffer nobody else needs is overwritten. */
export const makeInplace: GraphRewrite = graphRewrite(NAME, (run) => {
  respectDestroyMaps(run.fgraph);
  const handler = run.fgraph.feature(DestroyHandler);
  if (handler === null) return;
  for (const node of run.fgraph.toposort()) {
    const { op, inputs } = node;
    if (!(op instanceof Scan) || op.overwritten.size > 0) continue;
    const states = op.info.states
      .map((_, state) => state)
      .filter((state) => handler.complaintAbout(node, 1 + op.info.sequences + state) === null);
    // All at once where that is allowed; otherwise as many as are, one after the other.
    const after = (chosen: readonly number[]) => op.overwriting(new Set(chosen)).apply(...inputs).outputs;
    const accepted = (chosen: readonly number[]): boolean => attempt(run, node.outputs, after(chosen));
    if (states.length === 0 || accepted(states)) continue;
    states.some((state) => accepted([state]));
  }
});

/** Puts the outputs of a node in the place of others; whether the graph allows it. */
function attempt(run: RewriteRun, before: readonly Variable[], after: readonly Variable[]): boolean {
  try {
    run.replace(
      before.map((output, i) => [output, after[i]]),
      NAME,
    );
    return true;
  } catch (error) {
    if (error instanceof InconsistencyError) return false;
    throw error;
  }
}
