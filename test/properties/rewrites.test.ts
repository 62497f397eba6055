/**
 * Random programs with and without rewrites. `THEANOTES_PROPERTY_RUNS` sets how many are tried, `THEANOTES_PROPERTY_SEED`
 * which ones.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isFloat } from "../../runtime/array/dtype.ts";
import {
  changeFlags,
  debugprint,
  FunctionGraph,
  getMode,
  grad,
  type NDArray,
  optimize,
  T,
  type TensorVariable,
  theano,
  type Variable,
} from "../../runtime/index.ts";
import { optimizerNamed, type Query } from "../../runtime/rewrite/db.ts";
import { type Program, programs } from "./programs.ts";
import { noise, numbersOf, Values } from "./values.ts";

const RUNS = Number(process.env.THEANOTES_PROPERTY_RUNS ?? 150);
const SEED = Number(process.env.THEANOTES_PROPERTY_SEED ?? 20261);

/**
 * In place, nodes would overwrite what is compared; functions do that below. A softmax is NaN in all of a row with an
 * infinite logit, as NumPy computes it, and exp(x) / Σ exp(x) in that one element only.
 */
const ALL = optimizerNamed("fast_run").excluding("inplace", "softmax_simplifier");

/**
 * Rewrites that find a number where the written form has overflowed, or multiplied 0 by infinity: what they find is judged
 * by the oracle's stability cases, against values of high precision.
 */
const RECOVERING = [
  "local_log_add",
  "local_log_sum_exp",
  "local_exp_over_1_plus_exp",
  "local_inv_1_plus_exp",
  "local_greedy_distributor",
  "local_sigmoid_complement",
  "log1pexp_to_softplus",
  "logsigm_to_softplus",
  "log1msigm_to_softplus",
  "log1p_neg_sigmoid",
  "local_logsoftmax",
  "local_logsoftmax_grad",
  "local_softmax_grad_to_crossentropy_with_softmax_grad",
  "local_log_erfc",
  "local_log1p_neg_erf",
  "local_log1mexp",
  "local_log1p_neg_exp",
  "local_grad_log_erfc_neg",
  "local_mul_switch_sink",
  "local_div_switch_sink",
  "local_func_inv",
  // Constants gathered: (x · 1e200) · 1e-200.
  "local_add_canonizer",
  "local_mul_canonizer",
];

const parameters = { numRuns: RUNS, seed: SEED, endOnFailure: false };

/** The outputs after rewriting. @throws what the call would. */
function rewrittenValues({ inputs, arrays }: Program, outputs: readonly Variable[], query: Query): readonly NDArray[] {
  const { fgraph } = FunctionGraph.cloneOf(inputs, outputs);
  changeFlags({ on_opt_error: "raise" }, () => optimize(fgraph, query));
  const values = new Values();
  fgraph.inputs.forEach((input, k) => {
    values.set(input, arrays[k]);
  });
  return fgraph.outputs.map((output) => {
    const error = values.compute(output);
    if (error !== null) throw new Error(`${error} after rewriting:\n${debugprint(fgraph)}`);
    return values.get(output);
  });
}

/** The values of outputs without rewriting, disturbed by different noise. */
function disturbedValues({ inputs, arrays }: Program, outputs: readonly Variable[]): readonly (readonly NDArray[])[] {
  return [1, 2, 3].map((seed) => {
    const values = new Values(noise(seed));
    inputs.forEach((input, k) => {
      values.set(input, arrays[k]);
    });
    return outputs.map((output) => (values.compute(output) === null ? values.get(output) : values.get(inputs[0])));
  });
}

/** What is wrong with a value, or null. `recovers`: numbers may stand where NaN or infinity was. */
function complaint(expected: NDArray, found: NDArray, disturbed: readonly NDArray[], recovers: boolean): string | null {
  if (found.dtype !== expected.dtype) return `dtype ${found.dtype} instead of ${expected.dtype}`;
  if (found.shape.join() !== expected.shape.join()) return `shape ${found.shape} instead of ${expected.shape}`;
  // A disturbed comparison may have changed a shape, or led to an error.
  const samples = disturbed.filter((sample) => sample.shape.join() === expected.shape.join()).map(numbersOf);
  if (samples.length < disturbed.length) return null;
  const [wanted, given] = [expected, found].map(numbersOf);
  const at = wanted.findIndex(
    (w, k) =>
      !agrees(
        w,
        given[k],
        samples.map((sample) => sample[k]),
        recovers,
      ),
  );
  return at < 0 ? null : `element ${at} is ${given[at]} instead of ${wanted[at]}: ${found} instead of ${expected}`;
}

