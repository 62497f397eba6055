/** Scans that go through the same steps become one. */
import type { Apply } from "../../graph/apply.ts";
import type { FunctionGraph } from "../../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../../graph/variable.ts";
import { ancestors } from "../../graph/walk.ts";
import type { State } from "../../ops/scan/layout.ts";
import { type GraphRewrite, graphRewrite } from "../rewrite.ts";
import { assemble, innerGraphOf, overGraph, partsOf, type ScanParts } from "./parts.ts";

const NAME = "scanOp_merge";

/** A Scan with its parts. */
interface Candidate {
  readonly node: Apply;
  readonly parts: ScanParts;
}

/**
 * Merges Scans with the same number of steps of which none needs another's results. The inner graphs stand side by side in
 * the merged one, where what they have in common is merged in turn. Loops that a condition ends stay apart.
 */
export const mergeScans: GraphRewrite = graphRewrite(NAME, (run) => {
  // One group at a time: what depends on what is another question afterwards.
  for (let group = nextGroup(run.fgraph); group !== null; group = nextGroup(run.fgraph)) {
    const { node, places } = merged(group);
    run.replace(
      group.flatMap((member, i) =>
        member.node.outputs.map((output, k) => [output, node.outputs[places[i][k]]] as const),
      ),
      NAME,
    );
  }
});

/** Scans that can be merged, or null when there are none. */
function nextGroup(fgraph: FunctionGraph): readonly Candidate[] | null {
  const groups: Candidate[][] = [];
  for (const node of fgraph.toposort()) {
    const parts = partsOf(node);
    if (parts === null || parts.info.isWhile) continue;
    const candidate = { node, parts };
    const group = groups.find((members) => members.every((member) => canJoin(member, candidate)));
    if (group === undefined) groups.push([candidate]);
    else group.push(candidate);
  }
  return groups.find((group) => group.length > 1) ?? null;
}

function canJoin(earlier: Candidate, later: Candidate): boolean {
  const [a, b] = [earlier.parts, later.parts];
  if (a.info.truncateGradient !== b.info.truncateGradient || a.info.optimizer !== b.info.optimizer) return false;
  if (!sameSteps(a.outer.steps, b.outer.steps)) return false;
  // The later one may depend on the earlier one, never the other way round.
  const needed = new Set(ancestors(later.node.inputs));
  return !earlier.node.outputs.some((output) => needed.has(output));
}

function sameSteps(a: Variable, b: Variable): boolean {
  return a === b || (a instanceof TensorConstant && b instanceof TensorConstant && a.key === b.key);
}

const KINDS: readonly State["kind"][] = ["mitMot", "mitSot", "sitSot"];

/** One node for a group, and for each member the places of its outputs among that node's. */
function merged(group: readonly Candidate[]): {
  readonly node: Apply;
  readonly places: readonly (readonly number[])[];
} {
  const states = KINDS.flatMap((kind) =>
    group.flatMap(({ parts }, member) =>
      parts.info.states.flatMap((state, i) => (state.kind === kind ? [{ member, i, state }] : [])),
    ),
  );
  // A loop and its gradient are graphs over the same inner variables, which mean different rows in them.
  const all = group.map(({ parts }) => overGraph(parts, innerGraphOf(parts)));
  const node = assemble({
    info: {
      ...all[0].info,
      name: all.map(({ info }) => info.name ?? "scan_fn").join("&"),
      states: states.map(({ state }) => state),
    },
    outer: {
      steps: all[0].outer.steps,
      sequences: all.flatMap(({ outer }) => outer.sequences),
      states: states.map(({ member, i }) => all[member].outer.states[i]),
      lengths: all.flatMap(({ outer }) => outer.lengths),
      others: all.flatMap(({ outer }) => outer.others),
    },
    inner: {
      sequences: all.flatMap(({ inner }) => inner.sequences),
      states: states.map(({ member, i }) => all[member].inner.states[i]),
      others: all.flatMap(({ inner }) => inner.others),
    },
    results: {
      states: states.map(({ member, i }) => all[member].results.states[i]),
      collected: all.flatMap(({ results }) => results.collected),
      condition: null,
    },
  });
  let next = states.length;
  const places = all.map(({ info, results }, member) => [
    ...info.states.map((_, i) => states.findIndex((state) => state.member === member && state.i === i)),
    ...results.collected.map(() => next++),
  ]);
  return { node, places };
}
