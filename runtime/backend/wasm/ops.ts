/**
 * Scalar ops as instructions. Most are the same for one element and for lanes, but for the prefix; each leaves its
 * result on the stack. What is not here, `elementary.ts` may have.
 */
import { carrierOf, type DType } from "../../array/dtype.ts";
import type { ScalarOpName } from "../../scalar/table.ts";
import type { Code, Local } from "./code.ts";
import { wrapLanes, wrapOne } from "./convert.ts";
import {
  carrierIs,
  isUnsigned,
  number,
  type ScalarShape,
  scalarShape,
  splatNumber,
  type VectorShape,
  vectorShape,
  zeros,
} from "./lanes.ts";

/** Where and on what an op is written. */
interface Site {
  readonly code: Code;
  /** The dtype of the arguments, of a selection that of the choices. */
  readonly dtype: DType;
  readonly wide: boolean;
}

type Write = (site: Site, ...args: readonly Local[]) => void;

interface Spelling {
  readonly write: Write;
  /** Whether it can be written for arguments of a dtype. */
  takes(dtype: DType, wide: boolean): boolean;
}

const always = (): boolean => true;
const floats = (dtype: DType): boolean => carrierIs(dtype, "float");
/** The table multiplies in float64. */
const doubles = (dtype: DType): boolean => dtype === "float64";
const integers = (dtype: DType, wide: boolean): boolean => carrierIs(dtype, "bool") || (!wide && !floats(dtype));

const SPELLINGS: ReadonlyMap<ScalarOpName, Spelling> = new Map<ScalarOpName, Spelling>([
  ["add", { takes: always, write: (site, a, b) => arithmetic(site, "add", "or", a, b) }],
  ["mul", { takes: always, write: (site, a, b) => arithmetic(site, "mul", "and", a, b) }],
  ["sub", { takes: always, write: (site, a, b) => arithmetic(site, "sub", "xor", a, b) }],
  ["sqr", { takes: always, write: (site, a) => arithmetic(site, "mul", "and", a, a) }],
  ["true_div", { takes: floats, write: (site, a, b) => float(site, "div", a, b) }],
  ["int_div", { takes: integers, write: (site, a, b) => floorDivide(site, a, b) }],
  ["mod", { takes: integers, write: (site, a, b) => modulo(site, a, b) }],
  ["neg", { takes: always, write: negate }],
  ["abs_", { takes: always, write: magnitude }],
  ["sgn", { takes: always, write: sign }],
  ["sqrt", { takes: floats, write: (site, a) => float(site, "sqrt", a) }],
  ["inv", { takes: floats, write: inverse }],
  ["ceil", { takes: floats, write: (site, a) => float(site, "ceil", a) }],
  ["floor", { takes: floats, write: (site, a) => float(site, "floor", a) }],
  ["trunc", { takes: floats, write: (site, a) => float(site, "trunc", a) }],
  ["round_half_to_even", { takes: floats, write: (site, a) => float(site, "nearest", a) }],
  ["round_half_away_from_zero", { takes: floats, write: roundAway }],
  ["maximum", { takes: always, write: (site, a, b) => extreme(site, "ge", a, b) }],
  ["minimum", { takes: always, write: (site, a, b) => extreme(site, "le", a, b) }],
  ["clip", { takes: always, write: clip }],
  ["eq", { takes: always, write: (site, a, b) => compare(site, "eq", a, b) }],
  ["neq", { takes: always, write: (site, a, b) => compare(site, "ne", a, b) }],
  ["lt", { takes: always, write: (site, a, b) => compare(site, "lt", a, b) }],
  ["le", { takes: always, write: (site, a, b) => compare(site, "le", a, b) }],
  ["gt", { takes: always, write: (site, a, b) => compare(site, "gt", a, b) }],
  ["ge", { takes: always, write: (site, a, b) => compare(site, "ge", a, b) }],
  ["isnan", { takes: (dtype, wide) => !wide || floats(dtype), write: isNaNElement }],
  ["isinf", { takes: (dtype, wide) => !wide || floats(dtype), write: isInfinite }],
  ["and_", { takes: always, write: (site, a, b) => bits(site, "and", a, b) }],
  ["or_", { takes: always, write: (site, a, b) => bits(site, "or", a, b) }],
  ["xor", { takes: always, write: (site, a, b) => bits(site, "xor", a, b) }],
  ["invert", { takes: always, write: invert }],
  ["switch", { takes: always, write: (site, condition, a, b) => choose(site, a, b, () => site.code.get(condition)) }],
  ["deg2rad", { takes: doubles, write: (site, a) => scale(site, Math.PI / 180, a) }],
  ["rad2deg", { takes: doubles, write: (site, a) => scale(site, 180 / Math.PI, a) }],
]);

