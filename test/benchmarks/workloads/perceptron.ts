/** A training step of a perceptron with one hidden layer, as in the Deep Learning Tutorials. */
import { T, type Variable } from "../../../runtime/index.ts";
import type { Program, Shapes, SpeedWorkload, Values } from "../workload.ts";
import { differentiated, steps } from "./gradients.ts";
import { argument, integers, normal, state, zeros } from "./inputs.ts";
import { product } from "./products.ts";

const RATE = 0.01;
const DECAY = 0.0001;
const PARAMETERS = ["w1", "b1", "w2", "b2"] as const;

/** The mean of minus the logarithms of what softmax gives to the right classes. */
export function classCost(scores: Variable, classes: Variable): Variable {
  return T.mean(T.nnet.categoricalCrossentropy(T.nnet.softmax(scores), classes));
}

const mlp: Program = {
  name: "mlp",
  build: (x, states) => {
    const hidden = T.tanh(T.add(T.dot(x("x"), x("w1")), x("b1")));
    const scores = T.add(T.dot(hidden, x("w2")), x("b2"));
    const squares = T.add(T.sum(T.sqr(x("w1"))), T.sum(T.sqr(x("w2"))));
    const cost = T.add(classCost(scores, x("y")), T.mul(DECAY, squares));
    return { outputs: [cost], updates: steps(cost, PARAMETERS.map(states), RATE) };
  },
  plain: (values, shapes) => ({
    outputs: [[cost(values, shapes)]],
    states: differentiated(
      (v) => cost(v, shapes),
      values,
      PARAMETERS,
      (v, slope) => v - RATE * slope,
    ),
  }),
};

function cost(values: Values, shapes: Shapes): number {
  const [[rows, inputs], [, units], [, classes]] = [shapes("x"), shapes("w1"), shapes("w2")];
  const hidden = affine(values("x"), values("w1"), values("b1"), rows, inputs, units).map(Math.tanh);
  const scores = affine(hidden, values("w2"), values("b2"), rows, units, classes);
  const squares = [...values("w1"), ...values("w2")].reduce((sum, w) => sum + w * w, 0);
  return plainClassCost(scores, values("y"), classes) + DECAY * squares;
}

/** A product and a row added to each of its rows. */
export function affine(
  x: readonly number[],
  w: readonly number[],
  b: readonly number[],
  m: number,
  k: number,
  n: number,
): number[] {
  return product(x, w, m, k, n).map((v, i) => v + b[i % n]);
}

/** As {@link classCost}. */
export function plainClassCost(scores: readonly number[], classes: readonly number[], count: number): number {
  const losses = classes.map((right, row) => {
    const own = scores.slice(row * count, (row + 1) * count);
    return Math.log(own.reduce((sum, score) => sum + Math.exp(score), 0)) - own[right];
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function perceptron(batch: number): SpeedWorkload {
  return {
    kind: "speed",
    name: `mlp-${batch}-f32`,
    group: "networks",
    program: mlp,
    dtype: "float32",
    inputs: [
      argument("x", "float32", [batch, 784], normal(1)),
      argument("y", "int64", [batch], integers(10)),
      state("w1", "float32", [784, 500], normal(0.03)),
      state("b1", "float32", [500], zeros),
      state("w2", "float32", [500, 10], normal(0.04)),
      state("b2", "float32", [10], zeros),
    ],
    flops: 2 * batch * (2 * 784 * 500 + 3 * 500 * 10),
    bytes: 4 * (4 * 784 * 500 + batch * 784),
    tolerance: 1e-4,
  };
}

export const PERCEPTRONS: readonly SpeedWorkload[] = [20, 128].map(perceptron);
