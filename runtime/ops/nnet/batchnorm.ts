/** Batch normalization, after Ioffe and Szegedy, "Batch Normalization" (2015). */
import { type DType, upcast } from "../../array/dtype.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import { floatX } from "../../graph/floatx.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../../graph/op.ts";
import type { Dim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { as, define, KernelBuilder, loop, number, on, type Place, reduce } from "../../loop/builder.ts";
import type { Expr, Kernel } from "../../loop/ir.ts";
import { cast } from "../cast.ts";
import { applyComposite } from "../composite.ts";
import { type DimShuffleItem, dimshuffle } from "../dimshuffle.ts";
import { applyElemwise, zerosLike } from "../elemwise.ts";
import { addbroadcast } from "../rebroadcast.ts";
import { sum } from "../reduce.ts";
import { shapeI } from "../shape.ts";
import { checkLengths, shapesOf, workingDType } from "./rows.ts";

type Lengths = readonly (readonly Variable[])[];
type Gradients = readonly (Variable | NoGradient)[];

const mul = (...factors: readonly TensorLike[]) => applyElemwise("mul", ...factors);
const add = (...terms: readonly TensorLike[]) => applyElemwise("add", ...terms);
const sub = (a: TensorLike, b: TensorLike) => applyElemwise("sub", a, b);

/** What normalizing over some dimensions has in common, whichever statistics it uses. */
abstract class BatchNorm extends Op {
  /** The dimensions averaged over, ascending. */
  readonly axes: readonly number[];
  abstract override readonly family: string;

  constructor(axes: readonly number[]) {
    super();
    this.axes = axes;
  }

  get key(): string {
    return this.toString();
  }

  /** `AbstractBatchNormTrain{axes=(0, 2, 3)}`. */
  toString(): string {
    return `${this.family}{axes=${pyTuple(this.axes)}}`;
  }

  /** Where the elements of the inputs lie: on an axis for each dimension, and parameters at the first place of averaged ones. */
  protected places(ndim: number): { readonly data: readonly string[]; readonly parameter: readonly Place[] } {
    const data = Array.from({ length: ndim }, (_, axis) => `i${axis}`);
    return { data, parameter: data.map((axis, i) => (this.axes.includes(i) ? "first" : axis)) };
  }

  /** @throws ValueError when a parameter has other lengths than the data, or than 1 where it is averaged. */
  protected checkParameters(shapes: readonly (readonly Dim[])[], parameters: readonly number[]): void {
    for (const input of parameters)
      shapes[0].forEach((length, axis) => {
        checkLengths(this, shapes, [
          [`dimension ${axis} of a parameter`, this.axes.includes(axis) ? 1 : length],
          [`that of input ${input}`, shapes[input][axis]],
        ]);
      });
  }

  /** The sum over the averaged dimensions, which stay with length 1. */
  protected total(x: Variable): Variable {
    return sum(x, { axis: this.axes, keepdims: true });
  }

  /**
   * The inputs in their common dtype.
   * @throws ValueError when they differ in rank.
   */
  protected common(tensors: readonly Variable[]): readonly Variable[] {
    const [{ ndim }] = tensors;
    const other = tensors.find((tensor) => tensor.ndim !== ndim);
    if (other !== undefined)
      throw new ValueError(
        `${this}: all inputs must have the ${ndim} dimensions of ${tensors[0]}, but ${other} is of type ${other.type}.`,
      );
    const dtype = upcast(...tensors.map((tensor) => tensor.dtype));
    return tensors.map((tensor) => cast(tensor, dtype));
  }
}

/**
 * Normalizes by the mean and the variance of the batch. Inputs: data, scale, bias, epsilon, the factor of the running
 * averages and, optionally, the running mean and variance. Outputs: the normalized data, the mean, the inverse standard
 * deviation and, where given, the new running averages.
 */
export class AbstractBatchNormTrain extends BatchNorm {
  readonly family = "AbstractBatchNormTrain";

  /** @throws ValueError when the inputs differ in rank. */
  apply(
    x: Variable,
    scale: Variable,
    bias: Variable,
    epsilon: Variable,
    factor: Variable,
    ...running: readonly Variable[]
  ): Apply {
    const [data, ...parameters] = this.common([x, scale, bias, ...running]);
    const [, , ...averages] = parameters;
    const inputs = [data, parameters[0], parameters[1], epsilon, factor, ...averages];
    const statistic = parameters[0].type;
    this.checkParameters(shapesOf(...inputs), this.#parameters(inputs));
    return new Apply(this, inputs, [data.type, statistic, statistic, ...averages.map(() => statistic)]);
  }

  override lower(node: Apply): Lowered {
    return {
      kernel: this.#kernel(node),
      shapes: (shapes) => {
        this.checkParameters(shapes, this.#parameters(node.inputs));
        return node.outputs.map((_, i) => shapes[Math.min(i, 1)]);
      },
    };
  }

  /** Which inputs are laid out as parameters. */
  #parameters(inputs: readonly Variable[]): readonly number[] {
    return inputs.flatMap((_, i) => (i === 1 || i === 2 || i > 4 ? [i] : []));
  }

  #kernel(node: Apply): Kernel {
    const { dtype, ndim } = node.inputs[0];
    const working = workingDType(dtype);
    const kernel = new KernelBuilder("batch_norm_train");
    const { data, parameter } = this.places(ndim);
    const averaged = this.axes.map((axis) => data[axis]);
    const kept = data.filter((axis) => !averaged.includes(axis));
    const read = (places: readonly Place[], from: DType = dtype) => as(kernel.input(from, places), working);
    const x = read(data);
    const [scale, bias] = [read(parameter), read(parameter)];
    const [epsilon, factor] = [read([], node.inputs[3].dtype), read([], node.inputs[4].dtype)];
    const running = node.inputs.slice(5).map(() => read(parameter));
    const stores = node.outputs.map((_, i) => kernel.output(dtype, i === 0 ? data : parameter));

    const sums = reduce(averaged, { total: ["add", x], count: ["add", number(1, "float64")] });
    const count = sums.value("count");
    const mean = define("mean", as(on("true_div", sums.value("total"), count), working));
    const squares = reduce(averaged, { squares: ["add", on("sqr", on("sub", x, mean.value))] });
    const variance = define("variance", as(on("true_div", squares.value("squares"), count), working));
    const invstd = define("invstd", on("inv", on("sqrt", on("add", variance.value, epsilon))));
    const normal = on("mul", on("sub", x, mean.value), on("mul", scale, invstd.value));
    const unbiased = on("mul", variance.value, on("true_div", count, on("sub", count, number(1, "float64"))));
    const moved = (old: Expr, target: Expr) =>
      on("add", on("mul", old, on("sub", number(1, working), factor)), on("mul", target, factor));
    const news = [mean.value, unbiased].flatMap((target, i) => (i < running.length ? [moved(running[i], target)] : []));
    return kernel.build(
      ...loop(
        kept,
        sums.statement,
        mean.statement,
        squares.statement,
        variance.statement,
        invstd.statement,
        ...[mean.value, invstd.value, ...news].map((value, i) => stores[i + 1](value)),
        ...loop(averaged, stores[0](on("add", normal, bias))),
      ),
    );
  }

  /**
   * With n elements averaged, m their mean, s the inverse standard deviation and g what flows into each output: the
   * gradients of m and s, also by way of the running averages, come back to the data through dm/dx = 1/n and
   * dvar/dx = 2(x - m)/n.
   */
  override gradient(node: Apply, outputGradients: readonly (Variable | null)[]): Gradients {
    const [gOut, gMean, gInvstd, gRunMean = null, gRunVar = null] = outputGradients;
    const [x, scale, bias, epsilon, factor, ...running] = node.inputs;
    const [, mean, invstd] = node.outputs;
    const count = this.#count(x);
    const centred = sub(x, mean);
    const slope = gOut === null ? null : mul(gOut, scale, invstd);
    const aboutMean = present(
      gMean,
      slope === null ? null : applyElemwise("neg", this.total(slope)),
      gRunMean === null ? null : mul(gRunMean, factor),
    );
    const aboutInvstd = present(gInvstd, gOut === null ? null : this.total(mul(gOut, centred, scale)));
    const throughInvstd = aboutInvstd.map((g) => mul(-0.5, g, applyElemwise("pow", invstd, 3)));
    const correction = applyElemwise("true_div", count, sub(count, 1));
    const aboutVariance = present(...throughInvstd, gRunVar === null ? null : mul(gRunVar, factor, correction));
    const parts = present(
      slope,
      ...aboutMean.map((g) => applyElemwise("second", x, applyElemwise("true_div", g, count))),
      ...aboutVariance.map((g) => applyElemwise("true_div", mul(2, g, centred), count)),
    );
    const kept = (g: Variable | null) => (g === null ? DISCONNECTED : mul(g, sub(1, factor)));
    return [
      plus(parts, x),
      gOut === null ? zerosLike(scale) : this.total(mul(gOut, centred, invstd)),
      gOut === null ? zerosLike(bias) : this.total(gOut),
      throughInvstd.length === 0 ? zerosLike(epsilon) : sum(plus(throughInvstd, epsilon)),
      this.#factorGradient(node, gRunMean, gRunVar, correction),
      ...running.map((_, i) => kept([gRunMean, gRunVar][i])),
    ];
  }

  /** The running averages move from the old ones towards those of the batch. */
  #factorGradient(
    node: Apply,
    gRunMean: Variable | null,
    gRunVar: Variable | null,
    correction: Variable,
  ): Variable | NoGradient {
    const [, , , epsilon, , runMean, runVar] = node.inputs;
    const [, mean, invstd] = node.outputs;
    const variance = sub(applyElemwise("inv", applyElemwise("sqr", invstd)), epsilon);
    const terms = present(
      gRunMean === null ? null : sum(mul(gRunMean, sub(mean, runMean))),
      gRunVar === null ? null : sum(mul(gRunVar, sub(mul(correction, variance), runVar))),
    );
    return terms.length === 0 ? DISCONNECTED : terms.reduce((a, b) => add(a, b));
  }

  /** How many elements are averaged, in the dtype of the data. */
  #count(x: Variable): Variable {
    const lengths = this.axes.map((axis) => shapeI(x, axis));
    return cast(lengths.length === 1 ? lengths[0] : mul(...lengths), x.dtype);
  }

  override inferShape(node: Apply, [x, scale]: Lengths): Lengths {
    return node.outputs.map((_, i) => (i === 0 ? x : scale));
  }
}

