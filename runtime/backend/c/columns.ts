/** Sums of columns: loops around a reduction whose neighbouring results lie side by side in a row-major array. */
import type { Access, Statement } from "../../loop/ir.ts";
import { expressionsOf, loadsOf } from "../../loop/walk.ts";

type Loop = Extract<Statement, { kind: "loop" }>;

/** A loop over columns, each of them reduced. */
export interface Columns {
  readonly axis: string;
  readonly reduce: Extract<Statement, { kind: "reduce" }>;
  /** What is done with the results; no loops. */
  readonly rest: readonly Statement[];
}

/** The parts of a loop over columns; null for other loops. */
export function columnsOf({ axis, body }: Loop): Columns | null {
  const [reduce, ...rest] = body;
  if (reduce?.kind !== "reduce" || reduce.axes.length === 0) return null;
  if (reduce.body.some(({ kind }) => kind !== "let") || rest.some(({ kind }) => kind === "loop" || kind === "reduce"))
    return null;
  if (reduce.accumulators.some(({ op }) => op === "argmax" || op === "argmin")) return null;
  const loads = loadsOf([...reduce.body.flatMap(expressionsOf), ...expressionsOf(reduce)]);
  const isAlongRow = (load: Access): boolean => reduce.axes.some((reduced) => isLast(load, reduced));
  return loads.some((load) => isLast(load, axis)) && !loads.some(isAlongRow) ? { axis, reduce, rest } : null;
}

/** Whether the access moves along its last dimension with the axis. */
function isLast({ index }: Access, axis: string): boolean {
  return index.at(-1)?.terms.some((term) => term.axis === axis) ?? false;
}
