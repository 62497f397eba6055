/**
 * How JavaScript spells scalar ops, conversions and constants. Arithmetic and comparisons are operators; everything else
 * calls the table's own implementation, which V8 inlines, so that a new op needs no spelling.
 */
import { Complex } from "../../array/complex.ts";
import { type Carrier, carrierOf, type DType, integerOf, roundComplex, type Scalar } from "../../array/dtype.ts";
import { implementationKind } from "../../scalar/evaluate.ts";
import type { ImplementationKind } from "../../scalar/op.ts";
import { type ScalarOpName, scalarOp } from "../../scalar/table.ts";

/** The functions that generated code calls, by name. */
export type Library = Map<string, unknown>;

const OPERATORS: ReadonlyMap<ScalarOpName, string> = new Map([
  ["add", "+"],
  ["sub", "-"],
  ["mul", "*"],
  ["true_div", "/"],
  ["eq", "==="],
  ["neq", "!=="],
  ["lt", "<"],
  ["le", "<="],
  ["gt", ">"],
  ["ge", ">="],
]);

/** An op on values that have the dtypes `inputs`, as an expression of dtype `output`. */
export function spellOp(
  library: Library,
  name: ScalarOpName,
  inputs: readonly DType[],
  output: DType,
  args: readonly string[],
): string {
  const op = scalarOp(name);
  const [first = "float64"] = inputs;
  const kind = implementationKind(op, first);
  if (kind === "any") {
    const selected = inputs.at(-1) ?? first;
    const value = isConversion(name) ? args[0] : call(library, name, kind, op.evaluate.any, args);
    return selected === output ? value : convert(library, value, carrierOf(selected), output);
  }
  const operator = OPERATORS.get(name);
  const direct = operator !== undefined && !isCalled(name, kind);
  const compute = (values: readonly string[]): string =>
    fit(
      library,
      direct ? `(${values.join(` ${operator} `)})` : call(library, name, kind, op.evaluate[kind], values),
      output,
    );
  const [start, ...rest] = args;
  return op.arity === "variadic" ? rest.reduce((sum, value) => compute([sum, value]), start) : compute(args);
}

/** Whether an op that has an operator calls a function all the same. */
function isCalled(name: ScalarOpName, kind: ImplementationKind): boolean {
  return kind === "bool" || kind === "complex" || (name === "mul" && kind === "int");
}

function isConversion(name: ScalarOpName): boolean {
  return name.startsWith("cast_");
}

function call(library: Library, name: string, kind: string, implementation: unknown, args: readonly string[]): string {
  const callee = `${name}_${kind}`;
  library.set(callee, implementation);
  return `${callee}(${args.join(", ")})`;
}

/** The result of arithmetic rounded or wrapped to `dtype`. */
function fit(library: Library, code: string, dtype: DType): string {
  switch (dtype) {
    case "bool":
    case "float64":
    case "complex128":
      return code;
    case "complex64":
      library.set("roundComplex", roundComplex);
      return `roundComplex(${code})`;
    case "float16":
      return `Math.f16round(${code})`;
    case "float32":
      return `Math.fround(${code})`;
    case "int64":
      return `BigInt.asIntN(64, ${code})`;
    case "uint64":
      return `BigInt.asUintN(64, ${code})`;
    case "int8":
      return `(${code} << 24 >> 24)`;
    case "int16":
      return `(${code} << 16 >> 16)`;
    case "int32":
      return `(${code} | 0)`;
    case "uint8":
      return `(${code} & 255)`;
    case "uint16":
      return `(${code} & 65535)`;
    case "uint32":
      return `(${code} >>> 0)`;
  }
}

/** The value of `code`, carried as `from`, as an element of `to`: {@link castScalar} in JavaScript text. */
export function convert(library: Library, code: string, from: Carrier, to: DType): string {
  if (from === "complex" && carrierOf(to) !== "complex") return convertComplex(library, code, to);
  switch (carrierOf(to)) {
    case "complex":
      return fit(library, from === "complex" ? code : newComplex(library, asNumber(code, from), "0"), to);
    case "bool":
      return from === "bool" ? code : `(${code} !== ${from === "big" ? "0n" : "0"})`;
    case "float":
      return fit(library, asNumber(code, from), to);
    case "int":
      return fit(library, from === "big" ? `Number(BigInt.asIntN(32, ${code}))` : asNumber(code, from), to);
    case "big":
      if (from === "float") {
        library.set("integerOf", integerOf);
        return fit(library, `integerOf(${code})`, to);
      }
      return fit(library, from === "big" ? code : `BigInt(${code})`, to);
  }
}

/** A complex number's real part as an element of `to`; for bool, whether either part is not zero. */
function convertComplex(library: Library, code: string, to: DType): string {
  if (to === "bool") return `(${code}.re !== 0 || ${code}.im !== 0)`;
  return convert(library, `${code}.re`, "float", to);
}

/** A complex number of two expressions. */
export function newComplex(library: Library, re: string, im: string): string {
  library.set("Complex", Complex);
  return `new Complex(${re}, ${im})`;
}

/** `code` as a JavaScript number. */
export function asNumber(code: string, from: Carrier): string {
  return from === "bool" ? `(${code} ? 1 : 0)` : from === "big" ? `Number(${code})` : code;
}

/** A constant. */
export function spellConstant(library: Library, value: Scalar): string {
  if (value instanceof Complex) {
    return newComplex(library, spellConstant(library, value.re), spellConstant(library, value.im));
  }
  if (typeof value === "bigint") return value < 0n ? `(${value}n)` : `${value}n`;
  if (Object.is(value, -0)) return "(-0)";
  return typeof value === "number" && value < 0 ? `(${value})` : String(value);
}
