/** Batch normalization, after Ioffe and Szegedy, "Batch Normalization" (2015). */
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import { floatX } from "../../graph/floatx.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { applyComposite } from "../composite.ts";
import { type DimShuffleItem, dimshuffle } from "../dimshuffle.ts";
import { applyElemwise } from "../elemwise.ts";
import { addbroadcast } from "../rebroadcast.ts";
import { AbstractBatchNormInference, AbstractBatchNormTrain } from "./batchnormops.ts";

const mul = (...factors: readonly TensorLike[]) => applyElemwise("mul", ...factors);
const add = (...terms: readonly TensorLike[]) => applyElemwise("add", ...terms);
const sub = (a: TensorLike, b: TensorLike) => applyElemwise("sub", a, b);

/** Which dimensions are averaged over: `"per-activation"` the first, `"spatial"` all but the second, or a list. */
export type NormalizationAxes = "per-activation" | "spatial" | readonly number[];

export interface BatchNormalizationOptions {
  /** Default `"per-activation"`. */
  readonly axes?: NormalizationAxes;
  /** Added to the variance before its root is taken; at least 1e-5, default 1e-4. */
  readonly epsilon?: number;
}

export interface BatchNormalizationTrainOptions extends BatchNormalizationOptions {
  /** How far the running averages move towards those of the batch; default 0.1. */
  readonly runningAverageFactor?: TensorLike;
  /** The running averages so far: both or neither. */
  readonly runningMean?: TensorLike | null;
  readonly runningVar?: TensorLike | null;
}

/** @throws ValueError for anything that names no dimension of a tensor of `ndim` dimensions. */
function normalizationAxes(axes: NormalizationAxes, ndim: number): readonly number[] {
  const list = axes === "per-activation" ? [0] : axes === "spatial" ? [0, ...range(2, ndim)] : axes;
  if (typeof list === "string")
    throw new ValueError(`invalid axes: ${list}; expected "per-activation", "spatial" or a list of dimensions.`);
  if (list.length === 0) throw new ValueError("there should be at least one normalization axis");
  const sorted = [...list].sort((a, b) => a - b);
  if (sorted[0] < 0 || (sorted.at(-1) ?? 0) >= ndim)
    throw new ValueError(`axes should be less than ndim (<${ndim}), but ${pyTuple(sorted)} given`);
  return sorted;
}

function range(start: number, stop: number): number[] {
  return Array.from({ length: Math.max(0, stop - start) }, (_, i) => start + i);
}

/** How parameters that have only the dimensions that are not averaged get the others, and lose them again. */
class Layout {
  readonly #axes: readonly number[];
  readonly #kept: readonly number[];
  readonly #ndim: number;
  readonly #full: boolean;

  /** @param gamma decides: it has all dimensions, or only those kept. */
  constructor(axes: readonly number[], ndim: number, gamma: Variable) {
    this.#axes = axes;
    this.#kept = range(0, ndim).filter((axis) => !axes.includes(axis));
    this.#ndim = ndim;
    this.#full = gamma.ndim === ndim;
  }

