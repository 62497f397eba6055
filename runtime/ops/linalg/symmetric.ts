/**
 * Eigenvalues and eigenvectors of symmetric matrices: Householder tridiagonalization, then implicit QL or QR steps
 * (Golub and Van Loan, Matrix Computations, 8.3), taking shifts, directions and signs as LAPACK's `syev` does.
 */
import { LinAlgError } from "../../base/errors.ts";
import { type Dense, identity, makeReflection, reflectRows, zeroMatrix } from "./decompositions.ts";

/** Eigenvalues, ascending, and orthonormal eigenvectors in the columns. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Dense;
}

/**
 * The eigenvalues and eigenvectors of a symmetric matrix, of which one triangle is read.
 * @throws LinAlgError when it holds NaN or infinities.
 */
export function symmetricEigen(a: Dense, lower = true): SymmetricEigen {
  const n = a.rows;
  const scale = powerOfTwoNear(a.data);
  if (!Number.isFinite(scale))
    throw new LinAlgError(`Eigenvalues did not converge: the ${n}×${n} matrix holds NaN or infinities`);
  const full = zeroMatrix(n, n);
  // The reduction from the last row up, which LAPACK does for an upper triangle, is that of the reversed matrix.
  const place = (i: number) => (lower ? i : n - 1 - i);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const value = a.data[place(i) * n + place(j)] / scale;
      full.data[i * n + j] = value;
      full.data[j * n + i] = value;
    }
  const { diagonal, offDiagonal, basis } = tridiagonalize(full);
  if (!lower) for (const part of [diagonal, offDiagonal, basis.data]) part.reverse();
  diagonalize(diagonal, offDiagonal, basis);
  return sorted(
    diagonal.map((value) => value * scale),
    basis,
  );
}

/** Scaling by a power of two is exact, and keeps squares in range. */
function powerOfTwoNear(data: Float64Array): number {
  let largest = 0;
  for (const value of data) if (!(Math.abs(value) <= largest)) largest = Math.abs(value);
  return largest === 0 ? 1 : 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly offDiagonal: Float64Array;
  /** The Q of A = Q·T·Qᵀ. */
  readonly basis: Dense;
}

/** Overwrites `a`. */
function tridiagonalize(a: Dense): Tridiagonal {
  const n = a.rows;
  const { data } = a;
  const scales = new Float64Array(Math.max(0, n - 1));
  const offDiagonal = new Float64Array(scales.length);
  for (let i = 0; i < scales.length; i++) {
    const start = (i + 1) * n + i;
    scales[i] = makeReflection(data, start, n, n - 1 - i);
    offDiagonal[i] = data[start];
    data[start] = 1;
    reflectBothSides(data, n, i, scales[i]);
  }
  const basis = identity(n);
  for (let i = scales.length - 1; i >= 0; i--)
    reflectRows(basis.data, n, 0, data, (i + 1) * n + i, n, n - 1 - i, i + 1, scales[i]);
  return { diagonal: Float64Array.from({ length: n }, (_, i) => data[i * n + i]), offDiagonal, basis };
}

/** H·A·H for the part of A below and right of (i, i), H given by the vector in column i: a symmetric update of rank two. */
function reflectBothSides(data: Float64Array, n: number, i: number, scale: number): void {
  if (scale === 0) return;
  const v = Float64Array.from({ length: n }, (_, k) => (k > i ? data[k * n + i] : 0));
  const w = new Float64Array(n);
  let inner = 0;
  for (let k = i + 1; k < n; k++) {
    for (let j = i + 1; j < n; j++) w[k] += data[k * n + j] * v[j];
    w[k] *= scale;
    inner += w[k] * v[k];
  }
  for (let k = i + 1; k < n; k++) w[k] -= 0.5 * scale * inner * v[k];
  for (let k = i + 1; k < n; k++) for (let j = i + 1; j < n; j++) data[k * n + j] -= v[k] * w[j] + w[k] * v[j];
}

const EPSILON_SQUARED = 2 ** -106;
const TINY = 2 ** -1022;
const STEPS_PER_VALUE = 30;

/** Makes a tridiagonal matrix diagonal in place, and turns the columns of `basis` along. */
function diagonalize(d: Float64Array, e: Float64Array, basis: Dense): void {
  const n = d.length;
  for (let first = 0; first < n; ) {
    let last = first;
    while (last < n - 1 && !negligible(e[last], d[last], d[last + 1])) last++;
    if (last < n - 1) e[last] = 0;
    diagonalizeBlock(d, e, basis, first, last);
    first = last + 1;
  }
}

function negligible(e: number, a: number, b: number): boolean {
  return e * e <= EPSILON_SQUARED * Math.abs(a) * Math.abs(b) + TINY;
}

