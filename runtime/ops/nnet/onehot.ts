/**
 * Cross entropies with one-hot targets, given as labels: the position of the 1 in each row.
 *
 * Loops cannot index by a value, so a row's labelled element is picked by comparing positions; labels out of range would
 * pick nothing, and are refused before the loops run.
 */
import { upcast } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../../graph/op.ts";
import { type Dim, inferredDim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { as, define, KernelBuilder, loop, number, on, position, reduce } from "../../loop/builder.ts";
import type { Expr } from "../../loop/ir.ts";
import { onesLike } from "../alloc.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { applyElemwise, zerosLike } from "../elemwise.ts";
import { sum } from "../reduce.ts";
import { checkLengths, floatsOfRank, labelVector, placesIn, shapesOf, workingDType } from "./rows.ts";
import { biased, biasedShape, exponentialSum, softmaxGrad, softmaxOf } from "./softmax.ts";

type Lengths = readonly (readonly Variable[])[];
type Gradients = readonly (Variable | NoGradient)[];

/** Whether a position is that of the label; as floats, in which every length is exact and backends compare fastest. */
function isLabel(axis: string, label: Expr): Expr {
  return on("eq", as(position(axis), "float64"), label);
}

/** The element at the label, and zero elsewhere. */
function atLabel(axis: string, label: Expr, element: Expr): Expr {
  return on("switch", isLabel(axis, label), element, number(0, element.dtype));
}

/** @throws ValueError for the first label that is no column, naming it. */
function checkLabels(op: Op, labels: NDArray, classes: number): void {
  let row = 0;
  for (const label of labels.elements()) {
    const value = Number(label);
    if (value < 0 || value >= classes)
      throw new ValueError(
        `y_i value out of bounds: label ${value} at position ${row}, but ${op} has ${classes} classes (0 to ${classes - 1}).`,
      );
    row++;
  }
}

/** @throws ValueError unless there is one label for each row. */
function checkRows(op: Op, shapes: readonly (readonly Dim[])[], rows: Dim, labels: Dim): void {
  checkLengths(op, shapes, [
    ["the number of rows", rows],
    ["the number of labels", labels],
  ]);
}

/** @throws ValueError unless there is one slope for each row, or a single one that stretches. */
function checkSlope(op: Op, slope: Variable, shapes: readonly (readonly Dim[])[], rows: Dim, length: Dim): void {
  if (slope.type.shape[0] !== 1)
    checkLengths(op, shapes, [
      ["the number of rows", rows],
      ["the length of their gradients", length],
    ]);
}

/**
 * The softmax of the rows of `x + b` with its cross entropy and its largest element, in one pass. Outputs: minus the
 * logarithm of the softmax at each row's label; the softmax; the position of each row's largest element, in the dtype of
 * the labels.
 */
export class CrossentropySoftmaxArgmax1HotWithBias extends Op {
  readonly family = "CrossentropySoftmaxArgmax1HotWithBias";
  readonly key = "CrossentropySoftmaxArgmax1HotWithBias";

  toString(): string {
    return this.key;
  }

  /** @throws ValueError unless the inputs are a matrix and a vector of floats, and a vector of integers. */
  apply(x: TensorLike, b: TensorLike, y: TensorLike): Apply {
    const matrix = floatsOfRank(this, "x", x, [2]);
    const bias = floatsOfRank(this, "b", b, [1]);
    const labels = labelVector(this, "y_idx", y);
    this.#check(shapesOf(matrix, bias, labels));
    const nll = labels.type.with({ dtype: matrix.dtype });
    return new Apply(this, [matrix, bias, labels], [nll, matrix.type, labels.type]);
  }

  override lower(node: Apply): Lowered {
    const [x, b, y] = node.inputs;
    const kernel = new KernelBuilder("crossentropy_softmax_argmax_1hot_with_bias");
    const element = biased(
      kernel.input(x.dtype, ["row", "column"]),
      kernel.input(b.dtype, ["column"]),
      upcast(x.dtype, b.dtype),
    );
    const label = define("label", as(kernel.input(y.dtype, ["row"]), "float64"));
    const storeLoss = kernel.output(x.dtype, ["row"]);
    const storeSoftmax = kernel.output(x.dtype, ["row", "column"]);
    const storeArgmax = kernel.output(y.dtype, ["row"]);
    const { statements, largest, total, folded } = exponentialSum(element, "column", {
      labelled: ["add", atLabel("column", label.value, element)],
      argmax: ["argmax", element],
    });
    return {
      kernel: kernel.build(
        ...loop(
          ["row"],
          label.statement,
          ...statements,
          storeLoss(on("sub", on("log", total), on("sub", folded("labelled"), largest))),
          storeArgmax(folded("argmax")),
          ...loop(["column"], storeSoftmax(softmaxOf(element, largest, total))),
        ),
      ),
      shapes: (shapes) => {
        this.#check(shapes);
        const [matrix, , labels] = shapes;
        return [labels, matrix, labels];
      },
      check: { inputs: [2], run: ([rows, , labels]) => checkLabels(this, labels, rows.shape[1]) },
    };
  }

  #check(shapes: readonly (readonly Dim[])[]): void {
    const [rows] = biasedShape(this, shapes);
    checkRows(this, shapes, rows, shapes[2][0]);
  }

  override gradient(node: Apply, [gLoss, gSoftmax]: readonly (Variable | null)[]): Gradients {
    const [x, b, y] = node.inputs;
    const terms: Variable[] = [];
    if (gLoss !== null) terms.push(crossentropySoftmax1hotWithBiasDx(gLoss, node.outputs[1], y));
    if (gSoftmax !== null) terms.push(softmaxGrad(gSoftmax, node.outputs[1]));
    if (terms.length === 0) return [zerosLike(x), zerosLike(b), DISCONNECTED];
    const dx = terms.reduce((total, term) => applyElemwise("add", total, term));
    return [dx, sum(dx, { axis: 0 }), DISCONNECTED];
  }

  override inferShape(_node: Apply, [x, , y]: Lengths): Lengths {
    return [y, x, y];
  }
}

