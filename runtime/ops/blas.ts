/**
 * Products of matrices and vectors with factors and summands in one node, under the names of the BLAS routines that Theano
 * calls for them. Rewrites put them in; users write `dot`.
 *
 * Each is one loop nest: an inner product is accumulated in float64 and scaled and added before it is rounded.
 */
import { type DType, isComplex, isFloat } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { type Lowered, Op } from "../graph/op.ts";
import { type Dim, TensorType } from "../graph/type.ts";
import type { Variable } from "../graph/variable.ts";
import { as, KernelBuilder, loop, on, reduce } from "../loop/builder.ts";
import type { Expr } from "../loop/ir.ts";

type Shapes = readonly (readonly number[])[];

/** Ops that write into the memory of their first input, or leave it as it is. */
abstract class BlasOp extends Op {
  readonly family: string;
  readonly key: string;
  readonly isInplace: boolean;
  override readonly destroys: Readonly<Record<number, number>>;

  constructor(family: string, text: string, isInplace: boolean) {
    super();
    this.family = family;
    this.key = text;
    this.isInplace = isInplace;
    this.destroys = isInplace ? { 0: 0 } : {};
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when an input has another number of dimensions than the op takes, or another dtype than the first. */
  protected check(inputs: readonly Variable[], ndims: readonly number[]): void {
    inputs.forEach((input, position) => {
      if (input.ndim !== ndims[position] || input.dtype !== inputs[0].dtype)
        throw new TypeError(
          `${this}: input ${position} must have ${ndims[position]} dimensions and the dtype ${inputs[0].dtype}, got ${input} of type ${input.type}.`,
        );
    });
  }
}

/** In what inner products are accumulated. */
function accumulatorOf(dtype: DType): DType {
  return isFloat(dtype) ? "float64" : isComplex(dtype) ? "complex128" : dtype;
}

/** Whether two known lengths differ; null is not known. */
function differ(a: Dim, b: Dim): boolean {
  return a !== null && b !== null && a !== b;
}

/** @throws ValueError in the words of Theano's C code when two matrices cannot be multiplied. */
function productShape<Length extends Dim>(x: readonly Length[], y: readonly Length[]): readonly Length[] {
  if (differ(x[1], y[0]))
    throw new ValueError(
      `Shape mismatch: x has ${x[1]} cols (and ${x[0]} rows) but y has ${y[0]} rows (and ${y[1]} cols)`,
    );
  return [x[0], y[1]];
}

/** The product of two matrices of one float dtype. */
export class Dot22 extends BlasOp {
  constructor() {
    super("Dot22", "Dot22", false);
  }

  /** @throws ValueError when the inner lengths are known and differ. */
  apply(x: Variable, y: Variable): Apply {
    this.check([x, y], [2, 2]);
    return new Apply(this, [x, y], [new TensorType(x.dtype, productShape(x.type.shape, y.type.shape))]);
  }

  override lower(node: Apply): Lowered {
    const { dtype } = node.out;
    const kernel = new KernelBuilder("dot22");
    const sum = innerProduct(kernel.input(dtype, ["i", "k"]), kernel.input(dtype, ["k", "j"]));
    const store = kernel.output(dtype, ["i", "j"]);
    return {
      kernel: kernel.build(...loop(["i", "j"], sum.statement, store(sum.value("sum")))),
      shapes: ([x, y]) => [productShape(x, y)],
    };
  }

  /** A product and a sum for each element of a row and a column. */
  override flops(_node: Apply, [x, y]: Shapes): number {
    return 2 * x[0] * x[1] * y[1];
  }

  override inferShape(_node: Apply, [x, y]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[x[0], y[1]]];
  }
}

/** a · x · y of matrices and a number a. */
export class Dot22Scalar extends BlasOp {
  constructor() {
    super("Dot22Scalar", "Dot22Scalar", false);
  }

