/** Evaluates `profile.json`: the layout of profiles and the rows in them; times are not compared. */
import { devNull } from "node:os";
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
    const profiled = withinTime(() => run(profileCase)) ?? { summary: "it does not end", rows: new Map() };
    const ours = sectionsOf(profiled.summary);
    const checks = [...sectionsOf(profileCase.summary)].flatMap(([title, lines]) =>
      sectionChecks(title, lines, ours.get(title), profiled),
    );
    return { id, group, checks: checks.map((check) => ({ ...check, input: program })) };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { id, group, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  }
}

/** The profile of a function, and how many rows its tables must have. */
interface Profiled {
  readonly summary: string;
  readonly rows: ReadonlyMap<string, number>;
}

/** Profiles the program's function through its calls. */
function run({ program: source, flags }: ProfileCase): Profiled {
  const changes = {
    profile: true,
    profile_memory: flags.includes("profile_memory=True"),
    profile_optimizer: flags.includes("profile_optimizer=True"),
  };
  // The profiles are compared here, and not printed when this process ends.
  config.profiling.destination = devNull;
  const program = new PythonProgram();
  const failure = config.changeFlags(changes, () => program.run(source));
  program.end();
  if (failure !== null) return { summary: showError(failure.error), rows: new Map() };
  const compiled = program.scope.get("f");
  if (!isTheanoFunction(compiled) || !(compiled.profile instanceof ProfileStats)) throw new Unsupported("f.profile");
  const ops = compiled.fgraph.toposort().map(({ op }) => String(op));
  const rows = new Map([
    ["Ops", Math.min(new Set(ops).size, config.profiling.n_ops)],
    ["Apply", Math.min(ops.length, config.profiling.n_apply)],
  ]);
  return { summary: compiled.profile.summary(), rows };
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
  { summary, rows }: Profiled,
): Check[] {
  if (ours === undefined)
    return [{ aspect: `${title}: section`, pass: false, expected: title, actual: summary.slice(0, LONGEST) }];
  const checks = [compare(`${title}: labels`, labelsOf(theirs), labelsOf(ours))];
  // Which loops are one depends on the rewrites: only the kinds of ops must be Theano's, and every op have its row.
  if (title === "Class") checks.push(compare("Class: rows", rowsOf(theirs), rowsOf(ours)));
  const expected = rows.get(title);
  const found = rowsOf(ours).length;
  if (expected !== undefined)
    checks.push({
      aspect: `${title}: rows`,
      pass: found === expected,
      expected: `${expected} rows`,
      actual: ours.join("\n"),
    });
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

/** The names of a table's rows; classes without their modules, which are not ours, and without the C of
 * those that Theano has in C too. */
function rowsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const name =
      /^\s*[\d.]+%\s+[\d.]+%\s+[\d.]+s\s+[\d.e+-]+s\s+(?:\w+\s+)?\d+\s+\d+\s+(?:[\d.]+\s+[\d.]+\s+)?(\S.*)$/.exec(
        line,
      )?.[1];
    return name === undefined ? [] : [name.replace(/^theano\.[\w.]*\.(?=\w+$)/, "").replace(/^C(?=Gem|Ger)/, "")];
  });
}
