/** A Scan node taken apart, so that rewrites can change its parts and put it together again. */
import type { Apply } from "../../graph/apply.ts";
import { FunctionGraph } from "../../graph/fgraph.ts";
import type { Variable } from "../../graph/variable.ts";
import { cloneGraph } from "../../graph/walk.ts";
import {
  type InnerInputs,
  type InnerOutputs,
  joinInnerInputs,
  joinInnerOutputs,
  joinOuterInputs,
  type OuterInputs,
  type ScanInfo,
  splitInnerInputs,
  splitInnerOutputs,
  splitOuterInputs,
} from "../../ops/scan/layout.ts";
import { Scan } from "../../ops/scan/op.ts";

/** The number of sequences and of collected outputs follows from the lists. */
export interface ScanParts {
  readonly info: ScanInfo;
  readonly outer: OuterInputs<Variable>;
  readonly inner: InnerInputs<Variable>;
  readonly results: InnerOutputs<Variable>;
}

/** The parts of a node, or null when it is no Scan. */
export function partsOf({ op, inputs }: Apply): ScanParts | null {
  if (!(op instanceof Scan)) return null;
  return {
    info: op.info,
    outer: splitOuterInputs(op.info, inputs),
    inner: splitInnerInputs(op.info, op.inner.inputs),
    results: splitInnerOutputs(op.info, op.inner.outputs),
  };
}

/**
 * A node of the parts, whose inner graph is a copy in which variables stand for others as `replacements` says.
 * What the inner graph reads must be among its inputs then.
 */
export function assemble(parts: ScanParts, replacements: ReadonlyMap<Variable, Variable> = new Map()): Apply {
  const { outer, inner, results } = parts;
  const info: ScanInfo = { ...parts.info, sequences: inner.sequences.length, collected: results.collected.length };
  const outputs = cloneGraph(joinInnerOutputs(results), new Map(replacements));
  return new Scan(info, joinInnerInputs(inner), outputs).apply(...joinOuterInputs(outer));
}

/** The parts over another inner graph with the same inputs and outputs, such as a copy of it. */
export function overGraph(parts: ScanParts, { inputs, outputs }: Pick<FunctionGraph, "inputs" | "outputs">): ScanParts {
  return { ...parts, inner: splitInnerInputs(parts.info, inputs), results: splitInnerOutputs(parts.info, outputs) };
}

/** A copy of the inner graph. */
export function innerGraphOf({ inner, results }: ScanParts): FunctionGraph {
  return FunctionGraph.cloneOf(joinInnerInputs(inner), joinInnerOutputs(results)).fgraph;
}

/** The elements of a list at the places that `kept` names. */
export function pick<T>(list: readonly T[], kept: readonly number[]): T[] {
  return kept.map((i) => list[i]);
}

/** The places of a list's elements that pass a test. */
export function placesWhere<T>(list: readonly T[], test: (item: T, place: number) => boolean): number[] {
  return list.map((_, place) => place).filter((place) => test(list[place], place));
}

/** Whether the rows of a tensor are known to have the type of a variable. */
export function hasRowsLike(whole: Variable, row: Variable): boolean {
  return (
    whole.dtype === row.dtype &&
    whole.ndim === row.ndim + 1 &&
    row.broadcastable.every((repeats, axis) => repeats === whole.broadcastable[axis + 1])
  );
}
