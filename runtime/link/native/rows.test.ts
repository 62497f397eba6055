/** Programs of rows: several nodes over the same rows run as one kernel, and give what they give one by one. */
import { describe, expect, test, vi } from "vitest";
import { config, NDArray, T, theano, type Variable } from "../../index.ts";

const EPSILON = 1e-5;

function centred(x: Variable): Variable {
  return T.sub(x, T.mean(x, { axis: 1, keepdims: true }));
}

function layerNorm(x: Variable): Variable {
  const variance = T.mean(T.sqr(centred(x)), { axis: 1, keepdims: true });
  return T.trueDiv(centred(x), T.sqrt(T.add(variance, EPSILON)));
}

/** What is computed of a matrix. */
const PROGRAMS: Readonly<Record<string, (x: Variable) => readonly Variable[]>> = {
  "layer normalization": (x) => [layerNorm(x)],
  "its gradient": (x) => [T.grad(T.sum(T.mul(layerNorm(x), T.cos(x))), x)],
  "mean and variance": (x) => [T.mean(x, { axis: 1 }), T.var(x, { axis: 1 })],
  "a result that others read, too": (x) => {
    const sums = T.sum(x, { axis: 1 });
    return [sums, T.sub(x, sums.dimshuffle([0, "x"])), T.exp(sums)];
  },
  "two sums of one matrix": (x) => [T.sum(x, { axis: 1 }), T.sum(T.sqr(x), { axis: 1 }), T.max(x, { axis: 1 })],
  "sums of everything": (x) => [T.sum(x), T.sum(T.exp(x)), T.max(x), T.sum(T.mul(x, T.sum(x)))],
  "sums of columns, and of rows of what is left": (x) => {
    const rest = T.sub(x, T.mean(x, { axis: 0 }));
    return [rest, T.sum(T.sqr(rest), { axis: 1 }), T.sum(T.sqr(rest), { axis: 0 })];
  },
  "softmax and cross entropy": (x) => {
    const p = T.nnet.softmax(x);
    return [p, T.neg(T.sum(T.mul(p, T.log(p)), { axis: 1 }))];
  },
  "log-sum-exp by hand": (x) => {
    const top = T.max(x, { axis: 1, keepdims: true });
    return [T.add(T.log(T.sum(T.exp(T.sub(x, top)), { axis: 1, keepdims: true })), top)];
  },
  "a product of rows with what is the same for each": (x) => [T.mul(x, T.exp(T.sum(x, { axis: 1, keepdims: true })))],
  "positions of extremes": (x) => [T.argmax(x, { axis: 1 }), T.max(x, { axis: 1 })],
};

const SHAPES: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 10],
  [17, 100],
  [40, 31],
  [2, 1500],
  [5, 0],
  [0, 4],
];

function values([rows, columns]: readonly [number, number], dtype: "float64" | "float32"): NDArray {
  const all = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * 1.7) + (i % 7) / 3);
  return NDArray.from(all, dtype).reshape([rows, columns]);
}

/** Results, or the name of the error. */
function outcome(call: () => readonly NDArray[]): readonly (readonly number[])[] | string {
  try {
    return call().map((result) => Array.from(result.astype("float64").data, Number));
  } catch (error) {
    return error instanceof Error ? error.name : "";
  }
}

describe.each(["float64", "float32"] as const)("of %s", (dtype) => {
  test.each(Object.entries(PROGRAMS))("%s", (_name, program) => {
    const x = dtype === "float64" ? T.dmatrix("x") : T.fmatrix("x");
    const outputs = program(x);
    const native = theano.function([x], outputs, { tier: "native" });
    const plain = theano.function([x], outputs, { tier: "js" });
    for (const shape of SHAPES) {
      const given = values(shape, dtype);
      const [found, expected] = [native, plain].map((f) => outcome(() => [f(given)].flat()));
      if (typeof found === "string" || typeof expected === "string") {
        expect(found, `shape ${shape}`).toEqual(expected);
        continue;
      }
      const tolerance = dtype === "float64" ? 1e-12 : 2e-4;
      found.forEach((result, i) => {
        const scale = Math.max(1, ...expected[i].filter(Number.isFinite).map(Math.abs));
        result.forEach((value, k) => {
          const isSame = Object.is(value, expected[i][k]) || Math.abs(value - expected[i][k]) <= tolerance * scale;
          expect(isSame, `output ${i} of shape ${shape}: ${value} for ${expected[i][k]}`).toBe(true);
        });
      });
    }
  });
});

test("layer normalization is one kernel", () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  config.loop_ir.verbose = true;
  try {
    const x = T.dmatrix("x");
    theano.function([x], layerNorm(x), { tier: "native" })(values([3, 5], "float64"));
    const text = written.mock.calls.map(([part]) => String(part)).join("");
    expect(text.split("loop IR after fusion").length - 1).toBe(1);
  } finally {
    config.loop_ir.verbose = false;
    written.mockRestore();
  }
});
