/**
 * The singular value decomposition: Householder bidiagonalization, then implicit QR steps, without shift where small
 * values ask for it (Golub and Van Loan, Matrix Computations, 8.6; J. Demmel and W. Kahan, SIAM J. Sci. Stat. Comput. 11,
 * 1990), taking paths, shifts, directions and signs as LAPACK's `gesdd` does for small matrices.
 */
import { LinAlgError } from "../../base/errors.ts";
import {
  type Dense,
  makeReflection,
  orthogonalFactor,
  product,
  qrFactorize,
  reflectRows,
  transposed,
  triangularFactor,
  zeroMatrix,
} from "./decompositions.ts";
import { planeRotation, rotateColumns } from "./symmetric.ts";

/** A = U·diag(values)·V with orthonormal columns of U and rows of V; the values descend. */
export interface SingularValues {
  readonly left: Dense;
  readonly values: Float64Array;
  readonly right: Dense;
}

/** A = left·B·rightᵀ with B bidiagonal. The vectors of both sides are columns. */
interface Bidiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  readonly left: Dense;
  readonly right: Dense;
}

/** From this ratio of its lengths on, a matrix is reduced to a square one first. */
const TALL = 11 / 6;

/**
 * The singular value decomposition of an m×n matrix: U has min(m, n) columns and V as many rows, or, with `full`, both
 * are square.
 * @throws LinAlgError when the matrix holds NaN or infinities.
 */
export function singularValues(a: Dense, full = false): SingularValues {
  const { rows: m, columns: n } = a;
  const scale = a.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (!Number.isFinite(scale))
    throw new LinAlgError(`SVD did not converge: the ${m}×${n} matrix holds NaN or infinities`);
  const exact = scale === 0 ? 1 : 2 ** Math.max(-1000, Math.floor(Math.log2(scale)));
  const parts = bidiagonal({ ...a, data: a.data.map((value) => value / exact) }, full);
  diagonalize(parts);
  sortDescending(parts);
  return {
    left: parts.left,
    values: parts.diagonal.map((value) => value * exact),
    right: transposed(parts.right),
  };
}

function bidiagonal(a: Dense, full: boolean): Bidiagonal {
  if (a.rows < a.columns) return wideBidiagonal(transposed(a), full);
  if (a.rows < Math.floor(a.columns * TALL)) return bidiagonalize(a, full);
  const [basis, triangle] = triangularized(a, full);
  const inner = bidiagonalize(triangle, false);
  return { ...inner, left: afterBasis(basis, inner.left) };
}

/** Of the transposed of a tall matrix. */
function wideBidiagonal(tall: Dense, full: boolean): Bidiagonal {
  if (tall.rows >= Math.floor(tall.columns * TALL)) {
    const [basis, triangle] = triangularized(tall, full);
    const inner = bidiagonalize(transposed(triangle), false);
    return { ...inner, right: afterBasis(basis, inner.right) };
  }
  const { diagonal, beside, left: right, right: left } = bidiagonalize(tall, full);
  // What is beside the diagonal is below it here; rotations bring it above.
  for (let i = 0; i < beside.length; i++) {
    const { c, s, r } = planeRotation(diagonal[i], beside[i]);
    diagonal[i] = r;
    beside[i] = s * diagonal[i + 1];
    diagonal[i + 1] *= c;
    rotateColumns(left, i, c, s);
  }
  return { diagonal, beside, left, right };
}

function triangularized(a: Dense, full: boolean): readonly [basis: Dense, triangle: Dense] {
  const reflections = qrFactorize(a);
  return [orthogonalFactor(reflections, full ? a.rows : a.columns), triangularFactor(reflections, a.columns)];
}

/** The basis whose first columns are combined by `inner`; those after them stay. */
function afterBasis(basis: Dense, inner: Dense): Dense {
  const { rows, columns } = basis;
  const first = zeroMatrix(rows, inner.rows);
  for (let i = 0; i < rows; i++)
    first.data.set(basis.data.subarray(i * columns, i * columns + inner.rows), i * inner.rows);
  const combined = product(first, inner);
  const result = { rows, columns, data: basis.data.slice() };
  for (let i = 0; i < rows; i++)
    result.data.set(combined.data.subarray(i * inner.columns, (i + 1) * inner.columns), i * columns);
  return result;
}