  /** @throws ValueError when a parameter has another number of dimensions. */
  expand(parameters: readonly (readonly [name: string, parameter: Variable])[]): readonly Variable[] {
    const wanted = this.#full ? this.#ndim : this.#kept.length;
    return parameters.map(([name, parameter]) => {
      if (parameter.ndim !== wanted)
        throw new ValueError(
          `${name} must have as many dimensions as the inputs (${this.#ndim}) or as there are without the normalized ones (${this.#kept.length}), the same as gamma; got ${parameter.ndim}, ${parameter.type}.`,
        );
      if (this.#full) return addbroadcast(parameter, ...this.#axes);
      return dimshuffle(
        parameter,
        range(0, this.#ndim).map(
          (axis): DimShuffleItem => (this.#axes.includes(axis) ? "x" : this.#kept.indexOf(axis)),
        ),
      );
    });
  }

  /** A statistic with the dimensions that parameters were given with. */
  contract(statistic: Variable): Variable {
    return this.#full ? statistic : dimshuffle(statistic, this.#kept);
  }
}

/** @throws ValueError below 1e-5. */
function epsilonOf(epsilon: number): Variable {
  if (!(epsilon >= 1e-5)) throw new ValueError(`epsilon must be at least 1e-5, got ${epsilon}`);
  return constant(epsilon, null, floatX());
}

/**
 * Normalizes a batch by its own mean and variance: `(inputs - mean)·gamma·invstd + beta`.
 *
 * `gamma`, `beta` and the running averages have length 1 in the dimensions averaged over, or lack them.
 * @returns the result, the mean and the inverse standard deviation; with running averages, also their new values,
 *   `old·(1 - factor) + batch·factor`, for the variance of an unbiased estimate.
 * @throws ValueError for wrong ranks or axes, only one of the running averages, or an epsilon below 1e-5.
 */
export function batchNormalizationTrain(
  inputs: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  options: BatchNormalizationTrainOptions = {},
): TensorVariable[] {
  const { axes = "per-activation", epsilon = 1e-4, runningAverageFactor = 0.1 } = options;
  const { runningMean = null, runningVar = null } = options;
  const x = asTensor(inputs);
  const averaged = normalizationAxes(axes, x.ndim);
  const [scale, bias] = [asTensor(gamma), asTensor(beta)];
  if ((runningMean === null) !== (runningVar === null))
    throw new ValueError("runningMean and runningVar must either both be given or both be absent");
  const layout = new Layout(averaged, x.ndim, scale);
  const averages: readonly (readonly [string, Variable])[] =
    runningMean === null || runningVar === null
      ? []
      : [
          ["runningMean", asTensor(runningMean)],
          ["runningVar", asTensor(runningVar)],
        ];
  const parameters = layout.expand([["gamma", scale], ["beta", bias], ...averages]);
  const [fullScale, fullBias, ...running] = parameters;
  const [out, ...statistics] = new AbstractBatchNormTrain(averaged).apply(
    x,
    fullScale,
    fullBias,
    epsilonOf(epsilon),
    asTensor(runningAverageFactor),
    ...running,
  ).outputs;
  return [out, ...statistics.map((statistic) => layout.contract(statistic))];
}

/**
 * Normalizes by a mean and a variance that are given, such as running averages:
 * `(inputs - mean)·gamma/√(variance + epsilon) + beta`. Parameters are laid out as in {@link batchNormalizationTrain}.
 * @throws ValueError for wrong ranks or axes, or an epsilon below 1e-5.
 */
export function batchNormalizationTest(
  inputs: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  { axes = "per-activation", epsilon = 1e-4 }: BatchNormalizationOptions = {},
): TensorVariable {
  const x = asTensor(inputs);
  const averaged = normalizationAxes(axes, x.ndim);
  const scale = asTensor(gamma);
  const [fullScale, bias, centre, spread] = new Layout(averaged, x.ndim, scale).expand([
    ["gamma", scale],
    ["beta", asTensor(beta)],
    ["mean", asTensor(mean)],
    ["variance", asTensor(variance)],
  ]);
  return new AbstractBatchNormInference(averaged).apply(x, fullScale, bias, centre, spread, epsilonOf(epsilon)).out;
}

export interface ElementwiseNormalizationOptions {
  /** One node, or several that rewrites fuse; both compute the same. Default `"low_mem"`. */
  readonly mode?: "low_mem" | "high_mem";
}

/**
 * `(inputs - mean)·(gamma/std) + beta`, elementwise with broadcasting.
 * @throws ValueError for another mode.
 */
export function batchNormalization(
  inputs: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  mean: TensorLike,
  std: TensorLike,
  { mode = "low_mem" }: ElementwiseNormalizationOptions = {},
): TensorVariable {
  switch (mode) {
    case "low_mem":
      return applyComposite([inputs, mean, std, gamma, beta], (on, x, m, s, g, b) =>
        on("add", on("mul", on("true_div", on("sub", x, m), s), g), b),
      );
    case "high_mem":
      return add(mul(sub(inputs, mean), applyElemwise("true_div", gamma, std)), beta);
    default:
      throw new ValueError(`mode must be either "low_mem" or "high_mem", got ${mode}`);
  }
}
