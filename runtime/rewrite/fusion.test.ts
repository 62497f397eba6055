/** Fusion: what becomes one loop, and how it is written. The texts are Theano's. */
import { describe, expect, test } from "vitest";
import { changeFlags } from "../config/index.ts";
import type { Apply } from "../graph/apply.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { graphInputs } from "../graph/walk.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { Query } from "./db.ts";
import { optimize } from "./engine.ts";

const [x, y, z] = [T.dvector("x"), T.dvector("y"), T.dvector("z")];
const [X, i] = [T.dmatrix("X"), T.ivector("i")];

/** The nodes left after fusion alone, in order. */
function nodesOf(...outputs: readonly Variable[]): Apply[] {
  const inputs = graphInputs(outputs).filter((leaf) => !(leaf instanceof TensorConstant));
  const { fgraph } = FunctionGraph.cloneOf(inputs, outputs);
  optimize(fgraph, new Query({ include: ["fusion"] }));
  return fgraph.toposort();
}

function fused(...outputs: readonly Variable[]): string[] {
  return nodesOf(...outputs).map(String);
}

const e = T.exp(y);
const both = T.exp(T.tanh(x));
describe("one node", () => {
  test.each<[string, Variable, string]>([
    ["a chain", T.tanh(T.exp(x)), "Elemwise{Composite{tanh(exp(i0))}}(x)"],
    [
      "inputs in the order in which they are met",
      T.sub(T.add(y, x), T.mul(x, z)),
      "Composite{((i0 + i1) - (i1 * i2))}}(y, x, z)",
    ],
    ["what the node alone reads twice", T.mul(e, T.add(e, x)), "Composite{(exp(i0) * (exp(i0) + i1))}}(y, x)"],
    ["inputs that are read several times", T.mul(T.sqr(x), x, x), "Composite{(sqr(i0) * i1 * i0)}}(x, x)"],
    [
      "names of classes for ops without a name",
      T.switch(T.lt(x, y), T.neg(x), T.abs_(y)),
      "Composite{Switch(LT(i0, i1), (-i0), Abs(i1))}}",
    ],
    [
      "casts that are written",
      T.mul(T.cast(i, "float32"), T.constant([1], null, "float32")),
      "Composite{(Cast{float32}(i0) * i1)}}",
    ],
    ["sigmoids by the names of their scalars", T.exp(T.sigmoid(x)), "Composite{exp(scalar_sigmoid(i0))}}(x)"],
    ["sums from the left", T.add(T.add(T.add(x, y), z), x), "Elemwise{add,no_inplace}(x, y, z, x)"],
    ["other sums as they are written", T.add(x, T.add(y, z)), "Elemwise{Composite{(i0 + (i1 + i2))}}(x, y, z)"],
    [
      "parts that several nodes read, as they were fused before",
      T.switch(T.lt(both, y), both, y),
      "Switch(LT(Composite{exp(tanh(i0))}(i0), i1), Composite{exp(tanh(i0))}(i0), i1)}}(x, y)",
    ],
    ["all levels at once", T.exp(T.tanh(T.exp(T.tanh(x)))), "Elemwise{Composite{exp(tanh(exp(tanh(i0))))}}(x)"],
  ])("%s", (_, output, text) => {
    const nodes = fused(output);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toContain(text);
  });
});

describe("several nodes", () => {
  test.each<[string, readonly Variable[], number]>([
    ["a value that is an output too", [e, T.tanh(e)], 2],
    ["a value that two nodes read", [T.sum(e), T.tanh(e)], 3],
    ["a value that is repeated to more elements", [T.add(X, T.exp(T.dimshuffle(x, ["x", 0])))], 3],
    ["ops that are no elementwise ones between", [T.exp(T.sum(T.exp(x)))], 3],
    ["functions that take very long", [T.exp(T.i0(T.exp(x)))], 3],
  ])("%s", (_, outputs, count) => expect(fused(...outputs)).toHaveLength(count));

  test("more than 32 inputs", () => {
    const terms = Array.from({ length: 40 }, (_, k) => T.exp(T.dvector(`x${k}`)));
    const difference = (parts: readonly Variable[]): Variable => parts.reduce((a, b) => T.sub(a, b));
    const nodes = nodesOf(T.sub(difference(terms.slice(0, 20)), difference(terms.slice(20))));
    expect(nodes.length).toBeGreaterThan(1);
    expect(Math.max(...nodes.map((node) => node.inputs.length))).toBe(32);
  });

  test("a chain of thousands is cut into pieces", () => {
    let v: Variable = x;
    for (let k = 0; k < 3000; k++) v = T.tanh(v);
    const nodes = fused(v);
    expect(nodes.length).toBeGreaterThan(5);
    expect(nodes.length).toBeLessThan(30);
  });

  test("texts that double with every step stay short enough to print", () => {
    let v: Variable = x;
    for (let k = 0; k < 60; k++) v = T.add(T.exp(v), v);
    expect(fused(v).join("").length).toBeLessThan(1e6);
  });
});

test("tensor.local_elemwise_fusion switches it off", () => {
  changeFlags({ "tensor.local_elemwise_fusion": false }, () => expect(fused(T.tanh(T.exp(x)))).toHaveLength(2));
});
