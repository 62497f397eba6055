/** What THEANO_FLAGS and the files of THEANORC say, before any flag has looked at it. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { TheanoError, ValueError } from "../base/errors.ts";
import { parseFlags } from "./flagstext.ts";
import { DEFAULT_SECTION, type IniOption, interpolate, parseIni } from "./inifile.ts";
import type { FlagSource } from "./source.ts";

/** Something in the environment or a file that is not right. Loading goes on without it. */
export interface ConfigProblem {
  /** A `warning` says that something was ignored; an `error` says that a setting could not be used. */
  readonly severity: "error" | "warning";
  /** What was wrong, where it stands and what to do, in full sentences. */
  readonly message: string;
  readonly flag?: string;
  /** The value as it was written. */
  readonly value?: string;
  readonly source?: FlagSource;
  /** The flag or value that was probably meant. */
  readonly suggestion?: string;
  /** What strict loading throws. Only problems of severity `error` have it. */
  readonly error?: Error;
}

/** A text that someone wrote for a flag. */
export interface Setting {
  readonly name: string;
  readonly text: string;
  readonly source: FlagSource;
  /** It came from the section DEFAULT, whose options need not be flags. */
  readonly inherited?: boolean;
}

/** Where to look. Every field has the process's own value by default. */
export interface ConfigSources {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Files in the order of reading; default: those of THEANORC, or `~/.theanorc`. */
  readonly files?: readonly string[];
  readonly home?: string;
  readonly platform?: NodeJS.Platform;
}

/** The sources with their defaults filled in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: readonly string[];
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/** All settings found. */
export interface Settings {
  readonly surroundings: Surroundings;
  /** From THEANO_FLAGS, by name. */
  readonly environment: ReadonlyMap<string, Setting>;
  /** From the files, by name in lower case. */
  readonly files: ReadonlyMap<string, Setting>;
  readonly problems: readonly ConfigProblem[];
}

const FLAGS_VARIABLE = "THEANO_FLAGS";
const GLOBAL_SECTION = "global";

/** Reads THEANO_FLAGS and the files. Never throws: what is wrong becomes a problem. */
export function loadSettings(sources: ConfigSources = {}): Settings {
  const surroundings = surroundingsOf(sources);
  const problems: ConfigProblem[] = [];
  const environment = readEnvironment(surroundings.env[FLAGS_VARIABLE] ?? "", problems);
  const files = readFiles(surroundings, problems);
  checkThreads(surroundings.env.OMP_NUM_THREADS, problems);
  return { surroundings, environment, files, problems };
}

function surroundingsOf(sources: ConfigSources): Surroundings {
  const env = sources.env ?? process.env;
  const home = sources.home ?? homeOf(env);
  const platform = sources.platform ?? process.platform;
  return { env, home, platform, files: sources.files ?? rcFiles(env, home, platform) };
}

/** The home directory; the root where the system knows none, as in some containers. */
function homeOf(env: Surroundings["env"]): string {
  try {
    return homedir();
  } catch {
    return env.HOME ?? "/";
  }
}

/**
 * The files of THEANORC, in the order of reading; a later one wins. They are separated as in PATH, and `~` is the home
 * directory. Without THEANORC: `~/.theanorc`, and on Windows `~/.theanorc.txt` too, since Notepad likes that name.
 */
export function rcFiles(env: Surroundings["env"], home: string, platform: NodeJS.Platform): string[] {
  const windows = platform === "win32";
  const list = env.THEANORC ?? (windows ? "~/.theanorc;~/.theanorc.txt" : "~/.theanorc");
  return list
    .split(windows ? ";" : ":")
    .filter((file) => file !== "")
    .map((file) => (/^~(?=$|[/\\])/.test(file) ? join(home, file.slice(1)) : file));
}