/** How an op on arguments of a dtype is written, or undefined when it is not. */
export function spellingOf(op: ScalarOpName, dtype: DType, wide: boolean): Write | undefined {
  const spelling = SPELLINGS.get(op);
  return spelling?.takes(dtype, wide) ? spelling.write : undefined;
}

/** Writes an op and leaves the result on the stack; see {@link spellingOf}. */
export function writeOp(code: Code, op: ScalarOpName, dtype: DType, wide: boolean, args: readonly Local[]): void {
  const write = spellingOf(op, dtype, wide);
  if (write === undefined) throw new TypeError(`${op} of ${dtype} has no instructions`);
  write({ code, dtype, wide }, ...args);
}

type Shape = ScalarShape | VectorShape;

function shapeOf({ dtype, wide }: Site): Shape {
  return wide ? vectorShape(dtype) : scalarShape(dtype);
}

function floatShape({ dtype, wide }: Site): "f32" | "f64" | "f32x4" | "f64x2" {
  return dtype === "float64" ? (wide ? "f64x2" : "f64") : wide ? "f32x4" : "f32";
}

type FloatName = "div" | "sqrt" | "ceil" | "floor" | "trunc" | "nearest" | "abs" | "neg";

function float(site: Site, name: FloatName, ...args: readonly Local[]): void {
  site.code.op(`${floatShape(site)}.${name}`, ...args);
}

/** A constant on the stack. */
function constant(site: Site, value: number): void {
  if (site.wide) splatNumber(site.code, vectorShape(site.dtype), value);
  else number(site.code, scalarShape(site.dtype), value);
}

/** What is on the stack as an element of the site's dtype. */
function wrap({ code, dtype, wide }: Site): void {
  if (wide) wrapLanes(code, dtype);
  else wrapOne(code, dtype);
}

/** `and`, `or` or `xor` of what is on the stack. */
function bitwise(site: Site, name: "and" | "or" | "xor"): void {
  site.code.op(site.wide ? `v128.${name}` : scalarShape(site.dtype) === "i64" ? `i64.${name}` : `i32.${name}`);
}

function bits(site: Site, name: "and" | "or" | "xor", a: Local, b: Local): void {
  site.code.get(a);
  site.code.get(b);
  bitwise(site, name);
}

function arithmetic(site: Site, name: "add" | "sub" | "mul", ofBools: "or" | "and" | "xor", a: Local, b: Local): void {
  if (site.dtype === "bool") bits(site, ofBools, a, b);
  else {
    site.code.op(`${shapeOf(site)}.${name}`, a, b);
    wrap(site);
  }
}

function negate(site: Site, a: Local): void {
  if (floats(site.dtype)) {
    float(site, "neg", a);
    return;
  }
  constant(site, 0);
  site.code.get(a);
  site.code.op(`${shapeOf(site)}.sub`);
  wrap(site);
}

function magnitude(site: Site, a: Local): void {
  const { code, dtype, wide } = site;
  if (floats(dtype)) float(site, "abs", a);
  else if (dtype === "bool" || isUnsigned(dtype)) code.get(a);
  else if (wide) {
    code.op(carrierOf(dtype) === "big" ? "i64x2.abs" : "i32x4.abs", a);
    wrap(site);
  } else {
    negate(site, a);
    const negative = code.set(scalarShape(dtype));
    choose(site, negative, a, () => compareWithZero(site, "lt", a));
  }
}

