/**
 * Compares this implementation with results of the real Theano.
 *
 *     npm run oracle -- [FOLDER] [--only NAME,…] [--json FILE] [--known] [--missing]
 *
 * Exits with 1 when a case fails that is not among the known differences; `--known` lists those too. Differences known as
 * open count as failed. `--missing` lists what cases needed that is not here yet.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Counts, type Mismatch, missingNames } from "./report.ts";
import { DEFAULT_FOLDER, hasOracle, type Outcome, runOracle } from "./run.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    json: { type: "string" },
    known: { type: "boolean", default: false },
    missing: { type: "boolean", default: false },
  },
});
const folder = positionals[0] ?? DEFAULT_FOLDER;

if (!hasOracle(folder)) {
  console.error(`There are no oracle files in ${folder}. Name their folder: npm run oracle -- FOLDER`);
  process.exit(2);
}
const only = values.only?.split(",");
const outcomes = runOracle(folder, only);
const lacking = (only ?? []).filter((name) => outcomes.every(({ file }) => file !== name));
if (lacking.length > 0) {
  console.error(`There is no ${lacking.map((name) => `${name}.json`).join(", no ")} in ${folder}.`);
  process.exit(2);
}
for (const outcome of outcomes) print(outcome);
if (values.missing) printMissing();
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(outcomes.map(forJson), undefined, 1));
process.exitCode = outcomes.some((outcome) => "total" in outcome && outcome.mismatches.some(isNews)) ? 1 : 0;

function print(outcome: Outcome): void {
  if (!("total" in outcome)) {
    console.log(`${outcome.file}: not yet evaluated (${outcome.cases} cases)`);
    return;
  }
  console.log(`${outcome.file}: ${show(outcome.total)}`);
  for (const [group, counts] of outcome.groups) console.log(`  ${group}: ${show(counts)}`);
  for (const mismatch of outcome.mismatches) {
    if (isNews(mismatch) || values.known) console.log(describe(mismatch));
  }
}

/** What is missing over all files. */
function printMissing(): void {
  const verdicts = outcomes.flatMap((outcome) => ("total" in outcome ? outcome.verdicts : []));
  for (const [needed, cases] of missingNames(verdicts)) console.log(`${String(cases).padStart(5)} ${needed}`);
}

function show({ passed, known, failed, notEvaluated }: Counts): string {
  const later = notEvaluated > 0 ? `, ${notEvaluated} not here yet` : "";
  return `${passed} passed, ${known} differ on purpose, ${failed} failed${later}`;
}

/** Whether nothing was known of it. */
function isNews({ known }: Mismatch): boolean {
  return known === undefined;
}

function describe({ id, check, known }: Mismatch): string {
  const head = known === undefined ? "FAILED" : known.open === true ? "open" : "differs";
  const why = known === undefined ? "" : `\n      because: ${known.reason}`;
  return `    ${head} ${id}, ${check.aspect}\n      Theano: ${check.expected}\n      ours:   ${check.actual}${why}`;
}

function forJson(outcome: Outcome): unknown {
  return "total" in outcome ? { ...outcome, groups: Object.fromEntries(outcome.groups) } : outcome;
}
