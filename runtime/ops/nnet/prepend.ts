/** A column in front of a matrix, with one number in it: the way to give every row a constant element. */
import { isFloat } from "../../array/dtype.ts";
import { showScalar } from "../../array/show.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../../graph/op.ts";
import { inferredDim, type TensorType } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { as, KernelBuilder, loop, number } from "../../loop/builder.ts";
import type { Expr, Kernel } from "../../loop/ir.ts";
import { applyElemwise, zerosLike } from "../elemwise.ts";
import { sum } from "../reduce.ts";
import { subtensor } from "../subtensor.ts";

type Lengths = readonly (readonly Variable[])[];

/** @throws TypeError unless the value is a matrix. */
function matrixOf(op: Op, value: TensorLike): TensorVariable {
  const matrix = asTensor(value);
  if (matrix.ndim !== 2)
    throw new TypeError(`Expected a matrix as input: ${op} was given ${matrix} of type ${matrix.type}.`);
  return matrix;
}

function widened({ type }: Variable): TensorType {
  const [rows, columns] = type.shape;
  return type.with({ shape: [rows, inferredDim(columns === null ? null : columns + 1)] });
}

function withColumn(lengths: readonly Variable[]): readonly Variable[] {
  const [rows, columns] = lengths;
  return [rows, applyElemwise("add", columns, 1)];
}

/** Stores a number, then the row's elements behind it. */
function prependKernel(kernel: KernelBuilder, mat: Variable, value: Expr): Kernel {
  const element = kernel.input(mat.dtype, ["row", "column"]);
  const store = kernel.output(mat.dtype, ["row", { axis: "column", offset: 1 }]);
  return kernel.build(...loop(["row"], store(value, ["row", "first"]), ...loop(["column"], store(element))));
}

const prependShape = ([rows, columns]: readonly number[]): readonly number[] => [rows, columns + 1];

/** The columns behind the first one. */
const behind = (g: Variable): Variable => subtensor(g, {}, { start: 1 });

/** Puts a scalar in front of each row of a matrix; the inputs are the scalar and the matrix, whose dtype the result has. */
export class PrependScalarToEachRow extends Op {
  readonly family = "Prepend_scalar_to_each_row";
  readonly key = "Prepend_scalar_to_each_row";

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the inputs are a scalar and a matrix. */
  apply(val: TensorLike, mat: TensorLike): Apply {
    const matrix = matrixOf(this, mat);
    const scalar = asTensor(val);
    if (scalar.ndim !== 0)
      throw new TypeError(`Expected a scalar to prepend: ${this} was given ${scalar} of type ${scalar.type}.`);
    return new Apply(this, [scalar, matrix], [widened(matrix)]);
  }

  override lower(node: Apply): Lowered {
    const [val, mat] = node.inputs;
    const kernel = new KernelBuilder("prepend_scalar");
    const value = as(kernel.input(val.dtype, []), mat.dtype);
    return { kernel: prependKernel(kernel, mat, value), shapes: ([, shape]) => [prependShape(shape)] };
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [val, mat] = node.inputs;
    return [
      isFloat(val.dtype) ? sum(subtensor(g, {}, 0)) : zerosLike(val),
      isFloat(mat.dtype) ? behind(g) : zerosLike(mat),
    ];
  }

  override inferShape(_node: Apply, [, mat]: Lengths): Lengths {
    return [withColumn(mat)];
  }
}

/** Puts a number known beforehand in front of each row of a matrix. */
export class PrependScalarConstantToEachRow extends Op {
  readonly family = "Prepend_scalar_constant_to_each_row";
  readonly key: string;
  readonly val: number;

  constructor(val: number) {
    super();
    this.val = val;
    this.key = `Prepend_scalar_constant_to_each_row{${showScalar(val, "float64")}}`;
  }

  /** `Prepend_scalar_constant_to_each_row{0.0}`. */
  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the input is a matrix. */
  apply(mat: TensorLike): Apply {
    const matrix = matrixOf(this, mat);
    return new Apply(this, [matrix], [widened(matrix)]);
  }

  override lower(node: Apply): Lowered {
    const [mat] = node.inputs;
    const kernel = new KernelBuilder("prepend_constant");
    const value = number(this.val, mat.dtype);
    return { kernel: prependKernel(kernel, mat, value), shapes: ([shape]) => [prependShape(shape)] };
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const [mat] = node.inputs;
    return [isFloat(mat.dtype) ? behind(g) : zerosLike(mat)];
  }

  override inferShape(_node: Apply, [mat]: Lengths): Lengths {
    return [withColumn(mat)];
  }
}

/**
 * The matrix with a column in front that holds `val`.
 * @throws TypeError unless these are a scalar and a matrix.
 */
export function prependScalarToEachRow(val: TensorLike, mat: TensorLike): TensorVariable {
  return new PrependScalarToEachRow().apply(val, mat).out;
}

/** The matrix with a column of zeros in front. @throws TypeError unless it is a matrix. */
export function prepend0ToEachRow(mat: TensorLike): TensorVariable {
  return new PrependScalarConstantToEachRow(0).apply(mat).out;
}

/** The matrix with a column of ones in front. @throws TypeError unless it is a matrix. */
export function prepend1ToEachRow(mat: TensorLike): TensorVariable {
  return new PrependScalarConstantToEachRow(1).apply(mat).out;
}
