/** A graph that can be changed: variables know their clients, replacements are checked and told to observers. */
import type { Apply } from "./apply.ts";
import { BadOptimization, InconsistencyError, MissingInputError } from "./errors.ts";
import { type Orderings, orderedToposort } from "./orderings.ts";
import { TensorConstant, type Variable } from "./variable.ts";
import { cloneGraph, graphInputs, toposort } from "./walk.ts";

/** A use of a variable: as input `index` of a node, or as output `index` of the graph. */
export interface Client {
  readonly node: Apply | "output";
  readonly index: number;
}

/** An observer of a graph. `reason` is the name of the rewrite that asked for the change. */
export interface Feature {
  onImport?(node: Apply, reason: string): void;
  onPrune?(node: Apply, reason: string): void;
  /** Told before the change of input `index` of `node` (or of the graph's outputs) takes place. */
  onChangeInput?(node: Apply | "output", index: number, before: Variable, after: Variable, reason: string): void;
  /** Which nodes have to run before others, although they compute nothing for them. */
  orderings?(): Orderings;
  /** @throws InconsistencyError when the graph breaks a rule that the observer stands for. */
  validate?(): void;
}

/** One use of a variable that was pointed at another one. */
interface Change {
  readonly client: Client;
  readonly before: Variable;
  readonly after: Variable;
}

/**
 * The graph between `inputs` and `outputs`. It owns its nodes: a graph handed in is used as it is, so that callers
 * clone first (`FunctionGraph.cloneOf`).
 */
export class FunctionGraph {
  readonly inputs: readonly Variable[];
  /** Output index → index of the input whose value it replaces after a call. */
  readonly updates: ReadonlyMap<number, number>;
  readonly #outputs: Variable[];
  readonly #clients = new Map<Variable, Client[]>();
  /** Where a client of a variable with many of them was removed last. */
  readonly #lastRemovals = new Map<Variable, number>();
  readonly #nodes = new Set<Apply>();
  readonly #features: Feature[] = [];
  readonly #inputSet: ReadonlySet<Variable>;
  /** Seconds spent in observers: telling them of changes. */
  #callbackSeconds = 0;
  /** Seconds spent in observers: asking whether they allow the changes. */
  #validateSeconds = 0;
  /** The changes of the attempt that is going on. */
  #journal: Change[] | null = null;

  /** @throws MissingInputError when an output needs a variable that is neither an input nor a constant. */
  constructor(
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    updates: ReadonlyMap<number, number> = new Map(),
  ) {
    this.inputs = inputs;
    this.updates = updates;
    this.#inputSet = new Set(inputs);
    this.#outputs = [...outputs];
    for (const input of inputs) this.#clients.set(input, []);
    outputs.forEach((output, index) => {
      this.#import(output, "init");
      this.#addClient(output, { node: "output", index });
    });
  }

  /** A graph over copies of the nodes; `copies` says which variable became which. */
  static cloneOf(
    inputs: readonly Variable[],
    outputs: readonly Variable[],
    updates?: ReadonlyMap<number, number>,
  ): { fgraph: FunctionGraph; copies: Map<Variable, Variable> } {
    const copies = new Map<Variable, Variable>(inputs.map((v) => [v, v.clone()]));
    const clonedOutputs = cloneGraph(outputs, copies);
    const clonedInputs = inputs.map((v) => copies.get(v) ?? v);
    return { fgraph: new FunctionGraph(clonedInputs, clonedOutputs, updates), copies };
  }

  get outputs(): readonly Variable[] {
    return this.#outputs;
  }

  /** Time spent so far telling observers of changes. */
  get callbackSeconds(): number {
    return this.#callbackSeconds;
  }

  /** Time spent so far asking observers whether they allow changes. */
  get validateSeconds(): number {
    return this.#validateSeconds;
  }

  get nodes(): ReadonlySet<Apply> {
    return this.#nodes;
  }

  clients(variable: Variable): readonly Client[] {
    return this.#clients.get(variable) ?? [];
  }

  has(variable: Variable): boolean {
    return this.#clients.has(variable);
  }

  attach(feature: Feature): void {
    this.#features.push(feature);
    for (const node of this.toposort()) feature.onImport?.(node, "on_attach");
  }

  /** Takes an observer away; unknown ones are ignored. */
  detach(feature: Feature): void {
    const at = this.#features.indexOf(feature);
    if (at >= 0) this.#features.splice(at, 1);
  }

  /** The observer of a class, or null. */
  feature<F extends Feature>(kind: abstract new (...args: never[]) => F): F | null {
    return this.#features.find((feature): feature is F => feature instanceof kind) ?? null;
  }

