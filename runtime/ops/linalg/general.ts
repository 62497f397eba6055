/** Eigenvalues of general matrices, by the library ml-matrix. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { LinAlgError } from "../../base/errors.ts";
import type { Dense } from "./decompositions.ts";
import { planeRotation } from "./symmetric.ts";

/** Eigenvalues, and eigenvectors of unit length in the columns. */
export interface GeneralEigen {
  readonly values: ComplexParts;
  readonly vectors: ComplexParts;
}

/** Real and imaginary parts; these are zeros where everything is real. */
export interface ComplexParts {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/**
 * Eigenvalues and right eigenvectors of a square matrix.
 * @throws LinAlgError when it holds NaN or infinities.
 */
export function generalEigen(a: Dense): GeneralEigen {
  checkFinite(a, "Eigenvalues");
  const n = a.rows;
  // The library takes no empty matrix.
  if (n === 0) return { values: emptyParts(), vectors: emptyParts() };
  const eigen = new EigenvalueDecomposition(toMatrix(a));
  const values = {
    real: Float64Array.from(eigen.realEigenvalues),
    imaginary: Float64Array.from(eigen.imaginaryEigenvalues),
  };
  const packed = fromMatrix(eigen.eigenvectorMatrix).data;
  const vectors = { real: new Float64Array(n * n), imaginary: new Float64Array(n * n) };
  for (let j = 0; j < n; j++) {
    // Of a conjugate pair, the library gives the real and the imaginary part in the pair's two columns.
    const part = Math.sign(values.imaginary[j]);
    const column = part < 0 ? j - 1 : j;
    for (let i = 0; i < n; i++) {
      vectors.real[i * n + j] = packed[i * n + column];
      if (part !== 0) vectors.imaginary[i * n + j] = part * packed[i * n + column + 1];
    }
    normalize(vectors, n, j);
  }
  return { values, vectors };
}

function emptyParts(): ComplexParts {
  return { real: new Float64Array(0), imaginary: new Float64Array(0) };
}

/** Gives column j unit length; of a complex one, as in LAPACK, the largest element is made real. */
function normalize({ real, imaginary }: ComplexParts, n: number, j: number): void {
  let length = 0;
  let largest = j;
  for (let at = j; at < n * n; at += n) {
    const size = Math.hypot(real[at], imaginary[at]);
    length = Math.hypot(length, size);
    if (size > Math.hypot(real[largest], imaginary[largest])) largest = at;
  }
  if (length === 0) return;
  const { c, s } = planeRotation(real[largest], imaginary[largest]);
  for (let at = j; at < n * n; at += n) {
    const [re, im] = [real[at] / length, imaginary[at] / length];
    real[at] = c * re + s * im;
    imaginary[at] = c * im - s * re;
  }
  imaginary[largest] = 0;
}

function checkFinite({ rows, columns, data }: Dense, what: string): void {
  if (!data.every(Number.isFinite))
    throw new LinAlgError(`${what} did not converge: the ${rows}×${columns} matrix holds NaN or infinities`);
}

function toMatrix({ rows, columns, data }: Dense): Matrix {
  return Matrix.from1DArray(rows, columns, data);
}

function fromMatrix(matrix: Matrix): Dense {
  return { rows: matrix.rows, columns: matrix.columns, data: Float64Array.from(matrix.to1DArray()) };
}
