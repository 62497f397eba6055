/** Systems of linear equations. */
import { upcast } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import type { TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient } from "../../graph/op.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { tril, triu } from "../diagonal.ts";
import { transpose } from "../dimshuffle.ts";
import { dot, outer } from "../dot.ts";
import { applyElemwise } from "../elemwise.ts";
import { type Dense, solveGeneral, solveTriangular } from "./decompositions.ts";
import { fromDense, MatrixOp, realInput, squareInput, toDense, toSquare } from "./matrixop.ts";

/** What is known of the matrix of a system. Of a triangular one only its triangle is read. */
export type MatrixStructure = "general" | "symmetric" | "lower_triangular" | "upper_triangular";

const STRUCTURES: ReadonlySet<string> = new Set<MatrixStructure>([
  "general",
  "symmetric",
  "lower_triangular",
  "upper_triangular",
]);

const TRANSPOSED: Readonly<Record<MatrixStructure, MatrixStructure>> = {
  general: "general",
  symmetric: "symmetric",
  lower_triangular: "upper_triangular",
  upper_triangular: "lower_triangular",
};

/** x of A·x = b, for a vector b or the columns of a matrix; LinAlgError at run time when A is singular. */
export class Solve extends MatrixOp {
  readonly structure: MatrixStructure;
  readonly isLower: boolean;

  /** @throws ValueError for a structure that there is not. */
  constructor(structure: MatrixStructure = "general", lower = false) {
    if (!STRUCTURES.has(structure))
      throw new ValueError(
        `Invalid matrix structure argument ${structure}; it must be one of ${[...STRUCTURES].join(", ")}.`,
      );
    super("Solve", { A_structure: structure, lower, overwrite_A: false, overwrite_b: false });
    this.structure = structure;
    this.isLower = lower;
  }

  /**
   * @throws AssertionError unless A is a matrix, and b a vector or a matrix.
   * @throws ValueError when lengths that must agree are known and differ.
   */
  apply(a: TensorLike, b: TensorLike): Apply {
    const [left, right] = [squareInput(this, a), realInput(this, b, 1, 2)];
    checkRows(this, left.type.shape, right.type.shape);
    const dtype = upcast(left.dtype, right.dtype);
    return new Apply(this, [cast(left, dtype), cast(right, dtype)], [right.type.with({ dtype })]);
  }

  override perform(node: Apply, [a, b]: readonly NDArray[]): readonly NDArray[] {
    checkRows(this, a.shape, b.shape);
    const [left, right] = [toSquare(this, a), toDense(b)];
    return [fromDense(this.#solve(left, right), node.out.dtype, b.shape)];
  }

  #solve(a: Dense, b: Dense): Dense {
    switch (this.structure) {
      case "lower_triangular":
        return solveTriangular(a, b, { lower: true });
      case "upper_triangular":
        return solveTriangular(a, b, { lower: false });
      case "general":
      case "symmetric":
        return solveGeneral(a, b);
    }
  }

  override inferShape(_node: Apply, [, b]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [b];
  }

  /** The gradient of b solves the transposed system; that of A is -ḃ·xᵀ, within the triangle that is read. */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [[a], x] = [node.inputs, node.out];
    const ofB = new Solve(TRANSPOSED[this.structure], !this.isLower).apply(transpose(a), g).out;
    const ofA = applyElemwise("neg", x.ndim === 1 ? outer(ofB, x) : dot(ofB, transpose(x)));
    if (this.structure === "lower_triangular") return [tril(ofA), ofB];
    if (this.structure === "upper_triangular") return [triu(ofA), ofB];
    return [ofA, ofB];
  }
}

function checkRows(op: Solve, a: readonly (number | null)[], b: readonly (number | null)[]): void {
  if (a[0] === null || b[0] === null || a[0] === b[0]) return;
  const [first, second] = [a, b].map((shape) => pyTuple(shape.map((length) => length ?? "?")));
  throw new ValueError(
    `${op}: the matrix of shape ${first} and the right side of shape ${second} differ in their rows.`,
  );
}

export interface SolveOptions {
  /** What is known of A. */
  readonly AStructure?: MatrixStructure;
  /** Theano's flag for other structures than triangles; it changes nothing here. */
  readonly lower?: boolean;
}

/**
 * x of A·x = b, for a vector b or the columns of a matrix. LinAlgError at run time when A is singular.
 * @throws AssertionError for other ranks; ValueError for an unknown structure, or lengths known to differ.
 */
export function solve(a: TensorLike, b: TensorLike, { AStructure, lower }: SolveOptions = {}): TensorVariable {
  return new Solve(AStructure, lower).apply(a, b).out;
}

/** As {@link solve}, for the lower triangle of A. */
export function solveLowerTriangular(a: TensorLike, b: TensorLike): TensorVariable {
  return solve(a, b, { AStructure: "lower_triangular", lower: true });
}

/** As {@link solve}, for the upper triangle of A. */
export function solveUpperTriangular(a: TensorLike, b: TensorLike): TensorVariable {
  return solve(a, b, { AStructure: "upper_triangular", lower: false });
}

/** As {@link solve}, for a symmetric A. */
export function solveSymmetric(a: TensorLike, b: TensorLike): TensorVariable {
  return solve(a, b, { AStructure: "symmetric" });
}
