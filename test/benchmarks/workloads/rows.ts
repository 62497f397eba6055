/** Programs of rows, each row reduced and read again: softmax, its logarithm, layer normalization. */
import { T, type Variable } from "../../../runtime/index.ts";
import { bytesOf, type Program, type Shapes, type SpeedWorkload, type Values } from "../workload.ts";
import { shortName } from "./elementwise.ts";
import { argument, uniform } from "./inputs.ts";

const ELEMENTS = 1_000_000;
/** Keeps the root away from zero. */
const EPSILON = 1e-5;

const softmax: Program = {
  name: "softmax",
  build: (x) => ({ outputs: [T.nnet.softmax(x("a"))], updates: [] }),
  plain: byRows((row) => {
    const powers = row.map((v) => Math.exp(v - Math.max(...row)));
    return powers.map((power) => power / total(powers));
  }),
};

const logSoftmax: Program = {
  name: "log-softmax",
  build: (x) => ({ outputs: [T.nnet.logsoftmax(x("a"))], updates: [] }),
  plain: byRows((row) => row.map((v) => v - Math.log(total(row.map(Math.exp))))),
};

const layerNorm: Program = {
  name: "layer-norm",
  build: (x) => ({ outputs: [normalized(x("a"))], updates: [] }),
  plain: byRows((row) => {
    const mean = total(row) / row.length;
    const variance = total(row.map((v) => (v - mean) ** 2)) / row.length;
    return row.map((v) => (v - mean) / Math.sqrt(variance + EPSILON));
  }),
};

function normalized(a: Variable): Variable {
  const centred = T.sub(a, T.mean(a, { axis: 1, keepdims: true }));
  const variance = T.mean(T.sqr(centred), { axis: 1, keepdims: true });
  return T.trueDiv(centred, T.sqrt(T.add(variance, EPSILON)));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0);
}

function byRows(each: (row: readonly number[]) => readonly number[]): Program["plain"] {
  return (values: Values, shapes: Shapes) => {
    const [rows, length] = shapes("a");
    const found = Array.from({ length: rows }, (_, r) => each(values("a").slice(r * length, (r + 1) * length)));
    return { outputs: [found.flat()] };
  };
}

function rows(program: Program, length: number, dtype: "float64" | "float32"): SpeedWorkload {
  return {
    kind: "speed",
    name: `${program.name}-${length}-${shortName(dtype)}`,
    group: "rows",
    program,
    dtype,
    inputs: [argument("a", dtype, [ELEMENTS / length, length], uniform(-3, 3))],
    flops: 4 * ELEMENTS,
    bytes: 2 * ELEMENTS * bytesOf(dtype),
    tolerance: dtype === "float64" ? 1e-12 : 1e-5,
  };
}

export const ROWS: readonly SpeedWorkload[] = [softmax, logSoftmax, layerNorm].flatMap((program) =>
  (["float64", "float32"] as const).flatMap((dtype) => [10, 100, 1000].map((length) => rows(program, length, dtype))),
);
