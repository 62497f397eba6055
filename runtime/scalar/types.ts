/** Type rules: which dtypes an op computes with and gives, from those of its arguments. The source is Theano 1.0.5. */
import { type DType, dtypeInfo, isFloat, isInteger, upcast } from "../array/dtype.ts";
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
 * would take float16 for 8 bits.)
 */
export const floating: TypeRule = (inputs, floatX) => promoted(inputs.map(floatFor), floatX);

function floatFor(dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  return dtypeInfo(dtype).bytes <= 2 ? "float32" : "float64";
}

/** Floating-point arguments only. */
export const floatingOnly: TypeRule = (inputs, floatX) =>
  inputs.every(isFloat) ? promoted(inputs, floatX) : "only floating-point arguments are taken";

/** True division: `floatX` for integers, else the promotion. */
export const trueDivision: TypeRule = (inputs, floatX) =>
  promoted(inputs.some(isFloat) ? inputs : repeat(floatX, inputs), floatX);

/** A truth value about the arguments in their promotion. */
export const comparison: TypeRule = (inputs) => {
  const common = upcast(...inputs);
  return { inputs: repeat(common === "bool" ? "int8" : common, inputs), output: "bool" };
};

/** A truth value about one number. */
export const predicate: TypeRule = (inputs) => ({ inputs: [...inputs], output: "bool" });

/** All bool, or all integers. */
export const bitwise: TypeRule = (inputs, floatX) => {
  if (inputs.some(isFloat)) return "only bool or integer arguments are taken";
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
