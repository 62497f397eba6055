/** A graph as Graphviz DOT, in the shapes and colours of Theano's `pydotprint`. */
import type { GraphEdgeJson, GraphJson, GraphNodeJson } from "./json.ts";

/** Fill colours by what an op's text contains; the first that fits is taken. */
const OP_COLOURS: readonly (readonly [string, string])[] = [
  ["GpuFromHost", "red"],
  ["HostFromGpu", "red"],
  ["Scan", "yellow"],
  ["Shape", "brown"],
  ["IfElse", "magenta"],
  ["Elemwise", "#FFAABB"],
  ["Subtensor", "#FFAAFF"],
  ["Alloc", "#FFAA22"],
];

const MAX_LABEL = 70;

/** Ellipses are ops, boxes variables; edges say which input they are and of what type. */
export function graphToDot(graph: GraphJson): string {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  return [
    `digraph ${quote(graph.name ?? "graph")} {`,
    "  rankdir=TB;",
    ...graph.nodes.map(nodeLine),
    ...graph.edges.map((edge) => edgeLine(edge, byId)),
    "}",
    "",
  ].join("\n");
}

function nodeLine(node: GraphNodeJson): string {
  const colour = colourOf(node);
  const fill = colour === null ? "" : `, style=filled, fillcolor=${quote(colour)}`;
  const shape = node.kind === "apply" ? "ellipse" : "box";
  return `  ${quote(node.id)} [label=${quote(labelOf(node))}, shape=${shape}${fill}];`;
}

function labelOf(node: GraphNodeJson): string {
  const text = node.kind === "apply" || node.type === undefined ? node.label : `${node.label} ${node.type}`;
  const label = text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 3)}...` : text;
  return node.seconds === undefined ? label : `${label}   (${node.seconds.toFixed(3)}s)`;
}

function colourOf(node: GraphNodeJson): string | null {
  switch (node.kind) {
    case "input":
      return "green";
    case "shared":
      return "cyan";
    case "output":
      return "blue";
    case "constant":
      return null;
    case "apply":
      return OP_COLOURS.find(([part]) => node.label.includes(part) || node.op?.includes(part))?.[1] ?? null;
  }
}

function edgeLine(edge: GraphEdgeJson, byId: ReadonlyMap<string, GraphNodeJson>): string {
  const source = byId.get(edge.from);
  const target = byId.get(edge.to);
  const parts = target?.kind === "apply" ? [String(edge.input), source?.type ?? ""] : [];
  const attributes = [`label=${quote(parts.join(" ").trim())}`];
  if (edge.alias !== undefined) attributes.push(`color=${edge.alias === "view" ? "blue" : "red"}`);
  return `  ${quote(edge.from)} -> ${quote(edge.to)} [${attributes.join(", ")}];`;
}

function quote(text: string): string {
  return `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;
}
