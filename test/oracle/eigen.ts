/** Eigenvalues of a general matrix have no order, and eigenvectors of length 1 no sign: what they are is the judge. */
import type { NDArray } from "../../runtime/index.ts";

const TOLERANCE = 1e-10;

/** Whether real values are Theano's in some order, and each column of `vectors` has length 1 and A v = λ v. */
export function areEigenpairs(matrix: NDArray, values: NDArray, vectors: NDArray, theirValues: NDArray): boolean {
  const [a, lambdas, v, theirs] = [matrix, values, vectors, theirValues].map((array) =>
    [...array.elements()].map(Number),
  );
  const n = lambdas.length;
  const limit = TOLERANCE * Math.hypot(...a);
  const isSmall = (x: number): boolean => Math.abs(x) <= limit;
  const [ours, expected] = [lambdas, theirs].map((list) => list.toSorted((x, y) => x - y));
  return (
    vectors.dtype === matrix.dtype &&
    v.length === n * n &&
    theirs.length === n &&
    ours.every((lambda, i) => isSmall(lambda - expected[i])) &&
    lambdas.every((lambda, k) => {
      const column = Array.from({ length: n }, (_, i) => v[i * n + k]);
      const residuals = column.map((x, i) => column.reduce((sum, y, j) => sum + a[i * n + j] * y, -lambda * x));
      return residuals.every(isSmall) && Math.abs(Math.hypot(...column) - 1) <= TOLERANCE;
    })
  );
}
