/** The memory section of a profile, in the layout of Theano 1.0.5. */
import { formatE, pyList, pyTuple } from "../base/python.ts";
import { config } from "../config/index.ts";
import type { Variable } from "../graph/variable.ts";
import { MemoryPlan, type MemoryRules, memoryCode, type SizeOf } from "./memory.ts";
import { type ArrayLayout, type NodeProfile, now, type ProfiledGraph, type ProfileStats } from "./profile.ts";
import { cut } from "./profiletables.ts";

/** The search for the best order of nodes gives up after so many sets of nodes. */
const MOST_STATES = 200_000;

/** A node and the arrays that it gave at its last call. */
interface Sized {
  readonly profile: NodeProfile;
  readonly outputs: readonly ArrayLayout[];
  readonly bytes: number;
}

/** The section, or none when sizes were not kept. */
export function memorySections(profile: ProfileStats): string[][] {
  const nodes = profile.nodes.flatMap((node): Sized[] =>
    node.arrays === null ? [] : [{ profile: node, outputs: node.arrays.outputs, bytes: bytesOf(node.arrays.outputs) }],
  );
  if (nodes.length === 0) return [];
  const sizes = new Map<Variable, number>(
    nodes.flatMap(({ profile: { node }, outputs }) => node.outputs.map((output, i) => [output, outputs[i].bytes])),
  );
  const sizeOf: SizeOf = (variable) => sizes.get(variable) ?? 0;
  const several = profile.graphs.length > 1 ? " (the max between all functions in that profile)" : "";
  return [
    [
      `Memory Profile${several}`,
      "(Sparse variables are ignored)",
      "(For values in brackets, it's for linker = c|py",
      "---",
      ...peakLines(profile.graphs, sizeOf),
      "---",
      "",
      ...nodeLines(nodes),
      "",
      "    <created/inplace/view> is taken from the Op's declaration.",
      "    Nodes marked 'inplace' or 'view' may allocate memory all the same, which is not counted here.",
    ],
  ];
}

function bytesOf(arrays: readonly ArrayLayout[]): number {
  return arrays.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** All linkers here forget arrays at the same times, so that the values in brackets are those before them. */
function peakLines(graphs: readonly ProfiledGraph[], sizeOf: SizeOf): string[] {
  const peak = (rules: MemoryRules): number =>
    Math.max(...graphs.map(({ fgraph, order }) => new MemoryPlan(fgraph, order, sizeOf, rules).peak));
  const gc = config.allow_gc;
  const both = (bytes: number): string => `${kilobytes(bytes)} (${kilobytes(bytes)})`;
  return [
    "    Max peak memory with current setting",
    ...places(both, peak({ gc, inplace: true })),
    "    Max peak memory with current setting and Theano flag optimizer_excluding=inplace",
    ...places(both, peak({ gc, inplace: false })),
    "    Max peak memory if allow_gc=False (linker don't make a difference)",
    ...places(kilobytes, peak({ gc: false, inplace: true })),
    ...leastPeakLines(graphs, sizeOf),
  ];
}

/** No node runs on a GPU, whose memory is therefore not used. */
function places(show: (bytes: number) => string, bytes: number): string[] {
  return [`        CPU: ${show(bytes)}`, `        GPU: ${show(0)}`, `        CPU + GPU: ${show(bytes)}`];
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)}KB`;
}

function leastPeakLines(graphs: readonly ProfiledGraph[], sizeOf: SizeOf): string[] {
  if (!config.profiling.min_peak_memory) return [];
  const start = now();
  const rules = { gc: true, inplace: true };
  const peaks = graphs.map(({ fgraph, order }) => new MemoryPlan(fgraph, order, sizeOf, rules).leastPeak(MOST_STATES));
  const seconds = formatE(now() - start, 3);
  const known = peaks.filter((bytes) => bytes !== null);
  if (known.length < peaks.length)
    return [`    The search for the minimum peak of all valid orders of nodes gave up (after ${seconds}s)`];
  const least = kilobytes(Math.max(...known));
  return [`    Minimum peak from all valid apply node order is ${least}(took ${seconds}s to compute)`];
}

function nodeLines(nodes: readonly Sized[]): string[] {
  const sorted = [...nodes].sort((a, b) => b.bytes - a.bytes);
  const total = sorted.reduce((sum, { bytes }) => sum + bytes, 0);
  const least = config.profiling.min_memory_size;
  const shown = sorted.filter(({ bytes }) => bytes >= least).slice(0, config.profiling.n_apply);
  const rest = sorted.slice(shown.length);
  const left = rest.reduce((sum, { bytes }) => sum + bytes, 0);
  const share = (total === 0 ? 0 : (100 * left) / total).toFixed(2);
  const rows = shown.map(({ profile: { node }, outputs, bytes }) => {
    const shapes = pyList(outputs.map(({ shape }) => pyTuple(shape)));
    const codes = outputs.map((_, i) => memoryCode(node, i)).join(" ");
    return `     ${`${bytes}B`.padStart(10)}  ${shapes} ${codes} ${cut(String(node))}`;
  });
  return [
    "    <Sum apply outputs (bytes)> <Apply outputs shape> <created/inplace/view> <Apply node>",
    "",
    ...(rows.length === 0 ? [`   All Apply nodes have output sizes that take less than ${least}B.`] : rows),
    `   ... (remaining ${rest.length} Apply account for ${String(left).padStart(4)}B/${total}B ((${share}%)) of the Apply with dense outputs sizes)`,
  ];
}
