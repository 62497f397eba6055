/** Functions in native code: the same results, errors and memory contract as in JavaScript, whatever is called how often. */
import { describe, expect, test } from "vitest";
import { asOp, NDArray, T, theano } from "../../index.ts";

const native = { tier: "native" } as const;

/** Shape and elements, without the last digits and the sign of zero. */
function rounded(array: NDArray): unknown {
  return [array.shape, ...[...array.elements()].map((value) => Math.round(Number(value) * 1e10) / 1e10 + 0)];
}

/** A vector of these elements. */
const vector = (...values: number[]): NDArray => NDArray.from(values);

describe("tiers", () => {
  test("a function starts in JavaScript, and says what runs it", async () => {
    const x = T.dvector("x");
    const f = theano.function([x], T.exp(x));
    expect(f.tier).toBe("js");
    expect(await f.ready()).not.toBe("js");
    expect(f.tier).not.toBe("js");
    expect(f(vector(0)).toNested()).toEqual([1]);
  });

  test("native code takes over from calls that go on", () => {
    const x = T.dvector("x");
    const f = theano.function([x], T.mul(x, 2));
    const stop = performance.now() + 20_000;
    while (f.tier === "js" && performance.now() < stop) f(vector(1, 2));
    expect(f.tier).not.toBe("js");
    expect(f(vector(1, 2)).toNested()).toEqual([2, 4]);
  });

  test("js stays, native does not wait for calls, and others are refused", () => {
    const x = T.dvector("x");
    const f = theano.function([x], T.mul(x, 2), { tier: "js" });
    for (let i = 0; i < 50; i++) f(vector(1));
    expect(f.tier).toBe("js");
    expect(theano.function([x], T.mul(x, 2), native).tier).not.toBe("js");
    expect(() => theano.function([x], x, { tier: "gpu" as "js" })).toThrow(
      /tier .* is one of auto, js, native; got "gpu"/,
    );
  });

  test("a profile tells who ran each node", () => {
    const x = T.dvector("x");
    const f = theano.function([x], T.exp(x), { ...native, profile: true });
    f(vector(1));
    const [{ ops }] = f.profile?.toJSON().functions ?? [{ ops: [] }];
    expect(ops.map(({ impl }) => impl)).toEqual([f.tier]);
  });
});

describe("plans", () => {
  const x = T.dmatrix("x");
  const f = theano.function([x], [T.sum(T.tanh(x), { axis: 0 }), T.dot(x, T.transpose(x)), T.transpose(x)], native);
  const reference = theano.function([x], [T.sum(T.tanh(x), { axis: 0 }), T.dot(x, T.transpose(x)), T.transpose(x)], {
    tier: "js",
  });

  test.each([[[2, 3]], [[3, 2]], [[1, 1]], [[0, 3]], [[3, 0]], [[17, 40]], [[2, 3]]])(
    "for arrays of shape %s",
    (shape) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const value = NDArray.from(Float64Array.from({ length: size }, (_, i) => Math.sin(i))).reshape(shape);
      expect(f(value).map(rounded)).toEqual(reference(value).map(rounded));
    },
  );

  test("for arrays that lie otherwise", () => {
    const base = NDArray.from([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 11, 12],
    ]);
    for (const value of [
      base.transpose(),
      base.slice({ step: 2 }),
      base.slice({}, { step: -1 }),
      base.slice({ start: 1 }, { start: 2 }),
    ])
      expect(f(value).map(String)).toEqual(reference(value.copy()).map(String));
  });

  test("for lengths that are values", () => {
    const [n, start] = [T.lscalar("n"), T.lscalar("start")];
    const y = T.dvector("y");
    const g = theano.function([y, start, n], T.sum(T.exp(y.at(T.slice(start, T.add(start, n))))), native);
    const value = vector(0, 1, 2, 3);
    for (const at of [0, 1, 2]) expect(g(value, at, 2).item()).toBeCloseTo(Math.exp(at) + Math.exp(at + 1), 12);
  });
});

