/** Rewrites that recognize the routines of BLAS: products of matrices and vectors, with factors and summands. */
import { type DType, isComplex, isDiscrete, isFloat, upcast } from "../array/dtype.ts";
import { Apply } from "../graph/apply.ts";
import type { FunctionGraph } from "../graph/fgraph.ts";
import type { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { alloc } from "../ops/alloc.ts";
import { AllocEmpty } from "../ops/allocempty.ts";
import { Dot22, Dot22Scalar, Gemm, Gemv, Ger } from "../ops/blas.ts";
import { cast } from "../ops/cast.ts";
import { DimShuffle, dimshuffle, transpose } from "../ops/dimshuffle.ts";
import { Dot } from "../ops/dot.ts";
import { applyElemwise, elemwise } from "../ops/elemwise.ts";
import { lengthConstant } from "../ops/infershape.ts";
import { inputsOf, numberValue, scalarConstant } from "./inspect.ts";
import { nodeRewrite } from "./rewrite.ts";
import { lengthsIn } from "./shapes.ts";

const DOT22 = new Dot22();
const GEMM = new Gemm();
const GEMV = new Gemv();
const GER = new Ger();

/**
 * The same variable under a type that knows other lengths; null when dtype or broadcasting differ, so that it cannot stand
 * in for a variable of that type.
 */
export function ofType(variable: TensorVariable, type: TensorType): Variable | null {
  if (variable.type.equals(type)) return variable;
  const { owner } = variable;
  const sameKind =
    variable.dtype === type.dtype &&
    variable.ndim === type.ndim &&
    variable.broadcastable.every((repeats, axis) => repeats === type.broadcastable[axis]);
  return sameKind && owner !== null ? new Apply(owner.op, owner.inputs, [type], owner.origin).out : null;
}

/** Products of vectors and matrices of one float dtype → the product of two matrices. */
export const localDotToDot22 = nodeRewrite("local_dot_to_dot22", ["Dot"], (node) => {
  if (!(node.op instanceof Dot)) return null;
  const [x, y] = node.inputs;
  if (!isFloat(x.dtype) && !isComplex(x.dtype)) return null;
  const left = x.ndim === 1 ? dimshuffle(x, ["x", 0]) : x;
  const right = y.ndim === 1 ? dimshuffle(y, [0, "x"]) : y;
  const kept = [...(x.ndim === 2 ? [0] : []), ...(y.ndim === 2 ? [1] : [])];
  return ofType(dimshuffle(DOT22.apply(left, right).out, kept), node.out.type);
});

/** A product with a row, a column, or both → a matrix times a vector, or the outer product of two vectors. */
export const localDot22ToGerOrGemv = nodeRewrite("local_dot22_to_ger_or_gemv", ["Dot22"], (node, fgraph) => {
  const [x, y] = node.inputs;
  const { dtype } = x;
  const [one, zero] = [scalarConstant(1, dtype), scalarConstant(0, dtype)];
  const [[xRow, xColumn], [yRow, yColumn]] = [x.broadcastable, y.broadcastable];
  const times = (matrix: Variable, vector: Variable, length: Variable): TensorVariable =>
    GEMV.apply(new AllocEmpty(dtype).apply(length).out, one, matrix, vector, zero).out;
  const result = (): TensorVariable | null => {
    if (xColumn && yRow)
      return GER.apply(zerosOf(dtype, x, y, fgraph), one, dimshuffle(x, [0]), dimshuffle(y, [1])).out;
    if (xRow && yColumn) return dimshuffle(times(transpose(y), dimshuffle(x, [1]), lengthConstant(1)), ["x", 0]);
    if (xRow && !yRow && !yColumn)
      return dimshuffle(times(transpose(y), dimshuffle(x, [1]), lengthsIn(fgraph, y)[1]), ["x", 0]);
    if (!xRow && !xColumn && yColumn)
      return dimshuffle(times(x, dimshuffle(y, [0]), lengthsIn(fgraph, x)[0]), [0, "x"]);
    return null;
  };
  const found = result();
  return found === null ? null : ofType(found, node.out.type);
});

function zerosOf(dtype: DType, x: Variable, y: Variable, fgraph: FunctionGraph): TensorVariable {
  return alloc(scalarConstant(0, dtype), lengthsIn(fgraph, x)[0], lengthsIn(fgraph, y)[1]);
}

/** b · z + a · x · y of a row or a column → the same of vectors and a matrix. */
export const localGemmToGemv = nodeRewrite("local_gemm_to_gemv", [GEMM.key], (node) => {
  const [z, a, x, y, b] = node.inputs;
  const isKind = (v: Variable, isRow: boolean): boolean => v.broadcastable[0] === isRow && v.broadcastable[1] !== isRow;
  if (isKind(z, true) && isKind(x, true)) {
    const row = GEMV.apply(dimshuffle(z, [1]), a, transpose(y), dimshuffle(x, [1]), b).out;
    return ofType(dimshuffle(row, ["x", 0]), node.out.type);
  }
  if (isKind(z, false) && isKind(y, false)) {
    const column = GEMV.apply(dimshuffle(z, [0]), a, x, dimshuffle(y, [0]), b).out;
    return ofType(dimshuffle(column, [0, "x"]), node.out.type);
  }
  return null;
});

/** z + a · x · y of a column x and a row y → the outer product of two vectors added to z. */
export const localGemmToGer = nodeRewrite("local_gemm_to_ger", [GEMM.key], (node, fgraph) => {
  const [z, a, x, y, b] = node.inputs;
  const factor = numberValue(b);
  if (!x.broadcastable[1] || !y.broadcastable[0] || (factor !== 1 && factor !== 0)) return null;
  const summand = factor === 1 ? z : zerosOf(x.dtype, x, y, fgraph);
  return ofType(GER.apply(summand, a, dimshuffle(x, [0]), dimshuffle(y, [1])).out, node.out.type);
});

/** A variable of one element as a number of `dtype`; null where it has more elements, or would widen the dtype. */
function asNumber(variable: Variable, dtype: DType): TensorVariable | null {
  if (!variable.broadcastable.every((repeats) => repeats)) return null;
  let inner = variable;
  while (inner.owner?.op instanceof DimShuffle) inner = inner.owner.inputs[0];
  if (upcast(inner.dtype, dtype) !== dtype) return null;
  const number = inner.ndim === 0 ? inner : dimshuffle(inner, []);
  return isDiscrete(inner.dtype) ? cast(number, dtype) : number;
}

/** A product of a number and a product of matrices → one node; what else is multiplied stays. */
export const localDot22ToDot22scalar = nodeRewrite("local_dot22_to_dot22scalar", [elemwise("mul").key], (node) => {
  const { inputs, out } = node;
  const at = inputs.findIndex((x) => x.owner?.op instanceof Dot22);
  const product = inputs[at]?.owner;
  if (product === undefined || product === null) return null;
  const { dtype } = product.out;
  const others = inputs.filter((_, i) => i !== at);
  const found = takeNumber(others, dtype) ?? takeNestedNumber(others, dtype);
  if (found === null) return null;
  const scaled = new Dot22Scalar().apply(product.inputs[0], product.inputs[1], cast(found.number, dtype)).out;
  const result = found.rest.length === 0 ? scaled : applyElemwise("mul", scaled, ...found.rest);
  return ofType(result, out.type);
});

/** A number among factors, and the other factors. */
interface Taken {
  readonly number: TensorVariable;
  readonly rest: readonly Variable[];
}

function takeNumber(factors: readonly Variable[], dtype: DType): Taken | null {
  for (const [i, factor] of factors.entries()) {
    const number = asNumber(factor, dtype);
    if (number !== null) return { number, rest: factors.toSpliced(i, 1) };
  }
  return null;
}

/** As `takeNumber`, one product further in. */
function takeNestedNumber(factors: readonly Variable[], dtype: DType): Taken | null {
  for (const [i, factor] of factors.entries()) {
    const inner = inputsOf(factor, "mul");
    const taken = inner === null ? null : takeNumber(inner, dtype);
    if (taken !== null) return { number: taken.number, rest: [...factors.toSpliced(i, 1), ...taken.rest] };
  }
  return null;
}
