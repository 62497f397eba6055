/** Evaluates `profile.json`: the layout of profiles and the rows in them; times are not compared. */

import { config } from "../../runtime/config/index.ts";
import { isTheanoFunction, ProfileStats } from "../../runtime/index.ts";
import { showError } from "./errors-match.ts";
import { PythonProgram } from "./python/program.ts";
import { Unsupported } from "./python/values.ts";
import type { CaseResult, Check, Evaluator } from "./report.ts";
import { withinTime } from "./time-limit.ts";

interface ProfileCase {
  readonly id: string;
  readonly program: string;
  /** THEANO_FLAGS; `cxx=` among them says that Theano ran its Python code. */
  readonly flags: string;
  readonly summary: string;
  readonly n_apply: number;
}

/** `profile.json`. */
export interface ProfileFile {
  readonly cases: readonly ProfileCase[];
}

/** Every program counts as a case, every section of its summary as a check. */
export const evaluateProfiles: Evaluator<ProfileFile> = (file) => file.cases.map(evaluateCase);

function evaluateCase(profileCase: ProfileCase): CaseResult {
  const { id, program } = profileCase;
  const group = id.split(":").at(-2) ?? id;
  try {
    const summary = withinTime(() => summaryOf(profileCase)) ?? "it does not end";
    const ours = sectionsOf(summary);
    const checks = [...sectionsOf(profileCase.summary)].flatMap(([title, lines]) =>
      sectionChecks(title, lines, ours.get(title), summary),
    );
    return { id, group, checks: checks.map((check) => ({ ...check, input: program })) };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { id, group, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  }
}

/** The profile of the program's function, after its calls. */
function summaryOf({ program: source, flags }: ProfileCase): string {
  const changes = {
    profile: true,
    profile_memory: flags.includes("profile_memory=True"),
    profile_optimizer: flags.includes("profile_optimizer=True"),
  };
  const program = new PythonProgram();
  const failure = config.changeFlags(changes, () => program.run(source));
  program.end();
  if (failure !== null) return showError(failure.error);
  const compiled = program.scope.get("f");
  if (!isTheanoFunction(compiled) || !(compiled.profile instanceof ProfileStats)) throw new Unsupported("f.profile");
  return compiled.profile.summary();
}

/** The lines of a summary by the titles of its sections, which are underlined or at the left edge. */
function sectionsOf(summary: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of summary.split("\n")) {
    if (/^(Function profiling|Class|Ops|Apply|Memory Profile|Scan Op profiling|Optimizer Profile)\b/.test(line)) {
      lines = [];
      sections.set(line.replace(/ \(.*/, "").trim(), lines);
    }
    lines.push(line);
  }
  return sections;
}

function sectionChecks(
  title: string,
  theirs: readonly string[],
  ours: readonly string[] | undefined,
  summary: string,
): Check[] {
  if (ours === undefined)
    return [{ aspect: `${title}: section`, pass: false, expected: title, actual: summary.slice(0, LONGEST) }];
  const checks = [compare(`${title}: labels`, labelsOf(theirs), labelsOf(ours))];
  const [rows, own] = [theirs, ours].map(rowsOf);
  if (rows !== undefined && own !== undefined && rows.length > 0) checks.push(compare(`${title}: rows`, rows, own));
  return checks;
}

/** So much of a summary is shown where a section is missing. */
const LONGEST = 200;

/** Every one of Theano's must be among ours. */
function compare(aspect: string, theirs: readonly string[], ours: readonly string[]): Check {
  const missing = theirs.filter((one) => !ours.includes(one));
  return {
    aspect,
    pass: missing.length === 0,
    expected: missing.length === 0 ? theirs.join("\n") : `with ${missing.join("; ")}`,
    actual: ours.join("\n"),
  };
}

/** What a section says besides numbers: its title, its column heads, the words before a colon. */
function labelsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const text = line.trimEnd();
    if (/^\s*[\d.]+%/.test(text) || /^\s+(?:input|output) \d+:/.test(text)) return [];
    const label = /^\s*([A-Z<][\w<>%#/ .]*?)(?:\(|:| time | -?\d|$)/.exec(text)?.[1]?.trim() ?? "";
    return /^(?:Node|Number|Theano|Time|Total|Message|Max|CPU|GPU|Class|Ops|Apply|Function|Memory|Optimizer|<)/.test(
      label,
    )
      ? [label.replace(/ in \d+ calls/, " in calls").replace(/Node .*/, "Node")]
      : [];
  });
}

/** The rows of a table without times: counts and names. Theano's modules are not ours, so that classes count alone. */
function rowsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [, calls = "", applies = "", name] =
      /^\s*[\d.]+%\s+[\d.]+%\s+[\d.]+s\s+[\d.e+-]+s\s+(?:\w+\s+)?(\d+)\s+(\d+)\s+(?:[\d.]+\s+[\d.]+\s+)?(\S.*)$/.exec(
        line,
      ) ?? [];
    return name === undefined ? [] : [`${calls} ${applies} ${name.replace(/^theano\.[\w.]*\.(?=\w+$)/, "")}`];
  });
}