/** Of a matrix with no fewer rows than columns: an upper B. */
function bidiagonalize(a: Dense, full: boolean): Bidiagonal {
  const { rows: m, columns: n } = a;
  const columns = a.data.slice();
  // The rows are reflected as columns of the transposed matrix, which is kept along.
  const scales = new Float64Array(n);
  const rowScales = new Float64Array(Math.max(0, n - 1));
  const rowVectors = zeroMatrix(n, n).data;
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(rowScales.length);
  for (let k = 0; k < n; k++) {
    const start = k * n + k;
    scales[k] = makeReflection(columns, start, n, m - k);
    diagonal[k] = columns[start];
    columns[start] = 1;
    reflectRows(columns, n, k + 1, columns, start, n, m - k, k, scales[k]);
    if (k >= n - 1) continue;
    rowScales[k] = makeReflection(columns, start + 1, 1, n - k - 1);
    beside[k] = columns[start + 1];
    for (let j = k + 1; j < n; j++) rowVectors[j * n + k] = j === k + 1 ? 1 : columns[k * n + j];
    reflectColumns(columns, n, { from: k + 1, rows: m }, rowVectors, k, rowScales[k]);
  }
  const left = unitColumns(m, full ? m : n);
  const right = unitColumns(n, n);
  for (let k = n - 1; k >= 0; k--) reflectRows(left.data, left.columns, 0, columns, k * n + k, n, m - k, k, scales[k]);
  for (let k = n - 2; k >= 0; k--)
    reflectRows(right.data, n, 0, rowVectors, (k + 1) * n + k, n, n - k - 1, k + 1, rowScales[k]);
  return { diagonal, beside, left, right };
}

/** Reflects the rows from `from` on by the vector in column k of `vectors`, which is zero up to row k. */
function reflectColumns(
  data: Float64Array,
  n: number,
  { from, rows }: { readonly from: number; readonly rows: number },
  vectors: Float64Array,
  k: number,
  scale: number,
): void {
  for (let i = from; i < rows; i++) {
    let sum = 0;
    for (let j = k + 1; j < n; j++) sum += data[i * n + j] * vectors[j * n + k];
    sum *= scale;
    for (let j = k + 1; j < n; j++) data[i * n + j] -= sum * vectors[j * n + k];
  }
}

function unitColumns(rows: number, columns: number): Dense {
  const result = zeroMatrix(rows, columns);
  for (let i = 0; i < Math.min(rows, columns); i++) result.data[i * columns + i] = 1;
  return result;
}

const EPSILON = 2 ** -53;
/** Relative precision of the values. */
const TOLERANCE = EPSILON ** (7 / 8);
const STEPS_PER_VALUE = 6;

/** Makes B diagonal in place, and turns the columns of both sides along. */
function diagonalize(b: Bidiagonal): void {
  const { diagonal: d, beside: e } = b;
  const n = d.length;
  if (n === 1) {
    if (isNegative(d[0])) negateColumn(b.left, 0);
    d[0] = Math.abs(d[0]);
    return;
  }
  const threshold = Math.max(TOLERANCE * smallestEstimate(d, e), STEPS_PER_VALUE * n * n * 2 ** -1022);
  let previous = { first: -1, last: -1, step: 1 };
  let budget = STEPS_PER_VALUE * n * n;
  for (let last = n - 1; last > 0; ) {
    let first = last;
    while (first > 0 && Math.abs(e[first - 1]) > threshold) first--;
    if (first > 0) e[first - 1] = 0;
    if (first === last) {
      last--;
    } else if (first === last - 1) {
      diagonalizePair(b, first);
      last -= 2;
    } else {
      const isNew = first > previous.last || last < previous.first;
      const step = isNew ? (Math.abs(d[first]) >= Math.abs(d[last]) ? 1 : -1) : previous.step;
      const smallest = dropNegligible(d, e, { first, last, step });
      previous = { ...previous, step };
      if (smallest === null) continue;
      previous = { first, last, step };
      budget -= last - first;
      if (budget < 0) throw new LinAlgError(`SVD did not converge; B is ${n}×${n}`);
      sweep(b, { first, last, step }, smallest, threshold);
    }
  }
  d.forEach((value, i) => {
    if (!isNegative(value)) return;
    d[i] = -value;
    negateColumn(b.right, i);
  });
}

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}

function negateColumn({ rows, columns, data }: Dense, j: number): void {
  for (let i = 0; i < rows; i++) data[i * columns + j] *= -1;
}

