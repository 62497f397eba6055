import { lint, typeCheck, vitest } from "./lib/checks.mjs";
import { describe } from "./lib/problem.mjs";
import { setUp } from "./lib/setup.mjs";
import { closingLine, single, total } from "./lib/tally.mjs";

// npm test: all checks. npm test -- PATTERN…: only the tests of the files whose names match.
const filters = process.argv.slice(2);

async function runChecks() {
  try {
    await setUp();
  } catch (error) {
    return single(`set-up: ${describe(error)}`, false);
  }
  // A person's own configuration must not decide how the tests end.
  delete process.env.THEANO_FLAGS;
  delete process.env.THEANORC;
  if (filters.length > 0) return vitest(filters);
  return total([await typeCheck(), await lint(), await vitest([])]);
}

const tally = await runChecks();
if (tally.failures.length > 0) {
  console.log(`\nFailed:\n${tally.failures.map((failure) => `  ✗ ${failure}`).join("\n")}`);
  process.exitCode = 1;
}
console.log(`\n${closingLine(tally)}`);
