/**
 * Elementary functions as straight-line programs over one vector lane: a small language that prints as C, as SIMD
 * instructions and as shader code. A lane is a float of 64 or 32 bits; its bits may be looked at as an integer of the same
 * size. There are no branches but selection, and no operation that common vector instructions lack.
 */

/** The size of a lane's float in bits. */
export type Precision = 32 | 64;

/** Functions of two floats. `max(a, b)` is `b > a ? b : a` and `min(a, b)` is `b < a ? b : a`, so that NaN in `a` passes. */
export type FloatOp = "add" | "sub" | "mul" | "div" | "max" | "min" | "copysign";
export type CompareOp = "lt" | "le" | "eq" | "ne";
/** Functions of two integers, which wrap. */
export type IntOp = "iadd" | "isub" | "iand" | "ior";

export type Lane =
  | { readonly kind: "float"; readonly op: "arg"; readonly index: number }
  | { readonly kind: "float"; readonly op: "const"; readonly value: number }
  | { readonly kind: "float"; readonly op: FloatOp; readonly args: readonly [Lane, Lane] }
  | { readonly kind: "float"; readonly op: "neg" | "abs" | "sqrt" | "floor"; readonly args: readonly [Lane] }
  /** The second where the first, a mask, is true, else the third. */
  | { readonly kind: "float"; readonly op: "select"; readonly args: readonly [Lane, Lane, Lane] }
  /** The float whose bits an integer holds. */
  | { readonly kind: "float"; readonly op: "fromBits"; readonly args: readonly [Lane] }
  | { readonly kind: "int"; readonly op: "bits"; readonly args: readonly [Lane] }
  | { readonly kind: "int"; readonly op: "iconst"; readonly value: bigint }
  | { readonly kind: "int"; readonly op: IntOp; readonly args: readonly [Lane, Lane] }
  /** Shifts by a number of bits that is known; to the right, zeros come in. */
  | { readonly kind: "int"; readonly op: "shl" | "shr"; readonly args: readonly [Lane]; readonly by: number }
  | { readonly kind: "mask"; readonly op: CompareOp | "and" | "or"; readonly args: readonly [Lane, Lane] };

export const arg = (index: number): Lane => ({ kind: "float", op: "arg", index });
export const num = (value: number): Lane => ({ kind: "float", op: "const", value });
const binary =
  (op: FloatOp) =>
  (a: Lane, b: Lane): Lane => ({ kind: "float", op, args: [a, b] });
export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const max = binary("max");
export const min = binary("min");
export const copysign = binary("copysign");
export const neg = (a: Lane): Lane => ({ kind: "float", op: "neg", args: [a] });
export const floor = (a: Lane): Lane => ({ kind: "float", op: "floor", args: [a] });
export const abs = (a: Lane): Lane => ({ kind: "float", op: "abs", args: [a] });
export const select = (mask: Lane, a: Lane, b: Lane): Lane => ({ kind: "float", op: "select", args: [mask, a, b] });
const compare =
  (op: CompareOp) =>
  (a: Lane, b: Lane): Lane => ({ kind: "mask", op, args: [a, b] });
export const lt = compare("lt");
export const le = compare("le");
export const eq = compare("eq");
export const ne = compare("ne");
export const bits = (a: Lane): Lane => ({ kind: "int", op: "bits", args: [a] });
export const fromBits = (a: Lane): Lane => ({ kind: "float", op: "fromBits", args: [a] });
export const int = (value: bigint): Lane => ({ kind: "int", op: "iconst", value });
const integer =
  (op: IntOp) =>
  (a: Lane, b: Lane): Lane => ({ kind: "int", op, args: [a, b] });
export const iadd = integer("iadd");
export const isub = integer("isub");
export const iand = integer("iand");
export const ior = integer("ior");
export const shl = (a: Lane, by: number): Lane => ({ kind: "int", op: "shl", args: [a], by });
export const shr = (a: Lane, by: number): Lane => ({ kind: "int", op: "shr", args: [a], by });

/** A polynomial, its coefficients from the constant one up, by Estrin's scheme: pairs first, so that they do not wait. */
export function polynomial(x: Lane, coefficients: readonly number[]): Lane {
  let terms = coefficients.map(num);
  for (let power = x; terms.length > 1; power = mul(power, power)) {
    terms = terms.flatMap((term, i) => {
      if (i % 2 === 1) return [];
      return [i + 1 < terms.length ? add(term, mul(terms[i + 1], power)) : term];
    });
  }
  return terms[0];
}

