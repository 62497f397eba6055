/** `%debugprint`: a graph as text and as a drawing. */
import { graphDisplay, graphOf } from "../engine/display/graph.ts";
import type { Magic, MagicContext } from "./magic.ts";

export const debugprint: Magic = {
  name: "debugprint",
  where: "line",
  argument: "expression",
  doc: `Draw and print the graph of an expression or of a compiled function.

- \`%debugprint x.mul(2)\` shows the expression as it was written.
- \`%debugprint f\` shows the graph of the compiled function \`f\` after optimization, with the order of execution, and
  with the time spent in each node if \`f\` has a profile.`,
  words: [],
  run(context, argument, value) {
    if (value === undefined)
      throw new SyntaxError("%debugprint needs an expression or a compiled function: %debugprint f");
    const result = value();
    return result instanceof Promise
      ? result.then((graph) => show(context, argument, graph))
      : show(context, argument, result);
  },
};

function show(context: MagicContext, argument: string, value: unknown): void {
  const graph = graphOf(value);
  if (graph === null) {
    throw new TypeError(
      `%debugprint shows symbolic expressions and compiled functions; ${argument.trim()} is neither.`,
    );
  }
  context.show(graphDisplay(graph));
}
