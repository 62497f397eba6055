/** Questions that rewrites ask about variables, and the making of replacements that fit. */
import { castScalar, type DType, isDiscrete, type Scalar } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import type { Apply } from "../graph/apply.ts";
import { constant } from "../graph/constant.ts";
import { floatX } from "../graph/floatx.ts";
import { TensorConstant, type TensorVariable, type Variable } from "../graph/variable.ts";
import { cast } from "../ops/cast.ts";
import { DimShuffle } from "../ops/dimshuffle.ts";
import { applyElemwise, Elemwise } from "../ops/elemwise.ts";
import { type ScalarOpName, signatureOf } from "../scalar/table.ts";

/** The scalar op of an Elemwise node, else null. */
export function scalarNameOf(node: Apply | null): ScalarOpName | null {
  return node !== null && node.op instanceof Elemwise ? node.op.scalarName : null;
}

/** The inputs of the node that computes `variable`, when that is the Elemwise of `name`; else null. */
export function inputsOf(variable: Variable, name: ScalarOpName): readonly Variable[] | null {
  return scalarNameOf(variable.owner) === name ? (variable.owner?.inputs ?? null) : null;
}

/**
 * The one value of all elements of `variable`, when it is known while the graph is built: a constant of one element, also
 * behind dimension shuffles, fills, copies and casts. Else null.
 */
export function scalarValue(variable: Variable): Scalar | null {
  const casts: DType[] = [];
  for (let v: Variable | null = variable; v !== null; v = sameValue(v)) {
    if (v instanceof TensorConstant)
      return v.value.size === 1 ? casts.reduceRight<Scalar>(castScalar, v.value.item()) : null;
    casts.push(v.dtype);
  }
  return null;
}

/** The input whose elements, cast to the dtype of `variable`, are those of `variable`; null when there is none. */
function sameValue({ owner }: Variable): Variable | null {
  if (owner === null) return null;
  if (owner.op instanceof DimShuffle) return owner.inputs[0];
  const name = scalarNameOf(owner);
  if (name === "second") return owner.inputs[1];
  return name === "identity" || name?.startsWith("cast_") ? owner.inputs[0] : null;
}

/** As `scalarValue`, as a JavaScript number; null too where that would lose digits. */
export function numberValue(variable: Variable): number | null {
  const value = scalarValue(variable);
  if (value === null) return null;
  const number = Number(value);
  return typeof value === "bigint" && BigInt(number) !== value ? null : number;
}

/** A constant without dimensions. */
export function scalarConstant(value: Scalar, dtype: DType): TensorConstant {
  return constant(NDArray.scalar(castScalar(value, dtype), dtype));
}

/**
 * `value` as a replacement of `out`: cast to its dtype, and filled to the dimensions of the models where it has fewer.
 * Null when it still has another type.
 */
export function conform(value: TensorVariable, out: Variable, models: readonly Variable[]): Variable | null {
  let result = cast(value, out.dtype);
  for (const model of models) {
    if (result.type.equals(out.type)) break;
    result = applyElemwise("second", model, result);
  }
  return result.type.equals(out.type) ? result : null;
}

/** `replacement` where it has the type of the node's output, else null. */
export function ifSameType(replacement: Variable, node: Apply): Variable | null {
  return replacement.type.equals(node.out.type) ? replacement : null;
}

/** `x` in the dtype in which functions of it are computed: integers, whose sign may wrap around, as floats. */
export function asFloat(x: Variable): Variable {
  return isDiscrete(x.dtype) ? cast(x, signatureOf("exp", [x.dtype], floatX()).output) : x;
}
