/** One optimization of one graph: the one place where graphs are changed, failures handled, and times taken. */
import { AssertionError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { BadOptimization, InconsistencyError } from "../graph/errors.ts";
import type { Feature, FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { type InnerRole, type Meter, PassRecord, type PassResult } from "./passrecord.ts";
import type { GraphRewrite, NodeRewrite } from "./rewrite.ts";

/** A variable and what takes its place. */
export type Replacement = readonly [before: Variable, after: Variable];

/** The state of an optimization; passes get it instead of the bare graph, which it observes to count new nodes. */
export class RewriteRun implements Feature {
  readonly fgraph: FunctionGraph;
  /** Results of the passes done so far. */
  readonly passes: PassResult[] = [];
  /** Replacements made so far. */
  replacements = 0;
  #nodesCreated = 0;
  /** Of the present pass. */
  #record: PassRecord;
  readonly #reported = new Set<string>();
  /** Is told of new nodes. */
  #watch: ((node: Apply) => void) | null = null;

  constructor(fgraph: FunctionGraph) {
    this.fgraph = fgraph;
    this.#record = new PassRecord("", "GlobalOptimizer", this.#meter());
  }

  /** How often a rewrite changed the graph in the present pass. */
  appliedInPass(name: string): number {
    return this.#record.applied(name);
  }

  /** Counts one more time over the graph. */
  startRound(): void {
    this.#record.startRound(this.fgraph.nodes.size);
  }

  /** Counts something that a profile of the present pass shows under this name. */
  count(what: string): void {
    this.#record.count(what);
  }

  /** The graph's nodes in an order in which they can run. */
  toposort(): Apply[] {
    const start = performance.now();
    const nodes = this.fgraph.toposort();
    this.#record.sorted((performance.now() - start) / 1000);
    return nodes;
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
    const created = this.#nodesCreated;
    const start = performance.now();
    const changed = this.#apply(rewrite, node);
    this.#record.tried(rewrite.name, (performance.now() - start) / 1000, changed ? this.#nodesCreated - created : null);
    return changed;
  }

  #apply(rewrite: NodeRewrite, node: Apply): boolean {
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
  }

  /** Runs a pass inside of another one; whether the graph changed. */
  tryPass(pass: GraphRewrite, role: InnerRole): boolean {
    const outer = this.#record;
    const before = this.replacements;
    const created = this.#nodesCreated;
    const start = performance.now();
    outer.ranInside({ role, result: this.#recordPass(pass, () => pass.apply(this)) });
    const changed = this.replacements !== before;
    outer.tried(pass.name, (performance.now() - start) / 1000, changed ? this.#nodesCreated - created : null);
    return changed;
  }

  /** Runs a pass and records what it did. A failure is handled as `on_opt_error` says, and the next pass can go on. */
  runPass(pass: GraphRewrite): void {
    const result = this.#recordPass(pass, () => {
      try {
        pass.apply(this);
      } catch (error) {
        this.#fail(error, pass.name, null);
      }
    });
    this.passes.push(result);
  }

  #recordPass({ name, engine }: GraphRewrite, apply: () => void): PassResult {
    const outer = this.#record;
    this.#record = new PassRecord(name, engine, this.#meter());
    try {
      apply();
      return this.#record.finish(this.#meter());
    } finally {
      this.#record = outer;
    }
  }

  #meter(): Meter {
    const { callbackSeconds, validateSeconds, nodes } = this.fgraph;
    return { nodes: nodes.size, replacements: this.replacements, callbackSeconds, validateSeconds };
  }

  /** Reports that a pass was stopped because a rewrite was applied too often. */
  reportOveruse(name: string): void {
    const ratio = config.optdb.max_use_ratio.toFixed(6);
    const message = `EquilibriumOptimizer max'ed out by '${name}'. You can safely raise the current threshold of ${ratio} with the theano flag 'optdb.max_use_ratio'.`;
    if (config.on_opt_error === "raise" || config.on_opt_error === "pdb") throw new AssertionError(message);
    if (config.on_opt_error === "warn") logError(message);
  }

  onImport(node: Apply, reason: string): void {
    if (reason === "on_attach") return;
    this.#nodesCreated += 1;
    this.#watch?.(node);
  }

  /** Runs `change`; `watch` is told of the nodes that it brings into the graph. */
  watching<R>(watch: (node: Apply) => void, change: () => R): R {
    const outer = this.#watch;
    this.#watch = watch;
    try {
      return change();
    } finally {
      this.#watch = outer;
    }
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
