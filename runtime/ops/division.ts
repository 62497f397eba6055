/** Division and remainder as Python's operators do them. */
import { isComplex, isDiscrete } from "../array/dtype.ts";
import { ComplexError, IntegerDivisionError } from "../base/errors.ts";
import { config } from "../config/index.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { applyElemwise } from "./elemwise.ts";

/**
 * The quotient; of two integers what the flag `int_division` says: the quotient rounded towards minus infinity (`int`),
 * or the true one in floatX.
 * @throws IntegerDivisionError for two integers under `int_division=raise`.
 */
export function divProxy(x: TensorLike, y: TensorLike): TensorVariable {
  const [left, right] = [asTensor(x), asTensor(y)];
  if (!isDiscrete(left.dtype) || !isDiscrete(right.dtype)) return applyElemwise("true_div", left, right);
  switch (config.int_division) {
    case "int":
      return applyElemwise("int_div", left, right);
    case "floatX":
      return applyElemwise("true_div", left, right);
    case "raise":
      throw new IntegerDivisionError(
        `With \`config.int_division\` set to 'raise', dividing two integer types with '/' is forbidden to avoid confusion between integer and floating point divisions. Please use // for integer division, or if you want a float result either cast one of the arguments to a float or directly call \`x.__truediv__(y)\`. The types are ${left.dtype} and ${right.dtype}; here // is T.intDiv, and the last is T.trueDiv.`,
      );
  }
}

/**
 * The remainder with the divisor's sign; what the operator % means.
 * @throws ComplexError for complex numbers, which have none.
 */
export function modCheck(x: TensorLike, y: TensorLike): TensorVariable {
  const [left, right] = [asTensor(x), asTensor(y)];
  const complex = [left, right].find(({ dtype }) => isComplex(dtype));
  if (complex !== undefined)
    throw new ComplexError(`There is no remainder (%) of complex numbers, and ${complex} is ${complex.dtype}.`);
  return applyElemwise("mod", left, right);
}