/** The gradient of the cross entropy of a softmax with respect to what the softmax is of: dy·(sm - onehot(y)). */
export class CrossentropySoftmax1HotWithBiasDx extends Op {
  readonly family = "CrossentropySoftmax1HotWithBiasDx";
  readonly key = "CrossentropySoftmax1HotWithBiasDx";

  toString(): string {
    return this.key;
  }

  /**
   * `dy` is a vector, or a scalar for all rows.
   * @throws ValueError unless `dy` is that, `sm` a matrix of floats and `y` a vector of integers.
   */
  apply(dy: TensorLike, sm: TensorLike, y: TensorLike): Apply {
    const slope = floatsOfRank(this, "dy", dy, [0, 1]);
    const softmax = floatsOfRank(this, "sm", sm, [2]);
    const labels = labelVector(this, "y_idx", y);
    this.#check(slope, shapesOf(slope, softmax, labels));
    return new Apply(this, [slope, softmax, labels], [softmax.type]);
  }

  override lower(node: Apply): Lowered {
    const [dy, sm, y] = node.inputs;
    const working = workingDType(upcast(dy.dtype, sm.dtype));
    const kernel = new KernelBuilder("crossentropy_softmax_1hot_with_bias_dx");
    const slope = as(kernel.input(dy.dtype, placesIn(dy, ["row"].slice(0, dy.ndim))), working);
    const element = as(kernel.input(sm.dtype, ["row", "column"]), working);
    const label = define("label", as(kernel.input(y.dtype, ["row"]), "float64"));
    const store = kernel.output(sm.dtype, ["row", "column"]);
    const excess = on("sub", element, atLabel("column", label.value, number(1, working)));
    return {
      kernel: kernel.build(...loop(["row"], label.statement, ...loop(["column"], store(on("mul", slope, excess))))),
      shapes: (shapes) => {
        this.#check(dy, shapes);
        return [shapes[1]];
      },
      check: { inputs: [2], run: ([, softmax, labels]) => checkLabels(this, labels, softmax.shape[1]) },
    };
  }

