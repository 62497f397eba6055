/** What an evaluation of an oracle file says, and how it is weighed against the known differences. */
import knownDifferences from "./known-differences.json" with { type: "json" };

/** One comparison of a result of ours with Theano's. */
export interface Check {
  /** What was compared: `default`, `parse "yes"`, `stdout`. */
  readonly aspect: string;
  readonly pass: boolean;
  /** What was given to both, where the aspect does not say it. */
  readonly input?: string;
  /** Theano's result and ours, in a form that a reader and the patterns of the known differences can use. */
  readonly expected: string;
  readonly actual: string;
}

/** One case of an oracle file. */
export type CaseResult =
  | { readonly id: string; readonly group: string; readonly checks: readonly Check[] }
  /** A case that nothing here can evaluate yet, and why. */
  | { readonly id: string; readonly group: string; readonly notEvaluated: string };

/** Evaluates all cases of one oracle file, given its parsed JSON. */
export type Evaluator<File> = (file: File) => CaseResult[];

/** A difference from Theano that is meant, or `open`: known to be wrong here, so that only new failures are news. All patterns given must match; `actual` says what ours must be instead. */
export interface KnownDifference {
  readonly file: string;
  readonly id?: string;
  readonly aspect?: string;
  readonly input?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly open?: boolean;
  readonly reason: string;
}

/** A check that failed, and what is known of the difference. */
export interface Mismatch {
  readonly file: string;
  readonly id: string;
  readonly check: Check;
  readonly known?: KnownDifference;
}

/** Counts of cases. `known` are cases that differ from Theano only where that is meant; open differences have failed. */
export interface Counts {
  passed: number;
  known: number;
  failed: number;
  notEvaluated: number;
}

/** What became of one case, for the machine-readable report. */
export interface Verdict {
  readonly id: string;
  readonly group: string;
  readonly outcome: keyof Counts;
  /** What the case needs that is not here, or which comparisons failed. */
  readonly reason?: string;
}

/** The outcome of one oracle file. */
export interface FileReport {
  readonly file: string;
  readonly total: Counts;
  readonly groups: ReadonlyMap<string, Counts>;
  readonly mismatches: readonly Mismatch[];
  readonly verdicts: readonly Verdict[];
}

function matches(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || new RegExp(pattern, "s").test(text);
}

function knownAmong(
  differences: readonly KnownDifference[],
  file: string,
  id: string,
  check: Check,
): KnownDifference | undefined {
  return differences.find(
    (known) =>
      known.file === file &&
      matches(known.id, id) &&
      matches(known.aspect, check.aspect) &&
      matches(known.input, check.input ?? "") &&
      matches(known.expected, check.expected) &&
      matches(known.actual, check.actual),
  );
}

/** Sorts the cases of a file into passed, known to differ, failed and not evaluated. */
export function weigh(
  file: string,
  results: readonly CaseResult[],
  differences: readonly KnownDifference[] = knownDifferences,
): FileReport {
  const groups = new Map<string, Counts>();
  const total = noCases();
  const mismatches: Mismatch[] = [];
  const verdicts: Verdict[] = [];
  const known = (id: string, check: Check) => knownAmong(differences, file, id, check);
  for (const result of results) {
    const counts = groups.get(result.group) ?? noCases();
    groups.set(result.group, counts);
    const outcome = "checks" in result ? weighCase(file, result.id, result.checks, known, mismatches) : "notEvaluated";
    counts[outcome]++;
    total[outcome]++;
    verdicts.push({ id: result.id, group: result.group, outcome, ...reasonOf(result) });
  }
  return { file, total, groups, mismatches, verdicts };
}

function reasonOf(result: CaseResult): { readonly reason?: string } {
  if (!("checks" in result)) return { reason: result.notEvaluated };
  const failed = result.checks.filter(({ pass }) => !pass);
  return failed.length === 0 ? {} : { reason: failed.map(({ aspect }) => aspect).join(", ") };
}

/** What cases that could not be evaluated needed, the commonest first, with the numbers of those cases. */
export function missingNames(verdicts: readonly Verdict[]): (readonly [needed: string, cases: number])[] {
  const counts = new Map<string, number>();
  for (const { outcome, reason = "" } of verdicts)
    if (outcome === "notEvaluated") counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function weighCase(
  file: string,
  id: string,
  checks: readonly Check[],
  findKnown: (id: string, check: Check) => KnownDifference | undefined,
  mismatches: Mismatch[],
): "passed" | "known" | "failed" {
  let outcome: "passed" | "known" | "failed" = "passed";
  for (const check of checks) {
    if (check.pass) continue;
    const known = findKnown(id, check);
    mismatches.push({ file, id, check, ...(known === undefined ? {} : { known }) });
    if (known === undefined || known.open === true) outcome = "failed";
    else if (outcome === "passed") outcome = "known";
  }
  return outcome;
}

function noCases(): Counts {
  return { passed: 0, known: 0, failed: 0, notEvaluated: 0 };
}