/** From the end with the smaller diagonal element towards the other: QL steps downwards or QR steps upwards. */
function diagonalizeBlock(d: Float64Array, e: Float64Array, basis: Dense, first: number, last: number): void {
  const step = Math.abs(d[last]) < Math.abs(d[first]) ? -1 : 1;
  const [start, end] = step > 0 ? [first, last] : [last, first];
  /** Where the element between i and i + step is. */
  const between = (i: number) => (step > 0 ? i : i - 1);
  let steps = 0;
  for (let l = start; (end - l) * step >= 0; ) {
    let m = l;
    while (m !== end && !negligible(e[between(m)], d[m], d[m + step])) m += step;
    if (m !== end) e[between(m)] = 0;
    if (m === l) {
      l += step;
    } else if (m === l + step) {
      diagonalizePair(d, e, basis, Math.min(l, m));
      l += 2 * step;
    } else {
      if (steps++ > STEPS_PER_VALUE * d.length)
        throw new LinAlgError(`Eigenvalues did not converge in ${steps} steps; the matrix is ${d.length}×${d.length}`);
      sweep(d, e, basis, { l, m, step, between });
    }
  }
}

interface Sweep {
  readonly l: number;
  readonly m: number;
  readonly step: number;
  between(i: number): number;
}

/** One implicit step with Wilkinson's shift, chased from m to l. */
function sweep(d: Float64Array, e: Float64Array, basis: Dense, { l, m, step, between }: Sweep): void {
  const next = (d[l + step] - d[l]) / (2 * e[between(l)]);
  const root = Math.hypot(next, 1);
  let g = d[m] - d[l] + e[between(l)] / (next + (isNegative(next) ? -root : root));
  let [c, s, p] = [1, 1, 0];
  for (let i = m - step; (i - l) * step >= 0; i -= step) {
    const f = s * e[between(i)];
    const b = c * e[between(i)];
    const rotation = planeRotation(g, f);
    ({ c, s } = rotation);
    if (i !== m - step) e[between(i + step)] = rotation.r;
    g = d[i + step] - p;
    const r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + step] = g + p;
    g = c * r - b;
    rotateColumns(basis, Math.min(i, i + step), c, -step * s);
  }
  d[l] -= p;
  e[between(l)] = g;
}

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}

/** c, s, r with c·f + s·g = r, -s·f + c·g = 0, c ≥ 0. */
export function planeRotation(f: number, g: number): { readonly c: number; readonly s: number; readonly r: number } {
  if (g === 0) return { c: 1, s: 0, r: f };
  if (f === 0) return { c: 0, s: Math.sign(g), r: Math.abs(g) };
  const length = Math.hypot(f, g);
  const r = f < 0 ? -length : length;
  return { c: Math.abs(f) / length, s: g / r, r };
}

/** Turns columns j and j + 1. */
export function rotateColumns({ rows, columns, data }: Dense, j: number, c: number, s: number): void {
  for (let i = 0, at = j; i < rows; i++, at += columns) {
    const [left, right] = [data[at], data[at + 1]];
    data[at + 1] = c * right - s * left;
    data[at] = s * right + c * left;
  }
}

/** The eigenvalues of [[d0, e0], [e0, d1]] at rows j and j + 1, that of larger magnitude first. */
function diagonalizePair(d: Float64Array, e: Float64Array, basis: Dense, j: number): void {
  const [a, b, c] = [d[j], e[j], d[j + 1]];
  const [sum, difference, twice] = [a + c, a - c, 2 * b];
  const root = Math.hypot(difference, twice);
  const [larger, smaller] = Math.abs(a) > Math.abs(c) ? [a, c] : [c, a];
  const sign = sum < 0 ? -1 : 1;
  const first = sum === 0 ? 0.5 * root : 0.5 * (sum + sign * root);
  d[j] = first;
  d[j + 1] = sum === 0 ? -0.5 * root : (larger / first) * smaller - (b / first) * b;
  e[j] = 0;
  const turn = difference >= 0 ? 1 : -1;
  const cs = difference + turn * root;
  let [cosine, sine] = [1, 0];
  if (Math.abs(cs) > Math.abs(twice)) {
    const cotangent = -twice / cs;
    sine = 1 / Math.hypot(1, cotangent);
    cosine = cotangent * sine;
  } else if (twice !== 0) {
    const tangent = -cs / twice;
    cosine = 1 / Math.hypot(1, tangent);
    sine = tangent * cosine;
  }
  if (sign === turn) [cosine, sine] = [-sine, cosine];
  rotateColumns(basis, j, cosine, sine);
}

function sorted(values: Float64Array, { rows, columns, data }: Dense): SymmetricEigen {
  const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const vectors = zeroMatrix(rows, columns);
  order.forEach((from, to) => {
    for (let i = 0; i < rows; i++) vectors.data[i * columns + to] = data[i * columns + from];
  });
  return { values: Float64Array.from(order, (i) => values[i]), vectors };
}
