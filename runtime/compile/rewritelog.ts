import type { Apply } from "../graph/apply.ts";
import type { Feature } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";

/** A variable that a rewrite put in the place of another. */
export interface Replacement {
  readonly before: Variable;
  readonly after: Variable;
  readonly reason: string;
}

/** Remembers what happens to a graph while it is optimized: DebugMode compares logs, and checks every replacement. */
export class RewriteLog implements Feature {
  /** One line per event; equal logs have equal lines, whatever the variables' identities. */
  readonly events: string[] = [];
  /** Every node that was ever in the graph. */
  readonly nodes = new Set<Apply>();
  readonly #replacements = new Map<Variable, Map<Variable, Replacement>>();

  get replacements(): readonly Replacement[] {
    return [...this.#replacements.values()].flatMap((byAfter) => [...byAfter.values()]);
  }

  onImport(node: Apply, reason: string): void {
    this.nodes.add(node);
    this.events.push(`import ${node.op} ${reason}`);
  }

  onPrune(node: Apply, reason: string): void {
    this.events.push(`prune ${node.op} ${reason}`);
  }

  onChangeInput(node: Apply | "output", index: number, before: Variable, after: Variable, reason: string): void {
    this.events.push(`change ${node === "output" ? node : node.op} ${index} ${reason}`);
    const known = this.#replacements.get(before) ?? new Map<Variable, Replacement>();
    if (!known.has(after)) known.set(after, { before, after, reason });
    this.#replacements.set(before, known);
  }
}
