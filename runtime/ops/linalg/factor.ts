/** QR and singular value decompositions, and least squares. */
import { upcast } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { LinAlgError, ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { type Dim, TensorType } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { applyElemwise } from "../elemwise.ts";
import { type Dense, orthogonalFactor, product, qrFactorize, transposed, triangularFactor } from "./decompositions.ts";
import { fromDense, MatrixOp, realInput, toDense, vectorOf, withoutGradient } from "./matrixop.ts";
import { singularValues } from "./singular.ts";

/** The smaller of two lengths, as far as both are known. */
function smaller(a: Dim, b: Dim): Dim {
  return a === null || b === null ? null : Math.min(a, b);
}

/**
 * What of Q and R is given: `reduced`, min(m, n) columns of Q and rows of R; `complete`, a square Q; `r`, R alone, reduced;
 * `raw`, the transposed matrix of reflection vectors and R, and the reflections' scales, as LAPACK's `geqrf`.
 */
export type QRMode = "reduced" | "complete" | "r" | "raw";

const QR_MODES: ReadonlySet<string> = new Set<QRMode>(["reduced", "complete", "r", "raw"]);

/** A = Q·R with orthonormal columns of Q and an upper triangular R. */
export class QR extends MatrixOp {
  readonly mode: QRMode;

  /** @throws ValueError for a mode that there is not. */
  constructor(mode: QRMode = "reduced") {
    if (!QR_MODES.has(mode))
      throw new ValueError(`Unrecognized mode '${mode}'; it must be one of ${[...QR_MODES].join(", ")}.`);
    super(mode === "r" ? "QRIncomplete" : "QRFull", { mode });
    this.mode = mode;
  }

  /** @throws AssertionError unless the input is a matrix. */
  apply(x: TensorLike): Apply {
    const input = realInput(this, x, 2);
    const [rows, columns] = input.type.shape;
    const shapes = this.#shapes(rows, columns, smaller(rows, columns));
    return new Apply(
      this,
      [input],
      shapes.map((shape) => input.type.with({ shape })),
    );
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const { dtype } = node.outputs[0];
    const a = toDense(x);
    const reflections = qrFactorize(a);
    const count = this.mode === "complete" ? a.rows : Math.min(a.rows, a.columns);
    switch (this.mode) {
      case "raw":
        return [fromDense(transposed(reflections.factors), dtype), vectorOf(reflections.scales, dtype)];
      case "r":
        return [fromDense(triangularFactor(reflections, count), dtype)];
      case "reduced":
      case "complete":
        return [orthogonalFactor(reflections, count), triangularFactor(reflections, count)].map((m) =>
          fromDense(m, dtype),
        );
    }
  }

  override inferShape(
    _node: Apply,
    [[rows, columns]]: readonly (readonly Variable[])[],
  ): readonly (readonly Variable[])[] {
    return this.#shapes<Variable>(rows, columns, applyElemwise("minimum", rows, columns));
  }

  #shapes<Length>(rows: Length, columns: Length, count: Length): readonly (readonly Length[])[] {
    switch (this.mode) {
      case "reduced":
        return [
          [rows, count],
          [count, columns],
        ];
      case "complete":
        return [
          [rows, rows],
          [rows, columns],
        ];
      case "r":
        return [[count, columns]];
      case "raw":
        return [[columns, rows], [count]];
    }
  }

  override gradient(node: Apply): never {
    throw withoutGradient(node);
  }
}

/** A = U·diag(s)·V with orthonormal columns of U and rows of V; s descends. */
export class SVD extends MatrixOp {
  readonly fullMatrices: boolean;
  readonly computeUV: boolean;

  constructor(fullMatrices = true, computeUV = true) {
    super("SVD", { full_matrices: fullMatrices, compute_uv: computeUV });
    this.fullMatrices = fullMatrices;
    this.computeUV = computeUV;
  }

  /** @throws AssertionError unless the input is a matrix. */
  apply(x: TensorLike): Apply {
    const input = realInput(this, x, 2);
    const [rows, columns] = input.type.shape;
    const shapes = this.#shapes(rows, columns, smaller(rows, columns));
    return new Apply(
      this,
      [input],
      shapes.map((shape) => input.type.with({ shape })),
    );
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const { dtype } = node.outputs[0];
    const { left, values, right } = singularValues(toDense(x), this.fullMatrices && this.computeUV);
    const s = vectorOf(values, dtype);
    return this.computeUV ? [fromDense(left, dtype), s, fromDense(right, dtype)] : [s];
  }

  override inferShape(
    _node: Apply,
    [[rows, columns]]: readonly (readonly Variable[])[],
  ): readonly (readonly Variable[])[] {
    return this.#shapes<Variable>(rows, columns, applyElemwise("minimum", rows, columns));
  }

