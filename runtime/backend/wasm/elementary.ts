/**
 * Elementary functions: the programs over lanes of `scalar/poly.ts` as vector instructions. Several vectors go through a
 * program side by side, one operation after the other, so that none waits for the last result of its own.
 */
import type { DType } from "../../array/dtype.ts";
import type { Lane, Precision } from "../../scalar/lanes.ts";
import { isPoly, polyProgram, shortPolyProgram } from "../../scalar/poly.ts";
import type { ScalarOpName } from "../../scalar/table.ts";
import type { Code, Local } from "./code.ts";
import { multiplyAdd } from "./fused.ts";
import { splatNumber } from "./lanes.ts";

/** How an op is computed: for any arguments, and where there is a shorter way, for those of at most a certain size. */
interface Elementary {
  readonly program: Lane;
  readonly short: { readonly program: Lane; readonly limit: number } | null;
}

/** Programs made before, by op and dtype. */
const programs = new Map<string, Elementary>();

/** The programs of an op on arguments of a dtype, or undefined when there are none. */
export function elementaryOf(op: ScalarOpName, dtype: DType): Elementary | undefined {
  if ((dtype !== "float32" && dtype !== "float64") || !isPoly(op)) return undefined;
  const key = `${op} ${dtype}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const precision = precisionOf(dtype);
  const made = {
    program: polyProgram(op, precision, "horner"),
    short: shortPolyProgram(op, precision, "horner"),
  };
  programs.set(key, made);
  return made;
}

function precisionOf(dtype: DType): Precision {
  return dtype === "float64" ? 64 : 32;
}

/** Writes an op for all vectors of its operand. */
export function writeElementary(
  code: Code,
  op: ScalarOpName,
  dtype: DType,
  operand: readonly Local[],
): readonly Local[] {
  const elementary = elementaryOf(op, dtype);
  if (elementary === undefined) throw new TypeError(`${op} of ${dtype} has no instructions`);
  const { program, short } = elementary;
  const precision = precisionOf(dtype);
  // One vector alone is what is left over at the end of a loop.
  if (short === null || operand.length < 2) return writeProgram(code, program, precision, operand);
  const results = operand.map(() => code.local("v128"));
  const write = (chosen: Lane): void =>
    writeProgram(code, chosen, precision, operand).forEach((local, i) => {
      code.get(local);
      code.set(results[i]);
    });
  writeWithin(code, short.limit, precision, operand);
  code.if(
    () => write(short.program),
    () => write(program),
  );
  return results;
}

/** Whether no lane is beyond a limit, or NaN. */
function writeWithin(code: Code, limit: number, precision: Precision, operand: readonly Local[]): void {
  const shape = precision === 64 ? "f64x2" : "f32x4";
  operand.forEach((local, i) => {
    code.op(`${shape}.abs`, local);
    splatNumber(code, shape, limit);
    code.op(`${shape}.le`);
    if (i > 0) code.op("v128.and");
  });
  code.op(precision === 64 ? "i64x2.all_true" : "i32x4.all_true");
}

/** Writes a program for several vectors side by side. */
function writeProgram(code: Code, program: Lane, precision: Precision, operand: readonly Local[]): readonly Local[] {
  const values = operand.map(() => new Map<Lane, Local>());
  for (const { lane, fused } of stepsOf(program)) {
    values.forEach((known, i) => {
      const get = (part: Lane): Local => {
        const local = known.get(part);
        if (local === undefined) throw new ReferenceError("a program uses what it has not computed");
        return local;
      };
      if (lane.op === "arg") known.set(lane, operand[i]);
      else {
        if (fused === null) writeLane(code, lane, precision, get);
        else {
          const [a, b] = fused.factors;
          multiplyAdd(code, precision === 64 ? "f64x2" : "f32x4", [get(a), get(b)], get(fused.other), fused.sign);
        }
        known.set(lane, code.set("v128"));
      }
    });
  }
  return values.map((known, i) => known.get(program) ?? operand[i]);
}

/** A sum or difference of `other` and a product. */
interface Fused {
  readonly factors: readonly [Lane, Lane];
  readonly other: Lane;
  readonly sign: 1 | -1;
}

/** An operation as it is written: with a product in it, or by itself. */
interface Step {
  readonly lane: Lane;
  readonly fused: Fused | null;
}

function fusedOf(lane: Lane): Fused | null {
  if (lane.op !== "add" && lane.op !== "sub") return null;
  const [a, b] = lane.args;
  if (b.op === "mul") return { factors: b.args, other: a, sign: lane.op === "add" ? 1 : -1 };
  return lane.op === "add" && a.op === "mul" ? { factors: a.args, other: b, sign: 1 } : null;
}

/** The operations that a program needs, each after what it uses. */
function stepsOf(program: Lane): readonly Step[] {
  const steps = new Map<Lane, Step>();
  const visit = (lane: Lane): void => {
    if (steps.has(lane)) return;
    const fused = fusedOf(lane);
    const parts = fused !== null ? [...fused.factors, fused.other] : "args" in lane ? lane.args : [];
    for (const part of parts) visit(part);
    steps.set(lane, { lane, fused });
  };
  visit(program);
  return [...steps.values()];
}

/** One operation, its result left on the stack. */
function writeLane(
  code: Code,
  lane: Exclude<Lane, { op: "arg" }>,
  precision: Precision,
  get: (lane: Lane) => Local,
): void {
  const shape = precision === 64 ? "f64x2" : "f32x4";
  const integers = precision === 64 ? "i64x2" : "i32x4";
  switch (lane.op) {
    case "const":
      splatNumber(code, shape, lane.value);
      return;
    case "iconst":
      splatNumber(code, integers, BigInt.asIntN(precision, lane.value));
      return;
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "lt":
    case "le":
    case "eq":
    case "ne":
      code.op(`${shape}.${lane.op}`, get(lane.args[0]), get(lane.args[1]));
      return;
    case "max":
    case "min":
      code.op(`${shape}.p${lane.op}`, get(lane.args[0]), get(lane.args[1]));
      return;
    case "neg":
    case "abs":
    case "sqrt":
    case "floor":
      code.op(`${shape}.${lane.op}`, get(lane.args[0]));
      return;
    case "copysign":
      code.get(get(lane.args[1]));
      code.get(get(lane.args[0]));
      splatNumber(code, shape, -0);
      code.op("v128.bitselect");
      return;
    case "select":
      code.op("v128.bitselect", get(lane.args[1]), get(lane.args[2]), get(lane.args[0]));
      return;
    case "bits":
    case "fromBits":
      code.get(get(lane.args[0]));
      return;
    case "iadd":
      code.op(`${integers}.add`, get(lane.args[0]), get(lane.args[1]));
      return;
    case "isub":
      code.op(`${integers}.sub`, get(lane.args[0]), get(lane.args[1]));
      return;
    case "iand":
    case "and":
      code.op("v128.and", get(lane.args[0]), get(lane.args[1]));
      return;
    case "ior":
    case "or":
      code.op("v128.or", get(lane.args[0]), get(lane.args[1]));
      return;
    case "shl":
      code.get(get(lane.args[0]));
      code.i32(lane.by);
      code.op(`${integers}.shl`);
      return;
    case "shr":
      code.get(get(lane.args[0]));
      code.i32(lane.by);
      code.op(`${integers}.shr_u`);
  }
}