function sign(site: Site, a: Local): void {
  const { code, wide } = site;
  if (floats(site.dtype)) {
    constant(site, 1);
    const one = code.set(wide ? "v128" : scalarShape(site.dtype));
    constant(site, -1);
    const minusOne = code.set(wide ? "v128" : scalarShape(site.dtype));
    constant(site, 0);
    const zero = code.set(wide ? "v128" : scalarShape(site.dtype));
    choose(site, minusOne, zero, () => compareWithZero(site, "lt", a));
    const below = code.set(wide ? "v128" : scalarShape(site.dtype));
    choose(site, one, below, () => compareWithZero(site, "gt", a));
    const known = code.set(wide ? "v128" : scalarShape(site.dtype));
    choose(site, a, known, () => compare(site, "ne", a, a));
    return;
  }
  // A comparison gives 1, and as a mask -1.
  for (const name of wide ? (["lt", "gt"] as const) : (["gt", "lt"] as const)) {
    compareWithZero(site, name, a);
    if (!wide && carrierOf(site.dtype) === "big") code.op("i64.extend_i32_u");
  }
  code.op(`${shapeOf(site)}.sub`);
}

function inverse(site: Site, a: Local): void {
  constant(site, 1);
  float(site, "div", a);
}

/** Halves away from zero. The difference from the integer part, and that part plus 1, are exact. */
function roundAway(site: Site, a: Local): void {
  const { code, wide } = site;
  const shape = floatShape(site);
  const type = wide ? "v128" : scalarShape(site.dtype);
  float(site, "trunc", a);
  const whole = code.set(type);
  constant(site, 1);
  copySign(site, a);
  code.op(`${shape}.add`, whole);
  const next = code.set(type);
  choose(site, next, whole, () => {
    code.op(`${shape}.sub`, a, whole);
    code.op(`${shape}.abs`);
    constant(site, 0.5);
    code.op(`${shape}.ge`);
  });
}

/** What is on the stack, with the sign of an argument. */
function copySign(site: Site, a: Local): void {
  if (!site.wide) {
    site.code.op(site.dtype === "float64" ? "f64.copysign" : "f32.copysign", a);
    return;
  }
  site.code.get(a);
  constant(site, -0);
  site.code.op("v128.and");
  site.code.op("v128.or");
}

/** The first argument where it is beyond the second, equal to it, or NaN. */
function extreme(site: Site, better: "ge" | "le", a: Local, b: Local): void {
  if (site.dtype === "bool") {
    bits(site, better === "ge" ? "or" : "and", a, b);
    return;
  }
  choose(site, a, b, () => {
    compare(site, better, a, b);
    if (!floats(site.dtype)) return;
    compare(site, "ne", a, a);
    site.code.op(site.wide ? "v128.or" : "i32.or");
  });
}

function clip(site: Site, x: Local, low: Local, high: Local): void {
  const { code, dtype, wide } = site;
  if (dtype === "bool") {
    choose(site, high, low, () => code.get(x));
    return;
  }
  choose(site, high, x, () => compare(site, "gt", x, high));
  const below = code.set(wide ? "v128" : scalarShape(dtype));
  choose(site, low, below, () => compare(site, "lt", x, low));
}

/** The first choice where `condition`, which it leaves on the stack, holds. */
function choose(site: Site, a: Local, b: Local, condition: () => void): void {
  site.code.get(a);
  site.code.get(b);
  condition();
  if (site.wide) site.code.op("v128.bitselect");
  else site.code.select();
}

type Comparison = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** A truth value, or a mask. */
function compare(site: Site, name: Comparison, a: Local, b: Local): void {
  const { code, dtype } = site;
  const unsigned = isUnsigned(dtype);
  const shape = shapeOf(site);
  if (shape === "f32" || shape === "f64" || shape === "f32x4" || shape === "f64x2" || name === "eq" || name === "ne") {
    code.op(equality(shape, name), a, b);
  } else if (shape === "i64x2") {
    // There are no comparisons of unsigned lanes of 64 bits: they are moved into the signed range.
    for (const operand of [a, b]) {
      code.get(operand);
      if (!unsigned) continue;
      splatNumber(code, "i64x2", -(2n ** 63n));
      code.op("v128.xor");
    }
    code.op(`i64x2.${name}_s`);
  } else code.op(`${shape}.${name}_${unsigned ? "u" : "s"}`, a, b);
}

