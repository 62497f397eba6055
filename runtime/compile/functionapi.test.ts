import { describe, expect, test } from "vitest";
import { AssertionError, IndexError, KeyError, RuntimeError, ValueError } from "../base/errors.ts";
import { type SharedVariable, shared } from "../graph/shared.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";
import { In, Out } from "./io.ts";

const x = T.dscalar("x");
const st = T.dscalar("st");
const counter = (): SharedVariable => shared(0, { name: "s", dtype: "float64" });

describe("states and defaults of inputs", () => {
  test("an update takes the place of the value after each call", () => {
    const f = compileFunction([x, new In(st, { value: 1, update: T.add(st, x) })], T.mul(st, 2));
    expect([f(3), f(4), f(0)].map(String)).toEqual(["2.0", "8.0", "16.0"]);
    expect(String(f.value.get("st"))).toBe("8.0");
    f.set(st, 100);
    expect(String(f(5))).toBe("200.0");
    expect(String(f.get(st))).toBe("105.0");
    expect(String(f(1, 10))).toBe("20.0");
    expect(String(f.get("st"))).toBe("11.0");
  });

  test("a default that is set by hand is that of one call", () => {
    const f = compileFunction([new In(x, { value: 2 })], T.mul(x, 10));
    f.set("x", 5);
    expect([f(), f(), f(3), f()].map(String)).toEqual(["50.0", "20.0", "30.0", "20.0"]);
  });

  test("a state without a value has to be set first", () => {
    const f = compileFunction([x, new In(st, { update: x })], st);
    expect(() => f(1)).toThrow(/Missing required input: st/);
    f.value.set("st", 7);
    expect([f(1), f(2)].map(String)).toEqual(["7.0", "1.0"]);
  });

  test("functions share a container, or a shared variable, which their calls cannot give", () => {
    const add = compileFunction([x, new In(st, { value: 0, update: T.add(st, x) })], []);
    const read = compileFunction([new In(st, { value: add.container.get("st") })], st);
    add(4);
    expect(String(read())).toBe("4.0");
    const s = counter();
    const g = compileFunction([new In(st, { value: s, update: T.add(st, 1) })], st);
    expect([g(), g()].map(String)).toEqual(["0.0", "1.0"]);
    expect(String(s.getValue())).toBe("2.0");
    expect(() => g(1)).toThrow(/takes 0, and 1 were given/);
  });

  test("contradictions are told when the input is declared", () => {
    expect(() => new In(x, { implicit: true })).toThrow(/An implicit input must be given a default value/);
    expect(() => new In(x, { mutable: true, borrow: false })).toThrow(AssertionError);
    expect(() => new In(st, { value: 0, update: T.stack([st, x]) })).toThrow(
      /Variable 'st' has type TensorType\(float64, scalar\) but an update of type TensorType\(float64, vector\)/,
    );
    expect(() => compileFunction([new In(x, { value: [1, 2] })], x)).toThrow(
      /Wrong number of dimensions.*Container name 'x'/,
    );
  });

  test("unknown and ambiguous names", () => {
    const f = compileFunction([x, new In(st, { value: 1, update: T.add(st, x) })], st);
    expect(() => f.get("nope")).toThrow(/Unknown input or state: nope. The function has 2 named inputs \(x, st\)/);
    expect(() => f.get("x")).toThrow(/neither a default nor a state/);
    const g = compileFunction([new In(x, { value: 1 }), new In(st, { value: 2, name: "x" })], T.add(x, st));
    expect(() => g.get("x")).toThrow(/Ambiguous name: x/);
  });
});

