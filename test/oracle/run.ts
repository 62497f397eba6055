/** Finds the oracle files and evaluates those that have an evaluator. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { evaluateConfig } from "./config.ts";
import { evaluateDebugPrint } from "./debugprint.ts";
import { evaluateDTypes } from "./dtypes.ts";
import { evaluateErrors } from "./errors.ts";
import { evaluateGraphs } from "./graphs.ts";
import { evaluateOps } from "./ops.ts";
import { evaluateProfiles } from "./profile.ts";
import { type CaseResult, type FileReport, weigh } from "./report.ts";
import { evaluateStability } from "./stability.ts";

/** Where the oracle lies beside a checkout of the project. */
export const DEFAULT_FOLDER = fileURLToPath(new URL("../../../shared/oracle/open", import.meta.url));

/** One evaluator per oracle file. To judge another file, write its evaluator and name it here. */
const EVALUATORS: Readonly<Record<string, (json: string) => CaseResult[]>> = {
  config: (json) => evaluateConfig(JSON.parse(json)),
  debugprint: (json) => evaluateDebugPrint(JSON.parse(json)),
  dtypes: (json) => evaluateDTypes(JSON.parse(json)),
  errors: (json) => evaluateErrors(JSON.parse(json)),
  graphs: (json) => evaluateGraphs(JSON.parse(json)),
  ops: (json) => evaluateOps(JSON.parse(json)),
  profile: (json) => evaluateProfiles(JSON.parse(json)),
  stability: (json) => evaluateStability(JSON.parse(json)),
};

/** A file's report, or the number of its cases when it has no evaluator yet. */
export type Outcome = FileReport | { readonly file: string; readonly cases: number };

/** Whether there are oracle files in a folder. */
export function hasOracle(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith(".json"));
}

/** Evaluates the files of a folder, or those called `only` (without `.json`). */
export function runOracle(folder: string, only?: readonly string[]): Outcome[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .filter((file) => only === undefined || only.includes(file))
    .sort();
  return files.map((file) => {
    const json = readFileSync(join(folder, `${file}.json`), "utf8");
    const evaluate = EVALUATORS[file];
    if (evaluate !== undefined) return weigh(file, evaluate(json));
    const { cases }: { cases: readonly unknown[] } = JSON.parse(json);
    return { file, cases: cases.length };
  });
}
