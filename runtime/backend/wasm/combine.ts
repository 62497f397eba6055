/** The accumulators of reductions: what is combined, in one element or in lanes. */
import { type DType, isFloat } from "../../array/dtype.ts";
import type { Accumulator, ReduceOp } from "../../loop/ir.ts";
import { startOf } from "../accumulate.ts";
import type { Code, Local } from "./code.ts";
import { convertLanes, convertOne } from "./convert.ts";
import {
  laneBytes,
  localType,
  number,
  realNumber,
  resizeMasks,
  scalarOf,
  scalarShape,
  splatNumber,
  type Value,
  vectorShape,
} from "./lanes.ts";
import { writeOp } from "./ops.ts";

/** Values that stand for all elements taken in so far: one, or one for each lane. */
export interface Partial {
  readonly value: Value;
  /** Where a lane met NaN, which the comparison of lanes loses. */
  readonly flags: readonly Local[];
}

/** The dtype in which values are combined before the result is rounded. */
function combinedDType({ op, dtype }: Accumulator): DType {
  return isFloat(dtype) && (op === "add" || op === "mul") ? "float64" : dtype;
}

/** Writes the code of one accumulator that is no position. */
export class Combiner {
  readonly #code: Code;
  readonly #accumulator: Accumulator;
  readonly #op: Exclude<ReduceOp, "argmax" | "argmin">;
  readonly #dtype: DType;

  constructor(code: Code, accumulator: Accumulator) {
    const { op } = accumulator;
    if (op === "argmax" || op === "argmin") throw new TypeError(`${op} does not combine elements`);
    this.#code = code;
    this.#accumulator = accumulator;
    this.#op = op;
    this.#dtype = combinedDType(accumulator);
  }

  /** A floating-point sum is added in blocks, and keeps the rounding errors between them. */
  get isCompensated(): boolean {
    return this.#op === "add" && isFloat(this.#dtype);
  }

  get #isExtremeOfFloats(): boolean {
    return isFloat(this.#dtype) && (this.#op === "maximum" || this.#op === "minimum");
  }

