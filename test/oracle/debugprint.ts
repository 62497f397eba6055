/** Evaluates `debugprint.json`: the texts that graphs are printed as, before and after they are compiled. */

import { type DebugPrintOptions, minInformativeStr } from "../../runtime/graph/debugprint.ts";
import { debugprint, pprint, SharedVariable, type TensorVariable, theano } from "../../runtime/index.ts";
import { attempt } from "./encoding.ts";
import { showError } from "./errors-match.ts";
import { camelCase } from "./python/binding.ts";
import { PythonProgram } from "./python/program.ts";
import { Unsupported } from "./python/values.ts";
import type { CaseResult, Evaluator } from "./report.ts";
import { outputsOf, type Result, resultsOf } from "./translate.ts";

interface PrintCase {
  readonly id: string;
  readonly source: string;
  /** `debugprint(outputs)`, also with types, and with other options, which are JSON texts. */
  readonly before: string;
  readonly before_types: string;
  readonly options?: Readonly<Record<string, string>>;
  /** One per output. */
  readonly pprint: readonly string[];
  readonly min_informative_str?: readonly string[];
  readonly str?: readonly string[];
  /** Of the compiled function, by mode. */
  readonly fast_compile_py: string;
  readonly fast_run_py: string;
  /** The same with compiled ops; "same" as without. */
  readonly fast_compile_c: string;
  readonly fast_run_c: string;
}

/** `debugprint.json`. */
export interface DebugPrintFile {
  readonly cases: readonly PrintCase[];
}

/** Every printed text counts as a case; the groups are the ways of printing. */
export const evaluateDebugPrint: Evaluator<DebugPrintFile> = (file) => file.cases.flatMap(evaluateProgram);

/** What a program defines: `inputs`, `outputs` and `updates` are for the function that it is about. */
interface Program {
  readonly inputs: readonly Result[];
  readonly outputs: TensorVariable | readonly TensorVariable[];
  readonly list: readonly TensorVariable[];
  readonly updates: readonly (readonly [SharedVariable, TensorVariable])[];
}

function evaluateProgram(printCase: PrintCase): CaseResult[] {
  const { id, source, before, before_types, options = {}, min_informative_str, str } = printCase;
  const check = (group: string, expected: string | undefined, print: (program: Program) => string): CaseResult[] => {
    if (expected === undefined) return [];
    const result = { id: `${id}: ${group}`, group: group.replace(/ .*/, "") };
    try {
      const actual = attempt(() => print(run(source)));
      const text = actual instanceof Error ? showError(actual) : actual;
      return [
        { ...result, checks: [{ aspect: group, input: source, pass: text === expected, expected, actual: text }] },
      ];
    } catch (thrown) {
      if (thrown instanceof Unsupported) return [{ ...result, notEvaluated: `needs ${thrown.message}` }];
      throw thrown;
    }
  };
  return [
    ...check("before", before, ({ outputs }) => debugprint(outputs)),
    ...check("before_types", before_types, ({ outputs }) => debugprint(outputs, { printType: true })),
    ...Object.entries(options).flatMap(([json, expected]) =>
      check(`options ${json}`, expected, ({ outputs }) => debugprint(outputs, optionsOf(json))),
    ),
    ...check("pprint", printCase.pprint.join("\n"), ({ list }) => list.map((one) => pprint(one)).join("\n")),
    ...check("min_informative_str", min_informative_str?.join("\n"), ({ list }) =>
      list.map((one) => minInformativeStr(one)).join("\n"),
    ),
    ...check("str", str?.join("\n"), ({ list }) => list.map(String).join("\n")),
    ...(["fast_compile", "fast_run"] as const).flatMap((mode) =>
      check(mode, compiledText(printCase, mode), (program) => compiled(program, mode)),
    ),
  ];
}

/** The runtime compiles ops, so that it is compared with Theano's compiled role. */
function compiledText(printCase: PrintCase, mode: "fast_compile" | "fast_run"): string {
  const text = printCase[`${mode}_c`];
  return text === "same" ? printCase[`${mode}_py`] : text;
}

function optionsOf(json: string): DebugPrintOptions {
  const options: Readonly<Record<string, unknown>> = JSON.parse(json);
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [camelCase(key), value]));
}

/** The text of the compiled function. */
function compiled({ inputs, outputs, updates }: Program, mode: string): string {
  return debugprint(theano.function(inputs, outputs, { mode: mode.toUpperCase(), updates, onUnusedInput: "ignore" }));
}

/** Runs a program and takes what it defines. @throws what the program ends in. */
function run(source: string): Program {
  const program = new PythonProgram();
  const failure = program.run(`import numpy as np\nimport theano\nimport theano.tensor as T`) ?? program.run(source);
  program.end();
  if (failure !== null) throw failure.error;
  const get = (name: string): unknown => (program.scope.has(name) ? program.scope.get(name) : []);
  const outputs = get("outputs");
  const list = outputsOf(outputs);
  const [only] = list;
  const single = !Array.isArray(outputs) && only !== undefined;
  return {
    inputs: resultsOf(get("inputs")),
    outputs: single ? only : list,
    list,
    updates: updatesOf(get("updates")),
  };
}

function updatesOf(value: unknown): Program["updates"] {
  const pairs: readonly unknown[] = Array.isArray(value) ? value : [];
  return pairs.map((pair) => {
    const [target, next] = outputsOf(pair);
    if (target instanceof SharedVariable && next !== undefined) return [target, next];
    throw new Unsupported("updates of this kind");
  });
}
