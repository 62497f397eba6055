/** Evaluates `dtypes.json`: which dtype comes out of which, under both values of `floatX` and of `cast_policy`. */
import { upcast } from "../../runtime/array/dtype.ts";
import { Complex, changeFlags, NDArray, T, type TensorVariable } from "../../runtime/index.ts";
import { CAReduce } from "../../runtime/ops/reduce.ts";
import { attempt, dtypeOf } from "./encoding.ts";
import { isA, showError } from "./errors-match.ts";
import { parseExpression } from "./expression.ts";
import { Unsupported } from "./python.ts";
import type { CaseResult, Evaluator } from "./report.ts";
import { call, evaluateTree, lookUp, OPERATORS, outputsOf, pythonFloat } from "./translate.ts";

interface DTypeCase {
  readonly id: string;
  readonly floatX: "float64" | "float32" | "float16";
  readonly cast_policy: "custom" | "numpy+floatX";
  readonly table: string;
  /** The entries of the table by what comes out: a dtype, or `error:` and a class. */
  readonly result: Readonly<Record<string, readonly string[]>>;
}

/** `dtypes.json`. */
export interface DTypesFile {
  readonly cases: readonly DTypeCase[];
}

/** Every entry of every table counts as a case; the groups are the kinds of tables. */
export const evaluateDTypes: Evaluator<DTypesFile> = (file) =>
  file.cases.flatMap((table) =>
    Object.entries(table.result).flatMap(([answer, keys]) => keys.map((key) => evaluateEntry(table, key, answer))),
  );

function evaluateEntry({ id, floatX, cast_policy, table }: DTypeCase, key: string, answer: string): CaseResult {
  const [kind = "", name = ""] = table.split("|");
  const entry = { id: `${id}: ${key}`, group: kind };
  try {
    const error = /^error:(.*)$/.exec(answer)?.[1];
    const ours = changeFlags({ floatX, cast_policy }, () => attempt(() => dtypeOfEntry(kind, name, key), error));
    const pass = error === undefined ? ours === answer : ours instanceof Error && isA(ours, error);
    const actual = ours instanceof Error ? showError(ours) : ours;
    return { ...entry, checks: [{ aspect: "dtype", input: key, pass, expected: answer, actual }] };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { ...entry, notEvaluated: `needs ${thrown.message}` };
    throw thrown;
  }
}

function dtypeOfEntry(kind: string, name: string, key: string): string {
  switch (kind) {
    case "pairs":
      return pair(name, key.split(",").map(vector));
    case "unary":
      return dtypeOfCall(`T.${name}`, [vector(key)]);
    case "literal": {
      const [left = "", right = ""] = key.split(` ${name} `);
      return dtypeOfCall(`T.${OPERATORS.get(name)}`, [operand(left), operand(right)]);
    }
    case "constant":
      return dtypeOfCall("T.as_tensor_variable", [operand(key)]);
    case "constructors":
      return dtypeOfCall(`T.${key}`, []);
    case "acc_dtype_of_sum":
    case "acc_dtype_of_prod":
      return accumulator(`T.${kind.slice("acc_dtype_of_".length)}`, vector(key));
    case "upcast3":
      return upcast(...key.split(",").map(dtypeOf));
    case "functions":
      return dtypeOfExpression(key);
    default:
      throw new Unsupported(kind);
  }
}

function dtypeOfCall(path: string, args: readonly unknown[]): string {
  return outputsOf(call(path, lookUp(path), args))
    .map(({ dtype }) => dtype)
    .join();
}

/** An expression in which `V('int8')` stands for a vector. */
function dtypeOfExpression(text: string): string {
  const dtypes = [...text.matchAll(/V\('(\w+)'\)/g)].map(([, dtype = ""]) => dtype);
  const scope = new Map(dtypes.map((dtype) => [`V_${dtype}`, vector(dtype)]));
  const tree = parseExpression(text.replace(/V\('(\w+)'\)/g, "V_$1"));
  return outputsOf(evaluateTree(tree, scope))
    .map(({ dtype }) => dtype)
    .join();
}

function pair(name: string, vectors: readonly TensorVariable[]): string {
  if (name === "switch") return dtypeOfCall("T.switch", [vector("bool"), ...vectors]);
  if (name === "join") return dtypeOfCall("T.join", [0, ...vectors]);
  return dtypeOfCall(`T.${name}`, vectors);
}

function vector(dtype: string): TensorVariable {
  return T.tensor(dtypeOf(dtype), [false]);
}

/** The dtype in which a reduction adds up. */
function accumulator(path: string, x: TensorVariable): string {
  const [out] = outputsOf(call(path, lookUp(path), [x]));
  const op = out?.owner?.op;
  if (!(op instanceof CAReduce)) throw new Unsupported(`the accumulator of ${path}`);
  return op.parameters.accDtype ?? out?.dtype ?? "";
}

/** A vector of a dtype, or a literal of Python or NumPy. */
function operand(text: string): unknown {
  if (/^(bool|u?int\d+|float\d+|complex\d+)$/.test(text)) return vector(text);
  const scalar = /^np\.(\w+?)_?\((.+)\)$/.exec(text);
  if (scalar !== null) return numpyValue(scalar[1] ?? "", scalar[2] ?? "");
  const special = /^float\('(inf|nan)'\)$/.exec(text)?.[1];
  if (special !== undefined) return special === "inf" ? Infinity : Number.NaN;
  if (text.startsWith("[")) return listOf(text.slice(1, -1).split(", "));
  if (text === "True") return true;
  if (/^\d+j$/.test(text)) return new Complex(0, Number.parseFloat(text));
  if (/^[-\d*]+$/.test(text)) return integer(text);
  if (/^[-\d.e+]+$/.test(text)) return pythonFloat(Number(text));
  throw new Unsupported(text);
}

/** `-1`, `2**31`, `2**63-1`. */
function integer(text: string): number | bigint {
  const [, power, minus = "0"] = /^2\*\*(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const value = power === undefined ? BigInt(text) : 2n ** BigInt(power) - BigInt(minus);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function numpyValue(type: string, text: string): NDArray {
  if (type === "asarray")
    return NDArray.from(text.startsWith("[") ? text.slice(1, -1).split(",").map(BigInt) : BigInt(text));
  return NDArray.scalar(text === "True" ? true : Number(text), dtypeOf(type));
}

/** A Python list: one of whole numbers is one of integers, for which JavaScript has bigints. */
function listOf(items: readonly string[]): readonly (number | bigint | boolean)[] {
  if (items.every((item) => item === "True" || item === "False")) return items.map((item) => item === "True");
  return items.every((item) => /^-?\d+$/.test(item)) ? items.map(BigInt) : items.map(Number);
}