  /** @throws ValueError when the inner lengths are known and differ. */
  apply(x: Variable, y: Variable, a: Variable): Apply {
    this.check([x, y, a], [2, 2, 0]);
    return new Apply(this, [x, y, a], [new TensorType(x.dtype, productShape(x.type.shape, y.type.shape))]);
  }

  override lower(node: Apply): Lowered {
    const { dtype } = node.out;
    const kernel = new KernelBuilder("dot22scalar");
    const sum = innerProduct(kernel.input(dtype, ["i", "k"]), kernel.input(dtype, ["k", "j"]));
    const factor = kernel.input(dtype, []);
    const store = kernel.output(dtype, ["i", "j"]);
    return {
      kernel: kernel.build(...loop(["i", "j"], sum.statement, store(on("mul", factor, sum.value("sum"))))),
      shapes: ([x, y]) => [productShape(x, y)],
    };
  }

  /** A product and a sum for each element of a row and a column. */
  override flops(_node: Apply, [x, y]: Shapes): number {
    return 2 * x[0] * x[1] * y[1];
  }

  override inferShape(_node: Apply, [x, y]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[x[0], y[1]]];
  }
}

/** b · z + a · x · y of matrices and numbers; the inputs are z, a, x, y, b. */
export class Gemm extends BlasOp {
  constructor(isInplace = false) {
    super("Gemm", `Gemm{${isInplace ? "inplace" : "no_inplace"}}`, isInplace);
  }

  /** @throws ValueError when lengths are known and do not fit together. */
  apply(z: Variable, a: Variable, x: Variable, y: Variable, b: Variable): Apply {
    const inputs = [z, a, x, y, b];
    this.check(inputs, [2, 0, 2, 2, 0]);
    gemmShape(z.type.shape, x.type.shape, y.type.shape);
    return new Apply(this, inputs, [z.type]);
  }

  override lower(node: Apply): Lowered {
    const { dtype } = node.out;
    const kernel = new KernelBuilder("gemm");
    const z = kernel.input(dtype, ["i", "j"]);
    const a = kernel.input(dtype, []);
    const sum = innerProduct(kernel.input(dtype, ["i", "k"]), kernel.input(dtype, ["k", "j"]));
    const b = kernel.input(dtype, []);
    const store = kernel.output(dtype, ["i", "j"]);
    return {
      kernel: kernel.build(...loop(["i", "j"], sum.statement, store(combination(b, z, a, sum.value("sum"))))),
      shapes: ([zs, , xs, ys]) => [gemmShape(zs, xs, ys)],
    };
  }

  /** A product and a sum for each element of a row and a column. */
  override flops(_node: Apply, [, , x, y]: Shapes): number {
    return 2 * x[0] * x[1] * y[1];
  }

  override inferShape(_node: Apply, [z]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [z];
  }
}

function gemmShape<Length extends Dim>(
  z: readonly Length[],
  x: readonly Length[],
  y: readonly Length[],
): readonly Length[] {
  const [rows, columns] = productShape(x, y);
  if (differ(rows, z[0])) throw new ValueError(`Shape mismatch: x has ${rows} rows but z has ${z[0]} rows`);
  if (differ(columns, z[1])) throw new ValueError(`Shape mismatch: y has ${columns} cols but z has ${z[1]} cols`);
  return z;
}

/** b · y + a · A · x of a matrix A, vectors and numbers; the inputs are y, a, A, x, b. */
export class Gemv extends BlasOp {
  constructor(isInplace = false) {
    super("CGemv", `CGemv{${isInplace ? "inplace" : "no_inplace"}}`, isInplace);
  }

  /** @throws ValueError when lengths are known and do not fit together. */
  apply(y: Variable, a: Variable, matrix: Variable, x: Variable, b: Variable): Apply {
    const inputs = [y, a, matrix, x, b];
    this.check(inputs, [1, 0, 2, 1, 0]);
    gemvShape(y.type.shape, matrix.type.shape, x.type.shape);
    return new Apply(this, inputs, [y.type]);
  }

