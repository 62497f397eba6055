/** Evaluates `graphs.json`: programs that build graphs, compile them, and call what they have made. */
import { decode, type EncodedArray } from "./encoding.ts";
import { type OracleError, showError } from "./errors-match.ts";
import {
  type EncodedValue,
  errorAgrees,
  plainWords,
  showEncoded,
  showOracleError,
  showValue,
  valueAgrees,
} from "./outcome.ts";
import { getAttribute } from "./python/attributes.ts";
import { callValue } from "./python/call.ts";
import { numpyModule } from "./python/numpy.ts";
import { type Failure, PythonProgram } from "./python/program.ts";
import { Unsupported } from "./python/values.ts";
import type { CaseResult, Check, Evaluator } from "./report.ts";
import { withinTime } from "./time-limit.ts";

/** A call of a function that the program defined; arguments are names of the data, or `@` and an expression. */
interface Call {
  readonly fn: string;
  readonly args: readonly string[];
  readonly kwargs?: Readonly<Record<string, string>>;
  /** `{"dict": …}` when the function gives values by names. */
  readonly out?: EncodedValue;
  readonly error?: OracleError;
}

interface GraphCase {
  readonly id: string;
  readonly source: string;
  readonly data: Readonly<Record<string, EncodedArray>>;
  readonly calls: readonly Call[];
  readonly shared_after?: Readonly<Record<string, EncodedArray>>;
  readonly result?: EncodedValue;
  readonly build_error?: OracleError;
  readonly stdout?: string;
  readonly warnings?: readonly (readonly [category: string, text: string])[];
  /** What Theano's Python implementation gives instead, where that is something else. */
  readonly python_only_differs?: { readonly calls?: Readonly<Record<string, Partial<Call>>> };
}

/** `graphs.json`. */
export interface GraphsFile {
  readonly cases: readonly GraphCase[];
}

export const evaluateGraphs: Evaluator<GraphsFile> = (file) => file.cases.map(evaluateCase);

function evaluateCase(graphCase: GraphCase): CaseResult {
  const { id, source } = graphCase;
  const group = /^(?:\w+:)?([a-z]+)/.exec(id)?.[1] ?? "other";
  try {
    const checks = withinTime(() => checksOf(graphCase)) ?? [LATE];
    return { id, group, checks: checks.map((check) => ({ ...check, input: source })) };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { id, group, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  }
}

const LATE: Check = { aspect: "end", pass: false, expected: "an end", actual: "it does not end" };

function checksOf(graphCase: GraphCase): Check[] {
  const data = Object.entries(graphCase.data).map(([name, array]) => [name, decode(array)] as const);
  const program = new PythonProgram(new Map<string, unknown>([...data, ["np", numpyModule()]]));
  program.run("import theano\nimport theano.tensor as T");
  try {
    return outcomeChecks(graphCase, program, program.run(graphCase.source));
  } finally {
    program.end();
  }
}

function outcomeChecks(graphCase: GraphCase, program: PythonProgram, failure: Failure | null): Check[] {
  const checks = [...errorChecks("build", graphCase.build_error, failure)];
  if (failure === null || graphCase.build_error !== undefined) {
    checks.push(...graphCase.calls.flatMap((call, i) => callChecks(graphCase, program, call, i)));
    checks.push(...stateChecks(graphCase, program));
  }
  return checks;
}

/** One check that the right error came, or none. */
function errorChecks(aspect: string, expected: OracleError | undefined, failure: Failure | null): Check[] {
  if (expected === undefined && failure === null) return [];
  const pass = expected !== undefined && failure !== null && errorAgrees(failure.error, expected);
  return [
    {
      aspect: `${aspect} error`,
      pass,
      expected: expected === undefined ? "no error" : showOracleError(expected),
      actual: failure === null ? "no error" : `${showError(failure.error)} (line ${failure.line})`,
    },
  ];
}

function callChecks(graphCase: GraphCase, program: PythonProgram, call: Call, index: number): Check[] {
  const aspect = `call ${index} of ${call.fn}`;
  const read = (name: string): unknown => program.evaluate(name.replace(/^@/, ""));
  let result: unknown = null;
  const failure = program.attempt(() => {
    const keywords = Object.entries(call.kwargs ?? {}).map(([name, value]) => [name, read(value)] as const);
    result = callValue(program.evaluate(call.fn), call.args.map(read), new Map(keywords));
  });
  if (call.error !== undefined || failure !== null) return errorChecks(aspect, call.error, failure);
  const python = graphCase.python_only_differs?.calls?.[index]?.out;
  const accepted = [call.out ?? null, ...(python === undefined ? [] : [python])].map(withoutDict);
  return [
    {
      aspect,
      pass: accepted.some((theirs) => valueAgrees(result, theirs)),
      expected: accepted.map(showEncoded).join(" or "),
      actual: showValue(result),
    },
  ];
}

/** Values by name without the mark that they are that. */
function withoutDict(value: EncodedValue): EncodedValue {
  const isMarked = typeof value === "object" && value !== null && "dict" in value;
  return isMarked ? value.dict : value;
}

/** What the program left behind: shared variables, its result, what it printed and warned of. */
function stateChecks({ shared_after = {}, result, stdout, warnings = [] }: GraphCase, program: PythonProgram): Check[] {
  const checks: Check[] = Object.entries(shared_after).map(([name, theirs]) => {
    const ours = program.scope.has(name)
      ? callValue(getAttribute(program.evaluate(name), "get_value"), [], new Map())
      : null;
    return {
      aspect: `shared ${name}`,
      pass: valueAgrees(ours, theirs),
      expected: showEncoded(theirs),
      actual: showValue(ours),
    };
  });
  if (result !== undefined) {
    const ours = program.scope.has("result") ? program.scope.get("result") : null;
    checks.push({
      aspect: "result",
      pass: valueAgrees(ours, result),
      expected: showEncoded(result),
      actual: showValue(ours),
    });
  }
  if (stdout !== undefined)
    checks.push({ aspect: "stdout", pass: program.stdout === stdout, expected: stdout, actual: program.stdout });
  for (const [, text] of warnings) {
    const ours = program.warnings.join("\n");
    checks.push({ aspect: "warning", pass: plainWords(ours).includes(plainWords(text)), expected: text, actual: ours });
  }
  return checks;
}
