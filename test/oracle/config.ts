/** Evaluates `config.json`: what each flag is and which values it takes, in Theano 1.0.5 and in the seed's version. */
import { homedir } from "node:os";
import { pyQuote } from "../../runtime/base/python.ts";
import { ConfigRegistry, type FlagDescription, type FlagValue } from "../../runtime/config/index.ts";
import { loadSettings } from "../../runtime/config/load.ts";
import { meets, namesTheCulprit, type OracleError, showError } from "./errors-match.ts";
import { PyFloat, repr } from "./python/values.ts";
import type { CaseResult, Check, Evaluator } from "./report.ts";
import { evaluateSource } from "./translate.ts";

/** Values in the tables are literals. */
const NO_NAMES = new Map<string, unknown>();

/** What giving a value to a flag led to: the value's `repr`, or an error. */
type Answer =
  | { readonly ok: string }
  | { readonly error: string; readonly message: string; readonly args?: readonly string[] };
type Table = Readonly<Record<string, Answer>>;

interface ConfigCase {
  readonly name: string;
  readonly version: string;
  readonly class: string;
  readonly kind: string;
  readonly mutable: boolean;
  readonly listing: string;
  readonly value: string;
  readonly allowed?: readonly string[];
  readonly default?: string | number | boolean | null;
  readonly default_is_computed?: boolean;
  readonly rule?: string;
  readonly assign_error?: { readonly error: string; readonly message: string };
  /** A text says why there is no table. */
  readonly parse?: Table | string;
  readonly assign?: Table | string;
  readonly through_THEANO_FLAGS?: Table | string;
}

/** `config.json`. */
export interface ConfigFile {
  readonly cases: readonly ConfigCase[];
  readonly rules: Readonly<Record<string, { readonly parse?: Table; readonly assign?: Table }>>;
}

/** One check per property and per entry of the tables of each flag. */
export const evaluateConfig: Evaluator<ConfigFile> = (file) =>
  file.cases.map((flagCase): CaseResult => {
    const id = `${flagCase.version}:${flagCase.name}`;
    const registry = registryWith("");
    if (!registry.has(flagCase.name)) {
      const check = { aspect: "exists", pass: false, expected: flagCase.name, actual: "no such flag" };
      return { id, group: flagCase.version, checks: [check] };
    }
    const rule = flagCase.rule === undefined ? undefined : file.rules[flagCase.rule];
    const checks = [
      ...propertyChecks(flagCase, registry.describe(flagCase.name)),
      ...tableChecks("parse", flagCase, flagCase.parse ?? rule?.parse, (text) => parse(flagCase.name, text)),
      ...tableChecks("assign", flagCase, flagCase.assign ?? rule?.assign, (text) =>
        assign(flagCase.name, evaluateSource(text, NO_NAMES)),
      ),
      ...tableChecks("through THEANO_FLAGS", flagCase, flagCase.through_THEANO_FLAGS, (text) =>
        outcome(() => loaded(registryWith(`${flagCase.name}=${text}`), flagCase.name)),
      ),
      ...immutableChecks(flagCase),
    ];
    return { id, group: flagCase.version, checks };
  });

/** Theano prints this function, with its address, for each bool; the listing names the type as it does for int. */
const BOOL_FILTER = /<function \S*booltype at 0xADDR>/;

function registryWith(flags: string): ConfigRegistry {
  return ConfigRegistry.load({ env: { PATH: process.env.PATH, THEANO_FLAGS: flags }, files: [] });
}

function propertyChecks(theirs: ConfigCase, ours: FlagDescription): Check[] {
  const checks = [
    check("kind", theirs.kind, ours.kind),
    check("mutable", String(theirs.mutable), String(ours.mutable)),
    listingCheck(theirs, listingOf(ours.name)),
  ];
  if (theirs.allowed !== undefined) checks.push(allowedCheck(theirs.allowed, ours.choices ?? []));
  if (theirs.default_is_computed === true) {
    checks.push(check("type of value", typeOf(theirs.value), typeOf(textRepr(ours, ours.value))));
  } else {
    checks.push(check("value", theirs.value, textRepr(ours, ours.value)));
    checks.push(defaultCheck(theirs, textRepr(ours, ours.default)));
  }
  return checks;
}

/**
 * Where Theano's line is an object with an address, it says neither which flag it is of nor what that accepts: any line
 * that says both passes.
 */
function listingCheck({ name, listing }: ConfigCase, ours: string): Check {
  const theirs = listing.trim().replace(BOOL_FILTER, "<class 'bool'>");
  const compared = check("listing", theirs, ours);
  if (!/^<.* object at 0xADDR>$/.test(theirs)) return compared;
  return {
    ...compared,
    pass: ours.startsWith(`${name} (`) && /\(.+\)$/.test(ours) && !/ object at |function/.test(ours),
  };
}

