/** Evaluates `stability.json`: how far results at extreme inputs are from the exact ones, and whether Theano's are nearer. */
import { type NDArray, T, theano } from "../../runtime/index.ts";
import { attempt, decode, dtypeOf, type EncodedArray, type EncodedScalar, showArray } from "./encoding.ts";
import { showError } from "./errors-match.ts";
import { Unsupported } from "./python/values.ts";
import type { CaseResult, Check, Evaluator } from "./report.ts";
import { evaluateSource, outputsOf } from "./translate.ts";

/** Results of Theano, flat; a text says that they are those of another optimizer. */
type Results = readonly EncodedScalar[] | string;

interface Row {
  readonly inputs: Readonly<Record<string, EncodedArray>>;
  /** The doubles nearest to the exact results. */
  readonly nearest_double: readonly EncodedScalar[];
  readonly None?: Results;
  readonly fast_compile?: Results;
  readonly fast_run?: Results;
  readonly fast_run_c?: Results;
}

interface StabilityCase {
  readonly id: string;
  readonly name: string;
  readonly dtype: string;
  readonly expr: string;
  readonly kind: string;
  readonly rows: readonly Row[];
}

/** `stability.json`. */
export interface StabilityFile {
  readonly cases: readonly StabilityCase[];
}

/** Every expression is compiled in FAST_RUN; no element may be farther from the truth than that of Theano's Python or C
 * code, and than a few roundings. */
export const evaluateStability: Evaluator<StabilityFile> = (file) => file.cases.map(evaluateCase);

function evaluateCase(stabilityCase: StabilityCase): CaseResult {
  const { id, kind, rows } = stabilityCase;
  try {
    return { id, group: kind, checks: rows.map((row, i) => rowCheck(stabilityCase, row, `row ${i}`)) };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { id, group: kind, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  }
}

function rowCheck({ expr, dtype }: StabilityCase, row: Row, aspect: string): Check {
  const ours = attempt(() => compute(expr, row.inputs));
  const exact = row.nearest_double.map(Number);
  const theirs = [row.fast_run, row.fast_run_c].map((results) => resolve(row, results));
  const expected = `exactly ${exact.join(" ")}, Theano ${theirs[0]?.join(" ")}`;
  if (ours instanceof Error) return { aspect, input: expr, pass: false, expected, actual: showError(ours) };
  const values = [...ours.elements()].map(Number);
  const worse = values.flatMap((value, i) => {
    const truth = exact[i] ?? Number.NaN;
    const allowed = theirs.flatMap((results) => (i < results.length ? [distance(results[i] ?? value, truth)] : []));
    return distance(value, truth) <= Math.max(...allowed, ROUNDING_STEPS * spacing(truth, dtype)) ? [] : [i];
  });
  const pass = worse.length === 0 && values.length === exact.length;
  return { aspect, input: expr, pass, expected, actual: `${showArray(ours)}; worse at ${worse.join(", ")}` };
}

function compute(expr: string, inputs: Row["inputs"]): NDArray {
  const variables = Object.entries(inputs).map(([name, { dtype, shape, bc }]) =>
    T.tensor(dtypeOf(dtype), bc ?? shape.map(() => false), name),
  );
  const scope = new Map(variables.map((variable) => [variable.name ?? "", variable]));
  const outputs = outputsOf(evaluateSource(expr, scope));
  const compiled = theano.function(variables, outputs, { mode: "FAST_RUN", onUnusedInput: "ignore" });
  const [value] = compiled(...Object.values(inputs).map(decode));
  if (value === undefined) throw new TypeError(`${expr} has no result`);
  return value;
}

/** Results by the optimizer that they are the same as; none when they are not given. */
function resolve(row: Row, results: Results | undefined): readonly number[] {
  if (results === undefined) return [];
  if (typeof results !== "string") return results.map(Number);
  return resolve(row, results.endsWith("fast_compile") ? row.fast_compile : row.None);
}

/** Rounding errors that a stable form may add up, in units in the last place. */
const ROUNDING_STEPS = 4;

/** 0 for equal values, also NaN; infinite for one that is infinite or NaN where the other is not. */
function distance(value: number, truth: number): number {
  if (Object.is(value, truth) || value === truth) return 0;
  return Number.isFinite(value) && Number.isFinite(truth) ? Math.abs(value - truth) : Infinity;
}

/** The distance of neighbouring numbers of a dtype at `value`. */
function spacing(value: number, dtype: string): number {
  const [digits, smallest] = dtype === "float32" ? [23, -149] : [52, -1074];
  return 2 ** Math.max(Math.floor(Math.log2(Math.abs(value) || Number.MIN_VALUE)) - digits, smallest);
}
