import { existsSync, readFileSync, rmSync } from "node:fs";
import { packageScript, projectNode } from "./node.mjs";
import { inProject } from "./paths.mjs";
import { passThrough } from "./process.mjs";
import { single } from "./tally.mjs";

/** @typedef {import("./tally.mjs").Tally} Tally */

/** The types of everything, tests and scripts included. */
export async function typeCheck() {
  const status = await runTool("type check", "typescript", "tsc", ["-p", "tsconfig.check.json"]);
  return single("type check (tsc -p tsconfig.check.json)", status === 0);
}

/** The linter's rules and the formatter's layout. */
export async function lint() {
  const status = await runTool("lint and format", "@biomejs/biome", "biome", ["check", "--error-on-warnings"]);
  return single("lint and format (biome check; `npm run format` puts most right)", status === 0);
}

/**
 * The tests themselves.
 * @param {string[]} args file name patterns and options for Vitest
 */
export async function vitest(args) {
  const report = inProject(".cache", "vitest.json");
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const status = await runTool("tests", "vitest", "vitest", ["run", ...reporters, ...args]);
  return tallyOf(existsSync(report) ? readFileSync(report, "utf8") : undefined, status);
}

/**
 * Runs a command of an npm package on the terminal.
 * @param {string} title
 * @param {string} name the package
 * @param {string} command
 * @param {string[]} args
 */
function runTool(title, name, command, args) {
  console.log(`\n── ${title}: ${command} ${args.join(" ")}`);
  return passThrough(projectNode(), [packageScript(name, command), ...args]);
}

/**
 * The part of Vitest's JSON report that we read. A file that fails before its first test has status "failed" and no
 * failed assertion.
 * @typedef {object} Report
 * @property {{
 *   name: string,
 *   status: string,
 *   message: string,
 *   assertionResults: { status: string, fullName: string, failureMessages: string[] }[],
 * }[]} testResults
 */

/**
 * Counts Vitest's results. A run that ended badly, or ran nothing, has failed whatever its report says.
 * @param {string | undefined} json its report, if it wrote one
 * @param {number} status its exit code
 * @returns {Tally}
 */
export function tallyOf(json, status) {
  if (json === undefined) return single(`vitest ended with exit code ${status} and without a report`, false);
  /** @type {Report} */
  const { testResults } = JSON.parse(json);
  const tests = testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const passed = tests.filter((test) => test.status === "passed").length;
  const failed = tests.filter((test) => test.status === "failed");
  const failures = failed.map((test) => failure(test.file, test.fullName, test.failureMessages[0]));
  for (const file of testResults) {
    const hasFailedTest = file.assertionResults.some((test) => test.status === "failed");
    if (file.status === "failed" && !hasFailedTest) failures.push(failure(file.name, "could not run", file.message));
  }
  if (status !== 0 && failures.length === 0)
    failures.push(`vitest ended with exit code ${status}; its output says why`);
  if (passed === 0 && failures.length === 0) failures.push("no test ran");
  return { passed, skipped: tests.length - passed - failed.length, failures };
}

/**
 * @param {string} file
 * @param {string} name
 * @param {string} [message]
 */
function failure(file, name, message = "") {
  const [firstLine = ""] = message.split("\n");
  return `${file.replace(inProject("/"), "")} > ${name}${firstLine && `\n      ${firstLine}`}`;
}
