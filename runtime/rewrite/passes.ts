/** Passes made of node rewrites: once over the graph, or again and again until nothing changes. */
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import type { InnerRole } from "./passrecord.ts";
import { type GraphRewrite, graphRewrite, type NodeRewrite } from "./rewrite.ts";
import type { RewriteRun } from "./run.ts";

/** In which direction a pass meets the nodes. */
export type WalkOrder = "in_to_out" | "out_to_in";

export interface WalkOptions {
  readonly order: WalkOrder;
  /** Also look at the nodes that replacements bring in. */
  readonly visitsNewNodes: boolean;
}

/**
 * Looks at every node once, in the given order; Theano's `TopoOptimizer`. Where new nodes are visited it stops with a
 * report as {@link equilibriumPass} does: a rewrite that brings in what it looks for would go on for ever.
 */
export function walkPass(name: string, rewrites: readonly NodeRewrite[], options: WalkOptions): GraphRewrite {
  const candidates = new Candidates(rewrites);
  const walk = (run: RewriteRun): void => {
    const isForward = options.order === "in_to_out";
    const waiting = isForward ? run.toposort().reverse() : run.toposort();
    const limit = new UseLimit(run);
    const stops = (rewrite: string): boolean => options.visitsNewNodes && limit.isReached(rewrite);
    visitNodes(run, waiting, candidates, options.visitsNewNodes, stops);
    if (limit.overused !== null) run.reportOveruse(limit.overused);
  };
  return graphRewrite(name, walk, "TopoOptimizer");
}

export interface EquilibriumParts {
  readonly rewrites: readonly NodeRewrite[];
  /** Passes before each round. */
  readonly passes: readonly GraphRewrite[];
  /** Passes after the nodes of each round. */
  readonly final: readonly GraphRewrite[];
  /** Passes that tidy up after the others, such as merging. */
  readonly cleanup: readonly GraphRewrite[];
  readonly visitsNewNodes: boolean;
}

/**
 * Repeats until nothing changes: passes, clean-up, all nodes from the outputs up, final passes, clean-up. Stops with a
 * report when a rewrite was applied more than `optdb.max_use_ratio` times the greatest number of nodes seen; two
 * rewrites that undo each other would go on for ever.
 */
export function equilibriumPass(name: string, parts: EquilibriumParts): GraphRewrite {
  const candidates = new Candidates(parts.rewrites);
  const repeat = (run: RewriteRun): void => {
    const limit = new UseLimit(run);
    // Where nothing applied, nothing does until the graph changes.
    const settled = new Map<Apply, number>();
    const runAll = (passes: readonly GraphRewrite[], role: InnerRole): boolean =>
      passes.map((pass) => run.tryPass(pass, role) && !limit.isReached(pass.name)).includes(true);
    for (let changed = true; changed && limit.overused === null; ) {
      run.startRound();
      changed = runAll(parts.passes, "global");
      if (changed) runAll(parts.cleanup, "cleanup");
      limit.growTo(run.fgraph.nodes.size);
      const stops = (rewrite: string): boolean => limit.isReached(rewrite);
      changed = visitNodes(run, run.toposort(), candidates, parts.visitsNewNodes, stops, settled) || changed;
      changed = runAll(parts.final, "final") || changed;
      changed = runAll(parts.cleanup, "cleanup") || changed;
    }
    if (limit.overused !== null) run.reportOveruse(limit.overused);
  };
  return graphRewrite(name, repeat, "EquilibriumOptimizer");
}

/** How often one rewrite may be applied in a pass: in proportion to the greatest number of nodes seen. */
class UseLimit {
  /** The rewrite that was applied too often. */
  overused: string | null = null;
  readonly #run: RewriteRun;
  #nodes: number;

  constructor(run: RewriteRun) {
    this.#run = run;
    this.#nodes = run.fgraph.nodes.size;
  }

  growTo(nodes: number): void {
    this.#nodes = Math.max(this.#nodes, nodes);
  }

  isReached(rewrite: string): boolean {
    if (this.#run.appliedInPass(rewrite) > this.#nodes * config.optdb.max_use_ratio) this.overused = rewrite;
    return this.overused !== null;
  }
}

/**
 * Takes nodes from the end of the list until it is empty; whether anything changed. `stops` ends it after a rewrite.
 * `settled` says of nodes how many replacements there had been when no rewrite applied to them.
 */
function visitNodes(
  run: RewriteRun,
  waiting: Apply[],
  candidates: Candidates,
  visitsNewNodes: boolean,
  stops: (rewrite: string) => boolean,
  settled: Map<Apply, number> = new Map(),
): boolean {
  let current: Apply | null = null;
  let changed = false;
  const visit = (): boolean => {
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (settled.get(node) === run.replacements) continue;
      current = node;
      let isSettled = true;
      for (const rewrite of candidates.for(node.op)) {
        if (!run.fgraph.nodes.has(node)) break;
        if (!run.tryOn(rewrite, node)) continue;
        changed = true;
        isSettled = false;
        if (stops(rewrite.name)) return true;
      }
      if (isSettled) settled.set(node, run.replacements);
    }
    return changed;
  };
  if (!visitsNewNodes) return visit();
  return run.watching((node) => {
    if (node !== current) waiting.push(node);
  }, visit);
}

/** Which rewrites look at an op, by what they track. */
class Candidates {
  readonly #rewrites: readonly NodeRewrite[];
  readonly #tracked: ReadonlySet<string>;
  /** By the keys that are tracked, and by families: ops that differ in the rest are met by the same rewrites. */
  readonly #fitting = new Map<string, readonly NodeRewrite[]>();

  constructor(rewrites: readonly NodeRewrite[]) {
    this.#rewrites = rewrites;
    this.#tracked = new Set(rewrites.flatMap(({ tracks }) => tracks ?? []));
  }

  for({ key, family }: Op): readonly NodeRewrite[] {
    const name = this.#tracked.has(key) ? key : family;
    const known = this.#fitting.get(name);
    if (known !== undefined) return known;
    const fitting = this.#rewrites.filter(
      ({ tracks }) => tracks === null || tracks.includes(key) || tracks.includes(family),
    );
    this.#fitting.set(name, fitting);
    return fitting;
  }
}
