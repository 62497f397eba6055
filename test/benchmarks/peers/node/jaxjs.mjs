// jax-js on its WebAssembly backend. Arrays are used up by what is computed of them: `x.ref` is one more use.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";
import { serve } from "./worker.ts";

const packages = createRequire(argv[2]);
const entry = packages.resolve("@jax-js/jax");
const { version } = JSON.parse(readFileSync(join(dirname(entry), "..", "package.json"), "utf8"));
const {
  init,
  defaultDevice,
  jit,
  nn,
  numpy: np,
  valueAndGrad,
} = await import(pathToFileURL(join(dirname(entry), "index.js")).href);
await init();
defaultDevice("wasm");

const PURE = {
  add: ({ a, b }) => a.add(b),
  scalar: ({ x }) => x.mul(2).add(1),
  chain: ({ a, b, c }) => a.ref.mul(2).add(b.mul(3)).sub(c.mul(a)),
  "chain-tanh": ({ a, b, c }) => a.ref.mul(b.ref).add(c).mul(np.tanh(a)).sub(np.square(b)),
  sigmoid: ({ a }) => nn.sigmoid(a),
  tanh: ({ a }) => np.tanh(a),
  exp: ({ a }) => np.exp(a),
  sum: ({ a }) => np.sum(a),
  softmax: ({ a }) => nn.softmax(a, 1),
  "log-softmax": ({ a }) => nn.logSoftmax(a, 1),
  "layer-norm": ({ a }) => {
    const centred = a.ref.sub(np.mean(a, 1, { keepdims: true }));
    const variance = np.mean(np.square(centred.ref), 1, { keepdims: true });
    return centred.div(np.sqrt(variance.add(1e-5)));
  },
  dot: ({ a, b }) => np.matmul(a, b),
};

const STEPPING = {
  mlp: {
    rate: 0.01,
    cost: (p, { x, y }) => {
      const squares = np.sum(np.square(p.w1.ref)).add(np.sum(np.square(p.w2.ref)));
      const hidden = np.tanh(np.matmul(x, p.w1).add(p.b1));
      const losses = np.sum(nn.logSoftmax(np.matmul(hidden, p.w2).add(p.b2), 1).mul(y), 1);
      return squares.mul(1e-4).sub(np.mean(losses));
    },
  },
};

/** One more use of every array. */
function refs(arrays) {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.ref]));
}

function pure(make, arrays) {
  const f = jit(make);
  return () => f(refs(arrays)).dataSync();
}

function stepping({ cost, rate }, arrays, names) {
  const given = Object.fromEntries(Object.entries(arrays).filter(([name]) => !names.includes(name)));
  let states = Object.fromEntries(names.map((name) => [name, arrays[name]]));
  const step = jit((p, v) => {
    const [value, slopes] = valueAndGrad((q) => cost(q, v))(refs(p));
    const next = Object.fromEntries(names.map((name) => [name, p[name].sub(slopes[name].mul(rate))]));
    return [value, next];
  });
  return () => {
    const [value, next] = step(states, refs(given));
    states = next;
    return value.dataSync();
  };
}

await serve({
  versions: { "jax-js": version, node: process.versions.node },
  load(program, inputs) {
    if (!(program in PURE) && !(program in STEPPING)) return null;
    const arrays = {};
    const names = [];
    for (const [name, { data, dtype, shape, role }] of inputs) {
      if (role === "state") names.push(name);
      if (dtype === "int64") {
        const hot = new Float32Array(10 * data.length);
        data.forEach((right, row) => {
          hot[10 * row + Number(right)] = 1;
        });
        arrays[name] = np.array(hot, { shape: [data.length, 10], dtype: np.float32 });
      } else arrays[name] = np.array(data, { shape: [...shape], dtype: np[dtype] });
    }
    const call = program in PURE ? pure(PURE[program], arrays) : stepping(STEPPING[program], arrays, names);
    return { call, read: (numbers) => [numbers] };
  },
});
