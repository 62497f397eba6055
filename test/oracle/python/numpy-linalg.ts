/** Products and small linear algebra of NumPy's arrays, by the schoolbook methods. */
import { isFloat, upcast } from "../../../runtime/array/dtype.ts";
import type { NDArray } from "../../../runtime/array/ndarray.ts";
import { ValueError } from "../../../runtime/base/errors.ts";
import { pyTuple } from "../../../runtime/base/python.ts";
import { arrayOf, elementwise } from "./numpy-elementwise.ts";

/** `np.dot(a, b)`. @throws ValueError when the lengths do not fit. */
export function matrixProduct(a: NDArray, b: NDArray): NDArray {
  if (a.ndim === 0 || b.ndim === 0) return elementwise("*", a, b);
  const inner = a.shape.at(-1) ?? 1;
  const axis = Math.max(0, b.ndim - 2);
  if (b.shape[axis] !== inner)
    throw new ValueError(
      `shapes ${pyTuple(a.shape)} and ${pyTuple(b.shape)} not aligned: ${inner} (dim ${a.ndim - 1}) != ${b.shape[axis]} (dim ${axis})`,
    );
  const others = b.shape.map((_, i) => i).filter((i) => i !== axis);
  const left = [...a.elements()].map(Number);
  const right = [...b.transpose([...others, axis]).elements()].map(Number);
  const rows = inner === 0 ? 0 : left.length / inner;
  const columns = inner === 0 ? 0 : right.length / inner;
  const values = Array.from({ length: rows * columns }, (_, k) => {
    const [i, j] = [Math.floor(k / columns), k % columns];
    let sum = 0;
    for (let n = 0; n < inner; n++) sum += (left[i * inner + n] ?? 0) * (right[j * inner + n] ?? 0);
    return sum;
  });
  return arrayOf(values, upcast(a.dtype, b.dtype), [...a.shape.slice(0, -1), ...others.map((i) => b.shape[i] ?? 1)]);
}

/** The solution of a linear system by elimination with pivoting; several right-hand sides are columns. */
export function solveSystem(a: NDArray, b: NDArray): NDArray {
  const n = a.shape[0] ?? 0;
  const columns = b.ndim === 1 ? 1 : (b.shape[1] ?? 1);
  const matrix = rowsOf(a);
  const right = rowsOf(b.reshape([n, columns]));
  for (let k = 0; k < n; k++) {
    const pivot = indexOfLargest(matrix, k);
    swap(matrix, k, pivot);
    swap(right, k, pivot);
    const top = matrix[k] ?? [];
    if (top[k] === 0) throw new ValueError("Singular matrix");
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = (matrix[i]?.[k] ?? 0) / (top[k] ?? 1);
      matrix[i] = (matrix[i] ?? []).map((x, j) => x - factor * (top[j] ?? 0));
      right[i] = (right[i] ?? []).map((x, j) => x - factor * (right[k]?.[j] ?? 0));
    }
  }
  const values = right.flatMap((row, i) => row.map((x) => x / (matrix[i]?.[i] ?? 1)));
  return arrayOf(values, isFloat(a.dtype) ? a.dtype : "float64", b.shape);
}

/** The determinant by elimination. */
export function determinant(a: NDArray): number {
  const matrix = rowsOf(a);
  let product = 1;
  for (let k = 0; k < matrix.length; k++) {
    const pivot = indexOfLargest(matrix, k);
    if (pivot !== k) product = -product;
    swap(matrix, k, pivot);
    const top = matrix[k] ?? [];
    product *= top[k] ?? 1;
    if (product === 0) return 0;
    for (let i = k + 1; i < matrix.length; i++) {
      const factor = (matrix[i]?.[k] ?? 0) / (top[k] ?? 1);
      matrix[i] = (matrix[i] ?? []).map((x, j) => x - factor * (top[j] ?? 0));
    }
  }
  return product;
}

/** The lower factor of a positive definite matrix. */
export function choleskyFactor(a: NDArray): NDArray {
  const matrix = rowsOf(a);
  const lower = matrix.map((row) => row.map(() => 0));
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      const own = lower[i] ?? [];
      const other = lower[j] ?? [];
      const rest = (row[j] ?? 0) - own.slice(0, j).reduce((sum, x, k) => sum + x * (other[k] ?? 0), 0);
      own[j] = i === j ? Math.sqrt(rest) : rest / (other[j] ?? 1);
    }
  });
  return arrayOf(lower.flat(), "float64", a.shape);
}

function rowsOf(matrix: NDArray): number[][] {
  const columns = matrix.shape[1] ?? 1;
  const values = [...matrix.elements()].map(Number);
  return Array.from({ length: matrix.shape[0] ?? 0 }, (_, i) => values.slice(i * columns, (i + 1) * columns));
}

function indexOfLargest(matrix: readonly (readonly number[])[], k: number): number {
  const column = matrix.map((row) => Math.abs(row[k] ?? 0));
  return column.indexOf(Math.max(...column.slice(k)), k);
}

function swap(rows: number[][], i: number, j: number): void {
  const [first, second] = [rows[i], rows[j]];
  if (first === undefined || second === undefined) return;
  rows[i] = second;
  rows[j] = first;
}
