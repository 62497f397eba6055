import { expect, test } from "vitest";
import { LinAlgError } from "../../base/errors.ts";
import {
  cholesky,
  type Dense,
  determinant,
  identity,
  inverse,
  orthogonalFactor,
  product,
  qrFactorize,
  signAndLogDeterminant,
  solveTriangular,
  transposed,
  triangularFactor,
} from "./decompositions.ts";
import { generalEigen } from "./general.ts";
import { singularValues } from "./singular.ts";
import { symmetricEigen } from "./symmetric.ts";

/** Numbers without pattern. */
function scattered(rows: number, columns = rows, seed = 1): Dense {
  const data = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(1e4 * Math.sin(i + 10 * seed)));
  return { rows, columns, data };
}

function diagonal(values: Float64Array): Dense {
  const result = identity(values.length);
  values.forEach((value, i) => {
    result.data[i * values.length + i] = value;
  });
  return result;
}

function expectClose(a: Dense, b: Dense): void {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns]);
  a.data.forEach((value, i) => {
    expect(value).toBeCloseTo(b.data[i], 10);
  });
}

function expectOrthonormalColumns(q: Dense): void {
  expectClose(product(transposed(q), q), identity(q.columns));
}

const SIZES = [0, 1, 2, 3, 5, 8, 20];
const SHAPES = [
  [1, 1],
  [3, 1],
  [1, 3],
  [4, 4],
  [7, 4],
  [4, 7],
  [20, 3],
  [0, 2],
] as const;

test.each(SIZES)("a matrix of %i rows times its inverse is the identity", (n) => {
  const a = scattered(n);
  expectClose(product(a, inverse(a)), identity(n));
});

test.each([
  ["the identity", [1, 0, 0, 1], 1],
  ["rows exchanged", [0, 1, 1, 0], -1],
  ["whole numbers", [1, 2, 3, 4], -2],
  ["a singular matrix", [1, 2, 2, 4], 0],
])("the determinant of %s", (_, data, expected) => {
  const a = { rows: 2, columns: 2, data: Float64Array.from(data) };
  expect(determinant(a)).toBeCloseTo(expected, 14);
  const [sign, logarithm] = signAndLogDeterminant(a);
  expect(sign * Math.exp(logarithm)).toBeCloseTo(expected, 14);
});

test.each(SIZES)("the Cholesky factor of %i rows, squared, is the matrix", (n) => {
  const root = scattered(n);
  const a = product(root, transposed(root));
  a.data.forEach((_, i) => {
    if (i % (n + 1) === 0) a.data[i] += 1;
  });
  const l = cholesky(a);
  expectClose(product(l, transposed(l)), a);
  expectClose(solveTriangular(l, l, { lower: true }), identity(n));
});

test("what is singular or not positive definite is refused", () => {
  const singular = { rows: 2, columns: 2, data: Float64Array.of(1, 2, 2, 4) };
  expect(() => inverse(singular)).toThrow(LinAlgError);
  expect(() => inverse(singular)).toThrow(
    "Singular matrix: elimination of the 2×2 matrix meets a zero pivot in column 1",
  );
  expect(() => cholesky({ rows: 2, columns: 2, data: Float64Array.of(1, 2, 2, 1) })).toThrow(
    "2-th leading minor of the array is not positive definite",
  );
  const nilpotent = { rows: 2, columns: 2, data: Float64Array.of(0, 0, 1, 0) };
  expect(() => solveTriangular(nilpotent, nilpotent, { lower: true })).toThrow("resolution failed at diagonal 0");
  expect(() => symmetricEigen(diagonal(Float64Array.of(1, Number.NaN)))).toThrow("holds NaN or infinities");
  expect(() => singularValues(diagonal(Float64Array.of(1, Infinity)))).toThrow("holds NaN or infinities");
});

