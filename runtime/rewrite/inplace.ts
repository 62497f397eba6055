/**
 * Rewrites that let nodes work in the memory of their inputs, which saves an allocation per call. They run last: before
 * them every variable keeps its value, after them the graph's destroy handler decides in which order nodes can run.
 *
 * Shared variables that a function updates may be overwritten in the graph. The linker still gives what comes from
 * outside of the function new memory, so that a call that fails changes nothing; see `link/vm.ts`.
 */
import { Apply } from "../graph/apply.ts";
import { DestroyHandler, destroyedInputs, respectDestroyMaps } from "../graph/destroy.ts";
import { ExecutionOrder } from "../graph/destroyorder.ts";
import type { Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import { FusedElemwise } from "../ops/composite.ts";
import { Elemwise } from "../ops/elemwise.ts";
import { graphRewrite } from "./rewrite.ts";
import type { RewriteRun } from "./run.ts";

/** From here on the graph respects destroy maps. */
export const addDestroyHandler = graphRewrite("add_destroy_handler", (run) => respectDestroyMaps(run.fgraph));

/**
 * Elementwise nodes write into the first of their inputs of the same type whose memory nobody needs afterwards. The
 * output of an update looks first at the variable that it updates.
 */
export const inplaceElemwise = graphRewrite("inplace_elemwise_optimizer", (run) => {
  const { fgraph } = run;
  respectDestroyMaps(fgraph);
  const handler = fgraph.feature(DestroyHandler);
  if (handler === null) return;
  const search = new InplaceSearch(run, handler);
  for (const node of toposort(fgraph.outputs, new Set(fgraph.inputs))) search.visit(node);
});

/** The state of one walk over a graph. */
class InplaceSearch {
  readonly #run: RewriteRun;
  readonly #handler: DestroyHandler;
  readonly #order: ExecutionOrder;

  constructor(run: RewriteRun, handler: DestroyHandler) {
    this.#run = run;
    this.#handler = handler;
    this.#order = new ExecutionOrder(run.fgraph);
  }

  /** Lets the node work in place where it can. */
  visit(node: Apply): void {
    const { op } = node;
    if (!(op instanceof Elemwise || op instanceof FusedElemwise) || destroyedInputs(op).length > 0) return;
    for (const index of this.#candidates(node))
      if (this.#order.require(node, this.#handler.readersOf(node, node.inputs[index]))) {
        const { out } = node;
        const inplace = new Apply(op.inplace({ 0: index }), node.inputs, [out.type], node.origin);
        this.#order.substitute(node, inplace);
        this.#run.replaceValid([[out, inplace.out]], "inplace_elemwise_optimizer");
        return;
      }
  }

  /** Inputs that the node may overwrite if there is an order of execution for it, the best first. */
  #candidates(node: Apply): readonly number[] {
    const { out } = node;
    const targets = this.#updatedBy(out);
    const rank = (input: Variable): number => {
      if (targets.includes(input)) return 0;
      const isFromTarget = input.owner !== null && targets.some((t) => this.#handler.destroyerOf(t) === input.owner);
      return isFromTarget ? 1 : 2;
    };
    return node.inputs
      .map((input, index) => ({ input, index }))
      .filter(({ input, index }) => sameLayout(input, out) && this.#handler.complaintAbout(node, index) === null)
      .sort((a, b) => rank(a.input) - rank(b.input))
      .map(({ index }) => index);
  }

  /** The inputs of the graph whose next value `output` is. */
  #updatedBy(output: Variable): readonly Variable[] {
    const { fgraph } = this.#run;
    return [...fgraph.updates].filter(([i]) => fgraph.outputs[i] === output).map(([, i]) => fgraph.inputs[i]);
  }
}

/** Whether an array of one always has the dtype and shape of one of the other, where one is computed from the other. */
function sameLayout(a: Variable, b: Variable): boolean {
  return (
    a.dtype === b.dtype &&
    a.ndim === b.ndim &&
    a.broadcastable.every((repeats, axis) => repeats === b.broadcastable[axis])
  );
}
