/**
 * A layered layout: data flows down, a node stands below everything it needs. Edges over more than four layers are cut
 * into labelled stubs, since it is these that tangle the drawing of a gradient's graph.
 *
 * Layers by longest path, order within a layer by barycentres (Sugiyama, Tagawa & Toda 1981), positions by averaging
 * two packings that both keep the distances.
 */
import type { GraphEdgeJson, GraphJson, GraphNodeJson } from "./json.ts";

export interface PlacedNode {
  readonly node: GraphNodeJson;
  /** Text on the node, shortened. */
  readonly label: string;
  readonly layer: number;
  /** Centre, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly edge: GraphEdgeJson;
  readonly from: PlacedNode;
  readonly to: PlacedNode;
  /** Where the edge passes the layers between the two, so that it runs through no node. */
  readonly via: readonly Point[];
  /** Cut: drawn as a short stub above `to`, with the label of `from`. */
  readonly isCut: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

const LONGEST_EDGE = 4;
const SWEEPS = 8;
const MAX_LABEL = 30;
const CHARACTER_WIDTH = 7;
const NODE_HEIGHT = 26;
const LAYER_DISTANCE = 62;
const NODE_GAP = 18;
const MARGIN = 24;

/** A node on its way to a place, or (without a node) the place where an edge passes a layer. */
interface Box {
  readonly node: GraphNodeJson | null;
  readonly label: string;
  readonly width: number;
  readonly above: Box[];
  readonly below: Box[];
  layer: number;
  x: number;
}

/** Places the nodes of a graph; edges must not run in circles. */
export function layoutGraph(graph: GraphJson): Layout {
  const boxes = new Map(graph.nodes.map((node) => [node.id, newBox(node)]));
  const links = graph.edges.flatMap((edge) => {
    const from = boxes.get(edge.from);
    const to = boxes.get(edge.to);
    return from === undefined || to === undefined ? [] : [{ edge, from, to }];
  });
  assignLayers([...boxes.values()], links);
  const ways = new Map(links.filter((link) => !isLong(link)).map((link) => [link, waypoints(link)]));
  for (const [{ from, to }, way] of ways)
    [from, ...way].forEach((box, i) => {
      const next = way[i] ?? to;
      box.below.push(next);
      next.above.push(box);
    });
  const layers = groupByLayer([...boxes.values(), ...[...ways.values()].flat()]);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isDown = sweep % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) orderLayer(layer, isDown);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) for (const layer of layers) packLayer(layer);
  return finish(layers, links, ways);
}

interface Link {
  readonly edge: GraphEdgeJson;
  readonly from: Box;
  readonly to: Box;
}

function newBox(node: GraphNodeJson): Box {
  const text = node.kind === "apply" && node.name !== undefined ? `${node.name} = ${node.label}` : node.label;
  const label = text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text;
  return { node, label, width: label.length * CHARACTER_WIDTH + 20, above: [], below: [], layer: 0, x: 0 };
}

/** A place for the edge on each layer that it passes. */
function waypoints({ from, to }: Link): Box[] {
  return Array.from({ length: Math.max(0, to.layer - from.layer - 1) }, (_, i) => ({
    node: null,
    label: "",
    width: 0,
    above: [],
    below: [],
    layer: from.layer + 1 + i,
    x: 0,
  }));
}

function isLong({ from, to }: Link): boolean {
  return to.layer - from.layer > LONGEST_EDGE;
}

