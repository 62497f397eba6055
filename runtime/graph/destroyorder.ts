/**
 * An order of execution kept while constraints are added one by one (Marchetti-Spaccamela, Nanni and Rohnert, "Maintaining
 * a topological order under edge insertions", 1996): what is in order already costs nothing, and a new constraint looks
 * only at the nodes between its ends, from both of them.
 */
import type { Apply } from "./apply.ts";
import type { FunctionGraph } from "./fgraph.ts";

/** A node's part of the line of numbers, which it shares with nodes that are put next to it. */
interface Place {
  readonly from: number;
  readonly at: number;
  readonly to: number;
}

/** Nodes that can all be moved behind another one, or before it. */
interface Move {
  readonly nodes: ReadonlySet<Apply>;
  readonly to: "before" | "behind";
  readonly anchor: Apply;
}

export class ExecutionOrder {
  readonly #fgraph: FunctionGraph;
  readonly #places = new Map<Apply, Place>();
  /** Node → those that wait for it besides those that read what it computes. */
  readonly #waiting = new Map<Apply, Set<Apply>>();
  /** The same relation read from the other end. */
  readonly #awaited = new Map<Apply, Set<Apply>>();

  /** @throws InconsistencyError when the graph has no order now. */
  constructor(fgraph: FunctionGraph) {
    this.#fgraph = fgraph;
    this.#number(fgraph.toposort());
    for (const [node, before] of fgraph.orderings()) for (const other of before) this.#wait(node, other);
  }

  /** Lets `node` wait for `others`, unless one of them needs what `node` computes: then nothing changes, and the answer is false. */
  require(node: Apply, others: readonly Apply[]): boolean {
    const last = others.reduce((latest, other) => (this.#at(other) > this.#at(latest) ? other : latest), node);
    const move = this.#separate(node, others, last);
    if (move === null) return false;
    this.#move(move);
    for (const other of others) this.#wait(node, other);
    return true;
  }

  /** Puts a node with the same inputs and clients in the place of another. */
  substitute(before: Apply, after: Apply): void {
    this.#places.set(after, this.#placeOf(before));
    this.#places.delete(before);
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

  #number(nodes: readonly Apply[]): void {
    for (const [i, node] of nodes.entries()) this.#places.set(node, { from: i, at: i + 0.5, to: i + 1 });
  }

  #at(node: Apply): number {
    return this.#placeOf(node).at;
  }

  #placeOf(node: Apply): Place {
    const place = this.#places.get(node);
    if (place === undefined) throw new Error(`${node} is not in the order of execution`);
    return place;
  }

  #wait(node: Apply, other: Apply): void {
    this.#waiting.set(other, (this.#waiting.get(other) ?? new Set()).add(node));
    this.#awaited.set(node, (this.#awaited.get(node) ?? new Set()).add(other));
  }

  /**
   * Between `node` and `last`, the nodes that cannot run before `node`, or those without which `others` cannot run; null
   * when `node` is among the latter. Both searches go on in turn, since one of them may be short where the other is long.
   */
  #separate(node: Apply, others: readonly Apply[], last: Apply): Move | null {
    const [low, high] = [this.#at(node), this.#at(last)];
    const later = new Set([node]);
    const earlier = new Set(others.filter((other) => this.#at(other) > low));
    // The sets grow while they are read.
    const backward = earlier.values();
    const forward = later.values();
    for (;;) {
      const up = backward.next();
      if (up.done) return { nodes: earlier, to: "before", anchor: node };
      for (const previous of this.#leaders(up.value)) {
        if (later.has(previous)) return null;
        if (this.#at(previous) > low) earlier.add(previous);
      }
      const down = forward.next();
      if (down.done) return { nodes: later, to: "behind", anchor: last };
      for (const next of this.#followers(down.value)) {
        if (earlier.has(next)) return null;
        if (this.#at(next) < high) later.add(next);
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

  /** Moves nodes, in their order, into the place of another one, next to it. */
  #move(move: Move): void {
    const { nodes, to, anchor } = move;
    const place = this.#placeOf(anchor);
    const [start, end] = to === "before" ? [place.from, place.at] : [place.at, place.to];
    const width = (end - start) / (nodes.size + 1);
    if (width < end * SMALLEST_WIDTH) {
      this.#number(this.#inOrder(this.#places.keys()));
      this.#move(move);
      return;
    }
    const moved = this.#inOrder(nodes);
    const first = to === "before" ? start : start + width;
    const last = first + moved.length * width;
    for (const [i, node] of moved.entries()) {
      const from = first + i * width;
      this.#places.set(node, { from, at: from + width / 2, to: from + width });
    }
    this.#places.set(anchor, to === "before" ? { ...place, from: last } : { ...place, to: first });
  }

  #inOrder(nodes: Iterable<Apply>): Apply[] {
    return [...nodes].sort((a, b) => this.#at(a) - this.#at(b));
  }
}

/** In proportion to the numbers themselves: narrower places cannot be told apart. */
const SMALLEST_WIDTH = 16 * Number.EPSILON;
