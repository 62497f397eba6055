import { describe, expect, test } from "vitest";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { BadOptimization, MissingInputError } from "./errors.ts";
import { type Feature, FunctionGraph } from "./fgraph.ts";

const x = T.dvector("x");
const y = T.dvector("y");

test("a graph is built over copies, so that rewriting it leaves the user's graph alone", () => {
  const z = T.exp(x);
  const { fgraph, copies } = FunctionGraph.cloneOf([x], [z]);
  fgraph.replace(fgraph.outputs[0], fgraph.inputs[0], "test");
  expect(fgraph.outputs).toEqual([copies.get(x)]);
  expect(z.owner?.inputs).toEqual([x]);
});

test("replacing a variable moves its clients and drops what nothing uses any more", () => {
  const { fgraph } = FunctionGraph.cloneOf([x, y], [T.mul(T.exp(x), y)]);
  const [cx, cy] = fgraph.inputs;
  const exp = [...fgraph.nodes].find((n) => String(n.op).includes("exp"));
  fgraph.replace(exp?.outputs[0] ?? cx, cx, "test");
  expect(fgraph.toposort().map(String)).toEqual(["Elemwise{mul,no_inplace}(x, y)"]);
  expect(fgraph.clients(cx)).toHaveLength(1);
  expect(fgraph.clients(cy)).toHaveLength(1);
});

test("a replacement keeps the user's name and line", () => {
  const z = T.mul(x, x);
  z.name = "z";
  const { fgraph } = FunctionGraph.cloneOf([x], [z]);
  const before = fgraph.outputs[0];
  fgraph.replace(before, T.sqr(fgraph.inputs[0]), "local_mul_to_sqr");
  expect(fgraph.outputs[0].name).toBe("z");
  expect(fgraph.outputs[0].owner?.origin).toBe(before.owner?.origin);
});

test("a replacement of another type is refused, and names the rewrite", () => {
  const { fgraph } = FunctionGraph.cloneOf([x], [T.exp(x)]);
  const wrong = T.cast(fgraph.inputs[0], "float32");
  expect(() => fgraph.replace(fgraph.outputs[0], wrong, "to_float32")).toThrow(BadOptimization);
  expect(() => fgraph.replace(fgraph.outputs[0], wrong, "to_float32")).toThrow(
    /to_float32.*float64, vector.*float32, vector/,
  );
});

test("a variable that is not given is named with the node that needs it", () => {
  expect(() => new FunctionGraph([x], [T.add(x, y)])).toThrow(MissingInputError);
  expect(() => new FunctionGraph([x], [T.add(x, y)])).toThrow(
    /Input 1 .* used to compute Elemwise\{add,no_inplace\}\(x, y\)/,
  );
});

describe("features", () => {
  test("hear of every import, change and prune, with the reason", () => {
    const events: string[] = [];
    const feature: Feature = {
      onImport: (node, reason) => events.push(`import ${node.op} (${reason})`),
      onPrune: (node, reason) => events.push(`prune ${node.op} (${reason})`),
      onChangeInput: (node, index, before, after, reason) =>
        events.push(`${node} ${index}: ${before} -> ${after} (${reason})`),
    };
    const { fgraph } = FunctionGraph.cloneOf([x], [T.mul(x, x)]);
    fgraph.attach(feature);
    fgraph.replace(fgraph.outputs[0], T.sqr(fgraph.inputs[0]), "local_mul_to_sqr");
    expect(events).toEqual([
      "import Elemwise{mul,no_inplace} (on_attach)",
      "output 0: Elemwise{mul,no_inplace}.0 -> Elemwise{sqr,no_inplace}.0 (local_mul_to_sqr)",
      "import Elemwise{sqr,no_inplace} (local_mul_to_sqr)",
      "prune Elemwise{mul,no_inplace} (local_mul_to_sqr)",
    ]);
  });
});
