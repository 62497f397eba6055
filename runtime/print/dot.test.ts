import { describe, expect, test } from "vitest";
import { Apply } from "../graph/apply.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { ifelse } from "../ops/ifelse.ts";
import { scan } from "../ops/scan/scan.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { type DotOptions, graphToDot } from "./dot.ts";

const [x, y] = [T.dvector("x"), T.dvector("y")];
const scaled = T.mul(T.exp(x), y);
scaled.name = "scaled";
const cost = T.sum(T.add(scaled, T.constant(0.5)));

test("boxes are variables, ellipses ops, in Theano's colours", () => {
  expect(graphToDot(T.exp(x)).split("\n")).toEqual([
    'digraph "graph" {',
    "  rankdir=TB;",
    '  n0 [label="Elemwise{exp,no_inplace}", shape="ellipse", style="filled", fillcolor="#FFAABB"];',
    '  v0 [label="name=x TensorType(float64, vector)", shape="box", style="filled", fillcolor="green"];',
    "  v0 -> n0;",
    "  n0 -> v1;",
    '  v1 [label="TensorType(float64, vector)", shape="box", style="filled", fillcolor="blue"];',
    "}",
    "",
  ]);
});

describe("options", () => {
  const cases: readonly (readonly [string, DotOptions, readonly string[], readonly string[]])[] = [
    ["named computed variables have a box", {}, ["name=scaled", 'label="0 TensorType(float64, vector)"'], [" id="]],
    ["all have one", { compact: false }, ['label="TensorType(float64, vector)", shape="box"]'], ["0 TensorType"]],
    ["positions", { withIds: true }, ["Elemwise{exp,no_inplace} id=", "Sum{acc_dtype=float64} id="], []],
    ["borders", { highContrast: false }, ['color="green"]', 'color="#FFAABB"]'], ["fillcolor"]],
    ["own colours", { colorCodes: { Elemwise: "gold" } }, ['"gold"', '"blue"'], ["#FFAABB"]],
    ["short labels", { maxLabelSize: 12 }, ['"Elemwise{...', '"name=x Te...'], ["Elemwise{exp"]],
    ["names alone", { varWithNameSimple: true }, ['label="x"', 'label="scaled"'], ["name="]],
    ["a name of its own", { name: 'say "f"' }, ['digraph "say \\"f\\"" {'], []],
    ["shared variables", { shared: new Set([y]) }, ['"cyan"', '"green"'], []],
  ];
  test.each(cases)("%s", (_, options, present, absent) => {
    const dot = graphToDot(cost, options);
    for (const text of present) expect(dot).toContain(text);
    for (const text of absent) expect(dot).not.toContain(text);
  });

  test("costs", () => {
    const sum = cost.owner;
    if (!(sum instanceof Apply)) throw new Error("a sum is computed");
    const profile = { seconds: new Map([[sum, 0.25]]), total: 1 };
    expect(graphToDot(cost, { profile })).toContain("Sum{acc_dtype=float64}   (0.250s,25.000%)");
  });
});

test("views and overwritten inputs are coloured edges; unused outputs are grey", () => {
  const overwriting = T.inplace.expInplace(T.dmatrix("m"));
  expect(graphToDot(overwriting)).toContain('v0 -> n0 [color="red"];');
  expect(graphToDot(T.transpose(T.dmatrix("m")))).toContain('v0 -> n0 [color="blue"];');
  expect(graphToDot(T.maxAndArgmax(x, { axis: 0 })[0])).toMatch(
    /label="name=argmax TensorType\(int64, scalar\)".*"grey"/,
  );
});

test("an update leads back to its variable", () => {
  const next = T.add(x, 1);
  const fgraph = new FunctionGraph([x], [next], new Map([[0, 0]]));
  expect(graphToDot(fgraph)).toMatch(/v\d -> v\d \[label="UPDATE", color="blue"\];/);
});

describe("an ifelse to highlight", () => {
  const both = T.exp(x);
  const choice = ifelse(T.iscalar("c"), T.sin(both), T.cos(both), { name: "choice" });

  test("boxes hold what its branches need", () => {
    const dot = graphToDot(choice, { condHighlight: "choice" });
    const nodeOf = (op: string): string => dot.match(new RegExp(`(n\\d) \\[label="Elemwise\\{${op},`))?.[1] ?? "";
    expect(dot).toContain(`subgraph cluster_Left { label="Left"; ${nodeOf("sin")}; }`);
    expect(dot).toContain(`subgraph cluster_Right { label="Right"; ${nodeOf("cos")}; }`);
    expect(dot).toContain(`subgraph cluster_Middle { label="Middle"; ${nodeOf("exp")}; }`);
    expect(dot).toContain('fillcolor="magenta"');
  });

  test("has to be there", () => {
    expect(() => graphToDot(choice, { condHighlight: "other" })).toThrow("the names are: choice");
  });
});

test("scans are yellow, and the graphs inside of them can be drawn", () => {
  const [doubled] = scan((v, total) => T.add(v, total), { sequences: x, outputsInfo: T.zeros([]), name: "totals" });
  expect(graphToDot(doubled)).toContain('"yellow"');
  expect(graphToDot(doubled)).not.toContain("subgraph");
  const dot = graphToDot(doubled, { scanGraphs: true });
  expect(dot).toMatch(/subgraph cluster_n\d+ \{\n +label="for\{cpu,totals\}"/);
  expect(dot).toMatch(/n\d+_n0 \[label="Elemwise\{add,no_inplace\}"/);
});
