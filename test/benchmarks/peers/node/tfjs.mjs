// TensorFlow.js on its WebAssembly backend, with one thread: float32 only, one kernel per operation.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { serve } from "./worker.ts";

/** The package.json beside which the peers of npm are installed. */
const packages = createRequire(argv[2]);
/** @param {string} name */
const load = (name) => import(pathToFileURL(packages.resolve(name)).href);
const tf = await load("@tensorflow/tfjs");
const wasm = await load("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(packages.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
wasm.setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();

const LAYER_NORM_EPSILON = 1e-5;

const PURE = {
  add: ({ a, b }) => tf.add(a, b),
  chain: ({ a, b, c }) => tf.sub(tf.add(tf.mul(2, a), tf.mul(3, b)), tf.mul(c, a)),
  "chain-tanh": ({ a, b, c }) => tf.sub(tf.mul(tf.add(tf.mul(a, b), c), tf.tanh(a)), tf.square(b)),
  sigmoid: ({ a }) => tf.sigmoid(a),
  tanh: ({ a }) => tf.tanh(a),
  exp: ({ a }) => tf.exp(a),
  sum: ({ a }) => tf.sum(a),
  softmax: ({ a }) => tf.softmax(a),
  "log-softmax": ({ a }) => tf.logSoftmax(a),
  "layer-norm": ({ a }) => {
    const { mean, variance } = tf.moments(a, 1, true);
    return tf.div(tf.sub(a, mean), tf.sqrt(tf.add(variance, LAYER_NORM_EPSILON)));
  },
  dot: ({ a, b }) => tf.matMul(a, b),
  lstm: ({ x, w, u, b, h0 }) => {
    const [steps, batch, width] = x.shape;
    const inputs = tf.add(tf.matMul(tf.reshape(x, [-1, width]), w), b);
    let [h, c] = [h0, h0];
    for (let t = 0; t < steps; t++) {
      const now = tf.slice(inputs, [t * batch, 0], [batch, -1]);
      const [input, forget, output, fresh] = tf.split(tf.add(now, tf.matMul(h, u)), 4, 1);
      c = tf.add(tf.mul(tf.sigmoid(forget), c), tf.mul(tf.sigmoid(input), tf.tanh(fresh)));
      h = tf.mul(tf.sigmoid(output), tf.tanh(c));
    }
    return h;
  },
  lenet: ({ x, k1, c1, k2, c2, w1, b1, w2, b2 }) => {
    const layer = (images, filters, bias) =>
      tf.tanh(tf.add(tf.maxPool(tf.conv2d(images, filters, 1, "valid"), 2, 2, "valid"), bias));
    const images = layer(layer(x, k1, c1), k2, c2);
    const rows = tf.reshape(tf.transpose(images, [0, 3, 1, 2]), [x.shape[0], -1]);
    return tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(rows, w1), b1)), w2), b2);
  },
};

/** Its images have channels last, and its filters too. */
const LAYOUT = { lenet: { x: [0, 2, 3, 1], k1: [2, 3, 1, 0], k2: [2, 3, 1, 0] } };

const STEPPING = {
  mlp: {
    rate: 0.01,
    cost: ({ x, y, w1, b1, w2, b2 }) => {
      const scores = tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(x, w1), b1)), w2), b2);
      const losses = tf.sum(tf.mul(y, tf.logSoftmax(scores)), 1);
      const squares = tf.add(tf.sum(tf.square(w1)), tf.sum(tf.square(w2)));
      return tf.sub(tf.mul(1e-4, squares), tf.mean(losses));
    },
  },
};

/** One call; what it made is freed once it was read. */
function pure(make, tensors) {
  return () => {
    const result = tf.tidy(() => make(tensors));
    const numbers = result.dataSync();
    result.dispose();
    return numbers;
  };
}

function stepping({ cost, rate }, tensors, states) {
  const variables = Object.fromEntries(states.map((name) => [name, tf.variable(tensors[name])]));
  return () => {
    const { value, grads } = tf.variableGrads(() => cost({ ...tensors, ...variables }), Object.values(variables));
    for (const variable of Object.values(variables)) {
      const next = tf.tidy(() => tf.sub(variable, tf.mul(rate, grads[variable.name])));
      variable.assign(next);
      next.dispose();
      grads[variable.name].dispose();
    }
    const numbers = value.dataSync();
    value.dispose();
    return numbers;
  };
}

await serve({
  versions: { tfjs: tf.version_core, node: process.versions.node },
  load(program, inputs) {
    if (!(program in PURE) && !(program in STEPPING)) return null;
    const tensors = {};
    const states = [];
    for (const [name, { data, dtype, shape, role }] of inputs) {
      if (dtype === "float64") throw new TypeError("TensorFlow.js has no float64");
      if (role === "state") states.push(name);
      const isClasses = dtype === "int64";
      const given = isClasses
        ? tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(data, Number), "int32"), 10), "float32")
        : tf.tensor(data, shape);
      const order = LAYOUT[program]?.[name];
      tensors[name] = order === undefined ? given : tf.transpose(given, order);
    }
    const call = program in PURE ? pure(PURE[program], tensors) : stepping(STEPPING[program], tensors, states);
    return { call, read: (numbers) => [numbers] };
  },
});