  #shapes<Length>(rows: Length, columns: Length, count: Length): readonly (readonly Length[])[] {
    if (!this.computeUV) return [[count]];
    return this.fullMatrices ? [[rows, rows], [count], [columns, columns]] : [[rows, count], [count], [count, columns]];
  }

  override gradient(node: Apply): never {
    throw withoutGradient(node);
  }
}

/**
 * The x that makes |A·x - b| smallest, the shortest where there are several; then the sums of squared residuals of each
 * column of b (none unless A has full column rank and more rows than columns), the rank of A and its singular values.
 */
export class LeastSquares extends MatrixOp {
  constructor() {
    super("lstsq");
  }

  /**
   * The inputs are A, b, and the share of the largest singular value below which others count as zero; negative: the
   * precision of float64.
   * @throws AssertionError unless A is a matrix, and b a vector or a matrix.
   */
  apply(a: TensorLike, b: TensorLike, limit: TensorLike): Apply {
    const [left, right, share] = [realInput(this, a, 2), realInput(this, b, 1, 2), realInput(this, limit, 0)];
    const dtype = upcast(left.dtype, right.dtype);
    const [rows, columns] = left.type.shape;
    return new Apply(
      this,
      [cast(left, dtype), cast(right, dtype), share],
      [
        new TensorType(dtype, [columns, ...right.type.shape.slice(1)]),
        new TensorType(dtype, [null]),
        new TensorType("int64", []),
        new TensorType(dtype, [smaller(rows, columns)]),
      ],
    );
  }

  override perform(node: Apply, [a, b, limit]: readonly NDArray[]): readonly NDArray[] {
    const [left, right] = [toDense(a), toDense(b)];
    if (left.rows !== right.rows)
      throw new LinAlgError(
        `Incompatible dimensions: ${this} got the shapes ${pyTuple(a.shape)} and ${pyTuple(b.shape)}`,
      );
    const svd = singularValues(left);
    const given = Number(limit.item());
    const least = (given < 0 ? Number.EPSILON : given) * (svd.values[0] ?? 0);
    const rank = svd.values.filter((value) => value > least).length;
    const coordinates = product(transposed(svd.left), right);
    const scaled = coordinates.data.map((value, at) => {
      const row = Math.floor(at / right.columns);
      return row < rank ? value / svd.values[row] : 0;
    });
    const x = product(transposed(svd.right), { ...coordinates, data: scaled });
    const { dtype } = node.outputs[0];
    const hasResiduals = rank === left.columns && left.rows > left.columns;
    return [
      fromDense(x, dtype, [left.columns, ...b.shape.slice(1)]),
      vectorOf(hasResiduals ? residuals(left, x, right) : new Float64Array(0), dtype),
      NDArray.scalar(BigInt(rank), "int64"),
      vectorOf(svd.values, dtype),
    ];
  }

  override gradient(node: Apply): never {
    throw withoutGradient(node);
  }
}

/** |A·x - b|² for each column. */
function residuals(a: Dense, x: Dense, b: Dense): Float64Array {
  const sums = new Float64Array(b.columns);
  product(a, x).data.forEach((value, at) => {
    sums[at % b.columns] += (value - b.data[at]) ** 2;
  });
  return sums;
}

export interface QROptions {
  readonly mode?: QRMode;
}

/** The factors of A = Q·R that the mode names. @throws AssertionError unless it is a matrix; ValueError for a mode that there is not. */
export function qr(x: TensorLike, { mode }: QROptions = {}): TensorVariable | readonly TensorVariable[] {
  const { outputs } = new QR(mode).apply(x);
  return mode === "r" ? outputs[0] : outputs;
}

export interface SVDOptions {
  /** Whether U and V are square; else they have min(m, n) columns and rows. */
  readonly fullMatrices?: boolean;
  /** Whether U and V are given; else the singular values alone. */
  readonly computeUv?: boolean;
}

/** U, s and V of A = U·diag(s)·V, or s alone. @throws AssertionError unless it is a matrix. */
export function svd(
  x: TensorLike,
  { fullMatrices, computeUv = true }: SVDOptions = {},
): TensorVariable | readonly TensorVariable[] {
  const { outputs } = new SVD(fullMatrices, computeUv).apply(x);
  return computeUv ? outputs : outputs[0];
}

/**
 * Least squares: x, the squared residuals, the rank and the singular values; see {@link LeastSquares}.
 * @throws AssertionError unless A is a matrix, and b a vector or a matrix.
 */
export function lstsq(a: TensorLike, b: TensorLike, rcond: TensorLike = -1): readonly TensorVariable[] {
  return new LeastSquares().apply(asTensor(a), asTensor(b), rcond).outputs;
}
