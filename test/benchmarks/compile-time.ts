/**
 * How long `theano.function` takes: on the tutorial's logistic regression, on a multilayer perceptron, on chains of
 * growing length, with the exponent of the growth, and on graphs that are wide, long, or have many shared variables.
 *
 * `npm run bench:compile` prints minima of several runs, and what the first compilation takes in a process that has just
 * started. Times are of the process's own clock, so that other work on the machine counts as little as it can.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { NDArray, type SharedVariable, T, theano, type Variable } from "../../runtime/index.ts";

const RUNS = 5;

/** CPU milliseconds of the fastest of several runs. */
function fastest(run: () => void, runs = RUNS): number {
  const times = Array.from({ length: runs }, () => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

const filled = (...shape: number[]): NDArray => NDArray.zeros(shape, "float64");

function logisticRegression(): void {
  const [x, y] = [T.dmatrix("x"), T.dvector("y")];
  const [w, b] = [theano.shared(filled(784), "w"), theano.shared(0, "b")];
  const p = T.trueDiv(1, T.add(1, T.exp(T.sub(T.neg(T.dot(x, w)), b))));
  const entropy = T.sub(T.mul(T.neg(y), T.log(p)), T.mul(T.sub(1, y), T.log(T.sub(1, p))));
  const cost = T.add(T.mean(entropy), T.mul(0.01, T.sum(T.sqr(w))));
  train([x, y], [T.gt(p, 0.5), entropy], cost, [w, b]);
}

function perceptron(layers: number): void {
  const x = T.dmatrix("x");
  const y = T.lvector("y");
  const parameters: SharedVariable[] = [];
  let hidden: Variable = x;
  for (let layer = 0; layer < layers; layer++) {
    const w = theano.shared(filled(16, 16), `w${layer}`);
    const b = theano.shared(filled(16), `b${layer}`);
    parameters.push(w, b);
    hidden = T.tanh(T.add(T.dot(hidden, w), b));
  }
  const cost = T.mean(T.nnet.categoricalCrossentropy(T.nnet.softmax(hidden), y));
  train([x, y], [cost], cost, parameters);
}

function train(inputs: Variable[], outputs: Variable[], cost: Variable, parameters: SharedVariable[]): void {
  const gradients = T.grad(cost, parameters);
  const updates = parameters.map((p, i): [SharedVariable, Variable] => [p, T.sub(p, T.mul(0.1, gradients[i]))]);
  theano.function(inputs, outputs, { updates });
}

function chainOver(x: Variable, length: number): Variable {
  let result = x;
  for (let i = 0; i < length; i++) result = i % 2 === 0 ? T.tanh(result) : T.mul(result, T.add(x, i));
  return result;
}

function chain(length: number, mode = "FAST_RUN"): void {
  const x = T.dvector("x");
  theano.function([x], chainOver(x, length), { mode });
}

function gradientOfChain(length: number): void {
  const x = T.dvector("x");
  theano.function([x], T.grad(T.sum(chainOver(x, length)), x));
}

function wideSum(terms: number): void {
  const x = T.dvector("x");
  const [first, ...others] = Array.from({ length: terms }, (_, i) => T.tanh(T.mul(x, i)));
  theano.function([x], T.add(first, ...others));
}

function manyShared(count: number): void {
  const x = T.dvector("x");
  const shared = Array.from({ length: count }, (_, i) => theano.shared(filled(3), `s${i}`));
  const [first, ...others] = shared.map((s) => T.sum(T.sqr(T.mul(s, x))));
  const cost = T.add(first, ...others);
  train([x], [cost], cost, shared);
}

/** A loop, and its gradient. */
function loop(): void {
  const x = T.dvector("x");
  const [states] = theano.scan((state) => T.tanh(T.mul(state, x)), { outputsInfo: [x], nSteps: 1000 });
  theano.function([x], T.grad(T.sum(states), x));
}

/** The slope of a line through the logarithms: time grows as length to this power. */
function exponent(lengths: readonly number[], times: readonly number[]): number {
  const [xs, ys] = [lengths.map(Math.log), times.map(Math.log)];
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  return (
    xs.map((v, i) => (v - x) * (ys[i] - y)).reduce((a, b) => a + b, 0) /
    xs.map((v) => (v - x) ** 2).reduce((a, b) => a + b, 0)
  );
}

function report(what: string, milliseconds: number, limit: number | null = null): void {
  const goal = limit === null ? "" : `   (goal ${limit} ms)`;
  console.log(`${what.padEnd(44)} ${milliseconds.toFixed(1).padStart(8)} ms${goal}`);
}

/** The cases that also run first thing in a process of their own. */
const FIRST: Readonly<Record<string, { readonly compile: () => void; readonly limit: number }>> = {
  "logistic regression with gradients, FAST_RUN": { compile: logisticRegression, limit: 60 },
  "8-layer perceptron with gradients, FAST_RUN": { compile: () => perceptron(8), limit: 150 },
};

function runAll(): void {
  for (const [name, { compile, limit }] of Object.entries(FIRST)) {
    report(name, fastest(compile), limit);
    spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name], { stdio: "inherit" });
  }
  const lengths = [500, 1000, 2000, 5000];
  const times = lengths.map((length) => fastest(() => chain(length), 3));
  lengths.forEach((length, i) => {
    report(`chain of ${length} nodes`, times[i], length === 5000 ? 2000 : Math.round((2000 * length) / 5000));
  });
  console.log(`time grows as length ^ ${exponent(lengths, times).toFixed(2)}`);
  report(
    "gradient of a chain of 5000 nodes",
    fastest(() => gradientOfChain(5000), 1),
  );
  report(
    "chain of 50000 nodes, FAST_COMPILE",
    fastest(() => chain(50_000, "FAST_COMPILE"), 1),
  );
  report(
    "sum of 2000 terms",
    fastest(() => wideSum(2000), 1),
  );
  report(
    "500 shared variables with gradients",
    fastest(() => manyShared(500), 1),
  );
  report("loop with gradient", fastest(loop));
}

const first = FIRST[process.argv[2] ?? ""];
if (first === undefined) runAll();
else report("  the first time in a process", fastest(first.compile, 1));
