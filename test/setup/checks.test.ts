import { expect, test } from "vitest";
import { tallyOf } from "../../scripts/lib/checks.mjs";
import { closingLine, single, total } from "../../scripts/lib/tally.mjs";

/** A report in the form of Vitest's, with one file of the given tests. */
function report(statuses: string[], fileStatus = "passed"): string {
  const assertionResults = statuses.map((status, index) => ({
    status,
    fullName: `test ${index}`,
    failureMessages: status === "failed" ? ["Error: 1 is not 2\n    at somewhere"] : [],
  }));
  return JSON.stringify({
    testResults: [{ name: "a.test.ts", status: fileStatus, message: "no such module", assertionResults }],
  });
}

test.each([
  ["all passed", report(["passed", "passed"]), 0, "2 passed, 0 failed"],
  ["one failed", report(["passed", "failed"], "failed"), 1, "1 passed, 1 failed"],
  ["some skipped", report(["passed", "skipped", "todo"]), 0, "1 passed, 0 failed, 2 skipped"],
  ["a file that cannot be loaded", report([], "failed"), 1, "0 passed, 1 failed"],
  ["a file whose clean-up failed", report(["passed"], "failed"), 1, "1 passed, 1 failed"],
  ["an error outside of the tests", report(["passed"]), 1, "1 passed, 1 failed"],
  ["no test at all", JSON.stringify({ testResults: [] }), 0, "0 passed, 1 failed"],
  ["nothing but skipped tests", report(["skipped"]), 0, "0 passed, 1 failed, 1 skipped"],
  ["a crash before the report", undefined, 134, "0 passed, 1 failed"],
])("%s", (_, json, status, line) => {
  expect(closingLine(tallyOf(json, status))).toBe(line);
});

test("a failed test is named with its file and the first line of its message", () => {
  expect(tallyOf(report(["failed"], "failed"), 1).failures).toEqual(["a.test.ts > test 0\n      Error: 1 is not 2"]);
});

test("type check and lint count as one test each", () => {
  expect(closingLine(total([single("types", true), single("lint", false), tallyOf(report(["passed"]), 0)]))).toBe(
    "2 passed, 1 failed",
  );
});