  /** Locals for partial results of one element, or of `count` lanes. */
  declare(count: number | null): Partial {
    const type = localType(this.#dtype, count === null ? "one" : "lanes");
    if (count === null) return { value: { kind: "one", local: this.#code.local(type) }, flags: [] };
    const locals = Array.from({ length: (count * laneBytes(this.#dtype)) / 16 }, () => this.#code.local(type));
    return {
      value: { kind: "lanes", locals },
      flags: this.#isExtremeOfFloats ? locals.map(() => this.#code.local(type)) : [],
    };
  }

  /** Sets partial results to what combines with anything to that. */
  start({ value, flags }: Partial): void {
    this.#fill(value, realNumber(startOf(this.#op, this.#dtype)));
    for (const flag of flags) {
      splatNumber(this.#code, "i32x4", 0);
      this.#code.set(flag);
    }
  }

  #fill(value: Value, element: number | bigint): void {
    if (value.kind === "one") {
      number(this.#code, scalarShape(this.#dtype), element);
      this.#code.set(value.local);
      return;
    }
    for (const local of value.locals) {
      // Of truth values, the mask.
      const lane = this.#dtype === "bool" ? -Number(element) : element;
      splatNumber(this.#code, vectorShape(this.#dtype), lane);
      this.#code.set(local);
    }
  }

  /** Takes in a value of the accumulator's dtype. */
  take({ value: partial, flags }: Partial, value: Value, count: number): void {
    const { dtype } = this.#accumulator;
    if (partial.kind === "one" || value.kind === "one") {
      if (partial.kind === "lanes" || value.kind === "lanes")
        throw new TypeError("an element and lanes do not combine");
      this.#combine(partial.local, convertOne(this.#code, value.local, dtype, this.#dtype), false);
      return;
    }
    const resized = dtype === "bool" ? resizeMasks(this.#code, value.locals, partial.locals.length) : value.locals;
    const lanes = convertLanes(this.#code, resized, dtype, this.#dtype, count);
    partial.locals.forEach((local, i) => {
      if (flags.length === 0) this.#combine(local, lanes[i], true);
      else this.#takeExtreme(local, flags[i], lanes[i]);
    });
  }

  #combine(into: Local, operand: Local, wide: boolean): void {
    if (!wide && this.#isExtremeOfFloats) {
      const shape = this.#dtype === "float64" ? "f64" : "f32";
      this.#code.op(this.#op === "maximum" ? `${shape}.max` : `${shape}.min`, into, operand);
    } else writeOp(this.#code, this.#op, this.#dtype, wide, [into, operand]);
    this.#code.set(into);
  }

  /** One instruction compares lanes but loses NaN, which is remembered aside. */
  #takeExtreme(into: Local, flag: Local, operand: Local): void {
    const shape = this.#dtype === "float64" ? "f64x2" : "f32x4";
    this.#code.op(this.#op === "maximum" ? `${shape}.pmax` : `${shape}.pmin`, into, operand);
    this.#code.set(into);
    this.#code.op(`${shape}.ne`, operand, operand);
    this.#code.op("v128.or", flag);
    this.#code.set(flag);
  }

  /** Combines two partial results of the same form. */
  merge(into: Partial, from: Partial): void {
    const [a, b] = [localsOf(into.value), localsOf(from.value)];
    a.forEach((local, i) => {
      this.#combine(local, b[i], into.value.kind === "lanes");
    });
    into.flags.forEach((flag, i) => {
      this.#code.op("v128.or", flag, from.flags[i]);
      this.#code.set(flag);
    });
  }

  /** Takes all lanes of partial results into those of one element. */
  gather(into: Partial, from: Partial): void {
    const [first, ...rest] = localsOf(from.value);
    const target = localsOf(into.value)[0];
    const lanes = this.#code.local("v128");
    this.#code.get(first);
    this.#code.set(lanes);
    for (const other of rest) {
      if (from.flags.length === 0) this.#combine(lanes, other, true);
      else {
        const shape = this.#dtype === "float64" ? "f64x2" : "f32x4";
        this.#code.op(this.#op === "maximum" ? `${shape}.pmax` : `${shape}.pmin`, lanes, other);
        this.#code.set(lanes);
      }
    }
    const shape = vectorShape(this.#dtype);
    for (let lane = 0; lane < 16 / laneBytes(this.#dtype); lane++) {
      this.#code.get(lanes);
      this.#code.lane(`${shape}.extract_lane`, lane);
      if (this.#dtype === "bool") {
        this.#code.i32(1);
        this.#code.op("i32.and");
      }
      this.#combine(target, this.#code.set(scalarOf(shape)), false);
    }
    if (from.flags.length === 0) return;
    from.flags.forEach((flag, i) => {
      this.#code.get(flag);
      if (i > 0) this.#code.op("v128.or");
    });
    this.#code.op("v128.any_true");
    this.#code.if(() => this.#fill(into.value, NaN));
  }

  /** Knuth's two-sum: adds a partial sum, and its rounding error to `errors`. */
  addExactly(total: Partial, errors: Partial, from: Partial): void {
    const wide = total.value.kind === "lanes";
    const shape = wide ? "f64x2" : "f64";
    const type = wide ? "v128" : "f64";
    const [sums, lost, values] = [localsOf(total.value), localsOf(errors.value), localsOf(from.value)];
    sums.forEach((sum, i) => {
      this.#code.op(`${shape}.add`, sum, values[i]);
      const next = this.#code.set(type);
      this.#code.op(`${shape}.sub`, next, sum);
      const part = this.#code.set(type);
      this.#code.get(lost[i]);
      this.#code.get(sum);
      this.#code.op(`${shape}.sub`, next, part);
      this.#code.op(`${shape}.sub`);
      this.#code.op(`${shape}.sub`, values[i], part);
      this.#code.op(`${shape}.add`);
      this.#code.op(`${shape}.add`);
      this.#code.set(lost[i]);
      this.#code.get(next);
      this.#code.set(sum);
    });
  }

  /** The sum with its errors added, where it is finite. */
  correct(total: Partial, errors: Partial): void {
    const wide = total.value.kind === "lanes";
    const shape = wide ? "f64x2" : "f64";
    const lost = localsOf(errors.value);
    localsOf(total.value).forEach((sum, i) => {
      this.#code.op(`${shape}.add`, sum, lost[i]);
      this.#code.get(sum);
      this.#code.op(`${shape}.sub`, sum, sum);
      if (wide) splatNumber(this.#code, "f64x2", 0);
      else this.#code.f64(0);
      this.#code.op(`${shape}.eq`);
      if (wide) this.#code.op("v128.bitselect");
      else this.#code.select();
      this.#code.set(sum);
    });
  }

  /** The result in the accumulator's dtype. */
  result({ value, flags }: Partial, count: number): Value {
    const { dtype } = this.#accumulator;
    if (value.kind === "one") {
      return { kind: "one", local: convertOne(this.#code, value.local, this.#dtype, dtype) };
    }
    flags.forEach((flag, i) => {
      splatNumber(this.#code, vectorShape(this.#dtype), NaN);
      this.#code.get(value.locals[i]);
      this.#code.get(flag);
      this.#code.op("v128.bitselect");
      this.#code.set(value.locals[i]);
    });
    return { kind: "lanes", locals: convertLanes(this.#code, value.locals, this.#dtype, dtype, count) };
  }
}

function localsOf(value: Value): readonly Local[] {
  return value.kind === "one" ? [value.local] : value.locals;
}
