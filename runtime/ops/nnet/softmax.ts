/**
 * The softmax family: ops on each row of a matrix. The largest element of a row is subtracted before exponentials are
 * taken, so that nothing overflows and every finite row has a finite result.
 */
import { type DType, upcast } from "../../array/dtype.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../../graph/op.ts";
import type { Dim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { as, type Fold, KernelBuilder, loop, on, reduce } from "../../loop/builder.ts";
import type { Expr, Local, Statement } from "../../loop/ir.ts";
import { applyElemwise } from "../elemwise.ts";
import { sum } from "../reduce.ts";
import { checkLengths, floatRows, floatsOfRank, placesIn, shapesOf, workingDType } from "./rows.ts";

type Lengths = readonly (readonly Variable[])[];

/**
 * A row's largest element, and the sum of the exponentials of its elements less that, as locals after the statements.
 * What else is folded over the row comes with them.
 */
export function exponentialSum<Name extends string = never>(
  element: Expr,
  axis: string,
  folds: Readonly<Record<Name, Fold>>,
): {
  readonly statements: readonly Statement[];
  readonly largest: Local;
  readonly total: Local;
  readonly folded: (name: Name) => Local;
} {
  const extreme = reduce<"largest" | Name>([axis], { ...folds, largest: ["maximum", element] });
  const largest = extreme.value("largest");
  const sums = reduce([axis], { total: ["add", on("exp", on("sub", element, largest))] });
  const statements = [extreme.statement, sums.statement];
  return { statements, largest, total: sums.value("total"), folded: extreme.value };
}

/** e^(x - largest) / total, the softmax of an element. */
export function softmaxOf(element: Expr, largest: Expr, total: Expr): Expr {
  return on("true_div", on("exp", on("sub", element, largest)), total);
}

/** Each row of floats becomes its softmax: e^xᵢ / Σⱼ e^xⱼ. A vector is one row. */
export class Softmax extends Op {
  readonly family = "Softmax";
  readonly key = "Softmax";

  toString(): string {
    return "Softmax";
  }

  /** @throws ValueError unless the input is a vector or matrix of floats. */
  apply(x: TensorLike): Apply {
    const rows = floatRows(this, "x", x);
    return new Apply(this, [rows], [rows.type]);
  }

  override lower(node: Apply): Lowered {
    return lowerRows("softmax", node.inputs[0], softmaxOf);
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g === null ? DISCONNECTED : softmaxGrad(g, node.out)];
  }

  override inferShape(_node: Apply, [x]: Lengths): Lengths {
    return [x];
  }
}

/** Each row of floats becomes the logarithm of its softmax, exact where the softmax itself would underflow. */
export class LogSoftmax extends Op {
  readonly family = "LogSoftmax";
  readonly key = "LogSoftmax";

  toString(): string {
    return "LogSoftmax";
  }

  /** @throws ValueError unless the input is a vector or matrix of floats. */
  apply(x: TensorLike): Apply {
    const rows = floatRows(this, "x", x);
    return new Apply(this, [rows], [rows.type]);
  }

  override lower(node: Apply): Lowered {
    return lowerRows("log_softmax", node.inputs[0], (element, largest, total) =>
      on("sub", on("sub", element, largest), on("log", total)),
    );
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const total = sum(g, { axis: 1, keepdims: true });
    return [applyElemwise("sub", g, applyElemwise("mul", total, SOFTMAX.apply(node.inputs[0]).out))];
  }

  override inferShape(_node: Apply, [x]: Lengths): Lengths {
    return [x];
  }
}

/** A kernel over the rows of a matrix whose elements are a function of the element, its row's largest, and the sum. */
function lowerRows(name: string, x: Variable, value: (element: Expr, largest: Expr, total: Expr) => Expr): Lowered {
  const kernel = new KernelBuilder(name);
  const element = as(kernel.input(x.dtype, ["row", "column"]), workingDType(x.dtype));
  const store = kernel.output(x.dtype, ["row", "column"]);
  const { statements, largest, total } = exponentialSum(element, "column", {});
  return {
    kernel: kernel.build(...loop(["row"], ...statements, ...loop(["column"], store(value(element, largest, total))))),
    shapes: ([shape]) => [shape],
  };
}

/** The softmax of the rows of `x + b`, with a vector `b` that is added to every row. */
export class SoftmaxWithBias extends Op {
  readonly family = "SoftmaxWithBias";
  readonly key = "SoftmaxWithBias";

  toString(): string {
    return "SoftmaxWithBias";
  }

  /** @throws ValueError unless the inputs are a matrix and a vector of floats. */
  apply(x: TensorLike, b: TensorLike): Apply {
    const matrix = floatsOfRank(this, "x", x, [2]);
    const bias = floatsOfRank(this, "b", b, [1]);
    return new Apply(this, [matrix, bias], [matrix.type.with({ shape: biasedShape(this, shapesOf(matrix, bias)) })]);
  }

  override lower(node: Apply): Lowered {
    const [x, b] = node.inputs;
    const kernel = new KernelBuilder("softmax_with_bias");
    const element = biased(
      kernel.input(x.dtype, ["row", "column"]),
      kernel.input(b.dtype, ["column"]),
      upcast(x.dtype, b.dtype),
    );
    const store = kernel.output(x.dtype, ["row", "column"]);
    const { statements, largest, total } = exponentialSum(element, "column", {});
    return {
      kernel: kernel.build(
        ...loop(["row"], ...statements, ...loop(["column"], store(softmaxOf(element, largest, total)))),
      ),
      shapes: (shapes) => [biasedShape(this, shapes)],
    };
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const dx = softmaxGrad(g, node.out);
    return [dx, sum(dx, { axis: 0 })];
  }