function agrees(wanted: number, given: number, samples: readonly number[], recovers: boolean): boolean {
  if (same(wanted, given)) return true;
  if (!Number.isFinite(wanted)) return recovers || samples.some((sample) => !same(sample, wanted));
  if (samples.some((sample) => !Number.isFinite(sample))) return true;
  const spread = Math.max(...samples.map((sample) => Math.abs(sample - wanted)));
  return Math.abs(given - wanted) <= 2 * spread + 1e-300;
}

function same(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

function check(program: Program, outputs: readonly Variable[], query: Query, recovers: boolean): void {
  for (const output of outputs) if (program.values.compute(output) !== null) return;
  const found = rewrittenValues(program, outputs, query);
  const disturbed = disturbedValues(program, outputs);
  outputs.forEach((output, k) => {
    const samples = disturbed.map((values) => values[k]);
    const wrong = complaint(program.values.get(output), found[k], samples, recovers);
    if (wrong !== null) throw new Error(`${wrong}\n${debugprint(output)}`);
  });
}

test("values keep NaN, infinities, dtypes and shapes", () => {
  const query = ALL.excluding(...RECOVERING);
  fc.assert(
    fc.property(programs, (program) => check(program, program.results.slice(-1), query, false)),
    parameters,
  );
}, 60_000);

test("of several results", () => {
  const query = ALL.excluding(...RECOVERING);
  fc.assert(
    fc.property(programs, (program) => check(program, program.results, query, false)),
    parameters,
  );
}, 60_000);

test("with all rewrites, numbers stay what they are", () => {
  fc.assert(
    fc.property(programs, (program) => check(program, program.results.slice(-2), ALL, true)),
    parameters,
  );
}, 60_000);

test("what fails without rewrites fails in the same way with them, or what was wrong is not needed", () => {
  fc.assert(
    fc.property(programs, (program) => {
      const { failure } = program;
      if (failure === null) return;
      const error = errorOf(() => rewrittenValues(program, [failure.output], ALL));
      if (error !== null) expect(error.message, debugprint(failure.output)).toContain(failure.error);
    }),
    parameters,
  );
}, 60_000);

function errorOf(run: () => unknown): Error | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Gradients of the sum of the last result of floats. */
function gradients({ inputs, results }: Program): readonly TensorVariable[] {
  const output = results.findLast((result) => isFloat(result.dtype));
  if (output === undefined) return [];
  const wrt = inputs.filter((input) => isFloat(input.dtype));
  try {
    return grad(T.sum(output), wrt, { disconnectedInputs: "ignore" });
  } catch {
    // Some ops have no gradient.
    return [];
  }
}

test("gradients", () => {
  fc.assert(
    fc.property(programs, (program) => check(program, gradients(program), ALL, true)),
    parameters,
  );
}, 60_000);

const MODES: readonly (readonly [name: string, excluded: readonly string[]])[] = [
  ["FAST_RUN", ["softmax_simplifier"]],
  ["FAST_COMPILE", []],
  // It compares every replacement with what it replaced.
  ["DebugMode", ["softmax_simplifier", ...RECOVERING]],
];

test.each(MODES)(
  "compiled by %s",
  (name, excluded) => {
    fc.assert(
      fc.property(programs, (program) => {
        const output = program.results[program.results.length - 1];
        const found = changeFlags({ "DebugMode.check_finite": false }, () => {
          const mode = getMode(name).excluding(...excluded);
          return theano.function(program.inputs, output, { mode, onUnusedInput: "ignore" })(...program.arrays);
        });
        const disturbed = disturbedValues(program, [output]).map(([value]) => value);
        const wrong = complaint(program.values.get(output), found, disturbed, true);
        if (wrong !== null) throw new Error(`${wrong}\n${debugprint(output)}`);
      }),
      { ...parameters, numRuns: Math.ceil(RUNS / 10) },
    );
  },
  60_000,
);
