/** How C spells scalar ops, conversions and constants: to the bit what `scalar/evaluate.ts` says, but for the last digits of elementary functions. */
import { type DType, dtypeInfo, isComplex, isFloat, type Scalar } from "../../array/dtype.ts";
import { implementationKind } from "../../scalar/evaluate.ts";
import { isPoly } from "../../scalar/poly.ts";
import { type ScalarOpName, scalarOp } from "../../scalar/table.ts";
import { floatText, type HelperName, type LibmName } from "./prelude.ts";

export type { HelperName } from "./prelude.ts";

/** Why there is no C code. */
export interface Refused {
  readonly reason: string;
}

/** Is told of every helper function that the code calls. */
type Use = (helper: HelperName) => void;

const TYPES: Readonly<Record<DType, string | null>> = {
  bool: "unsigned char",
  int8: "signed char",
  int16: "short",
  int32: "int",
  int64: "i64",
  uint8: "unsigned char",
  uint16: "unsigned short",
  uint32: "unsigned int",
  uint64: "u64",
  float16: null,
  float32: "float",
  float64: "double",
  complex64: null,
  complex128: null,
};

/** The C type of elements. */
export function cType(dtype: DType): string | Refused {
  return TYPES[dtype] ?? { reason: `${dtype} has no C code` };
}

/** A constant, exactly. */
export function spellConstant(value: Scalar, dtype: DType): string {
  if (isFloat(dtype)) return floatText(Number(value), dtype === "float64" ? 64 : 32);
  if (dtype === "bool") return value ? "1" : "0";
  const { bytes, kind } = dtypeInfo(dtype);
  const integer = BigInt(typeof value === "boolean" ? Number(value) : typeof value === "object" ? 0 : value);
  if (bytes < 8) return `((${TYPES[dtype]})${integer}${kind === "uint" ? "U" : ""})`;
  return kind === "uint" ? `${integer}ULL` : `((i64)${BigInt.asUintN(64, integer)}ULL)`;
}

/** An op on names or literals of the given dtypes, as an expression of dtype `output`. */
export function spellOp(
  name: ScalarOpName,
  inputs: readonly DType[],
  output: DType,
  args: readonly string[],
  use: Use,
): string | Refused {
  const [first = "float64"] = inputs;
  const complex = [...inputs, output].find((dtype) => isComplex(dtype) || dtype === "float16");
  if (complex !== undefined) return { reason: `${complex} has no C code` };
  const kind = implementationKind(scalarOp(name), first);
  if (kind === "any") return selected(name, inputs, output, args, use);
  const code =
    kind === "float"
      ? floatOp(name, first === "float64" ? 64 : 32, args, use)
      : integerOp(name, first, kind === "bool", args, use);
  if (code === null) return { reason: `${name} of ${first} has no C code` };
  const given = TESTS.has(name) ? "bool" : first;
  return fit(code, given, output, use);
}

/** Results that are truth values whatever the arguments are. */
const TESTS: ReadonlySet<ScalarOpName> = new Set(["eq", "neq", "lt", "le", "gt", "ge", "isnan", "isinf"]);

function selected(
  name: ScalarOpName,
  inputs: readonly DType[],
  output: DType,
  args: readonly string[],
  use: Use,
): string | Refused {
  const last = inputs.at(-1) ?? output;
  switch (name) {
    case "switch":
      return fit(`${args[0]} ? ${args[1]} : ${args[2]}`, last, output, use);
    case "second":
      return fit(args[1], last, output, use);
    default:
      return name === "identity" || name.startsWith("cast_")
        ? fit(args[0], last, output, use)
        : { reason: `${name} has no C code` };
  }
}

/** A value of one dtype as an element of another. */
function fit(code: string, from: DType, to: DType, use: Use): string {
  const value = `(${code})`;
  if (to === "bool") return from === "bool" ? value : `(${value} != 0)`;
  if (isFloat(from) && !isFloat(to)) {
    use("tn_i64_f64");
    return `((${TYPES[to]})tn_i64_f64(${value}))`;
  }
  // Also from a type to itself: C computes with wider integers.
  return isFloat(from) && from === to ? value : `((${TYPES[to]})${value})`;
}

