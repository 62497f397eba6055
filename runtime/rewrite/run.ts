/** One optimization of one graph: the one place where graphs are changed, failures handled, and times taken. */
import { AssertionError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { BadOptimization, InconsistencyError } from "../graph/errors.ts";
import type { Feature, FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import type { GraphRewrite, NodeRewrite } from "./rewrite.ts";

/** A variable and what takes its place. */
export type Replacement = readonly [before: Variable, after: Variable];

/** What one rewrite did in one pass. */
export interface RewriteStats {
  readonly name: string;
  /** Times it changed the graph. */
  readonly applied: number;
  /** Time spent in it, attempts that changed nothing included. */
  readonly seconds: number;
  readonly nodesCreated: number;
}

/** What one pass did. */
export interface PassResult {
  readonly name: string;
  readonly seconds: number;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  /** How often a pass that repeats until nothing changes went over the graph. */
  readonly rounds: number;
  /** The most time-consuming first; only rewrites that were tried. */
  readonly rewrites: readonly RewriteStats[];
}

type Counter = { -readonly [K in keyof RewriteStats]: RewriteStats[K] };

/** The state of an optimization; passes get it instead of the bare graph, which it observes to count new nodes. */
export class RewriteRun implements Feature {
  readonly fgraph: FunctionGraph;
  /** Results of the passes done so far. */
  readonly passes: PassResult[] = [];
  /** Replacements made so far. */
  replacements = 0;
  #nodesCreated = 0;
  #counters = new Map<string, Counter>();
  #rounds = 0;
  readonly #reported = new Set<string>();

  constructor(fgraph: FunctionGraph) {
    this.fgraph = fgraph;
  }

  /** How often a rewrite changed the graph in the present pass. */
  appliedInPass(name: string): number {
    return this.#counters.get(name)?.applied ?? 0;
  }

  /** Counts one more time over the graph. */
  startRound(): void {
    this.#rounds += 1;
  }

  /**
   * Puts variables in the place of others, all or none, and prints them when `optimizer_verbose` is on.
   * @throws BadOptimization when a replacement has another type.
   * @throws InconsistencyError when an observer of the graph does not allow the result; nothing is changed then.
   */
  replace(pairs: readonly Replacement[], reason: string): void {
    this.fgraph.attempt(() => this.replaceValid(pairs, reason), reason);
  }

  /** As `replace`, where the caller knows that the observers of the graph allow the result. */
  replaceValid(pairs: readonly Replacement[], reason: string): void {
    const changed = pairs.find(([before, after]) => !before.type.equals(after.type));
    if (changed !== undefined) throw typeChanged(changed, reason);
    for (const [before, after] of pairs) {
      if (before === after) continue;
      if (config.optimizer_verbose) console.log(`${reason} ${before} ${after}`);
      this.fgraph.replace(before, after, reason);
      this.replacements += 1;
    }
  }

  /** Tries a rewrite on a node; whether the graph changed. A failure is handled as `on_opt_error` says. */
  tryOn(rewrite: NodeRewrite, node: Apply): boolean {
    return this.#measure(rewrite.name, () => {
      try {
        const results = rewrite.transform(node, this.fgraph);
        if (results === null) return false;
        const pairs = pairUp(rewrite, node, results);
        this.replace(pairs, rewrite.name);
        return pairs.some(([before, after]) => before !== after);
      } catch (error) {
        this.#fail(error, rewrite.name, node);
        return false;
      }
    });
  }

  /** Runs a pass inside of another one (merging in between); whether the graph changed. */
  tryPass(pass: GraphRewrite): boolean {
    return this.#measure(pass.name, () => {
      const before = this.replacements;
      pass.apply(this);
      return this.replacements !== before;
    });
  }

  /** Runs a pass and records what it did. A failure is handled as `on_opt_error` says, and the next pass can go on. */
  runPass(pass: GraphRewrite): void {
    this.#counters = new Map();
    this.#rounds = 0;
    const nodesBefore = this.fgraph.nodes.size;
    const start = performance.now();
    try {
      pass.apply(this);
    } catch (error) {
      this.#fail(error, pass.name, null);
    }
    this.passes.push({
      name: pass.name,
      seconds: (performance.now() - start) / 1000,
      nodesBefore,
      nodesAfter: this.fgraph.nodes.size,
      rounds: this.#rounds,
      rewrites: [...this.#counters.values()].sort((a, b) => b.seconds - a.seconds),
    });
  }

  /** Reports that a pass was stopped because a rewrite was applied too often. */
  reportOveruse(name: string): void {
    const ratio = config.optdb.max_use_ratio.toFixed(6);
    const message = `EquilibriumOptimizer max'ed out by '${name}'. You can safely raise the current threshold of ${ratio} with the theano flag 'optdb.max_use_ratio'.`;
    if (config.on_opt_error === "raise" || config.on_opt_error === "pdb") throw new AssertionError(message);
    if (config.on_opt_error === "warn") logError(message);
  }

  onImport(): void {
    this.#nodesCreated += 1;
  }

  #measure(name: string, change: () => boolean): boolean {
    const counter = this.#counters.get(name) ?? { name, applied: 0, seconds: 0, nodesCreated: 0 };
    this.#counters.set(name, counter);
    const created = this.#nodesCreated;
    const start = performance.now();
    const changed = change();
    counter.seconds += (performance.now() - start) / 1000;
    if (changed) {
      counter.applied += 1;
      counter.nodesCreated += this.#nodesCreated - created;
    }
    return changed;
  }

  /** Each failing rewrite is reported once per optimization: one bad rewrite fails at every node. */
  #fail(error: unknown, name: string, node: Apply | null): void {
    if (error instanceof InconsistencyError) return;
    if (error instanceof AssertionError) throw error;
    const policy = config.on_opt_error;
    if (policy === "ignore") return;
    if (!this.#reported.has(name)) {
      this.#reported.add(name);
      logError(`Optimization failure due to: ${name}`);
      if (node !== null) logError(`node: ${node}`);
      logError(`TRACEBACK:\n${error instanceof Error ? error.stack : error}`);
    }
    if (policy === "pdb") logError("on_opt_error=pdb acts as raise: there is no debugger to enter here.");
    if (policy !== "warn") throw error;
  }
}

function pairUp(rewrite: NodeRewrite, node: Apply, results: readonly Variable[]): Replacement[] {
  if (results.length !== node.outputs.length)
    throw new TypeError(
      `The rewrite ${rewrite.name} gave ${results.length} replacements for the ${node.outputs.length} outputs of ${node}.`,
    );
  return node.outputs.map((output, i) => [output, results[i]]);
}

function typeChanged([before, after]: Replacement, reason: string): BadOptimization {
  return new BadOptimization(
    `The rewrite ${reason} would replace ${before} of type ${before.type} by ${after} of type ${after.type}. The type of the replacement must be the same.`,
  );
}

/** A line of Theano's logger, whose name for this part people search for. */
function logError(message: string): void {
  console.error(`ERROR (theano.gof.opt): ${message}`);
}
