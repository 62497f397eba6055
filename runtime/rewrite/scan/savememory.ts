/**
 * A Scan keeps every step of its outputs, which gradients need; where only the last ones are read, the memory for those is
 * enough, and outputs that nobody reads are not computed.
 */
import type { Apply } from "../../graph/apply.ts";
import type { FunctionGraph } from "../../graph/fgraph.ts";
import { ScalarConstant } from "../../graph/scalartype.ts";
import { TensorConstant, type Variable } from "../../graph/variable.ts";
import { ancestors } from "../../graph/walk.ts";
import { AllocEmpty } from "../../ops/allocempty.ts";
import { applyElemwise } from "../../ops/elemwise.ts";
import { IncSubtensor } from "../../ops/incsubtensor.ts";
import { knownIndex, slice } from "../../ops/indexing.ts";
import { leadOf, type OuterInputs, type ScanInfo } from "../../ops/scan/layout.ts";
import { extended } from "../../ops/scan/outputs.ts";
import { Subtensor, subtensor } from "../../ops/subtensor.ts";
import { type GraphRewrite, graphRewrite } from "../rewrite.ts";
import { assemble, partsOf, pick, placesWhere, type ScanParts } from "./parts.ts";

const NAME = "scanOp_save_mem";

/** Every Scan is looked at once: one that was changed has just the memory that it needs. */
export const saveMemory: GraphRewrite = graphRewrite(NAME, (run) => {
  for (const node of run.fgraph.toposort().reverse()) {
    const parts = run.fgraph.nodes.has(node) ? partsOf(node) : null;
    const after = parts === null ? null : reduced(parts, node, run.fgraph);
    if (after !== null) run.replace(after, NAME);
  }
});

/** The node's used outputs, or of those with fewer rows what is read, and what takes their places; null when nothing can be saved. */
function reduced(parts: ScanParts, node: Apply, fgraph: FunctionGraph): [before: Variable, after: Variable][] | null {
  const { info, outer, inner, results } = parts;
  const count = info.states.length;
  const isUsed = (place: number): boolean => fgraph.clients(node.outputs[place]).length > 0;
  const collected = placesWhere(results.collected, (_, i) => isUsed(count + i));
  const states = neededStates(
    parts,
    collected,
    placesWhere(info.states, (_, i) => isUsed(i)),
  );
  const kept = [...states, ...collected.map((i) => count + i)];
  const leads = kept.map((place) => (place < count ? leadOf(info.states[place]) : 0));
  const rows = kept.map((place, i) => rowsRead(node.outputs[place], fgraph, leads[i]));
  const shorter = new Map<number, Variable>();
  kept.forEach((place, i) => {
    const after = info.isWhile ? null : withRows(info, outer, place, rows[i]);
    if (after !== null) shorter.set(place, after);
  });
  if (shorter.size === 0 && kept.length === node.outputs.length) return null;
  const after = assemble({
    info: { ...info, states: pick(info.states, states) },
    outer: {
      ...outer,
      states: states.map((i) => shorter.get(i) ?? outer.states[i]),
      lengths: collected.map((i) => shorter.get(count + i) ?? outer.lengths[i]),
    },
    inner: { ...inner, states: pick(inner.states, states) },
    results: { ...results, states: pick(results.states, states), collected: pick(results.collected, collected) },
  });
  return kept.flatMap((place, i) => {
    const [from, to] = [node.outputs[place], after.outputs[i]];
    return shorter.has(place) ? partsRead(from, to, fgraph, leads[i]) : [[from, to]];
  });
}

/** What is read of an output's last rows, and the same of one that has no others: outputs are not equal, these are. */
function partsRead(output: Variable, shorter: Variable, fgraph: FunctionGraph, lead: number): [Variable, Variable][] {
  return fgraph.clients(output).flatMap(({ node }): [Variable, Variable][] => {
    if (node === "output") return [];
    const part = node.op.apply(shorter, ...node.inputs.slice(1)).out;
    return isAllBut(lead, node) ? partsRead(node.out, part, fgraph, 0) : [[node.out, part]];
  });
}

/** Whether a node gives a tensor without its initial rows. */
function isAllBut(lead: number, node: Apply): boolean {
  const [place] = placeOf(node);
  if (lead === 0 || typeof place !== "object" || place === null) return false;
  return place.start === lead && (place.stop ?? null) === null && (place.step ?? 1) === 1;
}

/** The states that are used themselves, or that what is used depends on. */
function neededStates({ inner, results }: ScanParts, collected: readonly number[], used: readonly number[]): number[] {
  const needed = new Set(used);
  for (let size = -1; size !== needed.size; ) {
    size = needed.size;
    const wanted = [...[...needed].flatMap((i) => results.states[i]), ...pick(results.collected, collected)];
    const read = new Set(ancestors(results.condition === null ? wanted : [...wanted, results.condition]));
    inner.states.forEach((rows, i) => {
      if (rows.some((row) => read.has(row))) needed.add(i);
    });
  }
  return [...needed].sort((a, b) => a - b);
}

/** How many of its last rows an output is read for, or Infinity when it may be all of them. */
function rowsRead(output: Variable, fgraph: FunctionGraph, lead: number): number {
  const counts = fgraph.clients(output).map(({ node }) => {
    if (node === "output" || node.inputs.indexOf(output) !== 0) return Infinity;
    const [place] = placeOf(node);
    if (typeof place === "number") return place < 0 ? -place : Infinity;
    if (place === undefined || place === null || place === "..." || (place.step ?? 1) !== 1) return Infinity;
    const { start = null, stop = null } = place;
    // What is read of the rest decides.
    if (isAllBut(lead, node)) return rowsRead(node.out, fgraph, 0);
    return start !== null && start < 0 && (stop === null || stop < 0) ? -start : Infinity;
  });
  return Math.max(0, ...counts);
}

/** The index of a Subtensor as far as it is known. */
export function placeOf({ op, inputs }: Apply): ReturnType<typeof knownIndex> {
  return op instanceof Subtensor ? knownIndex(op.entries, inputs.slice(1)) : [];
}

/**
 * The buffer of a state, or the length of a collected output, for the last `rows` rows (and the initial ones); null when
 * that saves nothing. With fewer steps it is as long as it was, so that reading too far back stays an error.
 */
function withRows(info: ScanInfo, outer: OuterInputs<Variable>, place: number, rows: number): Variable | null {
  const count = info.states.length;
  if (!Number.isFinite(rows) || isKnownAtMost(outer.steps, rows)) return null;
  const kept = applyElemwise("minimum", outer.steps, rows);
  if (place >= count) return outer.lengths[place - count] === outer.steps ? kept : null;
  if (info.states[place].kind === "mitMot") return null;
  const initial = initialRows(outer.states[place], leadOf(info.states[place]));
  return initial === null ? null : extended(initial, kept);
}

function isKnownAtMost(steps: Variable, rows: number): boolean {
  return steps instanceof TensorConstant && Number(steps.value.item()) <= rows;
}

/** What was put into the memory of a state before the first step; null for memory that was made another way. */
function initialRows(buffer: Variable, lead: number): Variable | null {
  const { op, inputs } = buffer.owner ?? {};
  if (!(op instanceof IncSubtensor) || inputs === undefined || op.mode !== "set") return null;
  const [memory, rows, stop] = inputs;
  if (!(memory.owner?.op instanceof AllocEmpty) || op.entries.length !== 1 || rows.ndim !== buffer.ndim) return null;
  const isHead = stop instanceof ScalarConstant && Number(stop.value.item()) === lead;
  return isHead ? rows : subtensor(buffer, slice(null, lead));
}
