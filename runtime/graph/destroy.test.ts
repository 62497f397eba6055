/** Destroy maps: what may be overwritten, and who has to run before whom. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeFlags } from "../config/index.ts";
import { DimShuffle } from "../ops/dimshuffle.ts";
import { Elemwise } from "../ops/elemwise.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import type { Apply } from "./apply.ts";
import { DestroyHandler, respectDestroyMaps, viewRoot } from "./destroy.ts";
import { ExecutionOrder } from "./destroyorder.ts";
import { InconsistencyError } from "./errors.ts";
import { FunctionGraph } from "./fgraph.ts";
import type { Variable } from "./variable.ts";

const x = T.dvector("x");
const y = T.dvector("y");
/** exp in the memory of its input. */
const overwrite = (v: Variable): Variable => new Elemwise("exp", { 0: 0 }).apply(v).out;

/** The graph of the outputs, which respects destroy maps; `updated` are inputs whose next value the last outputs are. */
function graph(outputs: readonly Variable[], updated: readonly Variable[] = []): FunctionGraph {
  const inputs = [x, y];
  const first = outputs.length - updated.length;
  const updates = new Map(updated.map((v, i) => [first + i, inputs.indexOf(v)]));
  const { fgraph } = FunctionGraph.cloneOf(inputs, outputs, updates);
  fgraph.attach(new DestroyHandler(fgraph));
  return fgraph;
}

function validate(fgraph: FunctionGraph): void {
  fgraph.feature(DestroyHandler)?.validate();
}

test("who overwrites runs after all others who read, through views too", () => {
  const z = T.mul(x, y);
  const view = T.dimshuffle(z, ["x", 0]);
  const fgraph = graph([overwrite(z), T.add(view, 1), T.sqr(z)]);
  const order = fgraph.toposort().map((node) => String(node.op));
  expect(order.at(-1)).toBe("Elemwise{Exp}[(0, 0)]");
  expect(() => validate(fgraph)).not.toThrow();
});

test("a view leads to the memory it shows", () => {
  const z = T.mul(x, y);
  expect(viewRoot(T.dimshuffle(T.dimshuffle(z, ["x", 0]), [1, 0]))).toBe(z);
  expect(viewRoot(T.exp(z)).owner?.op.toString()).toBe("Elemwise{exp,no_inplace}");
});

describe("what must not be overwritten", () => {
  const z = T.mul(x, y);
  const both = T.dot(z, z);
  test.each<[string, readonly Variable[], string]>([
    [
      "an array that two nodes overwrite",
      [overwrite(z), overwrite(z)],
      "Multiple destroyers of Elemwise{mul,no_inplace}.0",
    ],
    ["an array and a view of it", [overwrite(z), overwrite(T.dimshuffle(z, ["x", 0]))], "Multiple destroyers"],
    ["a constant", [overwrite(T.constant([1, 2]))], "Attempting to destroy indestructible variables: [TensorConstant"],
    ["an output", [overwrite(z), z], "Trying to destroy a protected Variable. Elemwise{mul,no_inplace}.0"],
    ["what the node reads a second time", [new Elemwise("add", { 0: 0 }).apply(z, z).out], "Input aliasing"],
    [
      "what the node reads as a view",
      [new Elemwise("add", { 0: 0 }).apply(T.dimshuffle(z, ["x", 0]), T.dimshuffle(z, ["x", 0])).out],
      "Input aliasing",
    ],
  ])("%s", (_, outputs, message) => {
    const fgraph = graph(outputs);
    expect(() => validate(fgraph)).toThrow(InconsistencyError);
    expect(() => validate(fgraph)).toThrow(message);
  });

  test("what a node needs that cannot run before", () => {
    const first = overwrite(z);
    const fgraph = graph([T.add(first, T.mul(z, first)), both]);
    expect(() => validate(fgraph)).toThrow("Dependency graph contains cycles");
  });
});

test("an input is protected from rewrites unless it is updated", () => {
  const [protectedInput, updatedInput] = [graph([T.exp(x)]), graph([T.exp(x)], [x])];
  const attempt = (fgraph: FunctionGraph): void => {
    const [before] = fgraph.outputs;
    fgraph.attempt(() => fgraph.replace(before, overwrite(fgraph.inputs[0]), "test"), "test");
  };
  expect(() => attempt(protectedInput)).toThrow("Trying to destroy a protected Variable. x");
  expect(() => attempt(updatedInput)).not.toThrow();
});

