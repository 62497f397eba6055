/** The matrix exponential. */
import type { NDArray } from "../../array/ndarray.ts";
import { Apply } from "../../graph/apply.ts";
import type { TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient } from "../../graph/op.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { transpose } from "../dimshuffle.ts";
import { zerosLike } from "../elemwise.ts";
import { slice } from "../indexing.ts";
import { join } from "../join.ts";
import { shapeI } from "../shape.ts";
import { subtensor } from "../subtensor.ts";
import { type Dense, identity, product, solveGeneral } from "./decompositions.ts";
import { fromDense, MatrixOp, squareInput, toSquare } from "./matrixop.ts";

/** I + A + A²/2! + A³/3! + … of a square matrix. */
export class Expm extends MatrixOp {
  constructor() {
    super("Expm");
  }

  /** @throws AssertionError unless the input is a matrix; ValueError when it is known not to be square. */
  apply(x: TensorLike): Apply {
    const input = squareInput(this, x);
    return new Apply(this, [input], [input.type]);
  }

  override perform(node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [fromDense(exponential(toSquare(this, x)), node.out.dtype)];
  }

  override inferShape(_node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return inputs;
  }

  /** The upper right block of exp([[Aᵀ, G], [0, Aᵀ]]) (N. Higham, Functions of Matrices, 2008, eq. 3.16). */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED];
    const a = transpose(node.inputs[0]);
    const blocks = join(0, join(1, a, g), join(1, zerosLike(a), a));
    const n = shapeI(a, 0);
    return [subtensor(expm(blocks), slice(null, n), slice(n, null))];
  }
}

/** Padé coefficients of degree 13, and the 1-norm up to which they are good (N. Higham, SIMAX 26, 2005, table 2.3). */
const PADE = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
];
const PADE_NORM = 5.371920351148152;

/** Scaling and squaring: exp(A) = exp(A/2ˢ)^(2ˢ). */
function exponential(a: Dense): Dense {
  const norm = norm1(a);
  if (!Number.isFinite(norm)) return notANumber(a);
  const squarings = Math.max(0, Math.ceil(Math.log2(norm / PADE_NORM)));
  let result = pade(combined([[2 ** -squarings, a]]));
  for (let i = 0; i < squarings; i++) result = product(result, result);
  return result;
}

function notANumber({ rows, columns, data }: Dense): Dense {
  return { rows, columns, data: data.map(() => Number.NaN) };
}

/** The quotient of polynomials p(A)/p(-A), of even part V and odd part U. */
function pade(a: Dense): Dense {
  const one = identity(a.rows);
  const a2 = product(a, a);
  const a4 = product(a2, a2);
  const a6 = product(a4, a2);
  const polynomial = (first: 0 | 1): Dense => {
    const [c0, c2, c4, c6, c8, c10, c12] = PADE.filter((_, power) => power % 2 === first);
    const high = product(
      a6,
      combined([
        [c12, a6],
        [c10, a4],
        [c8, a2],
      ]),
    );
    return combined([
      [1, high],
      [c6, a6],
      [c4, a4],
      [c2, a2],
      [c0, one],
    ]);
  };
  const odd = product(a, polynomial(1));
  const even = polynomial(0);
  return solveGeneral(
    combined([
      [1, even],
      [-1, odd],
    ]),
    combined([
      [1, even],
      [1, odd],
    ]),
  );
}

/** The sum of matrices with factors. */
function combined(terms: readonly (readonly [factor: number, matrix: Dense])[]): Dense {
  const [[, { rows, columns }]] = terms;
  const data = new Float64Array(rows * columns);
  for (const [factor, matrix] of terms) for (let i = 0; i < data.length; i++) data[i] += factor * matrix.data[i];
  return { rows, columns, data };
}

/** The largest sum of absolute values of a column. */
function norm1({ columns, data }: Dense): number {
  const sums = new Float64Array(columns);
  data.forEach((value, at) => {
    sums[at % columns] += Math.abs(value);
  });
  return sums.reduce((largest, sum) => (sum > largest || Number.isNaN(sum) ? sum : largest), 0);
}

/** The exponential of a square matrix. @throws AssertionError unless it is a matrix. */
export function expm(x: TensorLike): TensorVariable {
  return new Expm().apply(x).out;
}
