/** Scans whose steps run in one foreign call: the same results, errors and state as with JavaScript between the steps. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { config, NDArray, T, type TensorVariable, theano, type Variable } from "../../index.ts";
import { NativeProgram } from "./program.ts";

const STEPS = 23;

interface Loop {
  readonly outputs: readonly Variable[];
  /** The step at which the native loop ends; null: steps run one by one all the same. Absent: at the last one. */
  readonly end?: number | null;
}

/** Loops over the rows `x[t]` of a matrix, with a square matrix `w` and a vector `h` to start from. */
const LOOPS: Readonly<Record<string, (x: TensorVariable, w: TensorVariable, h: TensorVariable) => Loop>> = {
  "a state": (x, w, h) => {
    const step = (now: Variable, before: Variable) => T.tanh(T.add(now, T.dot(before, w)));
    return { outputs: [outputOf(theano.scan(step, { sequences: x, outputsInfo: h }))] };
  },
  "only its last value": (x, w, h) => {
    const step = (now: Variable, before: Variable) => T.tanh(T.add(now, T.dot(before, w)));
    return { outputs: [T.subtensor(outputOf(theano.scan(step, { sequences: x, outputsInfo: h })), -1)] };
  },
  "transposed weights, backwards": (x, w, h) => {
    const step = (now: Variable, before: Variable) => T.add(T.mul(now, 0.1), T.dot(before, T.mul(T.transpose(w), 0.2)));
    return { outputs: [outputOf(theano.scan(step, { sequences: x, outputsInfo: h, goBackwards: true }))] };
  },
  "earlier values": (x, w, h) => {
    const step = (now: Variable, third: Variable, last: Variable) =>
      T.add(T.mul(0.3, T.dot(third, w)), T.mul(0.5, last), now);
    const initial = T.stack([h, T.mul(h, 2), T.mul(h, -1)]);
    const scanned = theano.scan(step, { sequences: x, outputsInfo: { initial, taps: [-3, -1] } });
    return { outputs: [outputOf(scanned)] };
  },
  "what no step reads": (x, w, h) => {
    const step = (now: Variable, before: Variable): [Variable, Variable] => {
      const next = T.tanh(T.add(now, T.dot(before, w)));
      return [next, T.outer(next, T.exp(now))];
    };
    return { outputs: allOf(theano.scan(step, { sequences: x, outputsInfo: [h, null] })) };
  },
  "the same result twice, and one that is a part of it": (x, _, h) => {
    const step = (now: Variable, before: Variable): [Variable, Variable, Variable] => {
      const next = T.add(before, T.sin(now));
      return [next, next, T.subtensor(next, T.slice(0, 2))];
    };
    return { outputs: allOf(theano.scan(step, { sequences: x, outputsInfo: [h, null, null] })) };
  },
  "states that change places": (x, _, h) => {
    const step = (now: Variable, a: Variable, b: Variable): [Variable, Variable] => [b, T.add(a, now)];
    return { outputs: allOf(theano.scan(step, { sequences: x, outputsInfo: [h, T.mul(h, 2)] })) };
  },
  "a part of the state before": (x, _, h) => {
    const step = (now: Variable, a: Variable): [Variable, Variable] => [T.add(a, now), T.subtensor(a, T.slice(1, 3))];
    return { outputs: allOf(theano.scan(step, { sequences: x, outputsInfo: [h, null] })) };
  },
  "until something is true": (x, _, h) => {
    const step = (now: Variable, before: Variable): [Variable, ReturnType<typeof theano.until>] => {
      const next = T.add(T.abs(now), before);
      return [next, theano.until(T.gt(T.sum(next), 12))];
    };
    return { outputs: allOf(theano.scan(step, { sequences: x, outputsInfo: h })), end: 5 };
  },
  "a gradient": (x, w, h) => {
    const step = (now: Variable, before: Variable, matrix: Variable) => T.tanh(T.add(now, T.dot(before, matrix)));
    const scanned = outputOf(theano.scan(step, { sequences: x, outputsInfo: h, nonSequences: w }));
    return { outputs: T.grad(T.sum(T.sqr(scanned)), [x, w, h]) };
  },
  "a gradient through earlier values": (x, _, h) => {
    const step = (now: Variable, third: Variable, last: Variable) => T.sin(T.add(T.mul(third, last), now));
    const initial = T.stack([h, T.mul(h, 2), T.mul(h, -1)]);
    const scanned = outputOf(theano.scan(step, { sequences: x, outputsInfo: { initial, taps: [-3, -1] } }));
    return { outputs: T.grad(T.sum(scanned), [x, h]) };
  },
  "a result that is shown backwards": (x, _, h) => {
    const step = (now: Variable, before: Variable): [Variable, Variable] => {
      const next = T.add(before, now);
      return [next, T.subtensor(next, T.slice(null, null, -1))];
    };
    return { outputs: allOf(theano.scan(step, { sequences: x, outputsInfo: [h, null] })), end: null };
  },
};