  #check(dy: Variable, shapes: readonly (readonly Dim[])[]): void {
    const [given, [rows], [labels]] = shapes;
    checkRows(this, shapes, rows, labels);
    if (dy.ndim === 1) checkSlope(this, dy, shapes, rows, given[0]);
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return [DISCONNECTED, DISCONNECTED, DISCONNECTED];
    const [dy, sm, y] = node.inputs;
    const excess = this.apply(constant(1, null, sm.dtype), sm, y).out;
    const perRow = sum(applyElemwise("mul", g, excess), { axis: 1 });
    const slope = dy.ndim === 0 ? dy : dimshuffle(dy, [0, "x"]);
    const total = dy.ndim === 0 ? sum(perRow) : dy.type.shape[0] === 1 ? sum(perRow, { keepdims: true }) : perRow;
    return [total, applyElemwise("mul", slope, g), DISCONNECTED];
  }

  override inferShape(_node: Apply, [, sm]: Lengths): Lengths {
    return [sm];
  }
}

/** Minus the logarithm of each row's element at its label. */
export class CrossentropyCategorical1Hot extends Op {
  readonly family = "CrossentropyCategorical1Hot";
  readonly key = "CrossentropyCategorical1Hot";

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the inputs are a matrix, and a vector of int32 or int64. */
  apply(codingDist: TensorLike, trueOneOfN: TensorLike): Apply {
    const coding = asTensor(codingDist);
    const labels = asTensor(trueOneOfN);
    if (coding.ndim !== 2)
      throw new TypeError(`matrix required for argument: coding_dist; got ${coding} of type ${coding.type}.`);
    if (labels.ndim !== 1 || (labels.dtype !== "int64" && labels.dtype !== "int32"))
      throw new TypeError(
        `integer vector required for argument: true_one_of_n (got type: ${labels.type} instead of: TensorType(int64, vector)); T.cast(${labels}, "int64") makes labels of other integers.`,
      );
    checkRows(this, shapesOf(coding, labels), coding.type.shape[0], labels.type.shape[0]);
    return new Apply(this, [coding, labels], [coding.type.with({ shape: [inferredDim(coding.type.shape[0])] })]);
  }

  override lower(node: Apply): Lowered {
    const [coding, labels] = node.inputs;
    const kernel = new KernelBuilder("crossentropy_categorical_1hot");
    const element = as(kernel.input(coding.dtype, ["row", "column"]), workingDType(coding.dtype));
    const label = define("label", as(kernel.input(labels.dtype, ["row"]), "float64"));
    const store = kernel.output(coding.dtype, ["row"]);
    const picked = reduce(["column"], { labelled: ["add", atLabel("column", label.value, element)] });
    const value = on("neg", on("log", picked.value("labelled")));
    return {
      kernel: kernel.build(...loop(["row"], label.statement, picked.statement, store(value))),
      shapes: (shapes) => {
        checkRows(this, shapes, shapes[0][0], shapes[1][0]);
        return [shapes[1]];
      },
      check: { inputs: [1], run: ([rows, y]) => checkLabels(this, y, rows.shape[1]) },
    };
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [coding, labels] = node.inputs;
    return [new CrossentropyCategorical1HotGrad().apply(g, coding, labels).out, DISCONNECTED];
  }

  override inferShape(_node: Apply, [[rows]]: Lengths): Lengths {
    return [[rows]];
  }
}

/** The gradient of {@link CrossentropyCategorical1Hot}: -g/p at each row's label, and zero elsewhere. */
export class CrossentropyCategorical1HotGrad extends Op {
  readonly family = "CrossentropyCategorical1HotGrad";
  readonly key = "CrossentropyCategorical1HotGrad";

  toString(): string {
    return this.key;
  }

  /** @throws ValueError unless the inputs are a vector and a matrix of floats, and a vector of integers. */
  apply(g: TensorLike, codingDist: TensorLike, trueOneOfN: TensorLike): Apply {
    const slope = floatsOfRank(this, "g_y", g, [1]);
    const coding = floatsOfRank(this, "coding_dist", codingDist, [2]);
    const labels = labelVector(this, "true_one_of_n", trueOneOfN);
    this.#check(slope, shapesOf(slope, coding, labels));
    return new Apply(this, [slope, coding, labels], [coding.type]);
  }

