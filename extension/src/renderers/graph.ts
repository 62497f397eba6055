import type { GraphJson, GraphNodeJson } from "@theanotes/runtime/json";
import { type Layout, layoutGraph, type PlacedEdge, type PlacedNode } from "@theanotes/runtime/layout";
import { element, svg } from "../dom.ts";
import { placeText, type Translate } from "../text.ts";

/**
 * A drawn graph over the text of `debugprint`, which says the same to those who cannot see the drawing.
 *
 * @param isCulprit which nodes to point out
 */
export function graphView(
  graph: GraphJson,
  trans: Translate,
  isCulprit: (node: GraphNodeJson) => boolean = () => false,
): HTMLElement {
  const name = graph.name === undefined ? trans.__("Computation graph") : trans.__("Graph of %1", graph.name);
  return element(
    "figure",
    { class: "theanotes-Graph" },
    element("div", { class: "theanotes-scroll" }, drawing(layoutGraph(graph), name, trans, isCulprit)),
    element(
      "details",
      {},
      element("summary", {}, trans.__("The graph as text (debugprint)")),
      element("pre", {}, graph.text),
    ),
  );
}

function drawing(
  { width, height, nodes, edges }: Layout,
  name: string,
  trans: Translate,
  isCulprit: (node: GraphNodeJson) => boolean,
): SVGElement {
  return svg(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name },
    arrowhead(),
    ...edges.map((edge) => (edge.isCut ? stub(edge) : curve(edge))),
    ...nodes.map((placed) => box(placed, isCulprit(placed.node), trans)),
  );
}

/** Drawings on one page may share the id: the heads are all alike. */
function arrowhead(): SVGElement {
  const marker = { id: "theanotes-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7 };
  const shape = svg("path", { d: "M0 0L8 4L0 8z", fill: "context-stroke" });
  return svg("defs", {}, svg("marker", { ...marker, orient: "auto" }, shape));
}

function curve({ edge, from, to }: PlacedEdge): SVGElement {
  const top = from.y + from.height / 2;
  const bottom = to.y - to.height / 2;
  const middle = (top + bottom) / 2;
  const d = `M${from.x} ${top}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${bottom}`;
  return svg("path", { d, class: "theanotes-edge", "data-alias": edge.alias, "marker-end": "url(#theanotes-arrow)" });
}

/** The end of an edge that comes from far above, with the name of where it comes from. */
function stub({ edge, from, to }: PlacedEdge): SVGElement {
  const bottom = to.y - to.height / 2;
  const source = from.node.name ?? from.label;
  return svg(
    "g",
    {},
    svg("path", { d: `M${to.x} ${bottom - 14}V${bottom}`, class: "theanotes-edge", "data-alias": edge.alias }),
    svg("text", { x: to.x + 6, y: bottom - 5, class: "theanotes-stub" }, `↩ ${source}`),
  );
}

function box({ node, label, x, y, width, height }: PlacedNode, isCulprit: boolean, trans: Translate): SVGElement {
  const shape = {
    x: x - width / 2,
    y: y - height / 2,
    width,
    height,
    rx: node.kind === "apply" ? height / 2 : 3,
  };
  return svg(
    "g",
    { class: isCulprit ? "theanotes-node theanotes-mod-culprit" : "theanotes-node", "data-kind": node.kind },
    svg("title", {}, description(node, trans)),
    svg("rect", shape),
    svg("text", { x, y, "text-anchor": "middle", "dominant-baseline": "central" }, label),
  );
}

function description({ label, type, topo, seconds, location }: GraphNodeJson, trans: Translate): string {
  const lines = [
    label,
    type,
    topo === undefined ? undefined : trans.__("position %1 in execution order", topo),
    seconds === undefined ? undefined : trans.__("%1 s", seconds.toPrecision(3)),
    location === undefined ? undefined : placeText(location, trans),
  ];
  return lines.filter((line) => line !== undefined).join("\n");
}
