/** Evaluates `errors.json`: programs under flags and configuration files, and the errors, texts and warnings they end in. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigRegistry, config, type FlagChanges, parseFlags } from "../../runtime/config/index.ts";
import { NotImplementedError } from "../../runtime/index.ts";
import { meets, namesTheCulprit, type OracleError, showError } from "./errors-match.ts";
import { errorAgrees, plainWords } from "./outcome.ts";
import { configModules } from "./python/config-module.ts";
import { theanoRoot } from "./python/modules.ts";
import { type Failure, PythonProgram } from "./python/program.ts";
import { Unsupported } from "./python/values.ts";
import type { CaseResult, Check, Evaluator } from "./report.ts";
import { withinTime } from "./time-limit.ts";

interface ErrorCase {
  readonly id: string;
  readonly source: string;
  readonly flags: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The texts of the files of THEANORC; a text instead of a list says that the files do not exist. */
  readonly theanorc?: readonly string[] | string;
  readonly error: (OracleError & { readonly line: number }) | null;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly warnings?: readonly (readonly [category: string, text: string, file: string])[];
  /** Theano never ends; whatever ends here is better. */
  readonly timeout?: boolean;
}

/** `errors.json`. */
export interface ErrorsFile {
  readonly cases: readonly ErrorCase[];
}

/**
 * The defaults in which Theano 1.0.5, which made the file, differs from the seed, and which the programs print. They
 * are a file that is read before all others; `config.json` judges the defaults themselves.
 */
const DEFAULTS_OF_1_0_5 = "[optdb]\nmax_use_ratio = 8.0\n";

/** The programs about the configuration load one of their own; the others run under their flags in this process's. */
export const evaluateErrors: Evaluator<ErrorsFile> = (file) => file.cases.map(evaluateCase);

