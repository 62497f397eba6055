/** Evaluates `dtypes.json`: which dtype comes out of which, under both values of `floatX` and of `cast_policy`. */
import { upcast } from "../../runtime/array/dtype.ts";
import { changeFlags, T } from "../../runtime/index.ts";
import { CAReduce } from "../../runtime/ops/reduce.ts";
import { attempt, dtypeOf } from "./encoding.ts";
import { isA, showError } from "./errors-match.ts";
import { PyFunction, Unsupported } from "./python/values.ts";
import type { CaseResult, Evaluator } from "./report.ts";
import { evaluateSource, outputsOf } from "./translate.ts";

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
      return pair(name, key.split(","));
    case "unary":
      return dtypeOfSource(`T.${name}(${vector(key)})`);
    case "literal": {
      const [left = "", right = ""] = key.split(` ${name} `).map(operand);
      return dtypeOfSource(`${left} ${name} ${right}`);
    }
    case "constant":
      return dtypeOfSource(`T.as_tensor_variable(${key})`);
    case "constructors":
      return dtypeOfSource(`T.${key}()`);
    case "acc_dtype_of_sum":
    case "acc_dtype_of_prod":
      return accumulator(`T.${kind.slice("acc_dtype_of_".length)}(${vector(key)})`);
    case "upcast3":
      return upcast(...key.split(",").map(dtypeOf));
    case "functions":
      return dtypeOfSource(key);
    default:
      throw new Unsupported(kind);
  }
}

/** What `V` is in the expressions: `V('int8')` makes a vector. */
const SCOPE = new Map([["V", new PyFunction("V", ([dtype]) => T.tensor(dtypeOf(String(dtype)), [false]))]]);

function dtypeOfSource(source: string): string {
  return outputsOf(evaluateSource(source, SCOPE))
    .map(({ dtype }) => dtype)
    .join();
}

function vector(dtype: string): string {
  return `V('${dtype}')`;
}

function pair(name: string, dtypes: readonly string[]): string {
  const vectors = dtypes.map(vector).join(", ");
  if (name === "switch") return dtypeOfSource(`T.switch(V('bool'), ${vectors})`);
  if (name === "join") return dtypeOfSource(`T.join(0, ${vectors})`);
  return dtypeOfSource(`T.${name}(${vectors})`);
}

/** The dtype in which a reduction adds up. */
function accumulator(source: string): string {
  const [out] = outputsOf(evaluateSource(source, SCOPE));
  const op = out?.owner?.op;
  if (!(op instanceof CAReduce)) throw new Unsupported(`the accumulator of ${source}`);
  return op.parameters.accDtype ?? out?.dtype ?? "";
}

/** A vector of a dtype, or a literal of Python or NumPy, which is written in parentheses for its sign. */
function operand(text: string): string {
  return /^(bool|u?int\d+|float\d+|complex\d+)$/.test(text) ? vector(text) : `(${text})`;
}
