/** The entry of the rewrite floor: `optimize` runs the passes that a query selects over a graph. */
import { changeFlags, config } from "../config/index.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { InnerGraph } from "../graph/op.ts";
import { OPTIMIZER_NAMES, optimizerNamed, Query } from "./db.ts";
import { optdb } from "./optdb.ts";
import type { PassResult } from "./passrecord.ts";
import { graphRewrite } from "./rewrite.ts";
import { RewriteRun } from "./run.ts";

/** What an optimization did, for profiles. */
export interface OptimizeResult {
  /** The query as text. */
  readonly query: string;
  readonly seconds: number;
  /** Time spent in the graph's observers: telling them of changes, and asking whether they allow them. */
  readonly callbackSeconds: number;
  readonly validateSeconds: number;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  /** Replacements made. */
  readonly replacements: number;
  /** In the order in which they ran. */
  readonly passes: readonly PassResult[];
}

/**
 * Rewrites the graph in place by the passes that the query, or the optimizer of a name, selects from {@link optdb}.
 *
 * Every change goes through `FunctionGraph.replace` with the rewrite's name as its reason, so that the graph's features
 * see it. The flag `on_opt_error` decides what a failing rewrite does: `warn` reports it and goes on, `ignore` goes on,
 * `raise` and `pdb` throw. `optimizer_verbose` prints a line `REASON OLD NEW` for each replacement. New nodes have the
 * user's line from those that they replace, so that `traceback.compile_limit` (by default 0) takes the place of
 * `traceback.limit` meanwhile.
 *
 * @throws KeyError for an unknown name.
 * @throws AssertionError when a rewrite never stops applying and `on_opt_error` is `raise`.
 */
export function optimize(fgraph: FunctionGraph, query: Query | string): OptimizeResult {
  const selection = typeof query === "string" ? optimizerNamed(query) : query;
  const nodesBefore = fgraph.nodes.size;
  const { callbackSeconds, validateSeconds } = fgraph;
  const start = performance.now();
  const run = new RewriteRun(fgraph);
  fgraph.attach(run);
  try {
    changeFlags(
      { "traceback.limit": config.traceback.compile_limit, compute_test_value: config.compute_test_value_opt },
      () => {
        for (const pass of optdb.query(selection)) run.runPass(pass);
        run.runPass(graphRewrite("inner_graphs", () => rewriteInnerGraphs(run, selection)));
      },
    );
  } finally {
    fgraph.detach(run);
  }
  return {
    query: String(selection),
    seconds: (performance.now() - start) / 1000,
    callbackSeconds: fgraph.callbackSeconds - callbackSeconds,
    validateSeconds: fgraph.validateSeconds - validateSeconds,
    nodesBefore,
    nodesAfter: fgraph.nodes.size,
    replacements: run.replacements,
    passes: run.passes,
  };
}

/**
 * Rewrites the graphs inside of ops, once those around them are done, so that each is rewritten once. They run many times,
 * so that a quick compilation of the graph around them (`fast_compile`) does not spare them; in Theano, too, they are
 * compiled by the default mode. The reason of such a change is the name of the op's family.
 */
function rewriteInnerGraphs(run: RewriteRun, outer: Query): void {
  for (const node of [...run.fgraph.nodes]) {
    const { inner } = node.op;
    if (inner === undefined || node.op.withInner === undefined) continue;
    const { fgraph } = FunctionGraph.cloneOf(inner.inputs, inner.outputs);
    if (optimize(fgraph, queryFor(inner, outer)).replacements === 0) continue;
    const after = node.op.withInner({ ...inner, inputs: fgraph.inputs, outputs: fgraph.outputs }).apply(...node.inputs);
    run.replace(
      node.outputs.map((output, i) => [output, after.outputs[i]]),
      node.op.family,
    );
  }
}

function queryFor({ optimizer }: InnerGraph, outer: Query): Query {
  if (optimizer instanceof Query) return optimizer;
  // Of the modes' names only those of optimizers say which rewrites are wanted.
  if (typeof optimizer === "string" && OPTIMIZER_NAMES.includes(optimizer)) return optimizerNamed(optimizer);
  return outer.include.has("fast_compile") ? outer.including("fast_run") : outer;
}
