/**
 * Composite: a scalar op made of other scalar ops, which computes a whole expression for every element in one go.
 *
 * Its text is that of Theano 1.0.5, `Composite{((i0 + exp(i1)) * exp(i1))}`: everything parenthesised, parts that are
 * used several times written out each time, the casts that type rules ask for left out.
 */
import { type DType, isFloat } from "../array/dtype.ts";
import { apply, cast, type Input, input, type ScalarExpr } from "./expr.ts";
import { type ScalarOpName, scalarOp } from "./table.ts";

/** A scalar op applied to parts; those that are used several times are shared objects. */
export interface Call {
  readonly kind: "call";
  readonly op: ScalarOpName | Composite;
  readonly args: readonly Part[];
  readonly dtype: DType;
}

/** What an expression is made of. */
export type Part = Input | Call;

/** `op` applied to parts; a composite op is taken apart, so that only its arguments may hold others. */
export function call(op: ScalarOpName | Composite, args: readonly Part[], dtype: DType): Call {
  if (typeof op === "string") return { kind: "call", op, args, dtype };
  const root = substitute(op.root, args, (inner, parts): Part => ({ ...inner, args: parts }));
  if (root.kind !== "call") throw new TypeError(`${op} computes nothing`);
  return root;
}

/** An expression over numbered inputs. Two with the same key are the same op. */
export class Composite {
  readonly root: Call;
  /** How many scalar ops one element takes. */
  readonly size: number;
  #key: string | null = null;
  #text: string | null = null;

  constructor(root: Call) {
    this.root = root;
    this.size = partsOf(root).reduce((size, part) => size + sizeOf(part), 0);
  }

  /** Structure and dtypes; its length is proportional to the size. */
  get key(): string {
    this.#key ??= `Composite{${keyOf(this.root)}}`;
    return this.#key;
  }

  /** The expression as backends take it, over the elements of the inputs. */
  expression(inputs: readonly ScalarExpr[]): ScalarExpr {
    return substitute(this.root, inputs, ({ op, dtype }, args): ScalarExpr => {
      if (typeof op !== "string") return op.expression(args);
      // The type was decided when the graph was built; the flags may have changed since.
      return cast(apply<Input>(op, args, isFloat(dtype) ? dtype : "float64"), dtype);
    });
  }

  /** `Composite{(i0 + exp(i1))}`. */
  toString(): string {
    this.#text ??= `Composite{${textOf(this.root)}}`;
    return this.#text;
  }
}

/** The inputs of an expression as expressions of the given dtypes. */
export function inputsOf(dtypes: readonly DType[]): Input[] {
  return dtypes.map((dtype, index) => input(index, dtype));
}

/** The part and all it is made of, each once, and after what it is made of itself. */
export function partsOf(root: Part): Part[] {
  const done = new Set<Part>();
  const todo: Part[] = [root];
  for (let part = todo.at(-1); part !== undefined; part = todo.at(-1)) {
    const missing = part.kind === "call" ? part.args.filter((arg) => !done.has(arg)) : [];
    if (missing.length === 0) {
      done.add(part);
      todo.pop();
    } else todo.push(...missing.reverse());
  }
  return [...done];
}

/** The value of `root` where input i stands for `inputs[i]` and `combine` makes the value of a call. */
function substitute<T>(root: Part, inputs: readonly T[], combine: (inner: Call, args: readonly T[]) => T): T {
  const values = new Map<Part, T>();
  let value: T = inputs[0];
  for (const part of partsOf(root)) {
    value =
      part.kind === "call"
        ? combine(
            part,
            part.args.flatMap((arg) => values.get(arg) ?? []),
          )
        : inputs[part.index];
    values.set(part, value);
  }
  return value;
}

function sizeOf(part: Part): number {
  if (part.kind === "input") return 0;
  return typeof part.op === "string" ? 1 : part.op.size;
}

function keyOf(root: Part): string {
  const numbers = new Map<Part, number>();
  return partsOf(root)
    .map((part) => {
      numbers.set(part, numbers.size);
      return describe(part, numbers);
    })
    .join(";");
}

function describe(part: Part, numbers: ReadonlyMap<Part, number>): string {
  if (part.kind === "input") return `i${part.index}:${part.dtype}`;
  const op = typeof part.op === "string" ? part.op : part.op.key;
  return `${op}(${part.args.map((arg) => numbers.get(arg)).join(",")}):${part.dtype}`;
}

/** Parts whose text would be longer are cut: where parts are shared, texts may double with every step. */
const LONGEST_TEXT = 100_000;

function textOf(root: Part): string {
  const texts = new Map<Part, string>();
  for (const part of partsOf(root)) {
    const text =
      part.kind === "input"
        ? `i${part.index}`
        : callText(
            part.op,
            part.args.map((arg) => texts.get(arg) ?? ""),
          );
    texts.set(part, text.length > LONGEST_TEXT ? "..." : text);
  }
  return texts.get(root) ?? "";
}

function callText(op: ScalarOpName | Composite, args: readonly string[]): string {
  const sign = typeof op === "string" ? OPERATORS.get(op) : undefined;
  if (sign !== undefined) return `(${args.length === 1 ? sign + args[0] : args.join(` ${sign} `)})`;
  return `${typeof op === "string" ? scalarText(op) : op}(${args.join(", ")})`;
}

const OPERATORS: ReadonlyMap<ScalarOpName, string> = new Map<ScalarOpName, string>([
  ["add", "+"],
  ["sub", "-"],
  ["neg", "-"],
  ["mul", "*"],
  ["true_div", "/"],
  ["int_div", "//"],
  ["mod", "%"],
  ["pow", "**"],
]);

/** Scalar ops that Theano gave no name, so that it writes the name of their class. */
const UNNAMED: ReadonlySet<ScalarOpName> = new Set<ScalarOpName>([
  "lt",
  "gt",
  "le",
  "ge",
  "eq",
  "neq",
  "isnan",
  "isinf",
  "switch",
  "and_",
  "or_",
  "xor",
  "invert",
  "abs_",
  "round_half_to_even",
  "round_half_away_from_zero",
]);

/** Ops of Theano's neural network module, whose scalar forms have names of their own. */
const SCALAR_NAMES: ReadonlyMap<ScalarOpName, string> = new Map<ScalarOpName, string>([
  ["sigmoid", "scalar_sigmoid"],
  ["softplus", "scalar_softplus"],
  ["ultra_fast_sigmoid", "ultra_fast_scalar_sigmoid"],
  ["softsign", "scalar_softsign"],
]);

/** How Theano writes a scalar op: by its name where it has one, else by its class. */
export function scalarText(name: ScalarOpName): string {
  const { show, className } = scalarOp(name);
  return UNNAMED.has(name) ? className : (SCALAR_NAMES.get(name) ?? show);
}
