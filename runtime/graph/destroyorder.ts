/**
 * An order of execution kept while constraints are added one by one (Marchetti-Spaccamela, Nanni and Rohnert, "Maintaining
 * a topological order under edge insertions", 1996): what is in order already costs nothing, and a new constraint looks
 * only at the nodes between its ends.
 */
import type { Apply } from "./apply.ts";
import type { FunctionGraph } from "./fgraph.ts";

/** Nodes of a range of places that can all be moved to its end, or to its beginning. */
interface Side {
  readonly nodes: ReadonlySet<Apply>;
  readonly goes: "first" | "last";
}

export class ExecutionOrder {
  readonly #fgraph: FunctionGraph;
  readonly #nodes: Apply[];
  readonly #places = new Map<Apply, number>();
  /** Node → those that wait for it besides those that read what it computes. */
  readonly #waiting = new Map<Apply, Set<Apply>>();
  /** The same relation read from the other end. */
  readonly #awaited = new Map<Apply, Set<Apply>>();

  /** @throws InconsistencyError when the graph has no order now. */
  constructor(fgraph: FunctionGraph) {
    this.#fgraph = fgraph;
    this.#nodes = fgraph.toposort();
    this.#nodes.forEach((node, place) => {
      this.#places.set(node, place);
    });
    for (const [node, before] of fgraph.orderings()) for (const other of before) this.#wait(node, other);
  }

  /** Lets `node` wait for `others`, unless one of them needs what `node` computes: then nothing changes, and the answer is false. */
  require(node: Apply, others: readonly Apply[]): boolean {
    const first = this.#placeOf(node);
    const last = others.reduce((place, other) => Math.max(place, this.#placeOf(other)), first);
    const side = this.#separate(node, others, first, last);
    if (side === null) return false;
    this.#rearrange(side, first, last);
    for (const other of others) this.#wait(node, other);
    return true;
  }

  /** Puts a node with the same inputs and clients in the place of another. */
  substitute(before: Apply, after: Apply): void {
    const place = this.#placeOf(before);
    this.#nodes[place] = after;
    this.#places.delete(before);
    this.#places.set(after, place);
    this.#waiting.set(after, this.#waiting.get(before) ?? new Set());
    this.#waiting.delete(before);
    const awaited = this.#awaited.get(before) ?? new Set();
    for (const other of awaited) this.#waiting.get(other)?.delete(before);
    this.#awaited.delete(before);
    for (const other of awaited) this.#wait(after, other);
    for (const next of this.#waiting.get(after) ?? []) {
      this.#awaited.get(next)?.delete(before);
      this.#wait(next, after);
    }
  }

  #placeOf(node: Apply): number {
    const place = this.#places.get(node);
    if (place === undefined) throw new Error(`${node} is not in the order of execution`);
    return place;
  }

  #wait(node: Apply, other: Apply): void {
    this.#waiting.set(other, (this.#waiting.get(other) ?? new Set()).add(node));
    this.#awaited.set(node, (this.#awaited.get(node) ?? new Set()).add(other));
  }

  /**
   * Between two places, the nodes that cannot run before `node`, or those without which `others` cannot run; null when
   * `node` is among the latter. Both searches go on in turn, since one of them may be short where the other is long.
   */
  #separate(node: Apply, others: readonly Apply[], first: number, last: number): Side | null {
    const later = new Set([node]);
    const earlier = new Set(others.filter((other) => this.#placeOf(other) > first));
    // The sets grow while they are read.
    const forward = later.values();
    const backward = earlier.values();
    for (;;) {
      const down = forward.next();
      if (down.done) return { nodes: later, goes: "last" };
      for (const next of this.#followers(down.value)) {
        if (earlier.has(next)) return null;
        if (this.#placeOf(next) <= last) later.add(next);
      }
      const up = backward.next();
      if (up.done) return { nodes: earlier, goes: "first" };
      for (const previous of this.#leaders(up.value)) {
        if (later.has(previous)) return null;
        if (this.#placeOf(previous) >= first) earlier.add(previous);
      }
    }
  }

  /** The nodes that wait for a node directly. */
  *#followers(node: Apply): Generator<Apply> {
    for (const output of node.outputs)
      for (const client of this.#fgraph.clients(output)) if (client.node !== "output") yield client.node;
    yield* this.#waiting.get(node) ?? [];
  }

  /** The nodes that a node waits for directly. */
  *#leaders(node: Apply): Generator<Apply> {
    // An input of the graph may have an owner outside of it.
    for (const { owner } of node.inputs) if (owner !== null && this.#places.has(owner)) yield owner;
    yield* this.#awaited.get(node) ?? [];
  }

  /** Moves nodes, in their order, to one end of the range between two places. */
  #rearrange({ nodes, goes }: Side, first: number, last: number): void {
    if (first === last) return;
    const range = this.#nodes.slice(first, last + 1);
    const moved = range.filter((node) => nodes.has(node));
    const others = range.filter((node) => !nodes.has(node));
    const ordered = goes === "first" ? [...moved, ...others] : [...others, ...moved];
    ordered.forEach((node, i) => {
      this.#nodes[first + i] = node;
      this.#places.set(node, first + i);
    });
  }
}
