/** The ops of batch normalization, each with one kernel; `batchnorm.ts` has the functions that use them. */
import { type DType, upcast } from "../../array/dtype.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import type { TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../../graph/op.ts";
import type { Dim } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { as, define, KernelBuilder, loop, number, on, type Place, reduce } from "../../loop/builder.ts";
import type { Expr, Kernel } from "../../loop/ir.ts";
import { cast } from "../cast.ts";
import { applyElemwise, zerosLike } from "../elemwise.ts";
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
