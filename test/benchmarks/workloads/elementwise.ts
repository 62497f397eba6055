/** One pass over many elements: chains that fuse, functions, a sum. */
import { T } from "../../../runtime/index.ts";
import { bytesOf, type Program, type SpeedWorkload } from "../workload.ts";
import { argument, uniform } from "./inputs.ts";

/** Elements of the workloads of one size. */
const MANY = 1_000_000;
const DTYPES = ["float64", "float32"] as const;

const chain: Program = {
  name: "chain",
  build: (x) => ({
    outputs: [T.sub(T.add(T.mul(2, x("a")), T.mul(3, x("b"))), T.mul(x("c"), x("a")))],
    updates: [],
  }),
  plain: (x) => ({ outputs: [x("a").map((a, i) => 2 * a + 3 * x("b")[i] - x("c")[i] * a)] }),
};

const chainTanh: Program = {
  name: "chain-tanh",
  build: (x) => ({
    outputs: [T.sub(T.mul(T.add(T.mul(x("a"), x("b")), x("c")), T.tanh(x("a"))), T.sqr(x("b")))],
    updates: [],
  }),
  plain: (x) => ({ outputs: [x("a").map((a, i) => (a * x("b")[i] + x("c")[i]) * Math.tanh(a) - x("b")[i] ** 2)] }),
};

const sigmoid: Program = {
  name: "sigmoid",
  build: (x) => ({ outputs: [T.nnet.sigmoid(x("a"))], updates: [] }),
  plain: (x) => ({ outputs: [x("a").map((a) => 1 / (1 + Math.exp(-a)))] }),
};

const tanh: Program = {
  name: "tanh",
  build: (x) => ({ outputs: [T.tanh(x("a"))], updates: [] }),
  plain: (x) => ({ outputs: [x("a").map(Math.tanh)] }),
};

const exp: Program = {
  name: "exp",
  build: (x) => ({ outputs: [T.exp(x("a"))], updates: [] }),
  plain: (x) => ({ outputs: [x("a").map(Math.exp)] }),
};

const sum: Program = {
  name: "sum",
  build: (x) => ({ outputs: [T.sum(x("a"))], updates: [] }),
  plain: (x) => ({ outputs: [[x("a").reduce((total, a) => total + a, 0)]] }),
};

/** A program of vectors of one length; `flops` are those of an element, a call of a function not counted. */
function pass(program: Program, names: readonly string[], dtype: "float64" | "float32", flops: number): SpeedWorkload {
  const isSum = program === sum;
  const [low, high] = isSum ? [0, 1] : [-5, 5];
  return {
    kind: "speed",
    name: `${program.name}-${shortName(dtype)}`,
    group: "elementwise",
    program,
    dtype,
    inputs: names.map((name) => argument(name, dtype, [MANY], uniform(low, high))),
    flops: flops * MANY,
    bytes: (names.length + (isSum ? 0 : 1)) * MANY * bytesOf(dtype),
    // Sums of float32 differ by how they are ordered.
    tolerance: dtype === "float64" ? 1e-12 : isSum ? 1e-4 : 3e-6,
  };
}

export function shortName(dtype: "float64" | "float32"): string {
  return dtype === "float64" ? "f64" : "f32";
}

export const ELEMENTWISE: readonly SpeedWorkload[] = DTYPES.flatMap((dtype) => [
  pass(chain, ["a", "b", "c"], dtype, 5),
  pass(chainTanh, ["a", "b", "c"], dtype, 5),
  pass(sigmoid, ["a"], dtype, 2),
  pass(tanh, ["a"], dtype, 1),
  pass(exp, ["a"], dtype, 1),
  pass(sum, ["a"], dtype, 1),
]);

/** The same program over sizes from the first-level cache to beyond the last. */
export const EXP_SIZES: readonly SpeedWorkload[] = [3, 4, 5, 6, 7].map((power) => {
  const size = 10 ** power;
  return {
    kind: "speed",
    name: `exp-f64-1e${power}`,
    group: "scaling",
    program: exp,
    dtype: "float64",
    inputs: [argument("a", "float64", [size], uniform(-5, 5))],
    flops: size,
    bytes: 16 * size,
    tolerance: 1e-13,
  };
});
