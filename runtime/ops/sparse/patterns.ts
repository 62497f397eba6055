/**
 * Ops on the patterns of sparse matrices: where entries are. `indices` and `indptr` are int32 vectors, as in
 * {@link SparseMatrix}; `major` counts what a format is compressed by, rows of csr and columns of csc. Lengths depend on
 * values, so there is no loop IR, and nothing here has a gradient.
 */
import { nonzeroIndices } from "../../array/gather.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { IndexError, ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { TensorType } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { positionsOf, positionVector } from "./dense.ts";
import { majorAxis, rowsOf, type SparseFormat, startsOf } from "./matrix.ts";

const POSITIONS = TensorType.ofRank("int32", 1);

abstract class PatternOp extends Op {
  toString(): string {
    return this.key;
  }

  override gradient(node: Apply): readonly NoGradient[] {
    return node.inputs.map(() => DISCONNECTED);
  }
}

/** The pattern of a dense matrix: `indices` and `indptr` of the elements that are not zero. */
export class PatternOfDense extends PatternOp {
  readonly family = "PatternOfDense";
  readonly key: string;
  readonly format: SparseFormat;

  constructor(format: SparseFormat) {
    super();
    this.format = format;
    this.key = `PatternOfDense{${format}}`;
  }

  /** @throws TypeError when the input is not a matrix. */
  apply(x: Variable): Apply {
    if (x.ndim !== 2) throw new TypeError(`A sparse matrix has two dimensions; ${x} has the type ${x.type}.`);
    return new Apply(this, [x], [POSITIONS, POSITIONS]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const [major, minor] = nonzeroIndices(this.format === "csr" ? x : x.transpose());
    const starts = startsOf(major, x.shape[majorAxis(this.format)]);
    return [positionVector(Int32Array.from(minor)), positionVector(starts)];
  }
}

/** The major position of every entry, from `indptr`. */
export class MajorPositions extends PatternOp {
  readonly family = "MajorPositions";
  readonly key = "MajorPositions";

  apply(indptr: Variable): Apply {
    return new Apply(this, [indptr], [POSITIONS]);
  }

  override perform(_node: Apply, [indptr]: readonly NDArray[]): readonly NDArray[] {
    return [positionVector(rowsOf(positionsOf(indptr)))];
  }
}

/** Sorts entries, given by their two positions, by the first and then the second: their order, `indices` and `indptr`. */
export class Compress extends PatternOp {
  readonly family = "Compress";
  readonly key = "Compress";

  /** The last input is how many major positions there are. */
  apply(major: Variable, minor: Variable, length: Variable): Apply {
    return new Apply(this, [major, minor, length], [POSITIONS, POSITIONS, POSITIONS]);
  }

  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [major, minor] = inputs.map(positionsOf);
    const length = Number(inputs[2].item());
    const bad = major.find((position) => position < 0 || position >= length);
    if (bad !== undefined)
      throw new IndexError(`index ${bad} is out of bounds for a sparse matrix of length ${length}`);
    const starts = startsOf(major, length);
    const order = sortedEntries(major, minor, starts);
    const indices = order.map((entry) => minor[entry]);
    return [positionVector(order), positionVector(indices), positionVector(starts)];
  }
}

/** Entries in the order of their major, then minor positions; those at the same place keep their order. */
function sortedEntries(major: Int32Array, minor: Int32Array, starts: Int32Array): Int32Array<ArrayBuffer> {
  const order = new Int32Array(major.length);
  const next = starts.slice();
  for (let k = 0; k < major.length; k++) order[next[major[k]]++] = k;
  for (let i = 0; i + 1 < starts.length; i++) {
    const row = order.subarray(starts[i], starts[i + 1]);
    if (row.some((entry, k) => k > 0 && minor[entry] < minor[row[k - 1]]))
      row.sort((a, b) => minor[a] - minor[b] || a - b);
  }
  return order;
}

/** The entries of some major positions, one after the other: which ones, and where each position starts among them. */
export class SelectMajor extends PatternOp {
  readonly family = "SelectMajor";
  readonly key = "SelectMajor";

  apply(indptr: Variable, wanted: Variable): Apply {
    return new Apply(this, [indptr, wanted], [POSITIONS, POSITIONS]);
  }

  /** @throws IndexError for a position that the matrix does not have; negative ones count from the end. */
  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [starts, wanted] = inputs.map(positionsOf);
    const length = starts.length - 1;
    const rows = wanted.map((given) => {
      const row = given < 0 ? given + length : given;
      if (row < 0 || row >= length)
        throw new IndexError(`index ${given} is out of bounds for axis with size ${length}`);
      return row;
    });
    const found = new Int32Array(rows.length + 1);
    rows.forEach((row, i) => {
      found[i + 1] = found[i] + starts[row + 1] - starts[row];
    });
    const entries = new Int32Array(found[rows.length]);
    rows.forEach((row, i) => {
      for (let k = starts[row], to = found[i]; k < starts[row + 1]; k++, to++) entries[to] = k;
    });
    return [positionVector(entries), positionVector(found)];
  }
}

