/** `T.nlinalg` and `T.slinalg`: what Theano takes from NumPy's and from SciPy's linear algebra. */
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { diag, extractDiag } from "../diagonal.ts";
import { matrixDot } from "../dot.ts";
import { cholesky } from "./cholesky.ts";
import { eig, eigh, eigvalsh } from "./eigen.ts";
import { expm } from "./expm.ts";
import { lstsq, qr, svd } from "./factor.ts";
import { det, matrixInverse, matrixPower, pinv, slogdet, tensorinv, tensorsolve, trace } from "./inverse.ts";
import { kron, norm } from "./norm.ts";
import { solve, solveLowerTriangular, solveSymmetric, solveUpperTriangular } from "./solve.ts";

/** The square matrix that has a vector on its main diagonal. @throws TypeError for other tensors. */
function allocDiag(x: TensorLike): TensorVariable {
  const input = asTensor(x);
  if (input.ndim !== 1) throw new TypeError(`allocDiag takes a vector, got ${input} of type ${input.type}.`);
  return diag(input);
}

/** Inverses, determinants, eigenvalues, factorizations, norms. */
export const nlinalg = {
  matrixInverse,
  pinv,
  det,
  slogdet,
  eig,
  eigh,
  qr,
  svd,
  lstsq,
  matrixPower,
  matrixDot,
  norm,
  trace,
  tensorinv,
  tensorsolve,
  allocDiag,
  extractDiag,
  diag,
};

/** Cholesky factors, systems of equations, matrix functions. */
export const slinalg = {
  cholesky,
  solve,
  solveLowerTriangular,
  solveUpperTriangular,
  solveSymmetric,
  eigvalsh,
  expm,
  kron,
};
