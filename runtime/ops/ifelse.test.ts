import { describe, expect, test, vi } from "vitest";
import { compileFunction } from "../compile/function.ts";
import { grad } from "../grad/gradient.ts";
import { Apply } from "../graph/apply.ts";
import { Op } from "../graph/op.ts";
import { shared } from "../graph/shared.ts";
import type { Variable } from "../graph/variable.ts";
import { ifelse } from "./ifelse.ts";
import { scan } from "./scan/scan.ts";
import { tensorFunctions as T } from "./tensor.ts";

/** Hands its input through and counts how often it ran; with `fails` it raises instead. */
class Counted extends Op {
  readonly family = "Counted";
  readonly key: string;
  override readonly foldable = false;
  readonly fails: boolean;
  runs = 0;
  static made = 0;

  constructor(fails = false) {
    super();
    this.fails = fails;
    Counted.made += 1;
    this.key = `Counted ${Counted.made}`;
  }

  toString(): string {
    return this.key;
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [x.type]);
  }

  override perform(_node: Apply, [x]: Parameters<NonNullable<Op["perform"]>>[1]) {
    this.runs += 1;
    if (this.fails) throw new Error("must not run");
    return [x.copy()];
  }
}

const c = T.bscalar("c");
const x = T.dvector("x");
const y = T.dvector("y");

describe.each(["FAST_RUN", "FAST_COMPILE"])("in mode %s", (mode) => {
  test("only the branch taken is computed", () => {
    const [first, second] = [new Counted(), new Counted(true)];
    const f = compileFunction([c, x], ifelse(c, first.apply(x).out, T.exp(second.apply(x).out)), { mode });
    expect(String(f(1, [1, 2]))).toBe("[1. 2.]");
    expect([first.runs, second.runs]).toEqual([1, 0]);
    expect(() => f(0, [1, 2])).toThrow(/must not run/);
    expect(first.runs).toBe(1);
  });

  test("what both branches or the outputs need is computed once", () => {
    const common = new Counted();
    const z = common.apply(x).out;
    const f = compileFunction([c, x], [ifelse(c, T.mul(z, 2), T.mul(z, 3)), z], { mode });
    expect(f(0, [1]).map(String)).toEqual(["[3.]", "[1.]"]);
    expect(common.runs).toBe(1);
  });

  test("choices within branches and conditions", () => {
    const [inner, other] = [new Counted(), new Counted()];
    const nested = ifelse(T.gt(T.sum(x), 0), inner.apply(x).out, other.apply(y).out);
    const f = compileFunction([c, x, y], ifelse(c, nested, ifelse(T.lt(nested.at(0), 0), x, y)), { mode });
    expect(String(f(1, [1], [2]))).toBe("[1.]");
    expect([inner.runs, other.runs]).toEqual([1, 0]);
    expect(String(f(0, [-1], [-2]))).toBe("[-1.]");
    expect([inner.runs, other.runs]).toEqual([1, 1]);
  });

  test("the results share no memory with the arguments, and nothing that is needed is overwritten", () => {
    const s = shared([1, 2], { name: "s", dtype: "float64" });
    const a = T.exp(x);
    const chosen = ifelse(c, a, T.add(s, 1));
    const f = compileFunction([c, x], [T.tanh(chosen), T.sqrt(a), T.neg(chosen)], { mode, updates: [[s, chosen]] });
    const [tanh, sqrt, neg] = f(1, [0, 0]);
    expect([tanh, sqrt, neg].map((v) => v.get(0))).toEqual([Math.tanh(1), 1, -1]);
    expect(String(s.getValue())).toBe("[1. 1.]");
    f(0, [0, 0]);
    expect(String(s.getValue())).toBe("[2. 2.]");
  });

  test("the gradient goes through the branch taken", () => {
    const z = ifelse(c, T.sum(T.sqr(x)), T.sum(T.mul(y, 5)));
    const f = compileFunction([c, x, y], grad(z, [x, y]), { mode });
    expect(f(1, [1, 2], [3]).map(String)).toEqual(["[2. 4.]", "[0.]"]);
    expect(f(0, [1, 2], [3]).map(String)).toEqual(["[0. 0.]", "[5.]"]);
  });

  test("lists of values", () => {
    const [a, b] = ifelse(c, [x, T.sum(x)], [y, T.prod(y)]);
    const f = compileFunction([c, x, y], [a, b, T.shape(a)], { mode });
    expect(f(1, [1, 2], [3, 4, 5]).map(String)).toEqual(["[1. 2.]", "3.0", "[2]"]);
    expect(f(0, [1, 2], [3, 4, 5]).map(String)).toEqual(["[3. 4. 5.]", "60.0", "[3]"]);
  });

  test("inside of a scan", () => {
    const [steps] = scan((v) => ifelse(T.gt(v, 0), T.sqrt(v), T.neg(v)), { sequences: x });
    expect(String(compileFunction([x], steps, { mode })([4, -3]))).toBe("[2. 3.]");
  });
});

test("DebugMode computes both branches and finds nothing wrong", () => {
  const warned = vi.spyOn(console, "error").mockImplementation(() => {});
  const f = compileFunction([c, x, y], ifelse(c, T.exp(x), T.mul(y, 2)), { mode: "DebugMode" });
  expect([f(1, [0, 0], [1, 2]), f(0, [0, 0], [1, 2])].map(String)).toEqual(["[1. 1.]", "[2. 4.]"]);
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});

test("the shape of the result does not need the values", () => {
  const first = new Counted();
  const chosen = ifelse(c, T.exp(x), T.exp(y));
  const f = compileFunction([c, x, y], [T.shape(chosen), ifelse(c, first.apply(x).out, y).at(0)]);
  expect(f(0, [1], [5, 6]).map(String)).toEqual(["[2]", "5.0"]);
  expect(first.runs).toBe(0);
  expect(f.fgraph.toposort().some((node) => String(node.op).includes("exp"))).toBe(false);
});

test("shown as Theano shows it", () => {
  expect(String(ifelse(c, x, y).owner?.op)).toBe("if{}");
  expect(String(ifelse(c, x, y, { name: "choice" }).owner?.op)).toBe("if{choice}");
  const f = compileFunction([c, x, y], ifelse(c, T.exp(x), y, { name: "choice" }));
  expect(f.fgraph.toposort().map((node) => String(node.op))).toContain("if{choice,inplace}");
});

test("branches that do not fit together are refused", () => {
  const m = T.dmatrix("m");
  expect(() => ifelse(c, x, m)).toThrow(
    /The two branches should have identical types, but they are TensorType\(float64, vector\) and TensorType\(float64, matrix\) respectively.*branches are x and m, written at .*ifelse.test.ts/,
  );
  expect(() => ifelse(c, x, T.fvector("f"))).toThrow(TypeError);
  expect(() => ifelse(c, [x], [x, y])).toThrow(/\(variables on `then` 1, variables on `else` 2\)/);
  expect(() => ifelse(x, x, y)).toThrow(/The condition of ifelse must be a scalar, got x/);
});
