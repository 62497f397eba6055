/** How much memory a graph needs while it runs, counted from the sizes of its arrays. */
import type { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";

/** Bytes of a variable's array. */
export type SizeOf = (variable: Variable) => number;

export interface MemoryRules {
  /** Arrays are forgotten once nobody reads them any more. */
  readonly gc: boolean;
  /** Nodes write into the memory of their inputs where they say so. */
  readonly inplace: boolean;
}

/** An array that a node makes, and the variables that live in it: itself, views, and what overwrites it. */
interface Block {
  bytes: number;
  /** The nodes that read it, as a set of positions in the order. */
  readers: bigint;
  /** Somebody reads it after the graph has run. */
  isKept: boolean;
}

/** What running one node does to the memory in use. */
interface Step {
  /** The nodes that have to run before. */
  readonly needs: bigint;
  /** What it makes. */
  readonly makes: readonly Block[];
  /** What is free after it if all other readers have run. */
  readonly touches: readonly Block[];
}

/** The memory of a graph's arrays. Inputs, constants and shared variables are not counted: they are there anyway. */
export class MemoryPlan {
  readonly #steps: readonly Step[];
  readonly #gc: boolean;

  /** @param order the graph's nodes in the order in which they run. */
  constructor(fgraph: FunctionGraph, order: readonly Apply[], sizeOf: SizeOf, { gc, inplace }: MemoryRules) {
    this.#gc = gc;
    const position = new Map(order.map((node, i) => [node, i]));
    const blocks = new Map<Variable, Block>();
    const kept = new Set(fgraph.outputs);
    const made = order.map((node) => node.outputs.flatMap((_, i) => placeOutput(node, i, blocks, sizeOf, inplace)));
    for (const [variable, block] of blocks) if (kept.has(variable)) block.isKept = true;
    order.forEach((node, i) => {
      for (const input of node.inputs) mark(blocks.get(input), i);
    });
    const orderings = fgraph.orderings();
    this.#steps = order.map((node, i) => {
      const producers = node.inputs.map((input) => input.owner).filter((owner) => owner !== null);
      const before = [...producers, ...(orderings.get(node) ?? [])].map((other) => position.get(other));
      const touched = [...node.inputs, ...node.outputs].map((variable) => blocks.get(variable));
      return {
        needs: before.reduce((set, other) => (other === undefined ? set : set | (1n << BigInt(other))), 0n),
        makes: made[i],
        touches: [...new Set(touched.filter((block) => block !== undefined))],
      };
    });
  }

  /** The most bytes in use at a time, when the nodes run in their order. */
  get peak(): number {
    let state: State = { done: 0n, live: 0, peak: 0 };
    for (let i = 0; i < this.#steps.length; i++) state = this.#after(state, i);
    return state.peak;
  }

  /**
   * The least peak of all orders in which the nodes can run, or null where more than `limit` sets of nodes would have
   * to be looked at. Of the sets reached so far it goes on with one of the least peak: Dijkstra's algorithm.
   */
  leastPeak(limit: number): number | null {
    const all = (1n << BigInt(this.#steps.length)) - 1n;
    const seen = new Set<bigint>();
    // States by their peaks, of which there are few.
    const waiting = new Map<number, State[]>([[0, [{ done: 0n, live: 0, peak: 0 }]]]);
    while (waiting.size > 0) {
      const least = Math.min(...waiting.keys());
      const states = waiting.get(least) ?? [];
      const state = states.pop();
      if (states.length === 0) waiting.delete(least);
      if (state === undefined || seen.has(state.done)) continue;
      if (state.done === all) return state.peak;
      if (seen.size === limit) return null;
      seen.add(state.done);
      for (const next of this.#successors(state)) {
        const others = waiting.get(next.peak);
        if (others === undefined) waiting.set(next.peak, [next]);
        else others.push(next);
      }
    }
    return null;
  }

  /** The states after each of the nodes that can run now. */
  #successors(state: State): State[] {
    return this.#steps.flatMap(({ needs }, i) => {
      const isDone = (state.done >> BigInt(i)) & 1n;
      return isDone || needs & ~state.done ? [] : [this.#after(state, i)];
    });
  }

  #after({ done, live, peak }: State, index: number): State {
    const { makes, touches } = this.#steps[index];
    const most = makes.reduce((sum, { bytes }) => sum + bytes, live);
    const next = done | (1n << BigInt(index));
    const freed = this.#gc
      ? touches
          .filter(({ isKept, readers }) => !isKept && !(readers & ~next))
          .reduce((sum, { bytes }) => sum + bytes, 0)
      : 0;
    return { done: next, live: most - freed, peak: Math.max(peak, most) };
  }
}

/** Which nodes ran, the bytes in use after them, and the most that were. */
interface State {
  readonly done: bigint;
  readonly live: number;
  readonly peak: number;
}

/** Finds the block of a node's output; it is returned if the node makes it. */
function placeOutput(
  node: Apply,
  index: number,
  blocks: Map<Variable, Block>,
  sizeOf: SizeOf,
  inplace: boolean,
): Block[] {
  const output = node.outputs[index];
  const viewed = node.op.views[index];
  const overwritten = inplace ? node.op.destroys[index] : undefined;
  const shared = viewed ?? overwritten;
  const known = shared === undefined ? undefined : blocks.get(node.inputs[shared]);
  if (known !== undefined) blocks.set(output, known);
  // What comes from outside is viewed, but never written to: such a node makes an array after all.
  if (known !== undefined || viewed !== undefined) return [];
  const block: Block = { bytes: sizeOf(output), readers: 0n, isKept: false };
  blocks.set(output, block);
  return [block];
}

function mark(block: Block | undefined, reader: number): void {
  if (block !== undefined) block.readers |= 1n << BigInt(reader);
}

/** How a node gets the memory of an output: it is created, an input's is overwritten (inplace), or an input is viewed. */
export function memoryCode(node: Apply, index: number): "c" | "i" | "v" {
  if (node.op.views[index] !== undefined) return "v";
  return node.op.destroys[index] === undefined ? "c" : "i";
}