  override inferShape(_node: Apply, [x]: Lengths): Lengths {
    return [x];
  }
}

/** An element of `x + b`. */
export function biased(x: Expr, b: Expr, dtype: DType): Expr {
  const working = workingDType(dtype);
  return on("add", as(x, working), as(b, working));
}

/**
 * The shape of `x + b` for a matrix and a vector.
 * @throws ValueError when the vector has another length than the rows.
 */
export function biasedShape<Length extends Dim>(op: Op, shapes: readonly (readonly Length[])[]): readonly Length[] {
  const [x, b] = shapes;
  checkLengths(op, shapes, [
    ["the number of columns of x", x[1]],
    ["the length of b", b[0]],
  ]);
  return x;
}

/** The gradient of a softmax `sm` of rows, from that of its output: (dy - Σ dy·sm)·sm. */
export class SoftmaxGrad extends Op {
  readonly family = "SoftmaxGrad";
  readonly key = "SoftmaxGrad";

  toString(): string {
    return "SoftmaxGrad";
  }

  /** @throws ValueError unless the inputs are vectors or matrices of floats. */
  apply(dy: TensorLike, sm: TensorLike): Apply {
    const [slope, softmax] = [floatRows(this, "dy", dy), floatRows(this, "sm", sm)];
    this.#check(slope, shapesOf(slope, softmax));
    return new Apply(this, [slope, softmax], [softmax.type]);
  }

  override lower(node: Apply): Lowered {
    const [dy, sm] = node.inputs;
    const working = workingDType(upcast(dy.dtype, sm.dtype));
    const kernel = new KernelBuilder("softmax_grad");
    const slope = as(kernel.input(dy.dtype, placesIn(dy, ["row", "column"])), working);
    const element = as(kernel.input(sm.dtype, ["row", "column"]), working);
    const store = kernel.output(sm.dtype, ["row", "column"]);
    const folded = reduce(["column"], { mean: ["add", on("mul", slope, element)] });
    const value = on("mul", on("sub", slope, folded.value("mean")), element);
    return {
      kernel: kernel.build(...loop(["row"], folded.statement, ...loop(["column"], store(value)))),
      shapes: (shapes) => {
        this.#check(dy, shapes);
        return [shapes[1]];
      },
    };
  }

  /** A dimension of `dy` that is known to be 1 stretches. */
  #check(dy: Variable, shapes: readonly (readonly Dim[])[]): void {
    const [given, rows] = shapes;
    for (const axis of [0, 1])
      if (dy.type.shape[axis] !== 1)
        checkLengths(this, shapes, [
          [`dimension ${axis} of the softmax`, rows[axis]],
          ["that of its gradient", given[axis]],
        ]);
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [dy, sm] = node.inputs;
    const along = (a: Variable, b: Variable) => sum(applyElemwise("mul", a, b), { axis: 1, keepdims: true });
    const centred = applyElemwise("sub", g, along(g, sm));
    return [
      applyElemwise("mul", centred, sm),
      applyElemwise("sub", applyElemwise("mul", centred, dy), applyElemwise("mul", g, along(dy, sm))),
    ];
  }

  override inferShape(_node: Apply, [, sm]: Lengths): Lengths {
    return [sm];
  }
}

const SOFTMAX = new Softmax();
const LOG_SOFTMAX = new LogSoftmax();
const SOFTMAX_WITH_BIAS = new SoftmaxWithBias();
const SOFTMAX_GRAD = new SoftmaxGrad();

/**
 * The softmax of each row of a matrix; a vector is taken as one row, and the result is a matrix.
 * @throws ValueError unless the input is a vector or matrix of floats.
 */
export function softmax(x: TensorLike): TensorVariable {
  return SOFTMAX.apply(x).out;
}

/**
 * The logarithm of the softmax of each row, finite where the softmax underflows; a vector is taken as one row.
 * @throws ValueError unless the input is a vector or matrix of floats.
 */
export function logsoftmax(x: TensorLike): TensorVariable {
  return LOG_SOFTMAX.apply(x).out;
}

/**
 * The softmax of the rows of `x + b`.
 * @throws ValueError unless the inputs are a matrix and a vector of floats.
 */
export function softmaxWithBias(x: TensorLike, b: TensorLike): TensorVariable {
  return SOFTMAX_WITH_BIAS.apply(x, b).out;
}

/**
 * The gradient with respect to the input of a softmax, from its output `sm` and the gradient `dy` of that.
 * @throws ValueError unless the inputs are vectors or matrices of floats.
 */
export function softmaxGrad(dy: TensorLike, sm: TensorLike): TensorVariable {
  return SOFTMAX_GRAD.apply(dy, sm).out;
}

/** The softmax over the last dimension written as a graph of exponentials, sums and divisions; rewrites make it stable. */
export function softmaxGraph(x: TensorLike): TensorVariable {
  const powers = applyElemwise("exp", asTensor(x));
  return applyElemwise("true_div", powers, sum(powers, { axis: -1, keepdims: true }));
}