test.each(SHAPES)("Q times R of %i×%i is the matrix, and R's diagonal has LAPACK's signs", (m, n) => {
  const a = scattered(m, n);
  const factors = qrFactorize(a);
  const q = orthogonalFactor(factors, m);
  const r = triangularFactor(factors, m);
  expectOrthonormalColumns(q);
  expectClose(product(q, r), a);
  if (m > 1 && n > 0) expect(Math.sign(r.data[0])).toBe(-Math.sign(a.data[0]));
  for (let i = 1; i < m; i++) for (let j = 0; j < Math.min(i, n); j++) expect(r.data[i * n + j]).toBe(0);
});

test.each(SHAPES)("U times the singular values times V of %i×%i is the matrix", (m, n) => {
  const a = scattered(m, n);
  const { left, values, right } = singularValues(a);
  expectClose(product(product(left, diagonal(values)), right), a);
  expectOrthonormalColumns(left);
  expectOrthonormalColumns(transposed(right));
  const full = singularValues(a, true);
  expect([full.left.columns, full.right.rows]).toEqual([m, n]);
  expectOrthonormalColumns(full.left);
  expectOrthonormalColumns(transposed(full.right));
  expect([...values]).toEqual([...values].sort((x, y) => y - x));
  expect(values.every((value) => value >= 0)).toBe(true);
});

test.each([
  ["zeros", [0, 0, 0, 0, 0, 0, 0, 0, 0], 0],
  ["rank 1", [1, 2, 3, 2, 4, 6, 3, 6, 9], 1],
  ["a zero on the diagonal", [0, 1, 0, 0, 0, 1, 0, 0, 2], 2],
  ["the identity", [1, 0, 0, 0, 1, 0, 0, 0, 1], 3],
  ["numbers of very different size", [1e-170, 1, 0, 0, 1e170, 1, 1, 0, 1e-9], 3],
])("singular values of %s", (_, numbers, rank) => {
  const a = { rows: 3, columns: 3, data: Float64Array.from(numbers) };
  const { left, values, right } = singularValues(a);
  expectOrthonormalColumns(left);
  expectOrthonormalColumns(transposed(right));
  const largest = Math.max(values[0], Number.MIN_VALUE);
  const back = product(product(left, diagonal(values)), right);
  back.data.forEach((value, i) => {
    expect(Math.abs(value - numbers[i]) / largest).toBeLessThan(1e-14);
  });
  if (rank < 3) expect(values[rank] / largest).toBeLessThan(1e-15);
});

test.each(SIZES)("a symmetric matrix of %i rows times its eigenvectors is these times the eigenvalues", (n) => {
  const a = scattered(n);
  for (const lower of [true, false]) {
    const symmetric = {
      ...a,
      data: a.data.map((_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        const isRead = lower ? i >= j : i <= j;
        return isRead ? a.data[at] : a.data[j * n + i];
      }),
    };
    const { values, vectors } = symmetricEigen(a, lower);
    expectOrthonormalColumns(vectors);
    expectClose(product(symmetric, vectors), product(vectors, diagonal(values)));
    expect([...values]).toEqual([...values].sort((x, y) => x - y));
  }
});

test("eigenvalues keep their relative precision at any scale", () => {
  for (const scale of [1e-200, 1e200]) {
    const { values } = symmetricEigen({
      rows: 2,
      columns: 2,
      data: Float64Array.of(2 * scale, scale, scale, 2 * scale),
    });
    expect(values[0] / scale).toBeCloseTo(1, 14);
    expect(values[1] / scale).toBeCloseTo(3, 14);
  }
});

test.each(SIZES)("a matrix of %i rows times its complex eigenvectors is these times the eigenvalues", (n) => {
  const a = scattered(n);
  const { values, vectors } = generalEigen(a);
  const real = product(a, { rows: n, columns: n, data: vectors.real });
  const imaginary = product(a, { rows: n, columns: n, data: vectors.imaginary });
  for (let at = 0; at < n * n; at++) {
    const [re, im] = [values.real[at % n], values.imaginary[at % n]];
    expect(real.data[at]).toBeCloseTo(re * vectors.real[at] - im * vectors.imaginary[at], 10);
    expect(imaginary.data[at]).toBeCloseTo(re * vectors.imaginary[at] + im * vectors.real[at], 10);
  }
});