function allOf([outputs]: ReturnType<typeof theano.scan>): readonly TensorVariable[] {
  return [outputs].flat().filter((output) => output !== null);
}

function outputOf(scanned: ReturnType<typeof theano.scan>): TensorVariable {
  return allOf(scanned)[0];
}

const cxx = config.cxx;
afterEach(() => {
  config.cxx = cxx;
  vi.restoreAllMocks();
});

function values(...shape: number[]): NDArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return NDArray.from(Float64Array.from({ length: size }, (_, i) => Math.sin(1 + i * 1.3))).reshape(shape);
}

/** Numbers, without the last digits. */
function rounded(array: NDArray): unknown {
  return [array.shape, ...[...array.elements()].map((value) => Math.round(Number(value) * 1e9) / 1e9 + 0)];
}

describe.each(["C", "WebAssembly"])("in %s", (language) => {
  test.each(Object.entries(LOOPS))("%s", (_, build) => {
    if (language === "WebAssembly") config.cxx = "";
    const [x, w, h] = [T.dmatrix("x"), T.dmatrix("w"), T.dvector("h")];
    const { outputs, end = STEPS } = build(x, w, h);
    const options = { onUnusedInput: "ignore" } as const;
    const native = theano.function([x, w, h], outputs, { ...options, tier: "native" });
    const reference = theano.function([x, w, h], outputs, { ...options, tier: "js" });
    const args = [values(STEPS, 4), values(4, 4), values(4)] as const;
    const reached = vi.spyOn(NativeProgram.prototype, "runSteps");
    for (let call = 0; call < 2; call++) expect(native(...args).map(rounded)).toEqual(reference(...args).map(rounded));
    const ends = reached.mock.results.map(({ value }) => value.next);
    expect(ends.includes(end ?? STEPS)).toBe(end !== null);
  });

  test("a step that refuses a value says so, and the function works again", () => {
    if (language === "WebAssembly") config.cxx = "";
    const [x, at] = [T.dvector("x"), T.lvector("at")];
    const step = (i: Variable, before: Variable, all: Variable) => T.add(before, T.subtensor(all, i));
    const sums = outputOf(
      theano.scan(step, { sequences: at, outputsInfo: T.cast(T.constant(0), "float64"), nonSequences: x }),
    );
    const f = theano.function([x, at], sums, { tier: "native" });
    const fine = NDArray.from([0, 1, 2, 1, 0, 2, 2, 1], "int64");
    const bad = NDArray.from([0, 1, 2, 1, 0, 7, 2, 1], "int64");
    const x0 = NDArray.from([1, 10, 100]);
    const expected = [1, 11, 111, 121, 122, 222, 322, 332];
    expect(f(x0, fine).toNested()).toEqual(expected);
    expect(() => f(x0, bad)).toThrow(/IndexError|index/);
    expect(f(x0, fine).toNested()).toEqual(expected);
  });

  test("loops of many steps are stopped and resumed without loss", () => {
    if (language === "WebAssembly") config.cxx = "";
    const [x, n] = [T.dscalar("x"), T.iscalar("n")];
    const step = (before: Variable, by: Variable) => T.add(before, by);
    const initial = T.cast(T.constant(0), "float64");
    const sums = outputOf(theano.scan(step, { outputsInfo: initial, nonSequences: x, nSteps: n }));
    const f = theano.function([x, n], T.subtensor(sums, -1), { tier: "native" });
    const steps = 2_000_000;
    const last = f(0.5, NDArray.scalar(steps, "int32"));
    expect(last.item()).toBe(steps / 2);
  });
});