  override lower(node: Apply): Lowered {
    const [g, coding, labels] = node.inputs;
    const working = workingDType(upcast(g.dtype, coding.dtype));
    const kernel = new KernelBuilder("crossentropy_categorical_1hot_grad");
    const slope = as(kernel.input(g.dtype, placesIn(g, ["row"])), working);
    const element = as(kernel.input(coding.dtype, ["row", "column"]), working);
    const label = define("label", as(kernel.input(labels.dtype, ["row"]), "float64"));
    const store = kernel.output(coding.dtype, ["row", "column"]);
    const value = atLabel("column", label.value, on("true_div", on("neg", slope), element));
    return {
      kernel: kernel.build(...loop(["row"], label.statement, ...loop(["column"], store(value)))),
      shapes: (shapes) => {
        this.#check(g, shapes);
        return [shapes[1]];
      },
      check: { inputs: [2], run: ([, rows, y]) => checkLabels(this, y, rows.shape[1]) },
    };
  }

  #check(g: Variable, shapes: readonly (readonly Dim[])[]): void {
    const [[length], [rows], [labels]] = shapes;
    checkRows(this, shapes, rows, labels);
    checkSlope(this, g, shapes, rows, length);
  }

  override gradient(node: Apply, [outer]: readonly (Variable | null)[]): Gradients {
    if (outer === null) return [DISCONNECTED, DISCONNECTED, DISCONNECTED];
    const [g, coding, labels] = node.inputs;
    const perUnit = applyElemwise("mul", outer, this.apply(onesLike(g), coding, labels).out);
    const weighted = applyElemwise("mul", outer, node.out);
    const total = sum(perUnit, { axis: 1 });
    return [
      g.type.shape[0] === 1 ? sum(total, { keepdims: true }) : total,
      applyElemwise("neg", applyElemwise("true_div", weighted, coding)),
      DISCONNECTED,
    ];
  }

  override inferShape(_node: Apply, [, coding]: Lengths): Lengths {
    return [coding];
  }
}

const CROSSENTROPY_SOFTMAX_ARGMAX = new CrossentropySoftmaxArgmax1HotWithBias();
const CROSSENTROPY_SOFTMAX_DX = new CrossentropySoftmax1HotWithBiasDx();
const CROSSENTROPY_CATEGORICAL = new CrossentropyCategorical1Hot();
const CROSSENTROPY_CATEGORICAL_GRAD = new CrossentropyCategorical1HotGrad();

/**
 * For labels `y` of the rows of `x + b`: the cross entropy of each row's softmax, the softmax, and the position of each
 * row's largest element.
 * @throws ValueError unless the inputs are a matrix and a vector of floats, and a vector of integers.
 */
export function crossentropySoftmaxArgmax1hotWithBias(
  x: TensorLike,
  b: TensorLike,
  y: TensorLike,
): [nll: TensorVariable, softmax: TensorVariable, argmax: TensorVariable] {
  const [nll, softmax, argmax] = CROSSENTROPY_SOFTMAX_ARGMAX.apply(x, b, y).outputs;
  return [nll, softmax, argmax];
}

/** The gradient of {@link crossentropySoftmaxArgmax1hotWithBias} with respect to `x`, from its softmax `sm`. */
export function crossentropySoftmax1hotWithBiasDx(dy: TensorLike, sm: TensorLike, y: TensorLike): TensorVariable {
  return CROSSENTROPY_SOFTMAX_DX.apply(dy, sm, y).out;
}

/**
 * Minus the logarithm of each row's element at its label; when the rows are a softmax, a rewrite computes both at once.
 * @throws TypeError unless the inputs are a matrix, and a vector of int32 or int64.
 */
export function crossentropyCategorical1hot(codingDist: TensorLike, trueOneOfN: TensorLike): TensorVariable {
  return CROSSENTROPY_CATEGORICAL.apply(codingDist, trueOneOfN).out;
}

/** The gradient of {@link crossentropyCategorical1hot} with respect to the rows, from that of the cross entropies. */
export function crossentropyCategorical1hotGrad(
  g: TensorLike,
  codingDist: TensorLike,
  trueOneOfN: TensorLike,
): TensorVariable {
  return CROSSENTROPY_CATEGORICAL_GRAD.apply(g, codingDist, trueOneOfN).out;
}
