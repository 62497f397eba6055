/**
 * Dense numerics: elimination and orthogonal factors as functions of plain float64 matrices. With `symmetric.ts`,
 * `singular.ts` and `general.ts` they are all that the ops compute with, so that native LAPACK can take their place.
 * Signs and orders are LAPACK's where they are a matter of convention.
 */
import { LinAlgError } from "../../base/errors.ts";

/** A matrix in row-major order. */
export interface Dense {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix of zeros. */
export function zeroMatrix(rows: number, columns: number): Dense {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** A square matrix with ones on its diagonal. */
export function identity(n: number): Dense {
  const result = zeroMatrix(n, n);
  for (let i = 0; i < n; i++) result.data[i * n + i] = 1;
  return result;
}

export function transposed({ rows, columns, data }: Dense): Dense {
  const result = zeroMatrix(columns, rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result.data[j * rows + i] = data[i * columns + j];
  return result;
}

/** The matrix product. */
export function product(a: Dense, b: Dense): Dense {
  const result = zeroMatrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    const row = result.data.subarray(i * b.columns, (i + 1) * b.columns);
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k];
      for (let j = 0, at = k * b.columns; j < b.columns; j++, at++) row[j] += factor * b.data[at];
    }
  }
  return result;
}

/** P·A = L·U with partial pivoting: L (unit diagonal) below and U on and above the diagonal of one matrix. */
export interface LU {
  readonly factors: Dense;
  /** The row that was exchanged with row k in step k. */
  readonly pivots: Int32Array;
  /** The place of the first zero on U's diagonal, or null. */
  readonly zeroPivot: number | null;
}

/** Factorizes a square matrix; it may be singular. */
export function luFactorize(a: Dense): LU {
  const n = a.rows;
  const data = a.data.slice();
  const pivots = new Int32Array(n);
  let zeroPivot: number | null = null;
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(data[i * n + k]) > Math.abs(data[best * n + k])) best = i;
    pivots[k] = best;
    swapRows(data, n, k, best);
    const pivot = data[k * n + k];
    if (pivot === 0) {
      zeroPivot ??= k;
      continue;
    }
    for (let i = k + 1; i < n; i++) {
      data[i * n + k] /= pivot;
      subtractRow(data, i * n + k + 1, data, k * n + k + 1, n - k - 1, data[i * n + k]);
    }
  }
  return { factors: { rows: n, columns: n, data }, pivots, zeroPivot };
}

function swapRows(data: Float64Array, columns: number, i: number, j: number): void {
  if (i === j) return;
  const row = data.slice(i * columns, (i + 1) * columns);
  data.copyWithin(i * columns, j * columns, (j + 1) * columns);
  data.set(row, j * columns);
}

/** `to -= factor · from` over `count` elements. */
function subtractRow(
  to: Float64Array,
  toStart: number,
  from: Float64Array,
  fromStart: number,
  count: number,
  factor: number,
): void {
  for (let j = 0; j < count; j++) to[toStart + j] -= factor * from[fromStart + j];
}

/** The determinant of a square matrix. */
export function determinant(a: Dense): number {
  const { factors, pivots } = luFactorize(a);
  let result = 1;
  for (let k = 0; k < a.rows; k++)
    result *= pivots[k] === k ? factors.data[k * a.rows + k] : -factors.data[k * a.rows + k];
  return result;
}

/** Sign and logarithm of the absolute value of the determinant of a square matrix; 0 and -Infinity when singular. */
export function signAndLogDeterminant(a: Dense): readonly [sign: number, logarithm: number] {
  const { factors, pivots } = luFactorize(a);
  let [sign, logarithm] = [1, 0];
  for (let k = 0; k < a.rows; k++) {
    const pivot = factors.data[k * a.rows + k];
    sign *= Math.sign(pivot) * (pivots[k] === k ? 1 : -1);
    logarithm += Math.log(Math.abs(pivot));
  }
  return [sign, logarithm];
}

/**
 * X of A·X = B for a square A.
 * @throws LinAlgError when A is singular.
 */
export function solveGeneral(a: Dense, b: Dense): Dense {
  const { factors, pivots, zeroPivot } = luFactorize(a);
  if (zeroPivot !== null)
    throw new LinAlgError(
      `Singular matrix: elimination of the ${a.rows}×${a.columns} matrix meets a zero pivot in column ${zeroPivot}`,
    );
  const permuted = b.data.slice();
  for (let k = 0; k < a.rows; k++) swapRows(permuted, b.columns, k, pivots[k]);
  const forward = solveTriangular(factors, { ...b, data: permuted }, { lower: true, unitDiagonal: true });
  return solveTriangular(factors, forward, { lower: false });
}

/** @throws LinAlgError when the matrix is singular. */
export function inverse(a: Dense): Dense {
  return solveGeneral(a, identity(a.rows));
}

export interface TriangularOptions {
  /** Which triangle of A is read; the other one counts as zeros. */
  readonly lower: boolean;
  /** The diagonal counts as ones. */
  readonly unitDiagonal?: boolean;
}

