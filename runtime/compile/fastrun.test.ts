/** Compiled functions compute the same with and without fused loops and borrowed memory, down to the last bit. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { shared } from "../graph/shared.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { Elemwise } from "../ops/elemwise.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";
import { Mode } from "./mode.ts";

const PLAIN = new Mode({ optimizer: "None" });
const MEMORY = new Mode({ optimizer: "merge" }).including("fusion", "inplace");
const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1, -1, 1e300, -1e-300];
const numbers = fc.oneof(fc.constantFrom(...SPECIAL), fc.double({ min: -3, max: 3 }));

/** A graph from a list of choices: each step applies an op to results of earlier ones. */
const steps = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 14 });
const OPS: readonly ((a: TensorVariable, b: TensorVariable) => TensorVariable)[] = [
  (a, b) => T.add(a, b),
  (a, b) => T.mul(a, b),
  (a, b) => T.sub(a, b),
  (a) => T.exp(a),
  (a) => T.tanh(a),
  (a) => T.neg(a),
  (a, b) => T.switch(T.lt(a, b), a, b),
  (a) => T.transpose(a),
  (a, b) => T.maximum(a, T.cast(T.cast(b, "float32"), "float64")),
  (a) => T.add(a, T.dimshuffle(T.sum(a, { axis: 0 }), ["x", 0])),
  (a, b) => T.setSubtensor(T.subtensor(a, 0), T.subtensor(b, 1)),
];

test("random graphs, with NaN, infinities and negative zeros", () => {
  const values = fc.array(numbers, { minLength: 9, maxLength: 9 });
  fc.assert(
    fc.property(steps, values, values, (program, a, b) => {
      const inputs = [T.dmatrix("x"), T.dmatrix("y")];
      const pool: TensorVariable[] = [...inputs];
      for (const [op, i, j] of program) pool.push(OPS[op % OPS.length](pool[i % pool.length], pool[j % pool.length]));
      const outputs = pool.slice(-3);
      const [x, y] = [a, b].map((data) => NDArray.from(Float64Array.from(data)).reshape([3, 3]));
      const [expected, found] = [PLAIN, MEMORY].map((mode) =>
        compileFunction(inputs, outputs, { mode, onUnusedInput: "ignore" })(x, y),
      );
      found.forEach((array, i) => {
        expect(array.equals(expected[i])).toBe(true);
      });
      // Whoever calls keeps the arrays that were handed in.
      expect([...x.elements()]).toEqual(a);
      expect([...y.elements()]).toEqual(b);
    }),
    { numRuns: 150 },
  );
});

describe("updates", () => {
  test("work in the shared variable's memory on paper only: a call that fails changes nothing", () => {
    const s = shared(NDArray.from([1, 2, 3]), "s");
    const x = T.dvector("x");
    const y = T.dvector("y");
    const f = compileFunction([x, y], T.add(x, y), { updates: [[s, T.exp(s)]] });
    expect(f.fgraph.toposort().map((node) => String(node.op))).toContain("Elemwise{Exp}[(0, 0)]");
    expect(() => f([1, 2], [1, 2, 3])).toThrow("Input dimension mis-match");
    expect(s.getValue().toNested()).toEqual([1, 2, 3]);
    const before = s.getValue({ borrow: true });
    f([1, 2], [1, 2]);
    expect(before.toNested()).toEqual([1, 2, 3]);
    expect(s.getValue().toNested()).toEqual([Math.exp(1), Math.exp(2), Math.exp(3)]);
  });

  test("an old value that is read elsewhere is read first", () => {
    const s = shared(NDArray.from([1, 2, 3]), "s");
    const x = T.dvector("x");
    const f = compileFunction([x], T.mul(s, 2), { updates: [[s, T.add(s, x)]] });
    expect(f.fgraph.toposort().map(String)).toEqual([
      "Elemwise{add,no_inplace}(s, x)",
      "Elemwise{Mul}[(0, 1)](TensorConstant{(1,) of 2.0}, s)",
    ]);
    expect(f([1, 1, 1]).toNested()).toEqual([2, 4, 6]);
    expect(s.getValue().toNested()).toEqual([2, 3, 4]);
  });
});

describe("ops that overwrite their inputs", () => {
  const x = T.dvector("x");
  const overwritten = new Elemwise("exp", { 0: 0 }).apply(x).out;

  test("are refused unless they are asked for", () => {
    expect(() => compileFunction([x], overwritten)).toThrow("Graph must not contain inplace operations");
  });

  test("get memory of their own where it is the caller's", () => {
    const f = compileFunction([x], overwritten, { acceptInplace: true });
    const given = NDArray.from([0, 1]);
    expect(f(given).toNested()).toEqual([1, Math.E]);
    expect(given.toNested()).toEqual([0, 1]);
  });

  test("two of one array have no order", () => {
    const y = T.mul(x, 2);
    const outputs = [new Elemwise("exp", { 0: 0 }).apply(y).out, new Elemwise("tanh", { 0: 0 }).apply(y).out];
    expect(() => compileFunction([x], outputs, { acceptInplace: true })).toThrow(
      "Multiple destroyers of Elemwise{mul,no_inplace}.0",
    );
  });
});

test("optimizer_excluding=inplace leaves every result its own memory", () => {
  const x = T.dvector("x");
  const y = T.dot(x, x);
  const names = (mode: Mode): string[] =>
    compileFunction([x], T.exp(y), { mode })
      .fgraph.toposort()
      .map((node) => String(node.op));
  expect(names(new Mode({ optimizer: "fast_run" })).at(-1)).toBe("Elemwise{Exp}[(0, 0)]");
  expect(names(new Mode({ optimizer: "fast_run" }).excluding("inplace")).at(-1)).toBe("Elemwise{exp,no_inplace}");
});

test("parts of tensors are set in memory that nobody else needs", () => {
  const x = T.dmatrix("x");
  const y = T.mul(x, 2);
  const f = compileFunction([x], T.setSubtensor(T.subtensor(y, 0), 7), { mode: new Mode({ optimizer: "fast_run" }) });
  expect(f.fgraph.toposort().map((node) => String(node.op))).toContain("IncSubtensor{InplaceSet;int64}");
  const given = NDArray.from([
    [1, 2],
    [3, 4],
  ]);
  expect(f(given).toNested()).toEqual([
    [7, 7],
    [6, 8],
  ]);
  expect(given.toNested()).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

describe("T.inplace", () => {
  const x = T.dvector("x");

  test("overwrites what the program made, and is refused unless it is asked for", () => {
    const output = T.inplace.mulInplace(T.inplace.expInplace(T.neg(x)), 2);
    expect(String(output.owner)).toBe("mul_inplace(exp_inplace.0, InplaceDimShuffle{x}.0)");
    expect(() => compileFunction([x], output)).toThrow("Graph must not contain inplace operations");
    expect(compileFunction([x], output, { acceptInplace: true })([0, -1]).toNested()).toEqual([2, 2 * Math.E]);
  });

  test("results of another type do not fit", () => {
    expect(() => T.inplace.expInplace(T.ivector("i"))).toThrow("does not fit into the memory of i");
    expect(() => T.inplace.addInplace(x, T.dmatrix("X"))).toThrow("does not fit into the memory of x");
  });
});
