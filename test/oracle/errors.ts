/** Evaluates the programs of `errors.json` that are about the configuration. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AttributeError } from "../../runtime/base/errors.ts";
import {
  bool,
  type Config,
  ConfigRegistry,
  choice,
  type FlagChanges,
  type FlagSpec,
  flag,
  float,
  int,
  text,
  viewOf,
} from "../../runtime/config/index.ts";
import { meets, type OracleError, showError } from "./errors-match.ts";
import {
  isObject,
  type Modules,
  PyFloat,
  type PyObject,
  type PyValue,
  type Run,
  runPython,
  Unsupported,
} from "./python.ts";
import type { CaseResult, Check, Evaluator } from "./report.ts";

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

/** Cases that use more than the configuration are left to later evaluators. */
export const evaluateErrors: Evaluator<ErrorsFile> = (file) => file.cases.map(evaluateCase);

function evaluateCase(errorCase: ErrorCase): CaseResult {
  const { id } = errorCase;
  const group = /^(cfg|flags|rc|omp)_/.exec(id)?.[1] ?? "other";
  const folder = mkdtempSync(join(tmpdir(), "theanotes-oracle-"));
  try {
    const sources = sourcesOf(errorCase, folder);
    let registry: ConfigRegistry | undefined;
    const modules = theanoModules(() => {
      registry ??= ConfigRegistry.load({ ...sources, strict: true });
      return registry;
    });
    // The oracle's clean-up of paths also caught the flag compiledir_format in the sources of some programs.
    const source = errorCase.source.replaceAll("compiledir_<platform>", "compiledir_format");
    const run = runPython(source, modules);
    // What is only a warning at the start is gone once a flag of that name is registered, so a fresh one is asked.
    const warnings = ConfigRegistry.load(sources).problems.filter(({ severity }) => severity === "warning");
    return {
      id,
      group,
      checks: checksOf(
        errorCase,
        run,
        warnings.map(({ message }) => message),
      ),
    };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { id, group, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  } finally {
    rmSync(folder, { recursive: true });
  }
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

function checksOf(theirs: ErrorCase, run: Run, warnings: readonly string[]): Check[] {
  const { flags, theanorc = [], source, stdout = "" } = theirs;
  const input = [`THEANO_FLAGS=${flags}`, ...(typeof theanorc === "string" ? [] : theanorc), source].join("\n");
  const checks = [errorCheck(theirs, run), ...warningChecks(theirs, warnings)];
  // A program that fails only here prints less: the error says so already.
  if (theirs.error !== null || run.error === undefined) {
    checks.push({ aspect: "stdout", pass: stdout === run.stdout, expected: stdout, actual: run.stdout });
  }
  return checks.map((check) => ({ ...check, input }));
}

function errorCheck({ error }: ErrorCase, run: Run): Check {
  const ours = run.error;
  const expected = error === null ? "no error" : `${error.class}: ${error.message} (line ${error.line})`;
  const actual = ours === undefined ? "no error" : `${showError(ours.error)} (line ${ours.line})`;
  if (error === null || ours === undefined)
    return { aspect: "error", pass: error === null && ours === undefined, expected, actual };
  const platformless = new Error(ours.error.message.replace(/compiledir_[^/']+/, "compiledir_<platform>"));
  Object.setPrototypeOf(platformless, Object.getPrototypeOf(ours.error));
  return { aspect: "error", pass: meets(platformless, error) && error.line === ours.line, expected, actual };
}

/** Theano's texts must be in ours, one for one; what Theano logs on stderr is a warning here, in our words. */
function warningChecks({ warnings = [], stderr = "" }: ErrorCase, ours: readonly string[]): Check[] {
  const expected = warnings.map(([, message]) => message);
  const pass =
    ours.length === expected.length + (stderr === "" ? 0 : 1) &&
    expected.every((message) => ours.some((text) => text.includes(message)));
  return [{ aspect: "warnings", pass, expected: [...expected, stderr].join("\n"), actual: ours.join("\n") }];
}

function theanoModules(load: () => ConfigRegistry): Modules {
  const theano = (): PyObject => {
    const registry = load();
    const view = viewOf(registry);
    const members = new Map<string, PyObject>([
      ["config", configNode(view, view, "")],
      ["change_flags", { call: (args, keywords) => changeFlags(registry, args, keywords) }],
      ["configparser", configparser(registry)],
    ]);
    return moduleOf("theano", members);
  };
  return new Map([
    ["theano", theano],
    ["theano.configparser", () => configparser(load())],
  ]);
}

function moduleOf(name: string, members: ReadonlyMap<string, PyObject>): PyObject {
  return {
    attribute(key) {
      const member = members.get(key);
      if (member === undefined) throw new Unsupported(`${name}.${key}`);
      return member;
    },
  };
}

/** `theano.config` or one of its sections, through the object that users have. */
function configNode(config: Config, node: object, prefix: string): PyObject {
  return {
    attribute(name) {
      const value: unknown = Reflect.get(node, name);
      if (typeof value === "object" && value !== null) return configNode(config, value, `${prefix}${name}.`);
      if (typeof value === "number") {
        return config.describe(prefix + name).kind === "float" ? new PyFloat(value) : value;
      }
      if (value === null || typeof value === "string" || typeof value === "boolean") return value;
      throw new AttributeError(`theano.config has no flag "${prefix}${name}".`);
    },
    setAttribute(name, value) {
      Reflect.set(node, name, value instanceof PyFloat ? value.value : value);
    },
  };
}

function changeFlags(
  registry: ConfigRegistry,
  args: readonly PyValue[],
  keywords: ReadonlyMap<string, PyValue>,
): PyObject {
  const changes: FlagChanges = Object.create(null);
  for (const entries of [...args, keywords]) {
    if (!(entries instanceof Map)) throw new Unsupported("change_flags of something else than a dictionary");
    for (const [name, value] of entries) {
      Object.assign(changes, { [String(name)]: value instanceof PyFloat ? value.value : value });
    }
  }
  return {
    around: (body) => registry.changeFlags(changes, body),
    call: ([inner = null]) => ({
      call(innerArgs, innerKeywords) {
        if (!isObject(inner) || inner.call === undefined) throw new Unsupported("a decorated value");
        const { call } = inner;
        return registry.changeFlags(changes, () => call(innerArgs, innerKeywords));
      },
    }),
  };
}

type MakeFlag = (name: string, doc: string) => FlagSpec;

function configparser(registry: ConfigRegistry): PyObject {
  /** What `IntParam(3)` and its like gave: flags that still lack their names. */
  const params = new Map<PyValue, MakeFlag>();
  const param = (make: (args: readonly PyValue[]) => MakeFlag): PyObject => ({
    call(args, keywords) {
      if (keywords.size > 0) throw new Unsupported("options of a parameter");
      const made: PyObject = {};
      params.set(made, make(args));
      return made;
    },
  });
  const view = viewOf(registry);
  return moduleOf(
    "theano.configparser",
    new Map<string, PyObject>([
      ["config", configNode(view, view, "")],
      ["change_flags", { call: (args, keywords) => changeFlags(registry, args, keywords) }],
      [
        "IntParam",
        param(
          ([value]) =>
            (name, doc) =>
              flag(name, int(), { default: numberOf(value), doc }),
        ),
      ],
      [
        "FloatParam",
        param(
          ([value]) =>
            (name, doc) =>
              flag(name, float(), { default: numberOf(value), doc }),
        ),
      ],
      [
        "BoolParam",
        param(
          ([value]) =>
            (name, doc) =>
              flag(name, bool(), { default: value === true, doc }),
        ),
      ],
      [
        "StrParam",
        param(
          ([value]) =>
            (name, doc) =>
              flag(name, text(), { default: textOf(value), doc }),
        ),
      ],
      [
        "EnumStr",
        param(([first, ...rest]) => (name, doc) => {
          const options = [textOf(first), ...rest.map(textOf)] as const;
          return flag(name, choice(options), { default: options[0], doc });
        }),
      ],
      [
        "AddConfigVar",
        {
          call([name, doc, made = null]) {
            const make = params.get(made);
            if (make === undefined) throw new Unsupported("AddConfigVar of this parameter");
            registry.register(make(textOf(name), textOf(doc)));
            return null;
          },
        },
      ],
    ]),
  );
}

function numberOf(value: PyValue | undefined): number {
  if (value instanceof PyFloat) return value.value;
  if (typeof value === "number") return value;
  throw new Unsupported("a default that is no number");
}

function textOf(value: PyValue | undefined): string {
  if (typeof value === "string") return value;
  throw new Unsupported("a default that is no text");
}