/** Row by row, the minor positions below `width` that `visit` tells, sorted and each once: `indices` and `indptr`. */
function patternOfRows(
  length: number,
  width: number,
  visit: (row: number, tell: (position: number) => void) => void,
): readonly NDArray[] {
  const starts = new Int32Array(length + 1);
  const indices: number[] = [];
  const row = new Int32Array(width);
  // The last row, counted from 1, in which a position was told.
  const seen = new Int32Array(width);
  for (let i = 0; i < length; i++) {
    let count = 0;
    visit(i, (position) => {
      if (seen[position] === i + 1) return;
      seen[position] = i + 1;
      row[count++] = position;
    });
    for (const position of row.subarray(0, count).sort()) indices.push(position);
    starts[i + 1] = indices.length;
  }
  return [positionVector(Int32Array.from(indices)), positionVector(starts)];
}

/** A bound of the minor positions of a matrix of this shape, whichever its format. */
function longest([rows, columns]: Int32Array): number {
  return Math.max(rows, columns);
}

/** @throws ValueError when shapes differ. */
function requireSameShape(x: Int32Array, y: Int32Array): void {
  if (x[0] !== y[0] || x[1] !== y[1])
    throw new ValueError(`inconsistent shapes: sparse matrices of (${x.join(", ")}) and (${y.join(", ")})`);
}

/** The places at which one of two matrices of the same shape and format has entries. Inputs: indices, indptr and shape of each. */
export class PatternUnion extends PatternOp {
  readonly family = "PatternUnion";
  readonly key = "PatternUnion";

  apply(...inputs: readonly Variable[]): Apply {
    return new Apply(this, inputs, [POSITIONS, POSITIONS]);
  }

  /** @throws ValueError when the shapes differ. */
  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [indicesX, startsX, shapeX, indicesY, startsY, shapeY] = inputs.map(positionsOf);
    requireSameShape(shapeX, shapeY);
    return patternOfRows(startsX.length - 1, longest(shapeX), (i, tell) => {
      for (let k = startsX[i]; k < startsX[i + 1]; k++) tell(indicesX[k]);
      for (let k = startsY[i]; k < startsY[i + 1]; k++) tell(indicesY[k]);
    });
  }
}

/** The places at which a product of two csr matrices can have entries. Inputs: indices, indptr and shape of each. */
export class PatternOfProduct extends PatternOp {
  readonly family = "PatternOfProduct";
  readonly key = "PatternOfProduct";

  apply(...inputs: readonly Variable[]): Apply {
    return new Apply(this, inputs, [POSITIONS, POSITIONS]);
  }

  /** @throws ValueError when the shapes do not fit. */
  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [indicesX, startsX, shapeX, indicesY, startsY, shapeY] = inputs.map(positionsOf);
    if (shapeX[1] !== shapeY[0])
      throw new ValueError(
        `dimension mismatch: a product of sparse matrices of (${shapeX.join(", ")}) and (${shapeY.join(", ")})`,
      );
    return patternOfRows(startsX.length - 1, shapeY[1], (i, tell) => {
      for (let k = startsX[i]; k < startsX[i + 1]; k++)
        for (let l = startsY[indicesX[k]]; l < startsY[indicesX[k] + 1]; l++) tell(indicesY[l]);
    });
  }
}

/** Pairs of entries of two matrices of one format at the same place. Inputs: indices, indptr and shape of each. */
export class MatchEntries extends PatternOp {
  readonly family = "MatchEntries";
  readonly key = "MatchEntries";

  apply(...inputs: readonly Variable[]): Apply {
    return new Apply(this, inputs, [POSITIONS, POSITIONS]);
  }

  /** @throws ValueError when the shapes differ. */
  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [indicesX, startsX, shapeX, indicesY, startsY, shapeY] = inputs.map(positionsOf);
    requireSameShape(shapeX, shapeY);
    const left: number[] = [];
    const right: number[] = [];
    // Of a row of the first matrix: its first entry at each position, and the next one at the same position.
    const first = new Int32Array(longest(shapeX)).fill(-1);
    const next = new Int32Array(indicesX.length);
    for (let i = 0; i + 1 < startsX.length; i++) {
      for (let k = startsX[i + 1] - 1; k >= startsX[i]; k--) {
        next[k] = first[indicesX[k]];
        first[indicesX[k]] = k;
      }
      for (let l = startsY[i]; l < startsY[i + 1]; l++)
        for (let k = first[indicesY[l]]; k >= 0; k = next[k]) {
          left.push(k);
          right.push(l);
        }
      for (let k = startsX[i]; k < startsX[i + 1]; k++) first[indicesX[k]] = -1;
    }
    return [left, right].map((list) => positionVector(Int32Array.from(list)));
  }
}