describe("outputs", () => {
  test("by name, in the order of the names; Out marks one", () => {
    const f = compileFunction([x], { b: T.add(x, 1), a: new Out(x) });
    expect(Object.keys(f(1))).toEqual(["a", "b"]);
    expect(String(f(1).b)).toBe("2.0");
    expect(String(compileFunction([x], new Out(x))(3))).toBe("3.0");
  });

  test("some of them; updates are made in any case", () => {
    const s = counter();
    const f = compileFunction([x], [T.add(x, 1), T.log(x), T.sqr(x)], { updates: [[s, T.add(s, 1)]] });
    const some = (outputSubset: number[]) => f(3, { outputSubset });
    expect(some([0, -1]).map(String)).toEqual(["4.0", "9.0"]);
    expect(some([])).toEqual([]);
    expect(f(3).length).toBe(3);
    expect(String(s.getValue())).toBe("3.0");
    const named = compileFunction([x], { a: x, b: T.neg(x) });
    expect(Object.keys(named({ x: 1, outputSubset: ["b"] }))).toEqual(["b"]);
    expect(() => some([3])).toThrow(IndexError);
    expect(() => named(1, { outputSubset: ["c"] })).toThrow(KeyError);
    expect(() => f(1, { outputSubset: 2 })).toThrow(/must be a list of the positions/);
  });

  test("of what is not asked for, nothing is computed", () => {
    const positive = new T.Assert("must not run").call(x, T.gt(x, 0));
    const f = compileFunction([x], [T.neg(x), positive]);
    expect(String(f(-1, { outputSubset: [0] })[0])).toBe("1.0");
    expect(() => f(-1)).toThrow(/must not run/);
  });
});

describe("copies", () => {
  test("other shared variables, no updates, another name", () => {
    const [s, t] = [counter(), shared(100, { name: "t", dtype: "float64" })];
    const f = compileFunction([x], s, { updates: [[s, T.add(s, x)]], name: "acc" });
    const swapped = f.copy({ swap: new Map([[s, t]]) });
    const frozen = f.copy({ deleteUpdates: true, name: "frozen" });
    f(1);
    swapped(2);
    expect([String(s.getValue()), String(t.getValue())]).toEqual(["1.0", "102.0"]);
    expect([frozen(5), frozen(5)].map(String)).toEqual(["1.0", "1.0"]);
    expect([swapped.name, frozen.name]).toEqual(["acc copy", "frozen"]);
    expect(swapped.getShared()).toEqual([t]);
    expect(() => f.copy({ swap: new Map([[t, s]]) })).toThrow(ValueError);
    const vector = shared([1], { name: "v" });
    expect(() => f.copy({ swap: new Map([[s, vector]]) })).toThrow(/v of type .* cannot take the place of s/);
  });

  test("states of inputs are the copy's own", () => {
    const f = compileFunction([x, new In(st, { value: 1, update: T.add(st, x) })], st);
    f(1);
    const g = f.copy();
    g(10);
    expect([f.get("st"), g.get("st")].map(String)).toEqual(["2.0", "12.0"]);
  });
});

test("trustInput takes arrays as they are, and converts what is none", () => {
  const v = T.dvector("v");
  const f = compileFunction([v], T.sum(v));
  f.trustInput = true;
  expect(f.trustInput).toBe(true);
  expect(String(f([1, 2]))).toBe("3.0");
  f.free();
  expect(String(f([1, 2]))).toBe("3.0");
});

test("fn runs it again and again", () => {
  const s = counter();
  const f = compileFunction([], [], { updates: [[s, T.add(s, 2)]] });
  f.fn(5);
  expect(String(s.getValue())).toBe("10.0");
});

describe("givens", () => {
  test("of another type, where rebuildStrict is off", () => {
    const v = T.dvector("v");
    const w = T.fvector("w");
    const f = compileFunction([w], T.exp(v), { givens: [[v, w]], rebuildStrict: false });
    expect(f([0]).dtype).toBe("float32");
    expect(() => compileFunction([w], T.exp(v), { givens: [[v, w]] })).toThrow(/cannot stand for it/);
  });

  test("are not for inputs", () => {
    expect(() => compileFunction([x], x, { givens: [[x, 1]] })).toThrow(RuntimeError);
  });
});