/** The gradients that are there. */
function present(...terms: readonly (Variable | null)[]): Variable[] {
  return terms.filter((term) => term !== null);
}

/** The sum of gradients of `like`; zeros when there are none. */
function plus(terms: readonly Variable[], like: Variable): Variable {
  return terms.length === 0 ? zerosLike(like) : terms.reduce((a, b) => add(a, b));
}

/** Normalizes by a mean and a variance that are given: `(x - mean)·scale/√(variance + epsilon) + bias`. */
export class AbstractBatchNormInference extends BatchNorm {
  readonly family = "AbstractBatchNormInference";

  /** @throws ValueError when the inputs differ in rank. */
  apply(x: Variable, scale: Variable, bias: Variable, mean: Variable, variance: Variable, epsilon: Variable): Apply {
    const tensors = this.common([x, scale, bias, mean, variance]);
    this.checkParameters(shapesOf(...tensors), [1, 2, 3, 4]);
    return new Apply(this, [...tensors, epsilon], [tensors[0].type]);
  }

  override lower(node: Apply): Lowered {
    const { dtype, ndim } = node.inputs[0];
    const working = workingDType(dtype);
    const kernel = new KernelBuilder("batch_norm_inference");
    const { data, parameter } = this.places(ndim);
    const read = (places: readonly Place[], from: DType = dtype) => as(kernel.input(from, places), working);
    const x = read(data);
    const [scale, bias, mean, variance] = Array.from({ length: 4 }, () => read(parameter));
    const epsilon = read([], node.inputs[5].dtype);
    const store = kernel.output(dtype, data);
    const std = on("sqrt", on("add", variance, epsilon));
    const value = on("add", on("mul", on("sub", x, mean), on("true_div", scale, std)), bias);
    return {
      kernel: kernel.build(...loop(data, store(value))),
      shapes: (shapes) => {
        this.checkParameters(shapes, [1, 2, 3, 4]);
        return [shapes[0]];
      },
    };
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const [x, scale, , mean, variance, epsilon] = node.inputs;
    const invstd = applyElemwise("inv", applyElemwise("sqrt", add(variance, epsilon)));
    const slope = mul(g, scale, invstd);
    const centred = sub(x, mean);
    const aboutVariance = mul(-0.5, this.total(mul(slope, centred)), applyElemwise("sqr", invstd));
    return [
      slope,
      this.total(mul(g, centred, invstd)),
      this.total(g),
      applyElemwise("neg", this.total(slope)),
      aboutVariance,
      sum(aboutVariance),
    ];
  }

  override inferShape(_node: Apply, [x]: Lengths): Lengths {
    return [x];
  }
}

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