/** Each node one layer below the lowest of its inputs; leaves right above the first node that uses them. */
function assignLayers(boxes: readonly Box[], links: readonly Link[]): void {
  const missing = new Map<Box, number>(boxes.map((box) => [box, 0]));
  const uses = new Map<Box, Link[]>(boxes.map((box) => [box, []]));
  for (const link of links) {
    missing.set(link.to, (missing.get(link.to) ?? 0) + 1);
    uses.get(link.from)?.push(link);
  }
  const leaves = boxes.filter((box) => missing.get(box) === 0);
  const ready = [...leaves];
  for (let box = ready.pop(); box !== undefined; box = ready.pop())
    for (const { to } of uses.get(box) ?? []) {
      to.layer = Math.max(to.layer, box.layer + 1);
      const left = (missing.get(to) ?? 0) - 1;
      missing.set(to, left);
      if (left === 0) ready.push(to);
    }
  for (const leaf of leaves) {
    const clients = (uses.get(leaf) ?? []).map(({ to }) => to.layer);
    if (clients.length > 0) leaf.layer = clients.reduce((a, b) => Math.min(a, b)) - 1;
  }
}

function groupByLayer(boxes: readonly Box[]): Box[][] {
  const layers: Box[][] = [];
  for (const box of boxes) {
    layers[box.layer] ??= [];
    layers[box.layer].push(box);
  }
  for (const layer of layers) spread(layer);
  return layers;
}

/** Puts the nodes of a layer side by side, centred on 0. */
function spread(layer: readonly Box[]): void {
  let x = 0;
  for (const box of layer) {
    box.x = x + box.width / 2;
    x += box.width + NODE_GAP;
  }
  for (const box of layer) box.x -= x / 2;
}

function orderLayer(layer: Box[], byAbove: boolean): void {
  const wanted = new Map(layer.map((box) => [box, mean(byAbove ? box.above : box.below) ?? box.x]));
  layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
  spread(layer);
}

function mean(boxes: readonly Box[]): number | null {
  return boxes.length === 0 ? null : boxes.reduce((total, box) => total + box.x, 0) / boxes.length;
}

/** Moves nodes towards their neighbours; the mean of two packings with enough distance has enough distance too. */
function packLayer(layer: readonly Box[]): void {
  const wanted = layer.map((box) => mean([...box.above, ...box.below]) ?? box.x);
  const distance = (i: number): number => (layer[i].width + layer[i + 1].width) / 2 + NODE_GAP;
  const fromLeft = [...wanted];
  for (let i = 1; i < layer.length; i++) fromLeft[i] = Math.max(wanted[i], fromLeft[i - 1] + distance(i - 1));
  const fromRight = [...wanted];
  for (let i = layer.length - 2; i >= 0; i--) fromRight[i] = Math.min(wanted[i], fromRight[i + 1] - distance(i));
  layer.forEach((box, i) => {
    box.x = (fromLeft[i] + fromRight[i]) / 2;
  });
}

function finish(
  layers: readonly (readonly Box[])[],
  links: readonly Link[],
  ways: ReadonlyMap<Link, readonly Box[]>,
): Layout {
  const boxes = layers.flat();
  const left = boxes.reduce((least, box) => Math.min(least, box.x - box.width / 2), Number.POSITIVE_INFINITY);
  const right = boxes.reduce((most, box) => Math.max(most, box.x + box.width / 2), Number.NEGATIVE_INFINITY);
  const place = ({ x, layer }: Box): Point => ({
    x: Math.round(x - left + MARGIN),
    y: MARGIN + NODE_HEIGHT / 2 + layer * LAYER_DISTANCE,
  });
  const placed = new Map<Box, PlacedNode>();
  for (const box of boxes) {
    const { node, label, layer, width } = box;
    if (node !== null) placed.set(box, { node, label, layer, width, height: NODE_HEIGHT, ...place(box) });
  }
  const edges = links.flatMap((link): PlacedEdge[] => {
    const from = placed.get(link.from);
    const to = placed.get(link.to);
    const way = ways.get(link);
    if (from === undefined || to === undefined) return [];
    return [{ edge: link.edge, from, to, via: way?.map(place) ?? [], isCut: way === undefined }];
  });
  return {
    width: boxes.length === 0 ? 2 * MARGIN : Math.ceil(right - left) + 2 * MARGIN,
    height: Math.max(0, layers.length - 1) * LAYER_DISTANCE + NODE_HEIGHT + 2 * MARGIN,
    nodes: [...placed.values()],
    edges,
  };
}