  /** Which nodes have to run before others, as the observers say. */
  orderings(): Orderings {
    return new Map(this.#features.flatMap((feature) => [...(feature.orderings?.() ?? [])]));
  }

  /**
   * The nodes in an order in which they can run.
   * @throws InconsistencyError when the orderings of the observers leave none.
   */
  toposort(): Apply[] {
    const orderings = this.orderings();
    if (orderings.size === 0) return toposort(this.#outputs, this.#inputSet);
    return orderedToposort(this.#outputs, this.#inputSet, orderings);
  }

  /**
   * Makes changes, all or none: they are taken back when they leave a graph that an observer does not allow.
   * @throws InconsistencyError when they did.
   */
  attempt(change: () => void, reason: string): void {
    const journal: Change[] = [];
    this.#journal = journal;
    try {
      change();
      this.#validate();
    } catch (error) {
      this.#journal = null;
      if (error instanceof InconsistencyError) this.#takeBack(journal, reason);
      throw error;
    } finally {
      this.#journal = null;
    }
  }

  /** @throws InconsistencyError when an observer does not allow the graph as it is. */
  #validate(): void {
    const start = performance.now();
    try {
      for (const feature of this.#features) feature.validate?.();
    } finally {
      this.#validateSeconds += (performance.now() - start) / 1000;
    }
  }

  #tell(tell: (feature: Feature) => void): void {
    const start = performance.now();
    for (const feature of this.#features) tell(feature);
    this.#callbackSeconds += (performance.now() - start) / 1000;
  }

  #takeBack(journal: readonly Change[], reason: string): void {
    for (const { client, before, after } of journal.toReversed()) {
      this.#changeInput(client, after, before, reason);
      this.#pruneIfUnused(after, reason);
    }
  }

  /**
   * Puts `after` wherever `before` is used. Nodes that come in new take over the origin of the replaced one, so that
   * the user's line survives; nodes that nothing uses any more leave.
   * @throws BadOptimization when the types differ: a rewrite must not change what users see.
   */
  replace(before: Variable, after: Variable, reason: string): void {
    if (before === after || !this.has(before)) return;
    if (!before.type.equals(after.type))
      throw new BadOptimization(
        `The rewrite ${reason} would replace ${before} of type ${before.type} by ${after} of type ${after.type}; the types must be the same.`,
      );
    if (after.name === null && !(after instanceof TensorConstant) && !this.#inputSet.has(after))
      after.name = before.name;
    for (const client of [...this.clients(before)]) this.#changeInput(client, before, after, reason);
    this.#pruneIfUnused(before, reason);
  }

  /** As {@link replace}, for one output only. */
  replaceOutput(index: number, after: Variable, reason: string): void {
    const before = this.#outputs[index];
    this.#changeInput({ node: "output", index }, before, after, reason);
    this.#pruneIfUnused(before, reason);
  }

  /** Points one use of a variable at another one. */
  #changeInput(client: Client, before: Variable, after: Variable, reason: string): void {
    this.#journal?.push({ client, before, after });
    this.#tell((feature) => feature.onChangeInput?.(client.node, client.index, before, after, reason));
    this.#import(after, reason, before);
    if (client.node === "output") this.#outputs[client.index] = after;
    else client.node.inputs[client.index] = after;
    this.#removeClient(before, client);
    this.#addClient(after, client);
  }

  #import(variable: Variable, reason: string, replaced?: Variable): void {
    if (this.has(variable)) return;
    this.#requireInputs(variable);
    for (const node of toposort([variable], this.#clients)) {
      if (replaced?.owner) node.origin = replaced.owner.origin;
      this.#nodes.add(node);
      for (const output of node.outputs) if (!this.has(output)) this.#clients.set(output, []);
      node.inputs.forEach((input, index) => {
        this.#addClient(input, { node, index });
      });
      this.#tell((feature) => feature.onImport?.(node, reason));
    }
    if (!this.has(variable)) this.#clients.set(variable, []);
  }

  #requireInputs(variable: Variable): void {
    for (const leaf of graphInputs([variable], this.#clients)) {
      if (leaf instanceof TensorConstant || this.has(leaf)) continue;
      throw missingInput(leaf, variable);
    }
  }

  #addClient(variable: Variable, client: Client): void {
    const clients = this.#clients.get(variable);
    if (clients === undefined) this.#clients.set(variable, [client]);
    else clients.push(client);
  }

  #removeClient(variable: Variable, client: Client): void {
    const clients = this.#clients.get(variable) ?? [];
    const at = indexOfClient(clients, client, this.#lastRemovals.get(variable) ?? 0);
    if (at < 0) return;
    clients.splice(at, 1);
    if (clients.length >= MANY_CLIENTS) this.#lastRemovals.set(variable, at);
    else this.#lastRemovals.delete(variable);
  }

  #pruneIfUnused(variable: Variable, reason: string): void {
    const todo = [variable];
    for (let v = todo.pop(); v !== undefined; v = todo.pop()) {
      const node = v.owner;
      if (node === null || !this.#nodes.has(node)) {
        if (this.clients(v).length === 0 && !this.#inputSet.has(v)) this.#clients.delete(v);
        continue;
      }
      if (node.outputs.some((output) => this.clients(output).length > 0)) continue;
      this.#nodes.delete(node);
      for (const output of node.outputs) this.#clients.delete(output);
      this.#tell((feature) => feature.onPrune?.(node, reason));
      node.inputs.forEach((input, index) => {
        this.#removeClient(input, { node, index });
        todo.push(input);
      });
    }
  }
}

/** From so many clients on it pays to remember where the last one was removed. */
const MANY_CLIENTS = 64;

/**
 * The place of a client, or -1. The search goes both ways from `start`: rewrites visit a graph in its order, in which the
 * clients were added too, so that of tens of thousands the next one to leave stands beside the last one that left.
 */
function indexOfClient(clients: readonly Client[], { node, index }: Client, start: number): number {
  const isAt = (at: number): boolean => clients[at].node === node && clients[at].index === index;
  for (let up = start, down = start - 1; up < clients.length || down >= 0; up++, down--) {
    if (up < clients.length && isAt(up)) return up;
    if (down >= 0 && down < clients.length && isAt(down)) return down;
  }
  return -1;
}

function missingInput(leaf: Variable, needed: Variable): MissingInputError {
  const user = toposort([needed]).find((node) => node.inputs.includes(leaf));
  const trace = leaf.origin.traceback();
  const created = trace === "" ? "" : `\n \nBacktrace when that variable is created:\n\n${trace}`;
  const use = user === undefined ? "" : `, used to compute ${user},`;
  const position = user === undefined ? "" : ` ${user.inputs.indexOf(leaf)}`;
  return new MissingInputError(
    `Input${position} of the graph (indices start from 0)${use} was not provided and not given a value. Use the Theano flag exception_verbosity='high', for more information on this error.${created}`,
  );
}