function evaluateCase(errorCase: ErrorCase): CaseResult {
  const { id } = errorCase;
  const group = /^(?:\w+:)?(cfg|flags|rc|omp)_/.exec(id)?.[1] ?? "other";
  try {
    const ended = withinTime(() => (group === "other" ? runProgram(errorCase) : runConfiguration(errorCase)));
    if (errorCase.timeout === true) return { id, group, checks: [endCheck(ended !== null)] };
    if (ended === null) return { id, group, checks: [endCheck(false)] };
    const input = inputOf(errorCase);
    return { id, group, checks: checksOf(errorCase, ended, group).map((check) => ({ ...check, input })) };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { id, group, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  }
}

function endCheck(pass: boolean): Check {
  return { aspect: "end", pass, expected: "an end", actual: pass ? "an end" : "it does not end" };
}

/** How a program ended, what it printed and what was warned of. */
interface Ended {
  readonly failure: Failure | null;
  readonly stdout: string;
  readonly warnings: readonly string[];
}

/** Runs a program under its flags. */
function runProgram({ source, flags }: ErrorCase): Ended {
  const program = new PythonProgram();
  try {
    const failure = config.changeFlags(changesOf(flags), () => program.run(source));
    return { failure, stdout: program.stdout, warnings: program.warnings };
  } finally {
    program.end();
  }
}

/** Flags as Theano reads them, for the configuration of this process. */
function changesOf(flags: string): FlagChanges {
  const given = ConfigRegistry.load({ env: { THEANO_FLAGS: flags }, files: [] });
  const changes: FlagChanges = Object.create(null);
  for (const { name } of parseFlags(flags, "flags")) Object.assign(changes, { [name]: given.get(name) });
  return changes;
}

/** Runs a program with a configuration that is loaded from its flags and files when it imports `theano`. */
function runConfiguration(errorCase: ErrorCase): Ended {
  const folder = mkdtempSync(join(tmpdir(), "theanotes-oracle-"));
  try {
    const sources = sourcesOf(errorCase, folder);
    const shared = new Map<string, ConfigRegistry>();
    const program: PythonProgram = new PythonProgram(
      new Map(),
      new Map([["theano", () => theanoOf(shared, sources, program)]]),
    );
    // The oracle's clean-up of paths also caught the flag compiledir_format in the sources of some programs.
    const source = errorCase.source.replaceAll("compiledir_<platform>", "compiledir_format");
    const builds = /theano\.(tensor|function)/.test(source);
    const failure = config.changeFlags(builds ? changesOf(errorCase.flags) : Object.create(null), () =>
      program.run(source),
    );
    // What is only a warning at the start is gone once a flag of that name is registered, so a fresh one is asked.
    const problems = ConfigRegistry.load(sources).problems.filter(({ severity }) => severity === "warning");
    const warnings = [...problems.map(({ message }) => message), ...program.warnings];
    return { failure, stdout: program.stdout, warnings };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Sources = ReturnType<typeof sourcesOf>;

/** The module `theano` over the program's own configuration, which is loaded once. */
function theanoOf(loaded: Map<string, ConfigRegistry>, sources: Sources, program: PythonProgram): unknown {
  const registry = loaded.get("theano") ?? ConfigRegistry.load({ ...sources, strict: true });
  loaded.set("theano", registry);
  return theanoRoot({ ...configModules(registry), members: program.members });
}

function sourcesOf({ flags, env, theanorc = [] }: ErrorCase, folder: string) {
  const texts = typeof theanorc === "string" ? [] : theanorc;
  const files = [DEFAULTS_OF_1_0_5, ...texts].map((content, index) => {
    const file = join(folder, `rc${index}`);
    writeFileSync(file, content);
    return file;
  });
  if (typeof theanorc === "string") files.push(join(folder, "missing"));
  return { env: { USER: "someone", ...env, THEANO_FLAGS: flags }, files, home: folder };
}

function inputOf({ flags, theanorc = [], source }: ErrorCase): string {
  return [`THEANO_FLAGS=${flags}`, ...(typeof theanorc === "string" ? [] : theanorc), source].join("\n");
}

function checksOf(theirs: ErrorCase, ended: Ended, group: string): Check[] {
  const { stdout = "" } = theirs;
  const agree = group === "other" ? errorAgrees : meets;
  const isNamed = (actual: Error, expected: OracleError): boolean =>
    theirs.flags.split(",").some((item) => {
      const [flag = "", value = ""] = item.split("=", 2);
      return namesTheCulprit(actual, expected, { flag, value, source: "THEANO_FLAGS" });
    });
  const agreeOrBetter = (actual: Error, expected: OracleError): boolean =>
    agree(actual, expected) || (group !== "other" && isNamed(actual, expected));
  const checks = [errorCheck(theirs, ended.failure, agreeOrBetter), ...warningChecks(theirs, ended.warnings, group)];
  // A program that fails only here prints less: the error says so already.
  if (theirs.error !== null || ended.failure === null)
    checks.push({ aspect: "stdout", pass: stdout === ended.stdout, expected: stdout, actual: ended.stdout });
  return checks;
}

function errorCheck(
  { error }: ErrorCase,
  ours: Failure | null,
  agree: (actual: Error, expected: OracleError) => boolean,
): Check {
  if (ours?.error instanceof NotImplementedError && error?.class !== "NotImplementedError")
    throw new Unsupported(ours.error.message);
  const expected = error === null ? "no error" : `${error.class}: ${error.message} (line ${error.line})`;
  const actual = ours === null ? "no error" : `${showError(ours.error)} (line ${ours.line})`;
  if (error === null || ours === null)
    return { aspect: "error", pass: error === null && ours === null, expected, actual };
  const platformless = new Error(ours.error.message.replace(/compiledir_[^/']+/, "compiledir_<platform>"));
  Object.setPrototypeOf(platformless, Object.getPrototypeOf(ours.error));
  platformless.name = ours.error.name;
  return { aspect: "error", pass: agree(platformless, error) && error.line === ours.line, expected, actual };
}

/** So much of a warning about a program says what it is about. */
const WARNED = 80;

/**
 * Theano's warnings must be in ours, which may write its names in our way; what Theano logs on stderr is a warning
 * here, in our words. For the configuration there may be no others.
 */
function warningChecks({ warnings = [], stderr = "" }: ErrorCase, ours: readonly string[], group: string): Check[] {
  const expected = warnings.map(([, message]) => message);
  const count = expected.length + (stderr === "" ? 0 : 1);
  const isProgram = group === "other";
  const enough = isProgram ? ours.length > 0 || count === 0 : ours.length === count;
  const beginning = isProgram ? WARNED : undefined;
  const said = (message: string): boolean =>
    ours.some((text) => plainWords(text).includes(plainWords(message.slice(0, beginning))));
  const pass = enough && expected.every(said);
  return [{ aspect: "warnings", pass, expected: [...expected, stderr].join("\n"), actual: ours.join("\n") }];
}
