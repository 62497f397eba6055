/**
 * Destroy maps, respected by the whole graph. A node that overwrites an input (`Op.destroys`) has to run after everybody
 * else who reads that memory, directly or through views (`Op.views`); nobody may overwrite what two nodes overwrite, a
 * constant, an output, or an input of the graph that is not being updated.
 */
import { config } from "../config/index.ts";
import type { Apply } from "./apply.ts";
import { InconsistencyError } from "./errors.ts";
import type { Feature, FunctionGraph } from "./fgraph.ts";
import type { Op } from "./op.ts";
import { type Orderings, requireOrder } from "./orderings.ts";
import { TensorConstant, type Variable } from "./variable.ts";

/** The inputs that an op overwrites. */
export function destroyedInputs(op: Op): readonly number[] {
  return Object.values(op.destroys);
}

/** Whether a node overwrites `variable` itself; through views is another matter. */
function destroys(node: Apply, variable: Variable): boolean {
  return destroyedInputs(node.op).some((index) => node.inputs[index] === variable);
}

/** The variable whose memory `variable` shows: itself, or what it is a view of in the end. */
export function viewRoot(variable: Variable): Variable {
  let root = variable;
  for (let { owner } = root; owner !== null; owner = root.owner) {
    const viewed = owner.op.views[root.index];
    if (viewed === undefined) break;
    root = owner.inputs[viewed];
  }
  return root;
}

/** Knows which nodes of a graph overwrite which inputs; the graph's order of execution and its checks follow from it. */
export class DestroyHandler implements Feature {
  readonly #fgraph: FunctionGraph;
  readonly #destroyers = new Set<Apply>();
  readonly #protected: ReadonlySet<Variable>;

  /** Observes `fgraph`; call `fgraph.attach` with it. Inputs that are overwritten already are not protected. */
  constructor(fgraph: FunctionGraph) {
    this.#fgraph = fgraph;
    const updated = new Set([...fgraph.updates.values()].map((index) => fgraph.inputs[index]));
    this.#protected = new Set(fgraph.inputs.filter((input) => !updated.has(input) && this.destroyerOf(input) === null));
  }

  onImport(node: Apply): void {
    if (destroyedInputs(node.op).length > 0) this.#destroyers.add(node);
  }

  onPrune(node: Apply): void {
    this.#destroyers.delete(node);
  }

  /** The node that overwrites the memory of `variable`, or null. */
  destroyerOf(variable: Variable): Apply | null {
    for (const view of this.#viewsOf(viewRoot(variable)))
      for (const { node } of this.#fgraph.clients(view)) if (node !== "output" && destroys(node, view)) return node;
    return null;
  }

  /** Those who overwrite something come after all others who read it. */
  orderings(): Orderings {
    const orderings = new Map<Apply, ReadonlySet<Apply>>();
    for (const node of this.#destroyers) {
      const readers = new Set(destroyedInputs(node.op).flatMap((index) => this.readersOf(node, node.inputs[index])));
      if (readers.size > 0) orderings.set(node, readers);
    }
    return orderings;
  }

  /** The other nodes that read the memory of `variable`, views included. */
  readersOf(node: Apply, variable: Variable): readonly Apply[] {
    return this.#viewsOf(viewRoot(variable))
      .flatMap((view) => this.#fgraph.clients(view))
      .flatMap((client) => (client.node === "output" || client.node === node ? [] : client.node));
  }

  /** @throws InconsistencyError when something is overwritten that must not be, or no order of execution is left. */
  validate(): void {
    for (const node of this.#destroyers)
      for (const index of destroyedInputs(node.op)) {
        const complaint = this.complaintAbout(node, index);
        if (complaint !== null) throw new InconsistencyError(complaint);
      }
    const orderings = this.orderings();
    if (orderings.size > 0) requireOrder(this.#fgraph.outputs, new Set(this.#fgraph.inputs), orderings);
  }

  /**
   * Why `node` must not overwrite input `index`, or null; whether an order of execution is left is not asked. With the
   * flag `cycle_detection=fast` only what nobody else reads and is no view may be overwritten, so that there always is.
   */
  complaintAbout(node: Apply, index: number): string | null {
    const destroyed = node.inputs[index];
    const root = viewRoot(destroyed);
    if (root instanceof TensorConstant) return `Attempting to destroy indestructible variables: [${root}]`;
    if (this.#protected.has(root)) return `Trying to destroy a protected Variable. ${root}`;
    if (config.cycle_detection === "fast") {
      if (this.#fgraph.clients(destroyed).length > 1)
        return `Destroyed variable has more than one client: ${destroyed}`;
      if (root !== destroyed) return `Destroyed variable has view_map: ${destroyed}`;
    }
    for (const view of this.#viewsOf(root))
      for (const client of this.#fgraph.clients(view)) {
        if (client.node === "output") return `Trying to destroy a protected Variable. ${view}`;
        if (client.node !== node && destroys(client.node, view)) return `Multiple destroyers of ${root}`;
        if (client.node === node && client.index !== index)
          return `Input aliasing: ${node} (${index}, ${client.index})`;
      }
    return null;
  }

  /** `root` and all views of it. */
  #viewsOf(root: Variable): Variable[] {
    const views = [root];
    // The list grows while it is read: views of views are views.
    for (const view of views)
      for (const { node, index } of this.#fgraph.clients(view)) {
        if (node === "output") continue;
        for (const output of node.outputs) if (node.op.views[output.index] === index) views.push(output);
      }
    return views;
  }
}

/**
 * Makes the graph respect destroy maps; one that does already stays as it is.
 * @throws InconsistencyError when that is not possible.
 */
export function respectDestroyMaps(fgraph: FunctionGraph): void {
  if (fgraph.feature(DestroyHandler) !== null) return;
  const handler = new DestroyHandler(fgraph);
  fgraph.attach(handler);
  handler.validate();
}
