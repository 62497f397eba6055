import { describe, expect, test } from "vitest";
import { debugprint, T } from "../../runtime/index.ts";
import { Unsupported } from "./python/values.ts";
import { weigh } from "./report.ts";
import { DEFAULT_FOLDER, hasOracle, runOracle } from "./run.ts";
import { evaluateSource, evaluateTree, outputsOf } from "./translate.ts";

// The oracle's files are not part of the project: a clone without them has nothing to compare with.
describe.skipIf(!hasOracle(DEFAULT_FOLDER))("results of the real Theano", () => {
  const evaluated = hasOracle(DEFAULT_FOLDER)
    ? runOracle(DEFAULT_FOLDER).flatMap((outcome) => ("total" in outcome ? [outcome] : []))
    : [];

  test.each(evaluated.map((report) => [report.file, report] as const))("%s.json", (_, report) => {
    expect(report.mismatches.filter(({ known }) => known === undefined)).toEqual([]);
    expect(report.total.passed).toBeGreaterThan(0);
  });
});

describe("the runner", () => {
  const check = { aspect: "default", expected: "1", actual: "2", pass: false };

  test("fails a case that differs without a known reason", () => {
    const report = weigh("config", [{ id: "1.0.5:some.flag", group: "1.0.5", checks: [check] }]);
    expect(report.total).toEqual({ passed: 0, known: 0, failed: 1, notEvaluated: 0 });
  });

  test("counts an open difference as failed, but knows it", () => {
    const open = { file: "ops", actual: "^2$", open: true, reason: "Missing here." };
    const report = weigh("ops", [{ id: "o-1", group: "creation", checks: [check] }], [open]);
    expect([report.total.failed, report.mismatches[0]?.known]).toEqual([1, open]);
  });

  test("takes a known difference only where ours is what the list says", () => {
    const flag = { id: "1.0.5:some.flag", group: "1.0.5" };
    const list = [{ file: "config", aspect: "^default$", actual: "^2$", reason: "The seed's default is kept." }];
    expect(weigh("config", [{ ...flag, checks: [check] }], list).total.known).toBe(1);
    expect(weigh("config", [{ ...flag, checks: [{ ...check, actual: "3" }] }], list).total.failed).toBe(1);
  });
});

describe("the translation of calls", () => {
  const scope = new Map([["a", T.tensor("int8", [false, false], "a")]]);
  const typeOf = (source: string) => outputsOf(evaluateSource(source, scope)).map(({ type }) => String(type));

  test.each([
    ["a[0, ::-1]", { index: [0, { slice: [null, null, -1] }], of: { var: "a" } }],
    ["-(a ** 2.0)", { unop: "-", x: { binop: "**", l: { var: "a" }, r: { float: 2 } } }],
    [
      "T.exp(a).sum(axis=(0, 1))",
      { method: "sum", of: { call: "T.exp", args: [{ var: "a" }], kwargs: {} }, args: [], kwargs: { axis: [0, 1] } },
    ],
  ])("makes of %s what its tree makes", (source, tree) => {
    const [text, call] = [evaluateSource(source, scope), evaluateTree(tree, scope)].map((made) =>
      debugprint(outputsOf(made)),
    );
    expect(call).toBe(text);
  });

  test.each([
    ["a + 1", "TensorType(int8, matrix)"],
    ["a + 1.0", "TensorType(float32, matrix)"],
    ["T.true_div(a, 2)", "TensorType(float64, matrix)"],
    ["T.nnet.sigmoid(a)", "TensorType(float32, matrix)"],
    ["a.sum(axis=0, keepdims=True)", "TensorType(int64, row)"],
    ["a.sum(0, keepdims=True)", "TensorType(int64, row)"],
    ["T.transpose(a, axes=(1, 0))", "TensorType(int8, matrix)"],
  ])("gives %s the type %s", (source, type) => {
    expect(typeOf(source)).toEqual([type]);
  });

  test.each(["T.no_such_function(a)", "a.no_such_method()", "T.sum(a, no_such_option=1)"])(
    "says that the runtime lacks %s",
    (source) => {
      expect(() => typeOf(source)).toThrow(Unsupported);
    },
  );
});