/** A lower bound of the smallest singular value, but for a factor of the order of 1. */
function smallestEstimate(d: Float64Array, e: Float64Array): number {
  let bound = Math.abs(d[0] ?? 0);
  let smallest = bound;
  for (let i = 1; i < d.length && smallest > 0; i++) {
    bound = Math.abs(d[i]) * (bound / (bound + Math.abs(e[i - 1])));
    smallest = Math.min(smallest, bound);
  }
  return smallest / Math.sqrt(d.length);
}

/** Rows of B, and whether steps go from the first to the last row or back. */
interface Block {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Sets an element to zero that changes no value noticeably, and gives null; else a bound of the smallest value. */
function dropNegligible(d: Float64Array, e: Float64Array, { first, last, step }: Block): number | null {
  const [start, end] = step > 0 ? [first, last] : [last, first];
  const before = (i: number) => (step > 0 ? i - 1 : i);
  if (Math.abs(e[before(end)]) <= TOLERANCE * Math.abs(d[end])) {
    e[before(end)] = 0;
    return null;
  }
  let bound = Math.abs(d[start]);
  let smallest = bound;
  for (let i = start + step; i !== end + step; i += step) {
    if (Math.abs(e[before(i)]) <= TOLERANCE * bound) {
      e[before(i)] = 0;
      return null;
    }
    bound = Math.abs(d[i]) * (bound / (bound + Math.abs(e[before(i)])));
    smallest = Math.min(smallest, bound);
  }
  return smallest;
}

/** One step over a block. */
function sweep(b: Bidiagonal, block: Block, smallest: number, threshold: number): void {
  const { first, last, step } = block;
  const { diagonal: d, beside: e } = b;
  let largest = 0;
  for (let i = first; i <= last; i++) largest = Math.max(largest, Math.abs(d[i]), i < last ? Math.abs(e[i]) : 0);
  const [start, end] = step > 0 ? [first, last] : [last, first];
  const hasTiny = d.length * TOLERANCE * (smallest / largest) <= Math.max(EPSILON, 0.01 * TOLERANCE);
  const corner = step > 0 ? last - 1 : first;
  const wanted = hasTiny ? 0 : smallerOfPair(d[corner], e[corner], d[corner + 1]);
  const shift = d[start] !== 0 && (wanted / d[start]) ** 2 < EPSILON ? 0 : wanted;
  if (shift === 0) unshiftedSweep(b, start, end, step);
  else shiftedSweep(b, start, end, step, shift);
  const final = step > 0 ? last - 1 : first;
  if (Math.abs(e[final]) <= threshold) e[final] = 0;
}

/** Going back through B is going forward through the transposed of the reversed B: the sides change places. */
function sides({ left, right }: Bidiagonal, step: number): { readonly near: Dense; readonly far: Dense } {
  return step > 0 ? { near: right, far: left } : { near: left, far: right };
}

function unshiftedSweep(b: Bidiagonal, start: number, end: number, step: number): void {
  const { diagonal: d, beside: e } = b;
  const { near, far } = sides(b, step);
  const after = (i: number) => (step > 0 ? i : i - 1);
  let inner = { c: 1, s: 0, r: 0 };
  let outer = { c: 1, s: 0, r: 0 };
  for (let i = start; i !== end; i += step) {
    inner = planeRotation(d[i] * inner.c, e[after(i)]);
    if (i !== start) e[after(i - step)] = outer.s * inner.r;
    outer = planeRotation(outer.c * inner.r, d[i + step] * inner.s);
    d[i] = outer.r;
    rotateColumns(near, Math.min(i, i + step), inner.c, step * inner.s);
    rotateColumns(far, Math.min(i, i + step), outer.c, step * outer.s);
  }
  const rest = d[end] * inner.c;
  d[end] = rest * outer.c;
  e[after(end - step)] = rest * outer.s;
}

function shiftedSweep(b: Bidiagonal, start: number, end: number, step: number, shift: number): void {
  const { diagonal: d, beside: e } = b;
  const { near, far } = sides(b, step);
  const after = (i: number) => (step > 0 ? i : i - 1);
  let f = (Math.abs(d[start]) - shift) * ((isNegative(d[start]) ? -1 : 1) + shift / d[start]);
  let g = e[after(start)];
  for (let i = start; i !== end; i += step) {
    const at = after(i);
    const next = i + step;
    const inner = planeRotation(f, g);
    if (i !== start) e[after(i - step)] = inner.r;
    f = inner.c * d[i] + inner.s * e[at];
    e[at] = inner.c * e[at] - inner.s * d[i];
    g = inner.s * d[next];
    d[next] *= inner.c;
    const outer = planeRotation(f, g);
    d[i] = outer.r;
    f = outer.c * e[at] + outer.s * d[next];
    d[next] = outer.c * d[next] - outer.s * e[at];
    if (next !== end) {
      g = outer.s * e[after(next)];
      e[after(next)] *= outer.c;
    }
    rotateColumns(near, Math.min(i, next), inner.c, step * inner.s);
    rotateColumns(far, Math.min(i, next), outer.c, step * outer.s);
  }
  e[after(end - step)] = f;
}

/** The smaller singular value of [[f, g], [0, h]]. */
function smallerOfPair(f: number, g: number, h: number): number {
  const small = Math.min(Math.abs(f), Math.abs(h));
  const large = Math.max(Math.abs(f), Math.abs(h));
  if (small === 0) return 0;
  const [sum, difference, beside] = [1 + small / large, (large - small) / large, Math.abs(g) / large];
  return (small * 2) / (Math.hypot(sum, beside) + Math.hypot(difference, beside));
}

/** Diagonalizes rows j and j + 1, which stand alone. */
function diagonalizePair({ diagonal: d, beside: e, left, right }: Bidiagonal, j: number): void {
  const pair = pairRotations(d[j], e[j], d[j + 1]);
  d[j] = pair.larger;
  d[j + 1] = pair.smaller;
  e[j] = 0;
  rotateColumns(right, j, pair.right.c, pair.right.s);
  rotateColumns(left, j, pair.left.c, pair.left.s);
}

const signOf = (x: number): 1 | -1 => (isNegative(x) ? -1 : 1);

/** The rotations that make [[f, g], [0, h]] diagonal, and its signed singular values; the larger one comes first. */
function pairRotations(f: number, g: number, h: number) {
  const isSwapped = Math.abs(h) > Math.abs(f);
  const [top, bottom] = isSwapped ? [h, f] : [f, h];
  const [fa, ga, ha] = [Math.abs(top), Math.abs(g), Math.abs(bottom)];
  const pair = ga === 0 ? { larger: fa, smaller: ha, cl: 1, sl: 0, cr: 1, sr: 0 } : turnedPair(top, g, bottom);
  const { cl, sl, cr, sr } = pair;
  const own = isSwapped ? { cl: sr, sl: cr, cr: sl, sr: cl } : { cl, sl, cr, sr };
  const sign =
    ga > fa
      ? signOf(own.sr) * signOf(own.cl) * signOf(g)
      : isSwapped
        ? signOf(own.sr) * signOf(own.sl) * signOf(h)
        : signOf(own.cr) * signOf(own.cl) * signOf(f);
  return {
    larger: sign * pair.larger,
    smaller: sign * signOf(f) * signOf(h) * pair.smaller,
    left: { c: own.cl, s: own.sl },
    right: { c: own.cr, s: own.sr },
  };
}

/** For |f| ≥ |h| and g that is not 0. */
function turnedPair(f: number, g: number, h: number) {
  const [fa, ga, ha] = [Math.abs(f), Math.abs(g), Math.abs(h)];
  if (fa / ga < EPSILON)
    return { larger: ga, smaller: ha > 1 ? fa / (ga / ha) : (fa / ga) * ha, cl: 1, sl: h / g, cr: f / g, sr: 1 };
  const gap = fa - ha;
  const l = gap === fa ? 1 : gap / fa;
  const ratio = g / f;
  const s = Math.hypot(2 - l, ratio);
  const r = l === 0 ? Math.abs(ratio) : Math.hypot(l, ratio);
  const a = 0.5 * (s + r);
  let t = (ratio / (s + 2 - l) + ratio / (r + l)) * (1 + a);
  if (ratio * ratio === 0) t = l === 0 ? 2 * signOf(f) * signOf(g) : g / (signOf(f) * gap) + ratio / (2 - l);
  const length = Math.hypot(t, 2);
  const [cr, sr] = [2 / length, t / length];
  return { larger: fa * a, smaller: ha / a, cl: (cr + sr * ratio) / a, sl: ((h / f) * sr) / a, cr, sr };
}

function sortDescending({ diagonal, left, right }: Bidiagonal): void {
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i]);
  const values = diagonal.slice();
  const [ofLeft, ofRight] = [left.data.slice(), right.data.slice()];
  order.forEach((from, to) => {
    diagonal[to] = values[from];
    for (let i = 0; i < left.rows; i++) left.data[i * left.columns + to] = ofLeft[i * left.columns + from];
    for (let i = 0; i < right.rows; i++) right.data[i * right.columns + to] = ofRight[i * right.columns + from];
  });
}