  override lower(node: Apply): Lowered {
    const { dtype } = node.out;
    const kernel = new KernelBuilder("gemv");
    const y = kernel.input(dtype, ["i"]);
    const a = kernel.input(dtype, []);
    const sum = innerProduct(kernel.input(dtype, ["i", "k"]), kernel.input(dtype, ["k"]));
    const b = kernel.input(dtype, []);
    const store = kernel.output(dtype, ["i"]);
    return {
      kernel: kernel.build(...loop(["i"], sum.statement, store(combination(b, y, a, sum.value("sum"))))),
      shapes: ([ys, , matrix, xs]) => [gemvShape(ys, matrix, xs)],
    };
  }

  /** A product and a sum for each element of the matrix. */
  override flops(_node: Apply, [, , matrix]: Shapes): number {
    return 2 * sizeOf(matrix);
  }

  override inferShape(_node: Apply, [y]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [y];
  }
}

function gemvShape<Length extends Dim>(
  y: readonly Length[],
  matrix: readonly Length[],
  x: readonly Length[],
): readonly Length[] {
  if (differ(matrix[0], y[0])) throw new ValueError("Shape mismatch: A.shape[0] != y.shape[0]");
  if (differ(matrix[1], x[0])) throw new ValueError("Shape mismatch: A.shape[1] != x.shape[0]");
  return y;
}

/** A + a · x · yᵀ of a matrix A, a number a and vectors; the inputs are A, a, x, y. */
export class Ger extends BlasOp {
  constructor(isInplace = false) {
    super("CGer", `CGer{${isInplace ? "destructive" : "non-destructive"}}`, isInplace);
  }

  /** @throws ValueError when lengths are known and do not fit together. */
  apply(matrix: Variable, a: Variable, x: Variable, y: Variable): Apply {
    const inputs = [matrix, a, x, y];
    this.check(inputs, [2, 0, 1, 1]);
    gerShape(matrix.type.shape, x.type.shape, y.type.shape);
    return new Apply(this, inputs, [matrix.type]);
  }

  override lower(node: Apply): Lowered {
    const { dtype } = node.out;
    const wide = accumulatorOf(dtype);
    const kernel = new KernelBuilder("ger");
    const element = kernel.input(dtype, ["i", "j"]);
    const a = kernel.input(dtype, []);
    const [x, y] = [kernel.input(dtype, ["i"]), kernel.input(dtype, ["j"])];
    const store = kernel.output(dtype, ["i", "j"]);
    const product = on("mul", as(a, wide), on("mul", as(x, wide), as(y, wide)));
    return {
      kernel: kernel.build(...loop(["i", "j"], store(on("add", as(element, wide), product)))),
      shapes: ([matrix, , xs, ys]) => [gerShape(matrix, xs, ys)],
    };
  }

  /** A product and a sum for each element of the matrix. */
  override flops(_node: Apply, [matrix]: Shapes): number {
    return 2 * sizeOf(matrix);
  }

  override inferShape(_node: Apply, [matrix]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [matrix];
  }
}

function gerShape<Length extends Dim>(
  matrix: readonly Length[],
  x: readonly Length[],
  y: readonly Length[],
): readonly Length[] {
  if (differ(matrix[0], x[0])) throw new ValueError("Shape mismatch: A.shape[0] != x.shape[0]");
  if (differ(matrix[1], y[0])) throw new ValueError("Shape mismatch: A.shape[1] != y.shape[0]");
  return matrix;
}

/** The sum over the axis `k` of the products of two elements, named `sum`. */
function innerProduct(x: Expr, y: Expr): ReturnType<typeof reduce<"sum">> {
  const wide = accumulatorOf(x.dtype);
  return reduce(["k"], { sum: ["add", on("mul", as(x, wide), as(y, wide))] });
}

/** b · z + a · sum, in the dtype of the sum. */
function combination(b: Expr, z: Expr, a: Expr, sum: Expr): Expr {
  const wide = sum.dtype;
  return on("add", on("mul", as(b, wide), as(z, wide)), on("mul", as(a, wide), sum));
}