describe("errors are those of JavaScript", () => {
  test("lengths that differ", () => {
    const [a, b] = [T.dvector("a"), T.dvector("b")];
    const f = theano.function([a, b], T.mul(T.exp(a), b), native);
    expect(() => f(vector(1, 2), vector(1, 2, 3))).toThrow(
      /Input dimension mis-match.*Apply node that caused the error/s,
    );
    expect(f(vector(0, 0), vector(2, 3)).toNested()).toEqual([2, 3]);
  });

  test("positions that are out of range", () => {
    const [table, at] = [T.dvector("table"), T.lvector("at")];
    const f = theano.function([table, at], T.exp(table.at(at)), native);
    expect(() => f(vector(1, 2), NDArray.from([0n, 2n]))).toThrow(/index 2 is out of bounds for axis 0 with size 2/);
    expect(rounded(f(vector(0, 1), NDArray.from([-1n, 0n])))).toEqual(rounded(vector(Math.E, 1)));
  });

  test("extremes of nothing", () => {
    const x = T.lvector("x");
    const f = theano.function([x], T.max(x), native);
    expect(() => f(NDArray.zeros([0], "int64"))).toThrow(/zero-size array to reduction operation/);
    expect(f(NDArray.from([3n, 5n])).item()).toBe(5n);
  });
});

describe("memory", () => {
  test("results share nothing with arguments, earlier results or one another", () => {
    const x = T.dvector("x");
    const f = theano.function([x], [T.mul(x, 2), x, T.mul(x, 2).at(T.slice(null, null, -1))], native);
    const argument = vector(1, 2, 3);
    const first = f(argument);
    const copies = first.map(String);
    f(vector(7, 8, 9));
    Float64Array.prototype.fill.call(first[1].data, 0);
    expect(argument.toNested()).toEqual([1, 2, 3]);
    expect([String(first[0]), String(first[2])]).toEqual([copies[0], copies[2]]);
  });

  test("lengths that a plan knows are given as copies", () => {
    const x = T.dmatrix("x");
    const f = theano.function([x], [T.shape(x), T.exp(x)], native);
    const value = NDArray.zeros([2, 3], "float64");
    BigInt64Array.prototype.fill.call(f(value)[0].data, 9n);
    expect(f(value)[0].toNested()).toEqual([2n, 3n]);
  });

  test("a shared value that somebody borrowed stays as it was", () => {
    const n = 1000;
    const w = theano.shared(NDArray.zeros([n], "float64"), "w");
    const step = theano.function([], [], { updates: [[w, T.add(w, 1)]], ...native });
    step();
    const borrowed = w.getValue({ borrow: true });
    for (let i = 0; i < 5; i++) step();
    expect([borrowed.get(0), borrowed.get(n - 1)]).toEqual([1, 1]);
    expect(w.getValue().get(n - 1)).toBe(6);
  });

  test("a function may call itself by way of an op", () => {
    const x = T.dvector("x");
    let depth = 0;
    const again = asOp(
      { itypes: [T.dvector], otypes: T.dvector },
      (value): NDArray => (depth++ < 1 ? f(value) : value),
    );
    const f: (value: NDArray) => NDArray = theano.function([x], T.mul(again(T.add(x, 1)), 2), native);
    expect(f(vector(1)).toNested()).toEqual([12]);
  });

  test("a hundred thousand calls do not grow", { timeout: 120_000 }, () => {
    const x = T.dvector("x");
    const f = theano.function([x], T.sum(T.exp(x)), native);
    const value = vector(1, 2, 3, 4);
    for (let i = 0; i < 20_000; i++) f(value);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 100_000; i++) f(value);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  });
});

test("loops of scan run natively too", () => {
  const x = T.dmatrix("x");
  const step = (row: typeof x, sum: typeof x) => T.tanh(T.add(row, sum));
  const [result] = theano.scan(step, { sequences: [x], outputsInfo: [T.zeros([3])] });
  const f = theano.function([x], result, native);
  const reference = theano.function([x], result, { tier: "js" });
  const value = NDArray.from(Float64Array.from({ length: 60 }, (_, i) => Math.cos(i))).reshape([20, 3]);
  expect(rounded(f(value))).toEqual(rounded(reference(value)));
});