/** Theano's default as it is written, or as the flag reads it: that is the value which the flag has by default. */
function defaultCheck(theirs: ConfigCase, ours: string): Check {
  const written = check("default", defaultRepr(theirs), ours);
  return written.pass ? written : { ...written, pass: check("default", theirs.value, ours).pass };
}

/** The same values in any order: the default is judged by itself. `allowed: more` says that all of Theano's are there. */
function allowedCheck(theirs: readonly string[], ours: readonly string[]): Check {
  const more = ours.filter((value) => !theirs.includes(value));
  const missing = theirs.some((value) => !ours.includes(value));
  const aspect = more.length > 0 && !missing ? "allowed: more" : "allowed";
  const pass = more.length === 0 && !missing;
  return { aspect, pass, expected: theirs.join(" "), actual: ours.join(" ") };
}

function listingOf(name: string): string {
  const lines = registryWith("").toString().split("\n");
  return (lines.find((line) => line.startsWith(`${name} (`)) ?? "").trim();
}

/** `repr` of the value that a description gives as text. */
function textRepr({ kind, choices }: FlagDescription, text: string): string {
  const isText = kind === "enum" || kind === "str" || kind === "device" || kind === "map";
  return isText || (kind === "cfg" && choices === undefined) ? pyQuote(text) : text;
}

function defaultRepr({ default: value = null, kind }: ConfigCase): string {
  if (kind === "float") return repr(new PyFloat(Number(value)));
  return repr(value);
}

function typeOf(text: string): string {
  if (/^['"]/.test(text)) return "str";
  if (text === "True" || text === "False") return "bool";
  return /^-?\d+$/.test(text) ? "int" : "float";
}

function tableChecks(
  what: string,
  { name }: ConfigCase,
  table: Table | string | undefined,
  give: (text: string) => string | Error,
): Check[] {
  if (table === undefined || typeof table === "string") return [];
  return Object.entries(table).map(([text, answer]) => {
    const aspect = `${what} ${JSON.stringify(text)}`;
    const ours = give(text);
    if ("ok" in answer) return check(aspect, answer.ok, ours instanceof Error ? showError(ours) : ours);
    const expected: OracleError = {
      class: answer.error,
      message: answer.message.replaceAll("{flag}", name),
      ...(answer.args === undefined ? {} : { args: answer.args.map((arg) => arg.replaceAll("{flag}", name)) }),
    };
    const compared = errorCheck(aspect, expected, ours);
    if (compared.pass || !(ours instanceof Error)) return compared;
    const source = what === "assign" ? "an assignment" : "THEANO_FLAGS";
    return { ...compared, pass: namesTheCulprit(ours, expected, { flag: name, value: text, source }) };
  });
}

function immutableChecks({ name, assign_error: error }: ConfigCase): Check[] {
  if (error === undefined) return [];
  return [errorCheck("assign anything", { class: error.error, message: error.message }, assign(name, "anything"))];
}

function errorCheck(aspect: string, expected: OracleError, ours: string | Error): Check {
  return {
    aspect,
    pass: ours instanceof Error && meets(ours, expected),
    expected: `${expected.class}: ${expected.message}`,
    actual: ours instanceof Error ? showError(ours) : ours,
  };
}

/** The value as a setting of the environment gets it, without the quoting of THEANO_FLAGS around it. */
function parse(name: string, text: string): string | Error {
  const setting = { name, text, source: { origin: "environment", variable: "THEANO_FLAGS" } } as const;
  const settings = { ...loadSettings({ env: {}, files: [] }), environment: new Map([[name, setting]]) };
  return outcome(() => loaded(new ConfigRegistry(settings), name));
}

function loaded(registry: ConfigRegistry, name: string): string {
  const failure = registry.problems.find((problem) => problem.error !== undefined)?.error;
  if (failure !== undefined) throw failure;
  return textRepr(registry.describe(name), registry.describe(name).value);
}

function assign(name: string, value: unknown): string | Error {
  const registry = registryWith("");
  return outcome(() => {
    registry.assign(name, plainValue(value));
    return textRepr(registry.describe(name), registry.describe(name).value);
  });
}

function plainValue(value: unknown): FlagValue {
  if (value instanceof PyFloat) return value.value;
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  throw new TypeError("a flag holds plain values only");
}

function outcome(run: () => string): string | Error {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Compares texts; paths of this machine count as the `~`, `<home>` and `<platform>` that the oracle has for them. */
function check(aspect: string, expected: string, actual: string): Check {
  const home = homedir();
  const tilde = actual.replaceAll(home, "~").replace(/compiledir_[^/']+/, "compiledir_<platform>");
  const cleaned = actual.startsWith(`'${home}`) ? "'<home>'" : actual;
  return { aspect, pass: [actual, tilde, cleaned].includes(expected), expected, actual };
}