/** A polynomial by Horner's scheme. */
export function horner(x: Lane, coefficients: readonly number[]): Lane {
  return coefficients.map(num).reduceRight((sum, term) => add(term, mul(sum, x)));
}

/** The value of a program for some arguments: what all printed forms must agree with. */
export function evaluateLane(root: Lane, args: readonly number[], precision: Precision): number {
  const values = new Map<Lane, number | bigint | boolean>();
  for (const lane of inOrder(root))
    values.set(
      lane,
      laneValue(lane, args, precision, (part) => values.get(part)),
    );
  return Number(values.get(root));
}

/** A program's operations, each after what it uses. */
export function inOrder(root: Lane): readonly Lane[] {
  const done = new Set<Lane>();
  const visit = (lane: Lane): void => {
    if (done.has(lane)) return;
    if ("args" in lane) for (const part of lane.args) visit(part);
    done.add(lane);
  };
  visit(root);
  return [...done];
}

type Value = number | bigint | boolean | undefined;

function laneValue(
  lane: Lane,
  args: readonly number[],
  precision: Precision,
  get: (lane: Lane) => Value,
): number | bigint | boolean {
  const round = precision === 64 ? (x: number) => x : Math.fround;
  const float = (part: Lane): number => Number(get(part));
  const int = (part: Lane): bigint => BigInt(get(part) ?? 0);
  const wrap = (x: bigint): bigint => BigInt.asUintN(precision, x);
  switch (lane.op) {
    case "arg":
      return round(args[lane.index]);
    case "const":
      return round(lane.value);
    case "iconst":
      return wrap(lane.value);
    case "add":
      return round(float(lane.args[0]) + float(lane.args[1]));
    case "sub":
      return round(float(lane.args[0]) - float(lane.args[1]));
    case "mul":
      return round(float(lane.args[0]) * float(lane.args[1]));
    case "div":
      return round(float(lane.args[0]) / float(lane.args[1]));
    case "max":
      return float(lane.args[1]) > float(lane.args[0]) ? float(lane.args[1]) : float(lane.args[0]);
    case "min":
      return float(lane.args[1]) < float(lane.args[0]) ? float(lane.args[1]) : float(lane.args[0]);
    case "copysign": {
      const [size, sign] = [Math.abs(float(lane.args[0])), float(lane.args[1])];
      return sign < 0 || Object.is(sign, -0) ? -size : size;
    }
    case "neg":
      return -float(lane.args[0]);
    case "abs":
      return Math.abs(float(lane.args[0]));
    case "sqrt":
      return round(Math.sqrt(float(lane.args[0])));
    case "floor":
      return Math.floor(float(lane.args[0]));
    case "select":
      return get(lane.args[0]) ? float(lane.args[1]) : float(lane.args[2]);
    case "bits":
      return bitsOf(float(lane.args[0]), precision);
    case "fromBits":
      return floatOf(int(lane.args[0]), precision);
    case "iadd":
      return wrap(int(lane.args[0]) + int(lane.args[1]));
    case "isub":
      return wrap(int(lane.args[0]) - int(lane.args[1]));
    case "iand":
      return int(lane.args[0]) & int(lane.args[1]);
    case "ior":
      return int(lane.args[0]) | int(lane.args[1]);
    case "shl":
      return wrap(int(lane.args[0]) << BigInt(lane.by));
    case "shr":
      return int(lane.args[0]) >> BigInt(lane.by);
    case "lt":
      return float(lane.args[0]) < float(lane.args[1]);
    case "le":
      return float(lane.args[0]) <= float(lane.args[1]);
    case "eq":
      return float(lane.args[0]) === float(lane.args[1]);
    case "ne":
      return float(lane.args[0]) !== float(lane.args[1]);
    case "and":
      return Boolean(get(lane.args[0])) && Boolean(get(lane.args[1]));
    case "or":
      return Boolean(get(lane.args[0])) || Boolean(get(lane.args[1]));
  }
}

const VIEW = new DataView(new ArrayBuffer(8));

/** The bits of a float, as an unsigned integer. */
export function bitsOf(value: number, precision: Precision): bigint {
  if (precision === 64) {
    VIEW.setFloat64(0, value);
    return VIEW.getBigUint64(0);
  }
  VIEW.setFloat32(0, value);
  return BigInt(VIEW.getUint32(0));
}

function floatOf(value: bigint, precision: Precision): number {
  if (precision === 64) {
    VIEW.setBigUint64(0, value);
    return VIEW.getFloat64(0);
  }
  VIEW.setUint32(0, Number(value));
  return VIEW.getFloat32(0);
}
