/** The tutorial of the seed. */
import { beforeAll, describe, expect, test } from "vitest";
import { executeNotebook, joined, type Notebook, type Output } from "./execute.ts";

const NAME = "01-config-and-modes.ipynb";
let executed: Notebook;

beforeAll(async () => {
  executed = await executeNotebook(NAME);
}, 180_000);

function outputs(notebook: Notebook, id: string): readonly Output[] {
  return notebook.cells.find((cell) => cell.id === id)?.outputs ?? expect.fail(`there is no code cell ${id}`);
}

const printed = (id: string): string =>
  outputs(executed, id)
    .map((output) => (output.output_type === "stream" ? joined(output.text) : ""))
    .join("");

describe("as in the seed", () => {
  test("the configuration lists its flags in their order", () => {
    const [listing] = outputs(executed, "list-configuration");
    const text = listing?.output_type === "execute_result" ? joined(listing.data["text/plain"]) : "";
    const names = [...text.matchAll(/^(\S+) \(.*\) $/gm)].map(([, name]) => name);
    const some = [
      "floatX",
      "warn_float64",
      "cast_policy",
      "int_division",
      "device",
      "mode",
      "linker",
      "DebugMode.patience",
    ];
    expect(names.filter((name) => name !== undefined && some.includes(name))).toEqual(some);
    expect(names.length).toBeGreaterThanOrEqual(123);
  });

  test("10 / x divides by zero in the default mode", () => {
    expect(printed("divide")).toBe("[2.]\n[inf]\n[1.42857143]\n");
  });

  test("DebugMode prints the first result, reports the second call, and never reaches the third", () => {
    expect(printed("divide-debug")).toBe("[2.]\n");
    const [, report, error, ...more] = outputs(executed, "divide-debug");
    expect(more).toEqual([]);
    expect(report).toMatchObject({
      output_type: "display_data",
      data: {
        "application/vnd.theanotes.debug.v1+json": { kind: "InvalidValueError", location: { cell: 9, line: 1 } },
      },
    });
    expect(error).toMatchObject({ output_type: "error", ename: "InvalidValueError" });
    const evalue = error?.output_type === "error" ? error.evalue : "";
    for (const line of [
      "        type(variable) = TensorType(float64, vector)",
      "        variable       = Elemwise{true_div,no_inplace}.0",
      "        dtype(value)   = float64",
      "        shape(value)   = (1,)",
      "        min(value)     = inf",
      "        max(value)     = inf",
      "        isfinite       = False",
      "        client_node    = None",
      "        hint           = perform output",
      "        specific_hint  = non-finite elements not allowed",
      "        context        = ...",
      "  Elemwise{true_div,no_inplace} [id A] ''   ",
      "   |TensorConstant{(1,) of 10.0} [id B]",
      "   |x [id C]",
    ]) {
      expect(evalue.split("\n")).toContain(line);
    }
  });
});

test("%%mode holds for its cell only", () => {
  expect(printed("cell-mode")).toBe("py [2.5]\n");
  expect(printed("neuron")).toBe("[0.5        0.62245933]\n");
});

test("training lowers the error, and its profile is a chart with an SVG twin and a table", () => {
  const [, before, after] = /before: ([\d.]+)\n.*after: ([\d.]+)/s.exec(printed("profile-cell")) ?? [];
  expect(Number(after)).toBeLessThan(Number(before) / 2);
  const kinds = outputs(executed, "profile-cell").map((output) =>
    "data" in output ? Object.keys(output.data).sort() : [],
  );
  expect(kinds.slice(1)).toEqual([
    ["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"],
    ["application/vnd.theanotes.profile.v1+json", "text/html", "text/plain"],
  ]);
});
