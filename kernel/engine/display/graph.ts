/** Graphs as rich output: drawn, and as `debugprint` prints them. */
import {
  Apply,
  FunctionGraph,
  graphToJson,
  graphToSvg,
  isTheanoFunction,
  pprint,
  TensorVariable,
  type TheanoFunction,
} from "@theanotes/runtime";
import { GRAPH_MIME, type GraphJson } from "@theanotes/runtime/json";
import type { DisplayData } from "../../messages.ts";
import { displayOf, textDisplay } from "./bundle.ts";
import { html, imageOf } from "./markup.ts";
import { details, pre } from "./parts.ts";

/** A drawn graph with its text below it. */
export function graphDisplay(graph: GraphJson): DisplayData {
  const drawing = graphToSvg(graph);
  const name = graph.name === undefined ? "the graph" : `the graph of ${graph.name}`;
  const figure = imageOf(drawing, `A drawing of ${name}; its text follows`);
  return displayOf({
    [GRAPH_MIME]: graph,
    "text/html": html`<div>${figure}${details("debugprint", pre(graph.text), true)}</div>`.text,
    "image/svg+xml": drawing,
    "text/plain": graph.text,
  });
}

/** The graph that a value stands for: that of a compiled function, or of expressions; null for any other value. */
export function graphOf(value: unknown): GraphJson | null {
  if (isTheanoFunction(value)) return functionGraph(value);
  if (value instanceof FunctionGraph) return graphToJson(value);
  if (value instanceof Apply) return graphToJson(value.outputs);
  const variables: readonly unknown[] = Array.isArray(value) ? value : [value];
  return variables.length > 0 && variables.every(isVariable) ? graphToJson(variables) : null;
}

/** A compiled function as a cell's last value: its optimized graph. */
export function functionDisplay(f: TheanoFunction): DisplayData {
  return graphDisplay(functionGraph(f));
}

/** A symbolic variable as a cell's last value: the expression and its type, in one line. */
export function variableDisplay(variable: TensorVariable): DisplayData {
  return textDisplay(`${pprint(variable)} : ${variable.type}`);
}

function functionGraph(f: TheanoFunction): GraphJson {
  const seconds = new Map(f.profile?.nodes.map((spent) => [spent.node, spent.seconds]));
  // The explicit inputs come first; what follows are the shared variables that the graph reads.
  const shared = new Set(f.fgraph.inputs.slice(f.executable.parts.inputs.length));
  return graphToJson(f.fgraph, { name: f.name, seconds, shared });
}

function isVariable(value: unknown): value is TensorVariable {
  return value instanceof TensorVariable;
}
