/** LogSumExp: the logarithm of a sum of exponentials, without overflow, and exact where one term outweighs the others. */
import { pyList } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { as, KernelBuilder, loop, number, on, reduce } from "../loop/builder.ts";
import { axesOf, restoreAxes } from "./axis.ts";
import { applyElemwise } from "./elemwise.ts";
import { floatsOfRank, workingDType } from "./nnet/rows.ts";
import type { ReduceOptions } from "./reduce.ts";

/**
 * log Σ exp(x) over some dimensions. With m the largest element, which stands there k times, it is
 * m + log1p(k − 1 + Σ exp(x − m) over the others): infinities and NaN come out as they must.
 */
export class LogSumExp extends Op {
  readonly family = "LogSumExp";
  readonly key: string;
  readonly axes: readonly number[];

  /** @param axes the dimensions that are summed over, ascending. */
  constructor(axes: readonly number[]) {
    super();
    this.axes = axes;
    this.key = `LogSumExp{${axes.join(",")}}`;
  }

  /** `LogSumExp{axis=[1]}`. */
  toString(): string {
    return `LogSumExp{axis=${pyList(this.axes)}}`;
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [x.type.with({ shape: this.#kept(x.type.shape) })]);
  }

  override lower({ inputs: [x] }: Apply): Lowered {
    const working = workingDType(x.dtype);
    const kernel = new KernelBuilder("log_sum_exp");
    const axes = x.type.shape.map((_, axis) => `i${axis}`);
    const summed = this.axes.map((axis) => axes[axis]);
    const element = as(kernel.input(x.dtype, axes), working);
    const store = kernel.output(x.dtype, this.#kept(axes));
    const extreme = reduce(summed, { largest: ["maximum", element] });
    const largest = extreme.value("largest");
    const isLargest = on("eq", element, largest);
    const relative = on("exp", on("sub", element, largest));
    const sums = reduce(summed, {
      others: ["add", on("switch", isLargest, number(0, working), relative)],
      ties: ["add", as(isLargest, working)],
    });
    const more = on("add", sums.value("others"), on("sub", sums.value("ties"), number(1, working)));
    const value = on("add", largest, on("log1p", more));
    return {
      kernel: kernel.build(...loop(this.#kept(axes), extreme.statement, sums.statement, store(value))),
      shapes: ([shape]) => [this.#kept(shape)],
    };
  }

  /** What belongs to the dimensions that stay. */
  #kept<Item>(items: readonly Item[]): readonly Item[] {
    return items.filter((_, axis) => !this.axes.includes(axis));
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [this.#kept(lengths)];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const [x] = node.inputs;
    const widen = (v: Variable): Variable => restoreAxes(v, this.axes, x.ndim);
    return [applyElemwise("mul", widen(g), applyElemwise("exp", applyElemwise("sub", x, widen(node.out))))];
  }
}

/**
 * log Σ exp(x) over `axis`, or over everything; of no elements it is −∞.
 * @throws ValueError unless `x` is a tensor of floats.
 */
export function logsumexp(x: TensorLike, options: ReduceOptions = {}): TensorVariable {
  const given = asTensor(x);
  const input = floatsOfRank(new LogSumExp([]), "x", given, [given.ndim]);
  const axes = axesOf(options.axis ?? null, input);
  const result = new LogSumExp(axes).apply(input).out;
  return options.keepdims ? restoreAxes(result, axes, input.ndim) : result;
}