test("an attempt that fails leaves the graph as it was", () => {
  const fgraph = graph([T.exp(T.mul(x, y)), T.mul(x, y)]);
  const [before, other] = fgraph.outputs;
  const text = fgraph.toposort().map(String);
  const wrong = (): void => {
    fgraph.replace(before.owner?.inputs[0] ?? before, other, "merge");
    fgraph.replace(before, overwrite(other), "test");
  };
  expect(() => fgraph.attempt(wrong, "test")).toThrow(InconsistencyError);
  expect(fgraph.toposort().map(String)).toEqual(text);
  expect(fgraph.clients(other)).toEqual([{ node: "output", index: 1 }]);
});

test("cycle_detection=fast lets nodes overwrite only what nobody else reads", () => {
  const z = T.mul(x, y);
  const fgraph = graph([overwrite(z), T.sqr(z)]);
  expect(() => validate(fgraph)).not.toThrow();
  changeFlags({ cycle_detection: "fast" }, () =>
    expect(() => validate(fgraph)).toThrow("Destroyed variable has more than one client"),
  );
});

test("the order kept step by step finds the same cycles as a fresh sort", () => {
  const step = fc.tuple(fc.nat(), fc.nat());
  fc.assert(
    fc.property(fc.array(step, { minLength: 4, maxLength: 12 }), fc.array(step, { maxLength: 20 }), (edges, waits) => {
      const pool: Variable[] = [x, y];
      for (const [a, b] of edges) pool.push(T.add(pool[a % pool.length], pool[b % pool.length]));
      const fgraph = graph(pool.slice(2));
      const nodes = fgraph.toposort();
      const order = new ExecutionOrder(fgraph);
      const before = new Map<Apply, Set<Apply>>(nodes.map((node) => [node, new Set(sources(node))]));
      for (const [a, b] of waits) {
        const [node, other] = [nodes[a % nodes.length], nodes[b % nodes.length]];
        if (node === other) continue;
        const possible = !reaches(other, node, before);
        expect(order.require(node, [other])).toBe(possible);
        if (possible) before.get(node)?.add(other);
      }
    }),
  );
});

test("any number of nodes can be put before the same one", () => {
  const fgraph = graph(Array.from({ length: 100 }, (_, i) => T.add(x, i)));
  const [first, ...others] = fgraph.toposort().filter((node) => sources(node).length > 0);
  const order = new ExecutionOrder(fgraph);
  expect(others.every((other) => order.require(first, [other]))).toBe(true);
  expect(others.some((other) => order.require(other, [first]))).toBe(false);
  expect(others.every((other, i) => i === 0 || order.require(other, [others[i - 1]]))).toBe(true);
  expect(order.require(others[0], [others.at(-1) ?? first])).toBe(false);
});

function sources(node: Apply): Apply[] {
  return node.inputs.map((input) => input.owner).filter((owner) => owner !== null);
}

/** Whether `from` needs `to`. */
function reaches(from: Apply, to: Apply, before: ReadonlyMap<Apply, ReadonlySet<Apply>>): boolean {
  return from === to || [...(before.get(from) ?? [])].some((node) => reaches(node, to, before));
}

test("a graph is checked when it comes to respect destroy maps", () => {
  const z = T.mul(x, y);
  const twice = FunctionGraph.cloneOf([x, y], [overwrite(z), overwrite(z)]).fgraph;
  expect(() => respectDestroyMaps(twice)).toThrow("Multiple destroyers of Elemwise{mul,no_inplace}.0");
  const { fgraph } = FunctionGraph.cloneOf([x, y], [overwrite(z)]);
  respectDestroyMaps(fgraph);
  const handler = fgraph.feature(DestroyHandler);
  respectDestroyMaps(fgraph);
  expect(fgraph.feature(DestroyHandler)).toBe(handler);
});

test("dimension shuffles are views", () => {
  const view = T.dimshuffle(x, ["x", 0]);
  expect(view.owner?.op).toBeInstanceOf(DimShuffle);
  expect(graph([overwrite(T.dimshuffle(T.mul(x, y), ["x", 0]))]).toposort()).toHaveLength(3);
});
