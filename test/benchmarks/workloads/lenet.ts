/** LeNet, as in the Deep Learning Tutorials: two layers of convolution and pooling, one of units, classes. */
import { T, type Variable } from "../../../runtime/index.ts";
import type { Input, Program, Shapes, SpeedWorkload, Symbols, Values } from "../workload.ts";
import { differentiated, steps } from "./gradients.ts";
import { argument, integers, normal, state, zeros } from "./inputs.ts";
import { affine, classCost, plainClassCost } from "./perceptron.ts";

const RATE = 0.01;
const PARAMETERS = ["k1", "c1", "k2", "c2", "w1", "b1", "w2", "b2"] as const;

/** Filters that are not flipped, as in the other libraries, the largest of 2 × 2 results, a bias, tanh. */
function layer(images: Variable, filters: Variable, bias: Variable): Variable {
  const convolved = T.nnet.conv2d(images, filters, { filterFlip: false });
  const pooled = T.signal.pool.pool2d(convolved, [2, 2], { ignoreBorder: true });
  return T.tanh(T.add(pooled, T.dimshuffle(bias, ["x", 0, "x", "x"])));
}

function scoresOf(x: Symbols): Variable {
  const first = layer(x("x"), x("k1"), x("c1"));
  const second = T.flatten(layer(first, x("k2"), x("c2")), 2);
  const hidden = T.tanh(T.add(T.dot(second, x("w1")), x("b1")));
  return T.add(T.dot(hidden, x("w2")), x("b2"));
}

const forward: Program = {
  name: "lenet",
  build: (x) => ({ outputs: [scoresOf(x)], updates: [] }),
  plain: (values, shapes) => ({ outputs: [plainScores(values, shapes)] }),
};

const step: Program = {
  name: "lenet-step",
  build: (x, states) => {
    const cost = classCost(scoresOf(x), x("y"));
    return { outputs: [cost], updates: steps(cost, PARAMETERS.map(states), RATE) };
  },
  plain: (values, shapes) => {
    const cost = (v: Values): number => plainClassCost(plainScores(v, shapes), values("y"), shapes("w2")[1]);
    return {
      outputs: [[cost(values)]],
      states: differentiated(cost, values, PARAMETERS, (v, slope) => v - RATE * slope),
    };
  },
};

function plainScores(values: Values, shapes: Shapes): number[] {
  const [batch] = shapes("x");
  const first = plainLayer(values("x"), shapes("x"), values("k1"), shapes("k1"), values("c1"));
  const second = plainLayer(first.values, first.shape, values("k2"), shapes("k2"), values("c2"));
  const [[inputs, units], [, classes]] = [shapes("w1"), shapes("w2")];
  const hidden = affine(second.values, values("w1"), values("b1"), batch, inputs, units).map(Math.tanh);
  return affine(hidden, values("w2"), values("b2"), batch, units, classes);
}

function plainLayer(
  images: readonly number[],
  [batch, channels, rows, columns]: readonly number[],
  filters: readonly number[],
  [count, , height, width]: readonly number[],
  bias: readonly number[],
): { values: number[]; shape: number[] } {
  const at = (image: number, filter: number, row: number, column: number): number => {
    let sum = 0;
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++)
          sum +=
            images[((image * channels + c) * rows + row + i) * columns + column + j] *
            filters[((filter * channels + c) * height + i) * width + j];
    return sum;
  };
  const shape = [batch, count, Math.floor((rows - height + 1) / 2), Math.floor((columns - width + 1) / 2)];
  const [, , outRows, outColumns] = shape;
  const values: number[] = [];
  for (let image = 0; image < batch; image++)
    for (let filter = 0; filter < count; filter++)
      for (let r = 0; r < outRows; r++)
        for (let c = 0; c < outColumns; c++) {
          const window = [0, 1, 2, 3].map((i) => at(image, filter, 2 * r + (i >> 1), 2 * c + (i & 1)));
          values.push(Math.tanh(Math.max(...window) + bias[filter]));
        }
  return { values, shape };
}

function inputsOf(role: "argument" | "state", batch: number): readonly Input[] {
  const parameter = role === "state" ? state : argument;
  return [
    argument("x", "float32", [batch, 1, 28, 28], normal(1)),
    ...(role === "state" ? [argument("y", "int64", [batch], integers(10))] : []),
    parameter("k1", "float32", [20, 1, 5, 5], normal(0.1)),
    parameter("c1", "float32", [20], zeros),
    parameter("k2", "float32", [50, 20, 5, 5], normal(0.05)),
    parameter("c2", "float32", [50], zeros),
    parameter("w1", "float32", [800, 500], normal(0.04)),
    parameter("b1", "float32", [500], zeros),
    parameter("w2", "float32", [500, 10], normal(0.05)),
    parameter("b2", "float32", [10], zeros),
  ];
}

const BATCH = 20;
const FORWARD_FLOPS = 2 * BATCH * (24 * 24 * 20 * 25 + 8 * 8 * 50 * 500 + 800 * 500 + 500 * 10);

function lenet(name: string, program: Program, role: "argument" | "state", passes: number): SpeedWorkload {
  return {
    kind: "speed",
    name,
    group: "networks",
    program,
    dtype: "float32",
    inputs: inputsOf(role, BATCH),
    flops: passes * FORWARD_FLOPS,
    bytes: null,
    tolerance: 1e-4,
  };
}

export const LENETS: readonly SpeedWorkload[] = [
  lenet("lenet-forward-f32", forward, "argument", 1),
  lenet("lenet-step-f32", step, "state", 3),
];
