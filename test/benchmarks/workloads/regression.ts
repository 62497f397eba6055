/** A step of logistic regression, as in Theano's tutorial. */
import { T, type Variable } from "../../../runtime/index.ts";
import type { Program, Shapes, SpeedWorkload, Values } from "../workload.ts";
import { differentiated, steps } from "./gradients.ts";
import { argument, integers, normal, state, zeros } from "./inputs.ts";
import { product } from "./products.ts";

const RATE = 0.1;
const DECAY = 0.01;

const logreg: Program = {
  name: "logreg",
  build: (x, states) => {
    const [y, w] = [x("y"), x("w")];
    const p = T.trueDiv(1, T.add(1, T.exp(T.sub(T.neg(T.dot(x("x"), w)), x("b")))));
    const entropy = T.sub(T.mul(T.neg(y), T.log(p)), T.mul(T.sub(1, y), T.log(T.sub(1, p))));
    const cost: Variable = T.add(T.mean(entropy), T.mul(DECAY, T.sum(T.sqr(w))));
    return { outputs: [T.gt(p, 0.5), entropy], updates: steps(cost, [states("w"), states("b")], RATE) };
  },
  plain: (values, shapes) => {
    const p = probabilities(values, shapes);
    return {
      outputs: [p.map((v) => (v > 0.5 ? 1 : 0)), entropies(values, shapes)],
      states: differentiated(
        (v) => cost(v, shapes),
        values,
        ["w", "b"],
        (v, slope) => v - RATE * slope,
      ),
    };
  },
};

function probabilities(values: Values, shapes: Shapes): number[] {
  const [m, k] = shapes("x");
  return product(values("x"), values("w"), m, k, 1).map((z) => 1 / (1 + Math.exp(-z - values("b")[0])));
}

function entropies(values: Values, shapes: Shapes): number[] {
  const y = values("y");
  return probabilities(values, shapes).map((p, i) => -y[i] * Math.log(p) - (1 - y[i]) * Math.log(1 - p));
}

function cost(values: Values, shapes: Shapes): number {
  const found = entropies(values, shapes);
  const squares = values("w").reduce((sum, w) => sum + w * w, 0);
  return found.reduce((sum, e) => sum + e, 0) / found.length + DECAY * squares;
}

export const LOGREG: SpeedWorkload = {
  kind: "speed",
  name: "logreg-400x784-f64",
  group: "models",
  program: logreg,
  dtype: "float64",
  inputs: [
    argument("x", "float64", [400, 784], normal(1)),
    argument("y", "float64", [400], integers(2)),
    state("w", "float64", [784], normal(0.01)),
    state("b", "float64", [], zeros),
  ],
  flops: 4 * 400 * 784,
  bytes: 2 * 400 * 784 * 8,
  tolerance: 1e-9,
};
