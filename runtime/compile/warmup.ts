/**
 * Running the compiler before somebody waits for it. V8 compiles each function of this library when it is called first,
 * which is most of the time that the first function of a process takes.
 */
import { NDArray } from "../array/ndarray.ts";
import { changeFlags } from "../config/index.ts";
import { grad } from "../grad/gradient.ts";
import { shared } from "../graph/shared.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";

/** What a session may ask to see, hear of or forbid in functions of its own. */
const QUIET = {
  floatX: "float32",
  profile: false,
  print_global_stats: false,
  optimizer_verbose: false,
  compute_test_value: "off",
  compute_test_value_opt: "off",
  on_opt_error: "ignore",
} as const;

/**
 * Compiles and runs a step of training in JavaScript, of which nothing is left but that the next function comes sooner.
 * For programs that wait for their users: each `next()` of the generator is a part of the work, of some tens of
 * milliseconds, so that something more urgent can come between.
 */
export function* warmUp(): Generator<void, void> {
  const quietly = <R>(work: () => R): R => changeFlags(QUIET, work);
  const filled = (...shape: number[]): NDArray => NDArray.zeros(shape, "float32");
  const [x, y] = [T.fmatrix("x"), T.lvector("y")];
  const parameters = quietly(() => [filled(4, 3), filled(3)].map((value) => shared(value)));
  const [w, b] = parameters;
  yield;
  const [cost, slopes] = quietly(() => {
    const scores = T.tanh(T.add(T.dot(x, w), b));
    const losses = T.nnet.categoricalCrossentropy(T.nnet.softmax(scores), y);
    const total = T.add(T.mean(losses), T.mul(0.01, T.sum(T.sqr(w))));
    return [total, grad(total, parameters)] as const;
  });
  yield;
  const step = quietly(() => {
    const updates = parameters.map((p, i) => [p, T.sub(p, T.mul(0.1, slopes[i]))] as const);
    return compileFunction([x, y], [cost], { updates, mode: "FAST_RUN", name: "warm-up", tier: "js" });
  });
  yield;
  quietly(() => step(filled(2, 4), NDArray.zeros([2], "int64")));
}
