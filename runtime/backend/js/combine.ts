/** The accumulators of reductions, as JavaScript. */
import { carrierOf, type DType, isComplex, isFloat } from "../../array/dtype.ts";
import { emptyReduction } from "../../loop/bind.ts";
import { identityOf } from "../../loop/interp.ts";
import type { Accumulator, Expr } from "../../loop/ir.ts";
import { less } from "../../scalar/complex-math.ts";
import { isPositional, startOf } from "../accumulate.ts";
import type { Code } from "../code.ts";
import { asNumber, convert, type Library, spellConstant, spellOp } from "./spell.ts";

/** Writes the code of one accumulator. */
export class Combiner {
  readonly #accumulator: Accumulator;
  readonly #code: Code;
  readonly #library: Library;
  /** Running total, best element. */
  readonly #state: string;
  /** Rounding errors of a sum; position of the best element. */
  readonly #extra: string;
  /** How many elements were seen. */
  readonly #count: string;
  /** What is combined: the widest type of the kind for floats and complex numbers. */
  readonly #dtype: DType;

  constructor(accumulator: Accumulator, code: Code, library: Library) {
    this.#accumulator = accumulator;
    this.#code = code;
    this.#library = library;
    this.#state = code.fresh("acc");
    this.#extra = code.fresh("acc");
    this.#count = code.fresh("acc");
    this.#dtype = widest(accumulator.dtype);
  }

  get name(): string {
    return this.#accumulator.name;
  }

  /** A floating-point sum keeps its rounding errors. */
  get #isCompensated(): boolean {
    return this.#accumulator.op === "add" && isFloat(this.#dtype);
  }

  /** A 64-bit sum of narrower integers: blocks of them are added as numbers, which is exact and much faster. */
  get #narrow(): Expr | null {
    const { op, value } = this.#accumulator;
    if (op !== "add" || carrierOf(this.#dtype) !== "big" || value.kind !== "apply") return null;
    const [source] = value.args;
    const carrier = carrierOf(source.dtype);
    return value.op === `cast_${this.#dtype}` && (carrier === "int" || carrier === "bool") ? source : null;
  }

  get #partialDType(): DType {
    return this.#narrow === null ? this.#dtype : "float64";
  }

  /** Declares the state before the first element; `lengths` are those of the reduced axes. */
  declare(lengths: readonly string[]): void {
    const { op } = this.#accumulator;
    if (isPositional(this.#accumulator)) {
      this.#refuseEmpty(lengths);
      this.#code.line(`let ${this.#state}, ${this.#extra} = 0, ${this.#count} = 0;`);
      return;
    }
    if (identityOf(op, this.#dtype) === undefined) this.#refuseEmpty(lengths);
    this.#code.line(`let ${this.#state} = ${spellConstant(this.#library, startOf(op, this.#dtype))};`);
    if (this.#isCompensated) this.#code.line(`let ${this.#extra} = 0;`);
  }

  #refuseEmpty(lengths: readonly string[]): void {
    if (lengths.length === 0) return;
    this.#library.set("emptyReduction", emptyReduction);
    this.#code.line(`if (${lengths.join(" * ")} === 0) throw emptyReduction("${this.#accumulator.op}");`);
  }

  /** What is taken in of an element. */
  operand(value: Expr, spell: (expr: Expr) => string): string {
    const narrow = this.#narrow;
    return narrow === null ? spell(value) : asNumber(spell(narrow), carrierOf(narrow.dtype));
  }

  /** Declares partial results of a block. */
  partials(lanes: number): string[] {
    const start = this.#narrow === null ? startOf(this.#accumulator.op, this.#dtype) : 0;
    return Array.from({ length: lanes }, () => {
      const name = this.#code.fresh("q");
      this.#code.line(`let ${name} = ${spellConstant(this.#library, start)};`);
      return name;
    });
  }

  /** The statement that takes an operand into a partial result. */
  accumulate(partial: string, operand: string): string {
    return `${partial} = ${this.#combined(partial, operand, this.#partialDType)};`;
  }

  /** Partial results as one operand of {@link fold}. */
  join(partials: readonly string[]): string {
    return partials.reduce((sum, partial) => this.#combined(sum, partial, this.#partialDType));
  }

  #combined(a: string, b: string, dtype: DType): string {
    const { op } = this.#accumulator;
    if (op === "argmax" || op === "argmin") throw new TypeError(`${op} does not combine elements`);
    return spellOp(this.#library, op, [dtype, dtype], dtype, [a, b]);
  }

  /** Takes an operand into the state. */
  fold(operand: string): void {
    if (isPositional(this.#accumulator)) this.#foldPosition(operand);
    else if (this.#isCompensated) this.#foldCompensated(operand);
    else {
      const exact = this.#narrow === null ? operand : `BigInt(${operand})`;
      this.#code.line(`${this.#state} = ${this.#combined(this.#state, exact, this.#dtype)};`);
    }
  }

  /** Knuth's two-sum: the rounding error of every addition is kept. */
  #foldCompensated(operand: string): void {
    const [sum, error] = [this.#state, this.#extra];
    const value = this.#code.value(operand, "v");
    const [next, part] = [this.#code.fresh("t"), this.#code.fresh("t")];
    this.#code.line(`const ${next} = ${sum} + ${value}, ${part} = ${next} - ${sum};`);
    this.#code.line(`${error} += (${sum} - (${next} - ${part})) + (${value} - ${part});`);
    this.#code.line(`${sum} = ${next};`);
  }

  /** The first element, the first NaN, or one that is better than all before. */
  #foldPosition(operand: string): void {
    const [best, position, count] = [this.#state, this.#extra, this.#count];
    const isBetter = isComplex(this.#accumulator.value.dtype)
      ? this.#isBetterComplex(operand)
      : this.#isBetter(operand, this.#accumulator.op === "argmax" ? ">" : "<");
    this.#code.block(`if (${count} === 0 || ${isBetter})`, () => {
      this.#code.line(`${best} = ${operand};`);
      this.#code.line(`${position} = ${count};`);
    });
    this.#code.line(`${count}++;`);
  }

  #isBetter(operand: string, better: string): string {
    const best = this.#state;
    return `${best} === ${best} && (${operand} ${better} ${best} || ${operand} !== ${operand})`;
  }

  #isBetterComplex(operand: string): string {
    const best = this.#state;
    this.#library.set("less", less);
    const order = this.#accumulator.op === "argmax" ? `less(${best}, ${operand})` : `less(${operand}, ${best})`;
    return `!${best}.isNaN && (${order} || ${operand}.isNaN)`;
  }

  /** The result after the last element, in the accumulator's dtype. */
  result(): string {
    const { dtype } = this.#accumulator;
    if (isPositional(this.#accumulator)) return `BigInt(${this.#extra})`;
    const total = this.#isCompensated
      ? `(Number.isFinite(${this.#state}) ? ${this.#state} + ${this.#extra} : ${this.#state})`
      : this.#state;
    return dtype === this.#dtype ? total : convert(this.#library, total, carrierOf(this.#dtype), dtype);
  }
}

/** The dtype in which values are combined before the result is rounded. */
function widest(dtype: DType): DType {
  return isFloat(dtype) ? "float64" : isComplex(dtype) ? "complex128" : dtype;
}