const COMPARISONS: Partial<Record<ScalarOpName, string>> = {
  eq: "==",
  neq: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

const LIBRARY: Partial<Record<ScalarOpName, LibmName>> = {
  sin: "sin",
  cos: "cos",
  tan: "tan",
  arcsin: "asin",
  arccos: "acos",
  arctan: "atan",
  arctan2: "atan2",
  arcsinh: "asinh",
  arccosh: "acosh",
  arctanh: "atanh",
  log2: "log2",
  log10: "log10",
  erf: "erf",
};

function floatOp(name: ScalarOpName, precision: 32 | 64, [a, b, c]: readonly string[], use: Use): string | null {
  const [f, suffix] = precision === 64 ? (["", "f64"] as const) : (["f", "f32"] as const);
  const comparison = COMPARISONS[name];
  if (comparison !== undefined) return `${a} ${comparison} ${b}`;
  const number = (value: number): string => floatText(value, precision);
  const poly = (function_: "exp" | "expm1" | "log" | "log1p", x: string): string => {
    use(`tn_${function_}_${suffix}`);
    return `tn_${function_}_${suffix}(${x})`;
  };
  const abs = (x: string): string => `__builtin_fabs${f}(${x})`;
  if (isPoly(name)) {
    use(`tn_${name}_${suffix}`);
    return `tn_${name}_${suffix}(${a})`;
  }
  const library = LIBRARY[name];
  if (library !== undefined) {
    use(library);
    return b === undefined ? `${library}(${a})` : `${library}(${a}, ${b})`;
  }
  switch (name) {
    case "add":
      return `${a} + ${b}`;
    case "sub":
      return `${a} - ${b}`;
    case "mul":
      return `${a} * ${b}`;
    case "true_div":
      return `${a} / ${b}`;
    case "neg":
      return `-${a}`;
    case "abs_":
      return abs(a);
    case "sqr":
      return `${a} * ${a}`;
    case "sqrt":
      return `__builtin_sqrt${f}(${a})`;
    case "inv":
      return `${number(1)} / ${a}`;
    case "ceil":
    case "floor":
    case "trunc":
      return `__builtin_${name}${f}(${a})`;
    case "round_half_to_even":
      return `__builtin_rint${f}(${a})`;
    case "round_half_away_from_zero":
      return `__builtin_round${f}(${a})`;
    case "sgn":
      return `${a} > 0 ? ${number(1)} : ${a} < 0 ? ${number(-1)} : ${a} == 0 ? ${number(0)} : ${a}`;
    case "maximum":
      return `${a} >= ${b} || ${a} != ${a} ? ${a} : ${b}`;
    case "minimum":
      return `${a} <= ${b} || ${a} != ${a} ? ${a} : ${b}`;
    case "clip":
      return `${a} < ${b} ? ${b} : ${a} > ${c} ? ${c} : ${a}`;
    case "isnan":
      return `${a} != ${a}`;
    case "isinf":
      return `${abs(a)} == ${number(Infinity)}`;
    case "int_div":
      use("tn_floordiv_f64");
      return `tn_floordiv_f64(${a}, ${b})`;
    case "mod":
      use("tn_mod_f64");
      return `tn_mod_f64(${a}, ${b})`;
    case "pow":
      use(`tn_pow_${suffix}`);
      return `tn_pow_${suffix}(${a}, ${b})`;
    case "softsign":
      return `${a} / (${number(1)} + ${abs(a)})`;
    case "deg2rad":
      return `${a} * ${number(Math.PI / 180)}`;
    case "rad2deg":
      return `${a} * ${number(180 / Math.PI)}`;
    case "log1mexp":
      return `${a} < ${number(-Math.LN2)} ? ${poly("log1p", `-${poly("exp", a)}`)} : ${poly("log", `-${poly("expm1", a)}`)}`;
    case "sigmoid_binary_crossentropy":
      return `${poly("log1p", poly("exp", `-${abs(a)}`))} + ${a} * ((${a} > 0 ? ${number(1)} : ${number(0)}) - ${b})`;
    case "xlogx":
      return `${a} == 0 ? ${number(0)} : ${a} * ${poly("log", a)}`;
    case "xlogy0":
      return `${a} == 0 ? ${number(0)} : ${a} * ${poly("log", b)}`;
    default:
      return null;
  }
}

function integerOp(
  name: ScalarOpName,
  dtype: DType,
  isBool: boolean,
  [a, b, c]: readonly string[],
  use: Use,
): string | null {
  const comparison = COMPARISONS[name];
  if (comparison !== undefined) return `${a} ${comparison} ${b}`;
  const { bytes, kind } = dtypeInfo(dtype);
  // Unsigned arithmetic wraps; that of signed integers is not defined to.
  const wide = bytes === 8 ? "u64" : "unsigned int";
  const wrapped = (text: string): string => `(${TYPES[dtype]})(${text})`;
  const isUnsigned64 = kind === "uint" && bytes === 8;
  switch (name) {
    case "add":
      return isBool ? `${a} | ${b}` : wrapped(`(${wide})${a} + (${wide})${b}`);
    case "sub":
      return wrapped(`(${wide})${a} - (${wide})${b}`);
    case "mul":
      return isBool ? `${a} & ${b}` : wrapped(`(${wide})${a} * (${wide})${b}`);
    case "sqr":
      return isBool ? a : wrapped(`(${wide})${a} * (${wide})${a}`);
    case "neg":
      return wrapped(`0 - (${wide})${a}`);
    case "abs_":
      return isBool || kind === "uint" ? a : `${a} < 0 ? ${wrapped(`0 - (${wide})${a}`)} : ${a}`;
    case "sgn":
      return kind === "uint" ? `${a} > 0` : `(${a} > 0) - (${a} < 0)`;
    case "int_div":
      if (isBool) return `${a} & ${b}`;
      if (kind === "uint") return `${b} == 0 ? 0 : ${a} / ${b}`;
      use("tn_floordiv_i64");
      return `tn_floordiv_i64(${a}, ${b})`;
    case "mod":
      if (isBool) return "0";
      if (kind === "uint") return `${b} == 0 ? 0 : ${a} % ${b}`;
      use("tn_mod_i64");
      return `tn_mod_i64(${a}, ${b})`;
    case "pow":
      use(isUnsigned64 ? "tn_pow_u64" : "tn_pow_i64");
      return isUnsigned64 ? `tn_pow_u64(${a}, ${b})` : `tn_pow_i64(${a}, ${b})`;
    case "maximum":
      return isBool ? `${a} | ${b}` : `${a} >= ${b} ? ${a} : ${b}`;
    case "minimum":
      return isBool ? `${a} & ${b}` : `${a} <= ${b} ? ${a} : ${b}`;
    case "clip":
      return `${a} < ${b} ? ${b} : ${a} > ${c} ? ${c} : ${a}`;
    case "and_":
      return `${a} & ${b}`;
    case "or_":
      return `${a} | ${b}`;
    case "xor":
      return `${a} ^ ${b}`;
    case "invert":
      return isBool ? `!${a}` : `~${a}`;
    case "isnan":
    case "isinf":
      return "0";
    default:
      return null;
  }
}
