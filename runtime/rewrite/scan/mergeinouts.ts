/** States and collected outputs of a Scan that always have the same values become one. */
import type { Apply } from "../../graph/apply.ts";
import type { Variable } from "../../graph/variable.ts";
import { mergePass } from "../merge.ts";
import { type NodeRewrite, nodeRewrite } from "../rewrite.ts";
import { RewriteRun } from "../run.ts";
import { assemble, innerGraphOf, overGraph, partsOf, pick, placesWhere, type ScanParts } from "./parts.ts";

/** Looks for collected outputs of equal length with the same values, and for states that start and go on alike. */
export const mergeInOuts: NodeRewrite = nodeRewrite("scanOp_merge_inouts", ["Scan"], (node) => {
  const first = partsOf(node);
  if (first === null) return null;
  const parts = withMergedNodes(first);
  const { info, outer, inner, results } = parts;
  const twins = info.states.map((state, i) =>
    info.states.findIndex(
      (other, k) =>
        state.kind !== "mitMot" &&
        String(other.reads) === String(state.reads) &&
        outer.states[k] === outer.states[i] &&
        continueAlike(parts, k, i),
    ),
  );
  const states = placesWhere(twins, (twin, i) => twin < 0 || twin === i);
  const sources = results.collected.map((x, i) =>
    results.collected.findIndex((other, k) => other === x && outer.lengths[k] === outer.lengths[i]),
  );
  const collected = placesWhere(sources, (source, i) => source === i);
  if (states.length === info.states.length && collected.length === sources.length) return null;
  const replacements = new Map<Variable, Variable>(
    twins.flatMap((twin, i) =>
      twin < 0 || twin === i ? [] : inner.states[i].map((x, k): [Variable, Variable] => [x, inner.states[twin][k]]),
    ),
  );
  const after = assemble(
    {
      info: { ...info, states: pick(info.states, states) },
      outer: { ...outer, states: pick(outer.states, states), lengths: pick(outer.lengths, collected) },
      inner: { ...inner, states: pick(inner.states, states) },
      results: { ...results, states: pick(results.states, states), collected: pick(results.collected, collected) },
    },
    replacements,
  );
  return outputsOf(node, after, [
    ...twins.map((twin, i) => states.indexOf(twin < 0 ? i : twin)),
    ...sources.map((source) => states.length + collected.indexOf(source)),
  ]);
});

function outputsOf(before: Apply, after: Apply, places: readonly number[]): readonly Variable[] {
  return before.outputs.map((_, i) => after.outputs[places[i]]);
}

/** The parts over an inner graph in which equal nodes are one. */
function withMergedNodes(parts: ScanParts): ScanParts {
  const fgraph = innerGraphOf(parts);
  mergePass.apply(new RewriteRun(fgraph));
  return overGraph(parts, fgraph);
}

/** Whether two states get the same next value, or each the same of its own earlier ones. */
function continueAlike({ inner, results }: ScanParts, k: number, i: number): boolean {
  if (k === i || results.states[k][0] === results.states[i][0]) return true;
  const renamed = new Map(inner.states[i].map((x, tap) => [x, inner.states[k][tap]]));
  return equalUnder(results.states[i][0], results.states[k][0], renamed);
}

/** Whether `a` with its variables renamed is `b`. */
function equalUnder(a: Variable, b: Variable, renamed: ReadonlyMap<Variable, Variable>): boolean {
  const same = new Map(renamed);
  const todo: [Variable, Variable][] = [[a, b]];
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    const [x, y] = pair;
    if ((same.get(x) ?? x) === y) continue;
    const [m, n] = [x.owner, y.owner];
    if (m === null || n === null || x.index !== y.index || !m.op.equals(n.op)) return false;
    if (m.inputs.length !== n.inputs.length) return false;
    same.set(x, y);
    m.inputs.forEach((input, place) => {
      todo.push([input, n.inputs[place]]);
    });
  }
  return true;
}
