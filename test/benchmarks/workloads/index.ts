/** All workloads, in the order in which they are reported. A new one is an entry in one of these files. */
import type { LatencyWorkload, SpeedWorkload, Workload } from "../workload.ts";
import { CALLS } from "./calls.ts";
import { DENSITIES } from "./densities.ts";
import { ELEMENTWISE, EXP_SIZES } from "./elementwise.ts";
import { LENETS } from "./lenet.ts";
import { LSTMS } from "./lstm.ts";
import { PERCEPTRONS } from "./perceptron.ts";
import { PRODUCT_SIZES, PRODUCTS } from "./products.ts";
import { LOGREG } from "./regression.ts";
import { ROWS } from "./rows.ts";

const [MLP] = PERCEPTRONS;
const [, LSTM_GRADIENT] = LSTMS;

function latency(
  name: string,
  of: SpeedWorkload,
  until: LatencyWorkload["until"],
  cache: LatencyWorkload["cache"],
): LatencyWorkload {
  return { kind: "latency", name, group: "latency", of, until, cache };
}

export const WORKLOADS: readonly Workload[] = [
  ...CALLS,
  ...ELEMENTWISE,
  ...ROWS,
  ...PRODUCTS,
  LOGREG,
  ...PERCEPTRONS,
  ...LSTMS,
  ...LENETS,
  ...DENSITIES,
  latency("first-result-logreg", LOGREG, "first result", "cold"),
  latency("first-result-mlp", MLP, "first result", "cold"),
  latency("first-result-lstm", LSTM_GRADIENT, "first result", "cold"),
  latency("native-ready-logreg", LOGREG, "native code", "cold"),
  latency("native-ready-mlp", MLP, "native code", "cold"),
  latency("native-ready-lstm", LSTM_GRADIENT, "native code", "cold"),
  latency("warm-start-mlp", MLP, "native code", "warm"),
  ...EXP_SIZES,
  ...PRODUCT_SIZES,
];
