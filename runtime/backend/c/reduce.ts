/** The accumulators of reductions, as C. */
import { type DType, dtypeInfo, isFloat } from "../../array/dtype.ts";
import type { Accumulator, Expr, ReduceOp } from "../../loop/ir.ts";
import { isPositional, startOf } from "../accumulate.ts";
import type { Code } from "../code.ts";
import { cType, Refusal, spellConstant } from "./spelling.ts";

/**
 * Writes the code of one accumulator: a total, and partial results of blocks, each alone or for a row of neighbours.
 * Extremes of floats carry a mark that a NaN was seen, so that compilers may take elements in any order.
 */
export class Combiner {
  readonly #accumulator: Accumulator;
  readonly #code: Code;
  readonly #total: string;
  readonly #partial: string;
  /** Marks of NaN; the position of the best element. */
  readonly #totalExtra: string;
  readonly #partialExtra: string;
  readonly #count: string;

  constructor(accumulator: Accumulator, code: Code) {
    this.#accumulator = accumulator;
    this.#code = code;
    this.#total = code.fresh("t");
    this.#partial = code.fresh("p");
    this.#totalExtra = code.fresh("t");
    this.#partialExtra = code.fresh("p");
    this.#count = code.fresh("c");
    cType(accumulator.dtype);
    cType(accumulator.value.dtype);
  }

  get name(): string {
    return this.#accumulator.name;
  }

  get operand(): Expr {
    return this.#accumulator.value;
  }

