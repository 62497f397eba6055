import { describe, expect, test } from "vitest";
import { grad } from "../grad/gradient.ts";
import type { Apply } from "../graph/apply.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { graphToJson } from "./graph.ts";
import { layoutGraph } from "./layout.ts";
import { graphToSvg } from "./svg.ts";

const [x, w] = [T.dmatrix("x"), T.dvector("w")];
const product = T.dot(T.transpose(x), w);
const cost = T.sum(T.mul(product, 10));
cost.name = "cost";

/** A chain of n layers and its gradient, whose edges reach back over many layers. */
function trained(layers: number): Variable[] {
  const weights = Array.from({ length: layers }, (_, k) => T.dmatrix(`W${k}`));
  const last = weights.reduce<Variable>((h, weight) => T.tanh(T.dot(h, weight)), x);
  return grad(T.sum(last), weights);
}

describe("a graph as JSON", () => {
  const json = graphToJson(new FunctionGraph([x, w], [cost]), { name: "f", shared: new Set([w]) });

  test("has a node for each leaf, op and output", () => {
    expect(json.nodes.map(({ id, kind, label, type }) => [id, kind, label, type])).toEqual([
      ["v0", "input", "x", "TensorType(float64, matrix)"],
      ["v1", "shared", "w", "TensorType(float64, vector)"],
      ["v2", "constant", "TensorConstant{10}", "TensorType(int8, scalar)"],
      ["n0", "apply", "InplaceDimShuffle{x}", "TensorType(int8, (True,))"],
      ["n1", "apply", "InplaceDimShuffle{1,0}", "TensorType(float64, matrix)"],
      ["n2", "apply", "dot", "TensorType(float64, vector)"],
      ["n3", "apply", "Elemwise{mul,no_inplace}", "TensorType(float64, vector)"],
      ["n4", "apply", "Sum{acc_dtype=float64}", "TensorType(float64, scalar)"],
      ["o0", "output", "cost", "TensorType(float64, scalar)"],
    ]);
  });

  test("has edges in the direction of the data, views marked", () => {
    expect(json.edges).toContainEqual({ from: "v0", to: "n1", input: 0, alias: "view" });
    expect(json.edges).toContainEqual({ from: "v1", to: "n2", input: 1 });
    expect(json.edges).toContainEqual({ from: "n4", to: "o0", input: 0 });
    expect(json.edges).toHaveLength(8);
  });

  test("has the user's lines, the positions and the text", () => {
    const dot = json.nodes.find((node) => node.label === "dot");
    expect(dot).toMatchObject({ op: "Dot", topo: 2, location: { line: 12 } });
    expect(dot?.location?.file).toMatch(/graph\.test\.ts$/);
    expect(json.text).toMatch(/^Sum\{acc_dtype=float64\} \[id A\] 'cost' {3}4\n/);
  });

  test("takes the times of a profile", () => {
    const seconds = new Map<Apply, number>(product.owner === null ? [] : [[product.owner, 0.25]]);
    expect(graphToJson([product], { seconds }).nodes.find((node) => node.label === "dot")?.seconds).toBe(0.25);
  });
});

describe("the layout", () => {
  const layout = layoutGraph(graphToJson(trained(6)));

  test("puts every node below all that it needs", () => {
    for (const { from, to } of layout.edges) expect(to.y).toBeGreaterThan(from.y);
  });

  test("lets no two nodes overlap, and none reach over the border", () => {
    for (const a of layout.nodes) {
      expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width / 2).toBeLessThanOrEqual(layout.width);
      for (const b of layout.nodes)
        if (a !== b && a.layer === b.layer) expect(Math.abs(a.x - b.x)).toBeGreaterThanOrEqual((a.width + b.width) / 2);
    }
  });

  test("leads edges around the nodes of the layers between", () => {
    for (const { from, to, via, isCut } of layout.edges) {
      expect(via).toHaveLength(isCut ? 0 : to.layer - from.layer - 1);
      for (const { x, y } of via)
        for (const node of layout.nodes) if (node.y === y) expect(Math.abs(node.x - x)).toBeGreaterThan(node.width / 2);
    }
  });

  test("cuts the edges over more than four layers", () => {
    const cut = layout.edges.filter((edge) => edge.isCut);
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.every(({ from, to }) => to.layer - from.layer > 4)).toBe(true);
  });

  test("of nothing is an empty page", () => {
    expect(layoutGraph(graphToJson([])).nodes).toEqual([]);
  });
});

describe("the drawing", () => {
  test("is a complete SVG with escaped texts and a size", () => {
    const svg = graphToSvg(graphToJson([T.add(T.dvector("a<b"), 1)], { name: "a & b" }));
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+" viewBox="0 0 \d+ \d+"/,
    );
    expect(svg).toContain("<title>a &amp; b</title>");
    expect(svg).toContain(">a&lt;b</text>");
    expect(svg).not.toContain("<script");
    expect(svg.match(/<rect /g)).toHaveLength(5);
  });

  test("labels cut edges at their target", () => {
    expect(graphToSvg(graphToJson(trained(6)))).toContain("↩ ");
  });

  test("tints nodes by their share of the time", () => {
    const seconds = new Map<Apply, number>(product.owner === null ? [] : [[product.owner, 0.25]]);
    expect(graphToSvg(graphToJson([cost], { seconds }))).toContain('fill-opacity="0.58"');
  });

  test("of a big graph shows what is next to the outputs, below 100 kB", () => {
    const svg = graphToSvg(graphToJson(trained(60)));
    expect(svg.length).toBeLessThan(100_000);
    expect(svg).toMatch(/… and \d+ more nodes above/);
    expect(svg).toContain(">output</text>");
  });
});
