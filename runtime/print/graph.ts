/** A graph as JSON: what the drawings of the notebook and of the extension are made from. */
import type { Apply } from "../graph/apply.ts";
import { debugprint } from "../graph/debugprint.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { Origin } from "../graph/origin.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { ancestors, toposort } from "../graph/walk.ts";
import type { GraphEdgeJson, GraphJson, GraphNodeJson, SourceLocation } from "./json.ts";

export interface GraphJsonOptions {
  readonly name?: string;
  /** Seconds spent in each node, from a profile. */
  readonly seconds?: ReadonlyMap<Apply, number>;
  /** Variables to mark as shared: their values live on between calls. */
  readonly shared?: ReadonlySet<Variable>;
}

/**
 * The graph of `outputs`: a node per leaf variable, per Apply (in execution order) and per output; edges in data-flow
 * direction. Nodes that a view or an overwritten input connects carry the kind of alias.
 */
export function graphToJson(graph: FunctionGraph | readonly Variable[], options: GraphJsonOptions = {}): GraphJson {
  const outputs = graph instanceof FunctionGraph ? graph.outputs : graph;
  const order = graph instanceof FunctionGraph ? graph.toposort() : toposort(outputs);
  const ids = new Map<Apply | Variable, string>();
  const leaves = ancestors(outputs).filter((variable) => variable.owner === null);
  leaves.forEach((leaf, i) => {
    ids.set(leaf, `v${i}`);
  });
  order.forEach((node, i) => {
    ids.set(node, `n${i}`);
  });
  const idOf = (variable: Variable): string => ids.get(variable.owner ?? variable) ?? "";
  return {
    schema: "theanotes.graph",
    minor: 0,
    ...(options.name === undefined ? {} : { name: options.name }),
    nodes: [
      ...leaves.map((leaf) => leafJson(leaf, idOf(leaf), options)),
      ...order.map((node, position) => applyJson(node, position, idOf(node.outputs[0]), options)),
      ...outputs.map((output, i) => outputJson(output, `o${i}`)),
    ],
    edges: [
      ...order.flatMap((node) => node.inputs.map((input, i) => edgeJson(node, i, idOf(input), idOf(node.outputs[0])))),
      ...outputs.map((output, i) => ({ from: idOf(output), to: `o${i}`, input: 0 })),
    ],
    text: debugprint(graph),
  };
}

function applyJson(node: Apply, topo: number, id: string, { seconds }: GraphJsonOptions): GraphNodeJson {
  const spent = seconds?.get(node);
  return {
    id,
    kind: "apply",
    label: String(node.op),
    op: node.op.family,
    type: String(node.outputs[0].type),
    ...nameOf(node.outputs[0]),
    topo,
    ...locationOf(node.origin),
    ...(spent === undefined ? {} : { seconds: spent }),
  };
}

function leafJson(variable: Variable, id: string, { shared }: GraphJsonOptions): GraphNodeJson {
  const kind = variable instanceof TensorConstant ? "constant" : shared?.has(variable) ? "shared" : "input";
  return {
    id,
    kind,
    label: String(variable),
    type: String(variable.type),
    ...nameOf(variable),
    ...locationOf(variable.origin),
  };
}

function outputJson(variable: Variable, id: string): GraphNodeJson {
  return { id, kind: "output", label: variable.name ?? "output", type: String(variable.type), ...nameOf(variable) };
}

function nameOf({ name }: Variable): Pick<GraphNodeJson, "name"> {
  return name === null ? {} : { name };
}

function locationOf(origin: Origin): Pick<GraphNodeJson, "location"> {
  const location = sourceLocation(origin);
  return location === null ? {} : { location };
}

/** The user's line of an origin, or null when none is known. */
export function sourceLocation(origin: Origin): SourceLocation | null {
  const { frame } = origin;
  if (frame === null) return null;
  const { file, cell, line, column } = frame;
  return { file, ...(cell === null ? {} : { cell }), line, column };
}

function edgeJson(node: Apply, input: number, from: string, to: string): GraphEdgeJson {
  const uses = (map: Readonly<Record<number, number>>): boolean => Object.values(map).includes(input);
  if (uses(node.op.destroys)) return { from, to, input, alias: "destroy" };
  return uses(node.op.views) ? { from, to, input, alias: "view" } : { from, to, input };
}
