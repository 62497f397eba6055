/** DebugMode and memory: what ops declare about views and overwritten inputs, and what they do. */
import { expect, test, vi } from "vitest";
import type { NDArray } from "../array/ndarray.ts";
import { changeFlags } from "../config/index.ts";
import { Apply } from "../graph/apply.ts";
import { Op } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { DebugModeError } from "./debugerrors.ts";
import { compileFunction } from "./function.ts";

const x = T.dvector("x");

/** Gives back its argument, or a copy of it, whatever it declares. */
class Echo extends Op {
  readonly key: string;
  readonly family = "Echo";
  readonly isCopy: boolean;
  override readonly views: Readonly<Record<number, number>>;
  override readonly destroys: Readonly<Record<number, number>>;

  constructor(isCopy: boolean, declared: "views" | "destroys" | "nothing") {
    super();
    this.key = `Echo{${isCopy},${declared}}`;
    this.isCopy = isCopy;
    this.views = declared === "views" ? { 0: 0 } : {};
    this.destroys = declared === "destroys" ? { 0: 0 } : {};
  }
  toString(): string {
    return "Echo";
  }
  apply(input: Variable): Apply {
    return new Apply(this, [input], [input.type]);
  }
  override perform(_node: Apply, [input]: readonly NDArray[]): readonly NDArray[] {
    return [this.isCopy ? input.copy() : input];
  }
}

test("a view that is not declared is an error", () => {
  const f = compileFunction([x], new Echo(false, "nothing").apply(x).out, { mode: "DebugMode" });
  expect(() => f([1, 2])).toThrow(DebugModeError);
  expect(() => f([1, 2])).toThrow(
    /BadViewMap\n {2}node: Echo\(x\)[\s\S]*aliased output: 0[\s\S]*aliased to inputs: \[0\]/,
  );
});

test.each([
  ["views", "input idx 0 marked as viewed but new memory allocated by node 'Echo(Elemwise{mul,no_inplace}.0)'"],
  ["destroys", "input idx 0 marked as destroyed was not changed for node 'Echo(Elemwise{mul,no_inplace}.0)'"],
] as const)("memory that is not used again, although the op %s it, is a warning, once", (declared, text) => {
  const output = new Echo(true, declared).apply(T.mul(x, 2)).out;
  const f = compileFunction([x], output, { mode: "DebugMode", acceptInplace: true });
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    expect([f([1, 2]), f([3, 4])].map(String)).toEqual(["[2. 4.]", "[6. 8.]"]);
    expect(log.mock.calls).toEqual([[`WARNING (theano.compile.debugmode): Optimization Warning: ${text}`]]);
    log.mockClear();
    const quiet = compileFunction([x], output, { mode: "DebugMode", acceptInplace: true });
    changeFlags({ "DebugMode.warn_input_not_reused": false }, () => quiet([1, 2]));
    expect(log).not.toHaveBeenCalled();
  } finally {
    log.mockRestore();
  }
});

test("whole functions with fused loops, BLAS and memory used again pass", () => {
  const [A, B] = T.dmatrices("A", "B");
  const product = T.add(B, T.mul(2, T.dot(A, T.tanh(T.exp(B)))));
  const outputs = [T.setSubtensor(T.subtensor(product, 0), 0), T.dot(A, T.exp(x)), T.outer(x, T.neg(x))];
  const f = compileFunction([A, B, x], outputs, { mode: "DebugMode" });
  const ops = f.fgraph.toposort().map((node) => String(node.op));
  expect(ops).toContain("IncSubtensor{InplaceSet;int64}");
  expect(ops).toContain("CGemv{inplace}");
  const eye = [
    [1, 0],
    [0, 1],
  ];
  const [first, second, third] = f(eye, eye, [1, 2]);
  expect(first.toNested()).toEqual([
    [0, 0],
    [2 * Math.tanh(1), 1 + 2 * Math.tanh(Math.E)],
  ]);
  expect(second.toNested()).toEqual([Math.E, Math.exp(2)]);
  expect(third.toNested()).toEqual([
    [-1, -2],
    [-2, -4],
  ]);
});
