/** A recurrent network of LSTM cells: a scan, and its gradient. */
import { T, theano, type Variable } from "../../../runtime/index.ts";
import type { Input, Program, Shapes, SpeedWorkload, Symbols, Values } from "../workload.ts";
import { slopes } from "./gradients.ts";
import { argument, normal, zeros } from "./inputs.ts";
import { product } from "./products.ts";

const WEIGHTS = ["w", "u", "b"] as const;

/** Hidden states after the last step. Gates lie side by side in the columns of the weights: input, forget, output, new. */
function lastHidden(x: Symbols): Variable {
  const units = T.shape(x("u")).at(0);
  const inputs = T.add(T.dot(x("x"), x("w")), x("b"));
  const step = (now: Variable, hidden: Variable, cell: Variable): [Variable, Variable] => {
    const all = T.add(now, T.dot(hidden, x("u")));
    const part = (i: number): Variable => T.subtensor(all, T.slice(), T.slice(T.mul(i, units), T.mul(i + 1, units)));
    const next = T.add(T.mul(T.nnet.sigmoid(part(1)), cell), T.mul(T.nnet.sigmoid(part(0)), T.tanh(part(3))));
    return [T.mul(T.nnet.sigmoid(part(2)), T.tanh(next)), next];
  };
  const [[hiddens]] = theano.scan(step, { sequences: inputs, outputsInfo: [x("h0"), x("h0")] });
  return T.subtensor(hiddens, -1);
}

function costOf(x: Symbols): Variable {
  return T.mean(T.sqr(lastHidden(x)));
}

const forward: Program = {
  name: "lstm",
  build: (x) => ({ outputs: [lastHidden(x)], updates: [] }),
  plain: (values, shapes) => ({ outputs: [plainHidden(values, shapes)] }),
};

const gradient: Program = {
  name: "lstm-gradient",
  build: (x) => {
    const cost = costOf(x);
    return { outputs: [cost, ...T.grad(cost, WEIGHTS.map(x))], updates: [] };
  },
  plain: (values, shapes) => {
    const cost = (v: Values): number => {
      const hidden = plainHidden(v, shapes);
      return hidden.reduce((sum, h) => sum + h * h, 0) / hidden.length;
    };
    return { outputs: [[cost(values)], ...slopes(cost, values, WEIGHTS)] };
  },
};

function plainHidden(values: Values, shapes: Shapes): number[] {
  const [steps, batch, width] = shapes("x");
  const [units, columns] = shapes("u");
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const inputs = product(values("x"), values("w"), steps * batch, width, columns);
  let [hidden, cell] = [[...values("h0")], [...values("h0")]];
  for (let t = 0; t < steps; t++) {
    const recurrent = product(hidden, values("u"), batch, units, columns);
    const gate = (i: number, at: number): number => {
      const [row, unit] = [Math.floor(at / units), at % units];
      const column = i * units + unit;
      return inputs[(t * batch + row) * columns + column] + recurrent[row * columns + column] + values("b")[column];
    };
    cell = cell.map((c, at) => sigmoid(gate(1, at)) * c + sigmoid(gate(0, at)) * Math.tanh(gate(3, at)));
    hidden = cell.map((c, at) => sigmoid(gate(2, at)) * Math.tanh(c));
  }
  return hidden;
}

const [STEPS, BATCH, UNITS] = [100, 16, 128];

const INPUTS: readonly Input[] = [
  argument("x", "float32", [STEPS, BATCH, UNITS], normal(1)),
  argument("w", "float32", [UNITS, 4 * UNITS], normal(0.08)),
  argument("u", "float32", [UNITS, 4 * UNITS], normal(0.08)),
  argument("b", "float32", [4 * UNITS], zeros),
  argument("h0", "float32", [BATCH, UNITS], zeros),
];
/** Two products of these shapes for every step and row. */
const FORWARD_FLOPS = 2 * STEPS * BATCH * 2 * UNITS * 4 * UNITS;

function lstm(name: string, program: Program, passes: number): SpeedWorkload {
  return {
    kind: "speed",
    name,
    group: "networks",
    program,
    dtype: "float32",
    inputs: INPUTS,
    flops: passes * FORWARD_FLOPS,
    bytes: null,
    tolerance: 1e-4,
  };
}

export const LSTMS: readonly SpeedWorkload[] = [
  lstm("lstm-forward-f32", forward, 1),
  lstm("lstm-gradient-f32", gradient, 3),
];
