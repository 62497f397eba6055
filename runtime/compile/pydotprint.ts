/** Theano's `pydotprint`: a compiled function or a graph as a drawing. */
import type { Apply } from "../graph/apply.ts";
import { type DotOptions, type DotProfile, type Drawable, graphToDot } from "../print/dot.ts";
import { isTheanoFunction, type TheanoFunction } from "./executable.ts";

/**
 * The Graphviz DOT text of a graph; of a function, that of its optimized graph, with what its nodes cost when it has a
 * profile. `dot -Tsvg` and its relatives make images of it.
 * @throws KeyError when no `ifelse` has the name `condHighlight`.
 */
export function pydotprint(graph: Drawable | TheanoFunction, options: DotOptions = {}): string {
  if (!isTheanoFunction(graph)) return graphToDot(graph, options);
  const { fgraph, name, executable } = graph;
  // The graph's inputs are those that calls give, then the shared variables.
  const shared = new Set(fgraph.inputs.slice(executable.parts.inputs.length));
  const profile = profileOf(graph);
  return graphToDot(fgraph, { name, shared, ...(profile === null ? {} : { profile }), ...options });
}

function profileOf({ profile }: TheanoFunction): DotProfile | null {
  if (profile === null) return null;
  const seconds = new Map<Apply, number>(profile.nodes.map(({ node, seconds }) => [node, seconds]));
  return { seconds, total: profile.callSeconds };
}