function readEnvironment(text: string, problems: ConfigProblem[]): Map<string, Setting> {
  const source: FlagSource = { origin: "environment", variable: FLAGS_VARIABLE };
  const settings = new Map<string, Setting>();
  try {
    for (const { name, value } of parseFlags(text, FLAGS_VARIABLE)) {
      if (value !== undefined) {
        settings.set(name, { name, text: value, source });
      } else {
        const message = `Config key '${name}' has no value, ignoring it: write ${name}=value in ${FLAGS_VARIABLE}.`;
        problems.push({ severity: "warning", flag: name, source, message });
      }
    }
  } catch (error) {
    problems.push(problemOf(error, { value: text, source }));
  }
  return settings;
}

/** An error as a problem; `rest` says whose and where. */
export function problemOf(thrown: unknown, rest: Omit<ConfigProblem, "severity" | "message" | "error">): ConfigProblem {
  const error = thrown instanceof Error ? thrown : new TheanoError(String(thrown));
  return { severity: "error", message: error.message, error, ...rest };
}

function readFiles({ files, env, home }: Surroundings, problems: ConfigProblem[]): Map<string, Setting> {
  /** Section → option → the last one read; both in lower case, but for the section DEFAULT. */
  const sections = new Map<string, Map<string, IniOption>>();
  for (const file of files) {
    const read = readFile(file, problems);
    if (read === undefined) continue;
    const ini = parseIni(read, file);
    problems.push(...ini.errors.map(({ line, error }) => problemOf(error, { source: { origin: "file", file, line } })));
    for (const name of ini.sections) sections.set(sectionKey(name), sections.get(sectionKey(name)) ?? new Map());
    for (const option of ini.options) {
      sections.get(sectionKey(option.section))?.set(option.option.toLowerCase(), option);
    }
  }
  const names = interpolationNames(env, home);
  const settings = new Map<string, Setting>();
  for (const [section, own] of sections) {
    if (section === DEFAULT_SECTION) continue;
    const options = new Map([...(sections.get(DEFAULT_SECTION) ?? []), ...own]);
    const known = new Map([...names, ...[...options].map(([key, { value }]) => [key, value] as const)]);
    for (const option of options.values()) {
      const inherited = option.section === DEFAULT_SECTION;
      const name = settingName(inherited ? section : option.section, option.option);
      const source: FlagSource = { origin: "file", file: option.file, line: option.line };
      settings.set(name.toLowerCase(), { name, text: interpolate(option.value, known), source, inherited });
    }
  }
  return settings;
}

const sectionKey = (section: string): string => (section === DEFAULT_SECTION ? section : section.toLowerCase());

/** `[traceback] limit` is the flag `traceback.limit`; a dotted option in `[global]` is no flag at all. */
function settingName(section: string, option: string): string {
  if (option.includes(".")) return `[${section}] ${option}`;
  return section.toLowerCase() === GLOBAL_SECTION ? option : `${section}.${option}`;
}

function readFile(file: string, problems: ConfigProblem[]): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return;
    const error = new ValueError(`${file} could not be read: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
    problems.push(problemOf(error, {}));
    return undefined;
  }
}

/** The names that every file may use as `%(NAME)s`, in lower case. */
function interpolationNames(env: Surroundings["env"], home: string): Map<string, string> {
  return new Map([
    ["user", env.USER ?? basename(home)],
    ["lscratch", env.LSCRATCH ?? ""],
    ["tmpdir", env.TMPDIR ?? ""],
    ["temp", env.TEMP ?? ""],
    ["tmp", env.TMP ?? ""],
    ["pid", String(process.pid)],
  ]);
}

function checkThreads(value: string | undefined, problems: ConfigProblem[]): void {
  if (value === undefined || value === "" || /^\s*[+-]?\d+\s*$/.test(value)) return;
  const error = new TypeError(`The environment variable OMP_NUM_THREADS should be a number, got '${value}'.`);
  problems.push(problemOf(error, { value, source: { origin: "environment", variable: "OMP_NUM_THREADS" } }));
}
