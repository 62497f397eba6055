/** What a rewrite is. */
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import type { RewriteRun } from "./run.ts";

/** A rewrite that looks at one node at a time; Theano's `local_optimizer`. */
export interface NodeRewrite {
  readonly kind: "node";
  /** Theano's name where Theano has the rewrite. It is the reason that every replacement carries. */
  readonly name: string;
  /** Keys or families of the ops it looks at; null: every op. */
  readonly tracks: readonly string[] | null;
  /** A replacement of the same type for each output of the node, or null where the rewrite does not apply. */
  readonly transform: (node: Apply, fgraph: FunctionGraph) => readonly Variable[] | null;
}

/**
 * How a pass works, by the names of Theano's classes: it repeats rewrites until nothing changes, tries them once at each
 * node, makes equal nodes one, fuses elementwise nodes, or does something of its own.
 */
export type PassEngine =
  | "EquilibriumOptimizer"
  | "TopoOptimizer"
  | "MergeOptimizer"
  | "FusionOptimizer"
  | "GlobalOptimizer";

/** A rewrite that goes over the whole graph by itself: a pass. Changes go through `run.replace`. */
export interface GraphRewrite {
  readonly kind: "graph";
  readonly name: string;
  readonly engine: PassEngine;
  readonly apply: (run: RewriteRun) => void;
}

export type Rewrite = NodeRewrite | GraphRewrite;

/** The stages of node rewrites, in the order in which they run. */
export type StageName =
  | "useless"
  | "canonicalize"
  | "stabilize"
  | "specialize"
  | "uncanonicalize"
  | "specialize_device";

/** Where a rewrite belongs: the stages it takes part in, under its own name and under tags that queries select. */
export interface Registration {
  readonly rewrite: NodeRewrite;
  readonly stages: readonly StageName[];
  readonly tags: readonly string[];
}

/**
 * A rewrite of single nodes.
 * @param tracks keys (`elemwise("add").key`) or families (`DimShuffle`) of the ops to look at, or null for all.
 * @param transform the replacement of the node's only output, or of each output; null where it does not apply.
 */
export function nodeRewrite(
  name: string,
  tracks: readonly string[] | null,
  transform: (node: Apply, fgraph: FunctionGraph) => Variable | readonly Variable[] | null,
): NodeRewrite {
  return {
    kind: "node",
    name,
    tracks,
    transform: (node, fgraph) => {
      const result = transform(node, fgraph);
      return result === null || isList(result) ? result : [result];
    },
  };
}

function isList(result: Variable | readonly Variable[]): result is readonly Variable[] {
  return Array.isArray(result);
}

/** A pass over the whole graph. */
export function graphRewrite(
  name: string,
  apply: (run: RewriteRun) => void,
  engine: PassEngine = "GlobalOptimizer",
): GraphRewrite {
  return { kind: "graph", name, engine, apply };
}
