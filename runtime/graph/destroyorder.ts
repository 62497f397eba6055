/**
 * An order of execution kept while constraints are added one by one (Marchetti-Spaccamela, Nanni and Rohnert, "Maintaining
 * a topological order under edge insertions", 1996): what is in order already costs nothing, and a new constraint looks
 * only at the nodes between its ends.
 */
import type { Apply } from "./apply.ts";
import type { FunctionGraph } from "./fgraph.ts";

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
    const last = Math.max(first, ...others.map((other) => this.#placeOf(other)));
    const later = this.#dependents(node, last);
    if (others.some((other) => later.has(other))) return false;
    this.#moveBehind(later, first, last);
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

  /** `node` and the nodes up to the place `last` that cannot run before it. */
  #dependents(node: Apply, last: number): ReadonlySet<Apply> {
    const found = new Set([node]);
    // The set grows while it is read.
    for (const current of found) {
      const readers = current.outputs.flatMap((output) => this.#fgraph.clients(output).map((client) => client.node));
      for (const next of [...readers, ...(this.#waiting.get(current) ?? [])])
        if (next !== "output" && this.#placeOf(next) <= last) found.add(next);
    }
    return found;
  }

  /** Moves nodes, in their order, behind all others between two places. */
  #moveBehind(moved: ReadonlySet<Apply>, first: number, last: number): void {
    if (first === last) return;
    const range = this.#nodes.slice(first, last + 1);
    const ordered = [...range.filter((node) => !moved.has(node)), ...range.filter((node) => moved.has(node))];
    ordered.forEach((node, i) => {
      this.#nodes[first + i] = node;
      this.#places.set(node, first + i);
    });
  }
}
