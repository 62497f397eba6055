/** Examples of linear algebra and Fourier transforms. */
import { type NDArray, T, type Variable } from "../../runtime/index.ts";
import { type Example, examplesOf, type Row, scattered } from "./derivatives.ts";

const { nlinalg, slinalg } = T;

/** A matrix far from singular, whose eigenvalues are real and differ. */
function regular(n: number): NDArray {
  const result = scattered([n, n]);
  for (let i = 0; i < n; i++) result.data[i * n + i] = Number(result.data[i * n + i]) + 2 * n + 3 * i;
  return result;
}

const square = [regular(3)];
const system = [regular(3), scattered([3], 2)];
const positiveDefinite = (a: Variable) => T.add(T.dot(a, T.transpose(a)), T.eye(T.shapeI(a, 0)));

const linalg: readonly Row[] = [
  ["inverse", nlinalg.matrixInverse, square],
  ["pseudo-inverse of a tall matrix", (a) => nlinalg.pinv(a.at(T.slice(), T.slice(0, 2))), square],
  ["pseudo-inverse of a wide matrix", (a) => nlinalg.pinv(a.at(T.slice(0, 2))), square],
  ["determinant", nlinalg.det, square],
  ["logarithm of the determinant", (a) => nlinalg.slogdet(a)[1], square],
  ["eigenvalues of a symmetric matrix", (a) => nlinalg.eigh(a)[0], square],
  ["eigenvectors of a symmetric matrix", (a) => nlinalg.eigh(a, { UPLO: "U" })[1], square],
  ["generalized eigenvalues", (a) => slinalg.eigvalsh(a, positiveDefinite(a)), square],
  ["powers", (a) => nlinalg.matrixPower(a, 3), square],
  ["trace", (a) => T.sqr(nlinalg.trace(a)), square],
  ["cholesky", (a) => slinalg.cholesky(positiveDefinite(a)), square],
  ["the upper cholesky", (a) => slinalg.cholesky(positiveDefinite(a), { lower: false }), square],
  ["expm", (a) => slinalg.expm(T.trueDiv(a, 10)), square],
  ["kron", (a) => slinalg.kron(a, T.transpose(a)), [regular(2)]],
  ["solve", (a, b) => slinalg.solve(a, b), system],
  ["solve for several", (a, b) => slinalg.solve(a, b), [regular(3), scattered([3, 2])]],
  ["solve for a lower triangle", slinalg.solveLowerTriangular, system],
  ["solve for an upper triangle", slinalg.solveUpperTriangular, system],
  ["solve for a symmetric matrix", slinalg.solveSymmetric, system],
];

const fourier: readonly Row[] = [
  ["rfft", (x) => T.sqr(T.fft.rfft(x)), [scattered([2, 6])]],
  ["rfft of two dimensions", (x) => T.sqr(T.fft.rfft(x, { norm: "ortho" })), [scattered([1, 3, 4])]],
  ["irfft", (x) => T.sqr(T.fft.irfft(x)), [scattered([2, 4, 2])]],
  ["irfft of odd length", (x) => T.sqr(T.fft.irfft(x, { isOdd: true, norm: "no_norm" })), [scattered([2, 3, 2])]],
];

export const linalgExamples: readonly Example[] = [
  ...examplesOf("linear algebra", linalg),
  ...examplesOf("fourier", fourier),
];