  /** Extremes of floats. */
  get #marksNaN(): boolean {
    const { op, dtype } = this.#accumulator;
    return (op === "maximum" || op === "minimum") && isFloat(dtype);
  }

  /** What partial results are kept in: sums of short floats gain nothing from more, products and totals do. */
  get #partialType(): string {
    const { op, dtype } = this.#accumulator;
    if (dtype === "float16" || dtype === "float32") return op === "mul" ? "double" : "float";
    return wrapping(op, dtype) ?? cType(dtype);
  }

  get #totalType(): string {
    const { op, dtype } = this.#accumulator;
    return isFloat(dtype) ? "double" : (wrapping(op, dtype) ?? cType(dtype));
  }

  get #start(): string {
    return spellConstant(startOf(this.#accumulator.op, this.#accumulator.dtype), this.#accumulator.dtype);
  }

  declareTotal(): void {
    if (isPositional(this.#accumulator)) {
      this.#code.line(
        `${cType(this.operand.dtype)} ${this.#total} = 0; i64 ${this.#totalExtra} = 0, ${this.#count} = 0;`,
      );
      return;
    }
    this.#code.line(`${this.#totalType} ${this.#total} = ${this.#start};`);
    if (this.#marksNaN) this.#code.line(`int ${this.#totalExtra} = 0;`);
  }

  declarePartial(): void {
    this.#code.line(`${this.#partialType} ${this.#partial} = ${this.#start};`);
    if (this.#marksNaN) this.#code.line(`int ${this.#partialExtra} = 0;`);
  }

  /** What the compiler is told of the partial result of a loop. */
  clause(): string {
    const operator = REDUCTIONS[this.#combining];
    return `reduction(${operator}: ${this.#partial})${this.#marksNaN ? ` reduction(|: ${this.#partialExtra})` : ""}`;
  }

  get #combining(): Combining {
    const { op } = this.#accumulator;
    if (op === "argmax" || op === "argmin") throw new TypeError(`${op} does not combine elements`);
    return op;
  }

  /** Takes a value into the partial result. */
  take(value: string): void {
    this.#take(this.#partial, this.#partialExtra, value, this.#partialType);
  }

  /** Takes the partial result into the total. */
  fold(): void {
    this.#take(this.#total, this.#totalExtra, this.#partial, this.#totalType);
    if (this.#marksNaN) this.#code.line(`${this.#totalExtra} |= ${this.#partialExtra};`);
  }

  /** Takes a value into the total. */
  takeOne(value: string): void {
    if (isPositional(this.#accumulator)) this.#takePosition(value);
    else this.#take(this.#total, this.#totalExtra, value, this.#totalType);
  }

  #take(into: string, mark: string, value: string, type: string): void {
    this.#code.line(combine(this.#combining, into, `(${type})${value}`));
    if (this.#marksNaN) this.#code.line(`${mark} |= ${value} != ${value};`);
  }

  /** The first element, the first NaN, or one that is better than all before. */
  #takePosition(value: string): void {
    const [best, at, count] = [this.#total, this.#totalExtra, this.#count];
    const better = `${value} ${this.#accumulator.op === "argmax" ? ">" : "<"} ${best}`;
    const isBetter = isFloat(this.operand.dtype) ? `${best} == ${best} && (${better} || ${value} != ${value})` : better;
    this.#code.line(`if (${count} == 0 || (${isBetter})) { ${best} = ${value}; ${at} = ${count}; }`);
    this.#code.line(`${count}++;`);
  }

  /** The name of the result. */
  result(): string {
    const { dtype } = this.#accumulator;
    if (isPositional(this.#accumulator)) return this.#totalExtra;
    return this.#code.value(this.#marked(this.#total, this.#totalExtra), "r", `const ${cType(dtype)}`);
  }

  declareTotals(width: number): void {
    this.#code.line(`${this.#totalType} ${this.#total}[${width}];`);
  }

  declarePartials(width: number): void {
    this.#code.line(`${this.#partialType} ${this.#partial}[${width}];`);
  }

  startTotal(at: string): void {
    this.#code.line(`${this.#total}[${at}] = ${this.#start};`);
  }

  startPartial(at: string): void {
    this.#code.line(`${this.#partial}[${at}] = ${this.#start};`);
  }

  /** Takes a value into a column's partial result. */
  takeAt(at: string, value: string): void {
    this.#takeColumn(`${this.#partial}[${at}]`, value, this.#partialType);
  }

  /** A column's partial result as one of its own, where a single block holds all elements. */
  partialAt(at: string): string {
    return `(${cType(this.#accumulator.dtype)})${this.#partial}[${at}]`;
  }

  foldAt(at: string): void {
    const value = this.#code.value(`${this.#partial}[${at}]`, "v", `const ${this.#partialType}`);
    this.#takeColumn(`${this.#total}[${at}]`, value, this.#totalType);
  }

  /** NaN stays in a column once it is there: elements come in order, so that no mark is needed. */
  #takeColumn(into: string, value: string, type: string): void {
    const combining = this.#combining;
    if (!this.#marksNaN) this.#code.line(combine(combining, into, `(${type})${value}`));
    else
      this.#code.line(
        `${into} = ${value} ${combining === "maximum" ? ">" : "<"} ${into} || ${value} != ${value} ? (${type})${value} : ${into};`,
      );
  }

  resultAt(at: string): string {
    const { dtype } = this.#accumulator;
    return this.#code.value(`(${cType(dtype)})${this.#total}[${at}]`, "r", `const ${cType(dtype)}`);
  }

  #marked(total: string, mark: string): string {
    const value = `(${cType(this.#accumulator.dtype)})${total}`;
    return this.#marksNaN ? `${mark} ? (${cType(this.#accumulator.dtype)})__builtin_nan("") : ${value}` : value;
  }
}

/** The ops that combine elements in any order. */
type Combining = Exclude<ReduceOp, "argmax" | "argmin">;

const REDUCTIONS: Readonly<Record<Combining, string>> = {
  add: "+",
  mul: "*",
  maximum: "max",
  minimum: "min",
  and_: "&",
  or_: "|",
};

function combine(op: Combining, into: string, value: string): string {
  switch (op) {
    case "add":
      return `${into} += ${value};`;
    case "mul":
      return `${into} *= ${value};`;
    case "maximum":
      return `${into} = ${value} > ${into} ? ${value} : ${into};`;
    case "minimum":
      return `${into} = ${value} < ${into} ? ${value} : ${into};`;
    case "and_":
      return `${into} &= ${value};`;
    case "or_":
      return `${into} |= ${value};`;
  }
}

/** Sums and products of integers wrap, which C defines for unsigned ones only; null where that does not matter. */
function wrapping(op: ReduceOp, dtype: DType): string | null {
  const { kind, bytes } = dtypeInfo(dtype);
  if (kind === "complex") throw new Refusal(`${dtype} has no C code`);
  if ((op !== "add" && op !== "mul") || (kind !== "int" && kind !== "uint")) return null;
  return bytes === 8 ? "u64" : "unsigned int";
}
