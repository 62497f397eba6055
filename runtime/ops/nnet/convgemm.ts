/** Products of matrices in typed arrays, for convolutions: the factors lie in larger arrays, and may be transposed. */

/** Where a matrix lies: element (i, j) is at `start + i·row + j·column`. */
export interface MatrixView {
  readonly data: Float64Array;
  readonly start: number;
  readonly row: number;
  readonly column: number;
}

/**
 * Adds the product of `a` (m×k) and `b` (k×n) to `c` (m×n). Blocks of 4×2 elements are summed in registers, so that each
 * loaded element is used several times.
 */
export function addProduct(m: number, n: number, k: number, a: MatrixView, b: MatrixView, c: MatrixView): void {
  const wholeRows = m - (m % 4);
  const wholeColumns = n - (n % 2);
  for (let j = 0; j < wholeColumns; j += 2) for (let i = 0; i < wholeRows; i += 4) addBlock(i, j, k, a, b, c);
  if (wholeColumns < n) addElements(0, wholeRows, wholeColumns, n, k, a, b, c);
  if (wholeRows < m) addElements(wholeRows, m, 0, n, k, a, b, c);
}

function addBlock(i: number, j: number, k: number, a: MatrixView, b: MatrixView, c: MatrixView): void {
  const [left, right, sums] = [a.data, b.data, c.data];
  const { row, column } = a;
  const down = b.row;
  let p = a.start + i * row;
  let q = b.start + j * b.column;
  const next = b.column;
  let c00 = 0;
  let c01 = 0;
  let c10 = 0;
  let c11 = 0;
  let c20 = 0;
  let c21 = 0;
  let c30 = 0;
  let c31 = 0;
  for (let l = 0; l < k; l++) {
    const b0 = right[q];
    const b1 = right[q + next];
    const a0 = left[p];
    const a1 = left[p + row];
    const a2 = left[p + 2 * row];
    const a3 = left[p + 3 * row];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c30 += a3 * b0;
    c31 += a3 * b1;
    p += column;
    q += down;
  }
  const at = c.start + i * c.row + j * c.column;
  sums[at] += c00;
  sums[at + c.column] += c01;
  sums[at + c.row] += c10;
  sums[at + c.row + c.column] += c11;
  sums[at + 2 * c.row] += c20;
  sums[at + 2 * c.row + c.column] += c21;
  sums[at + 3 * c.row] += c30;
  sums[at + 3 * c.row + c.column] += c31;
}

/** What is left beside the blocks: rows from `top` to `bottom`, columns from `left` to `right`. */
function addElements(
  top: number,
  bottom: number,
  left: number,
  right: number,
  k: number,
  a: MatrixView,
  b: MatrixView,
  c: MatrixView,
): void {
  for (let i = top; i < bottom; i++)
    for (let j = left; j < right; j++) {
      let p = a.start + i * a.row;
      let q = b.start + j * b.column;
      let sum = 0;
      for (let l = 0; l < k; l++) {
        sum += a.data[p] * b.data[q];
        p += a.column;
        q += b.row;
      }
      c.data[c.start + i * c.row + j * c.column] += sum;
    }
}