function equality<Name extends Comparison>(
  shape: Shape,
  name: Name,
): `${"f32" | "f64" | "f32x4" | "f64x2"}.${Comparison}` | `${"i32" | "i64" | "i32x4" | "i64x2"}.${"eq" | "ne"}` {
  if (shape === "f32" || shape === "f64" || shape === "f32x4" || shape === "f64x2") return `${shape}.${name}`;
  return name === "eq" ? `${shape}.eq` : `${shape}.ne`;
}

function compareWithZero(site: Site, name: Comparison, a: Local): void {
  const type = site.wide ? "v128" : scalarShape(site.dtype);
  constant(site, 0);
  compare(site, name, a, site.code.set(type));
}

function isNaNElement(site: Site, a: Local): void {
  if (floats(site.dtype)) compare(site, "ne", a, a);
  else site.code.i32(0);
}

function isInfinite(site: Site, a: Local): void {
  if (!floats(site.dtype)) {
    site.code.i32(0);
    return;
  }
  float(site, "abs", a);
  constant(site, Infinity);
  site.code.op(`${floatShape(site)}.eq`);
}

function invert(site: Site, a: Local): void {
  const { code, dtype, wide } = site;
  if (wide) {
    code.op("v128.not", a);
    if (dtype !== "bool") wrap(site);
  } else if (dtype === "bool") code.op("i32.eqz", a);
  else {
    const shape = scalarShape(dtype);
    code.get(a);
    number(code, shape, -1);
    bitwise(site, "xor");
    wrap(site);
  }
}

/** A product with a constant. */
function scale(site: Site, factor: number, a: Local): void {
  constant(site, factor);
  site.code.op(site.wide ? "f64x2.mul" : "f64.mul", a);
}

/** One integer divided by another, rounded down; 0 when the divisor is. */
function floorDivide(site: Site, a: Local, b: Local): void {
  const { code, dtype } = site;
  if (dtype === "bool") {
    bits(site, "and", a, b);
    return;
  }
  const shape = integerShape(dtype);
  divided(site, b, () => {
    if (isUnsigned(dtype)) {
      code.op(`${shape}.div_u`, a, b);
      return;
    }
    // The smallest number divided by -1 would trap.
    code.get(b);
    number(code, shape, -1);
    code.op(`${shape}.eq`);
    code.choose(
      shape,
      () => negate(site, a),
      () => {
        code.op(`${shape}.div_s`, a, b);
        // One less where there is a rest, and it has not the divisor's sign.
        code.op(`${shape}.rem_s`, a, b);
        number(code, shape, 0);
        code.op(`${shape}.ne`);
        code.op(`${shape}.xor`, a, b);
        number(code, shape, 0);
        code.op(`${shape}.lt_s`);
        code.op("i32.and");
        if (shape === "i64") code.op("i64.extend_i32_u");
        code.op(`${shape}.sub`);
      },
    );
    wrap(site);
  });
}

/** The rest of that division. */
function modulo(site: Site, a: Local, b: Local): void {
  const { code, dtype } = site;
  if (dtype === "bool") {
    if (site.wide) zeros(code);
    else code.i32(0);
    return;
  }
  const shape = integerShape(dtype);
  divided(site, b, () => {
    code.op(isUnsigned(dtype) ? `${shape}.rem_u` : `${shape}.rem_s`, a, b);
    if (isUnsigned(dtype)) return;
    const rest = code.set(shape);
    code.get(rest);
    code.get(b);
    number(code, shape, 0);
    code.get(rest);
    number(code, shape, 0);
    code.op(`${shape}.ne`);
    code.op(`${shape}.xor`, rest, b);
    number(code, shape, 0);
    code.op(`${shape}.lt_s`);
    code.op("i32.and");
    code.select();
    code.op(`${shape}.add`);
  });
}

function integerShape(dtype: DType): "i32" | "i64" {
  return carrierOf(dtype) === "big" ? "i64" : "i32";
}

/** 0 when the divisor is 0, else what `write` leaves on the stack. */
function divided(site: Site, divisor: Local, write: () => void): void {
  const shape = integerShape(site.dtype);
  site.code.op(`${shape}.eqz`, divisor);
  site.code.choose(shape, () => number(site.code, shape, 0), write);
}
