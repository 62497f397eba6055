/** Type rules: which dtypes an op computes with and gives, from those of its arguments. The source is Theano 1.0.5. */
import {
  type DType,
  dtypeInfo,
  isComplex,
  isContinuous,
  isFloat,
  isInteger,
  partDType,
  upcast,
} from "../array/dtype.ts";
import type { TypeRule } from "./op.ts";

const repeat = (dtype: DType, inputs: readonly DType[]): DType[] => inputs.map(() => dtype);
const hasBool = (inputs: readonly DType[]): boolean => inputs.includes("bool");

/** All in the promotion of the arguments. */
export const promoted: TypeRule = (inputs) => {
  const common = upcast(...inputs);
  return { inputs: repeat(common, inputs), output: common };
};

/** As {@link promoted}, but not for arguments that are all bool: the result would be no truth value. */
export const promotedNumbers: TypeRule = (inputs, floatX) =>
  inputs.every((dtype) => dtype === "bool") ? "bool has no sign; cast to an integer first" : promoted(inputs, floatX);

/** As {@link promoted}, but int8 for arguments that are all bool. */
export const promotedAtLeastInt8: TypeRule = (inputs, floatX) =>
  promoted(inputs.every((dtype) => dtype === "bool") ? repeat("int8", inputs) : inputs, floatX);

/**
 * Floating-point: integers of 8 and 16 bits and bool go to float32, wider ones to float64. (Theano does the same; NumPy
 * would take float16 for 8 bits.) Complex numbers stay what they are.
 */
export const floating: TypeRule = (inputs, floatX) => promoted(inputs.map(floatFor), floatX);

/** As another rule, but not for complex numbers. */
export const realOnly =
  (rule: TypeRule): TypeRule =>
  (inputs, floatX) =>
    inputs.some(isComplex) ? "complex argument not supported" : rule(inputs, floatX);

/** As {@link floating}, but not for complex numbers. */
export const floatingReal: TypeRule = realOnly(floating);

function floatFor(dtype: DType): DType {
  if (isContinuous(dtype)) return dtype;
  return dtypeInfo(dtype).bytes <= 2 ? "float32" : "float64";
}

/** Real floating-point arguments only. */
export const floatingOnly: TypeRule = (inputs, floatX) =>
  inputs.every(isFloat) ? promoted(inputs, floatX) : "only floating-point arguments are taken";

/** True division: `floatX` for integers, else the promotion. */
export const trueDivision: TypeRule = (inputs, floatX) =>
  promoted(inputs.some(isContinuous) ? inputs : repeat(floatX, inputs), floatX);

/** A truth value about the arguments in their promotion. */
export const comparison: TypeRule = (inputs) => {
  const common = upcast(...inputs);
  return { inputs: repeat(common === "bool" ? "int8" : common, inputs), output: "bool" };
};

/** A truth value about one number. */
export const predicate: TypeRule = (inputs) => ({ inputs: [...inputs], output: "bool" });

/** All bool, or all integers. */
export const bitwise: TypeRule = (inputs, floatX) => {
  if (inputs.some(isContinuous)) return "only bool or integer arguments are taken";
  if (hasBool(inputs) && inputs.some(isInteger)) return "bool and integers do not mix; cast one of them";
  const signature = promoted(inputs, floatX);
  return isFloat(upcast(...inputs)) ? "no integer type holds both arguments; cast one of them" : signature;
};

/** A truth value that selects between two arguments. */
export const selection: TypeRule = ([, ...choices]) => {
  const common = upcast(...choices);
  return { inputs: ["bool", ...repeat(common, choices)], output: common };
};

/** The last argument, as it is. */
export const lastArgument: TypeRule = (inputs) => ({ inputs: [...inputs], output: inputs.at(-1) ?? "float64" });

/** One argument of any type, converted to `dtype`. */
export const conversion =
  (dtype: DType): TypeRule =>
  (inputs) => ({ inputs: [...inputs], output: dtype });

/** The dtype of the parts of a complex number; that of another number as it is. */
export const part: TypeRule = (inputs) => ({ inputs: [...inputs], output: partDType(inputs[0] ?? "float64") });

/** A float64 from one number of any type, which is computed with in floating point. */
export const float64Of: TypeRule = (inputs, floatX) => {
  const signature = floating(inputs, floatX);
  return typeof signature === "string" ? signature : { ...signature, output: "float64" };
};

/** Two real numbers make a complex one: complex64 unless their promotion has 32-bit integers or more than 32 bits. */
export const complexOfReals: TypeRule = (inputs) => {
  if (inputs.some(isComplex)) return "the arguments must be real";
  const common = upcast(...inputs);
  const { kind, bytes } = dtypeInfo(common);
  const wide = bytes === 8 || (bytes === 4 && kind !== "float");
  return { inputs: repeat(wide ? "float64" : "float32", inputs), output: wide ? "complex128" : "complex64" };
};