/**
 * X of A·X = B for a triangular A, by substitution.
 * @throws LinAlgError when there is a zero on the diagonal.
 */
export function solveTriangular(a: Dense, b: Dense, { lower, unitDiagonal = false }: TriangularOptions): Dense {
  const [n, m] = [a.rows, b.columns];
  const x = b.data.slice();
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step;
    const [from, to] = lower ? [0, i] : [i + 1, n];
    for (let k = from; k < to; k++) subtractRow(x, i * m, x, k * m, m, a.data[i * n + k]);
    if (unitDiagonal) continue;
    const pivot = a.data[i * n + i];
    if (pivot === 0)
      throw new LinAlgError(`singular matrix: resolution failed at diagonal ${i} of the ${n}×${n} matrix`);
    for (let j = 0; j < m; j++) x[i * m + j] /= pivot;
  }
  return { rows: n, columns: m, data: x };
}

/**
 * The lower triangular L of L·Lᵀ = A; only the lower triangle of A is read.
 * @throws LinAlgError when A is not positive definite.
 */
export function cholesky(a: Dense): Dense {
  const n = a.rows;
  const result = zeroMatrix(n, n);
  const l = result.data;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a.data[i * n + j];
      for (let k = 0; k < j; k++) rest -= l[i * n + k] * l[j * n + k];
      if (i !== j) {
        l[i * n + j] = rest / l[j * n + j];
      } else if (rest > 0) {
        l[i * n + i] = Math.sqrt(rest);
      } else {
        throw new LinAlgError(
          `${i + 1}-th leading minor of the array is not positive definite; the matrix is ${n}×${n}`,
        );
      }
    }
  }
  return result;
}

/** A matrix with Householder vectors below the diagonal and R on and above it, and their factors: LAPACK's `geqrf`. */
export interface Reflections {
  readonly factors: Dense;
  readonly scales: Float64Array;
}

/** A = Q·R, with Q as a product of reflections I - scale·v·vᵀ. */
export function qrFactorize(a: Dense): Reflections {
  const { rows: m, columns: n } = a;
  const data = a.data.slice();
  const scales = new Float64Array(Math.min(m, n));
  for (let k = 0; k < scales.length; k++) {
    scales[k] = makeReflection(data, k * n + k, n, m - k);
    const head = data[k * n + k];
    data[k * n + k] = 1;
    reflectRows(data, n, k + 1, data, k * n + k, n, m - k, k, scales[k]);
    data[k * n + k] = head;
  }
  return { factors: { rows: m, columns: n, data }, scales };
}

/**
 * Replaces the vector of `count` elements at `start` by what reflects it onto its first axis: the first element becomes
 * its length with the opposite sign, the others the reflection's vector, whose first element is 1.
 * @returns the scale, 0 when there is nothing to reflect.
 */
export function makeReflection(data: Float64Array, start: number, stride: number, count: number): number {
  let tail = 0;
  for (let i = 1; i < count; i++) tail = Math.hypot(tail, data[start + i * stride]);
  if (tail === 0) return 0;
  const head = data[start];
  const length = Math.hypot(head, tail);
  const beta = head < 0 || Object.is(head, -0) ? length : -length;
  for (let i = 1; i < count; i++) data[start + i * stride] /= head - beta;
  data[start] = beta;
  return (beta - head) / beta;
}

/** Reflects the columns from `column` on of the `count` rows from `row` on by the vector at `start`. */
export function reflectRows(
  to: Float64Array,
  columns: number,
  column: number,
  vector: Float64Array,
  start: number,
  stride: number,
  count: number,
  row: number,
  scale: number,
): void {
  if (scale === 0) return;
  for (let j = column; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += vector[start + i * stride] * to[(row + i) * columns + j];
    sum *= scale;
    for (let i = 0; i < count; i++) to[(row + i) * columns + j] -= sum * vector[start + i * stride];
  }
}

/** The first `width` columns of the orthogonal Q of a factorization. */
export function orthogonalFactor({ factors, scales }: Reflections, width: number): Dense {
  const { rows: m, columns: n } = factors;
  const q = zeroMatrix(m, width);
  for (let i = 0; i < width; i++) q.data[i * width + i] = 1;
  for (let k = scales.length - 1; k >= 0; k--) {
    const vector = new Float64Array(m - k);
    for (let i = 1; i < m - k; i++) vector[i] = factors.data[(k + i) * n + k];
    vector[0] = 1;
    reflectRows(q.data, width, 0, vector, 0, 1, m - k, k, scales[k]);
  }
  return q;
}

/** The first `height` rows of the upper triangular R of a factorization. */
export function triangularFactor({ factors }: Reflections, height: number): Dense {
  const n = factors.columns;
  const r = zeroMatrix(height, n);
  for (let i = 0; i < height; i++)
    r.data.set(factors.data.subarray(i * n + Math.min(i, n), (i + 1) * n), i * n + Math.min(i, n));
  return r;
}
