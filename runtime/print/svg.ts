/** A graph as a static SVG: no script, no style sheet, colours that read on white and on black. */
import type { GraphJson, GraphNodeJson } from "./json.ts";
import { layoutGraph, type PlacedEdge, type PlacedNode } from "./layout.ts";

const TEXT = "#777";
const FONT = "ui-monospace, Menlo, Consolas, monospace";
/** Longer drawings would weigh down the notebook file; they show the part next to the outputs. */
const MAX_LENGTH = 100_000;

const STUB_INDENT = 6;
const STUB_CHARACTER_WIDTH = 5.6;

const STROKE: Readonly<Record<GraphNodeJson["kind"], string>> = {
  input: "#3c9a4b",
  shared: "#1f97a8",
  constant: "#8a8a8a",
  apply: "#777",
  output: "#4a7fd6",
};

/**
 * Draws the graph top down, inputs green, shared variables cyan, constants dashed, outputs blue, views and overwritten
 * inputs as blue and red edges; nodes with a time are tinted by their share of it.
 */
export function graphToSvg(graph: GraphJson): string {
  let drawing = draw(graph, 0);
  for (let keep = graph.nodes.length; drawing.length > MAX_LENGTH && keep > 1; ) {
    keep = Math.floor(keep * 0.75);
    drawing = draw(tail(graph, keep), graph.nodes.length - keep);
  }
  return drawing;
}

/** The `count` nodes nearest to the outputs, walking against the data flow. */
function tail(graph: GraphJson, count: number): GraphJson {
  const sources = new Map<string, string[]>();
  for (const { from, to } of graph.edges) sources.set(to, [...(sources.get(to) ?? []), from]);
  const kept = new Set<string>();
  const todo = graph.nodes.filter((node) => node.kind === "output").map((node) => node.id);
  for (const id of todo) {
    if (kept.size === count) break;
    if (kept.has(id)) continue;
    kept.add(id);
    todo.push(...(sources.get(id) ?? []));
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => kept.has(node.id)),
    edges: graph.edges.filter(({ from, to }) => kept.has(from) && kept.has(to)),
  };
}

function draw(graph: GraphJson, hidden: number): string {
  const layout = layoutGraph(graph);
  const seconds = layout.nodes.reduce((total, { node }) => total + (node.seconds ?? 0), 0);
  const stubs = stubsOf(layout.edges);
  const width = Math.ceil(stubs.map(stubRight).reduce((a, b) => Math.max(a, b), layout.width));
  const height = layout.height + (hidden > 0 ? 20 : 0);
  const title = escapeXml(graph.name ?? "computation graph");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}" font-family="${FONT}" font-size="11">`,
    `<title>${title}</title>`,
    '<g fill="none" stroke="#999">',
    ...layout.edges.filter((edge) => !edge.isCut).map(curve),
    "</g>",
    ...stubs.map(drawStub),
    ...layout.nodes.map((placed) => box(placed, seconds)),
    hidden > 0 ? `<text x="8" y="${height - 8}" fill="${TEXT}">… and ${hidden} more nodes above</text>` : "",
    "</svg>",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/** One smooth line per layer that the edge passes, vertical at every layer. */
function curve({ edge, from, to, via }: PlacedEdge): string {
  const points = [{ x: from.x, y: from.y + from.height / 2 }, ...via, { x: to.x, y: to.y - to.height / 2 }];
  const segments = points.slice(1).map(({ x, y }, i) => {
    const middle = (points[i].y + y) / 2;
    return `C${points[i].x} ${middle} ${x} ${middle} ${x} ${y}`;
  });
  const colour = edge.alias === undefined ? "" : ` stroke="${edge.alias === "view" ? "#4a7fd6" : "#d64a4a"}"`;
  return `<path d="M${points[0].x} ${points[0].y}${segments.join("")}"${colour}/>`;
}

/** What is written above a node instead of its cut edges. */
interface Stub {
  readonly to: PlacedNode;
  readonly label: string;
}

function stubsOf(edges: readonly PlacedEdge[]): Stub[] {
  const byTarget = new Map<PlacedNode, PlacedEdge[]>();
  for (const edge of edges.filter(({ isCut }) => isCut))
    byTarget.set(edge.to, [...(byTarget.get(edge.to) ?? []), edge]);
  return [...byTarget].map(([to, cut]) => ({ to, label: `↩ ${[...new Set(cut.map(stubName))].join(", ")}` }));
}

function stubName({ from: { node, label } }: PlacedEdge): string {
  const name = node.name ?? label;
  return node.topo === undefined ? name : `${name} #${node.topo}`;
}

function stubRight({ to, label }: Stub): number {
  return to.x + STUB_INDENT + label.length * STUB_CHARACTER_WIDTH;
}

function drawStub({ to, label }: Stub): string {
  const y = to.y - to.height / 2;
  return `<text x="${to.x + STUB_INDENT}" y="${y - 5}" fill="${TEXT}" font-size="9">${escapeXml(label)}</text><path d="M${to.x} ${y - 12}V${y}" stroke="#999" stroke-dasharray="2 2"/>`;
}

function box(placed: PlacedNode, totalSeconds: number): string {
  const { node, x, y, width, height } = placed;
  const dashes = node.kind === "constant" ? ' stroke-dasharray="4 3"' : "";
  const radius = node.kind === "apply" ? height / 2 : 3;
  const share = totalSeconds > 0 ? (node.seconds ?? 0) / totalSeconds : 0;
  const fill = share > 0 ? ` fill="#e8590c" fill-opacity="${(0.08 + 0.5 * share).toFixed(2)}"` : ' fill="none"';
  return `<g><title>${escapeXml(description(node))}</title><rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="${radius}"${fill} stroke="${STROKE[node.kind]}"${dashes}/><text x="${x}" y="${y + 4}" text-anchor="middle" fill="${TEXT}">${escapeXml(placed.label)}</text></g>`;
}

function description(node: GraphNodeJson): string {
  const { location } = node;
  const place =
    location === undefined
      ? []
      : [
          location.cell === undefined
            ? `${location.file}:${location.line}`
            : `cell ${location.cell}, line ${location.line}`,
        ];
  const time = node.seconds === undefined ? [] : [`${node.seconds.toExponential(2)} s`];
  const position = node.topo === undefined ? [] : [`position ${node.topo}`];
  return [node.label, ...(node.type === undefined ? [] : [node.type]), ...position, ...time, ...place].join("\n");
}

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
