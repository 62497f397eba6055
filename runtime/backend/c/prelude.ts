/** Helper functions of C code: elementary functions from their programs over lanes, and what C's own operators do otherwise. */
import { inOrder, type Lane, type Precision } from "../../scalar/lanes.ts";
import { POLY_NAMES, type PolyName, polyProgram } from "../../scalar/poly.ts";
import { isNear, type NearName, nearProgram } from "../../scalar/trigonometric.ts";

/** Functions of C's mathematical library that are exact enough, with how many arguments they take. */
export const LIBM = {
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  atan2: 2,
  asinh: 1,
  acosh: 1,
  atanh: 1,
  log2: 1,
  log10: 1,
  pow: 2,
  fmod: 2,
  erf: 1,
} as const satisfies Record<string, 1 | 2>;
export type LibmName = keyof typeof LIBM;

/** Helper functions on integers and floats, by their names in C. */
const SOURCES = {
  tn_floordiv_f64: `static double tn_floordiv_f64(double a, double b) {
  if (b == 0) return a / b;
  const double r = fmod(a, b);
  const double q = (a - r) / b - (r != 0 && (r < 0) != (b < 0) ? 1 : 0);
  if (q == 0) return a / b * 0;
  const double f = __builtin_floor(q);
  return q - f > 0.5 ? f + 1 : f;
}`,
  tn_mod_f64: `static double tn_mod_f64(double a, double b) {
  const double r = fmod(a, b);
  if (r == 0) return b < 0 ? -0.0 : 0.0;
  return (r < 0) == (b < 0) ? r : r + b;
}`,
  tn_floordiv_i64: `static inline i64 tn_floordiv_i64(i64 a, i64 b) {
  if (b == 0) return 0;
  if (b == -1) return (i64)(0 - (u64)a);
  const i64 q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}`,
  tn_mod_i64: `static inline i64 tn_mod_i64(i64 a, i64 b) {
  if (b == 0 || b == -1) return 0;
  const i64 r = a % b;
  return r == 0 || (r < 0) == (b < 0) ? r : r + b;
}`,
  tn_pow_i64: `static i64 tn_pow_i64(i64 x, i64 y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? (y % 2 == 0 ? 1 : -1) : 0;
  u64 r = 1, s = (u64)x;
  for (; y > 0; y >>= 1) { if (y & 1) r *= s; s *= s; }
  return (i64)r;
}`,
  tn_pow_u64: `static u64 tn_pow_u64(u64 x, u64 y) {
  u64 r = 1;
  for (; y > 0; y >>= 1) { if (y & 1) r *= x; x *= x; }
  return r;
}`,
  tn_pow_f64: `static double tn_pow_f64(double x, double y) { return pow(x, y); }`,
  tn_pow_f32: `static float tn_pow_f32(float x, float y) { return (float)pow(x, y); }`,
  // Modulo 2^64: what the fraction is dropped of is m·2^e, of which only the low bits count.
  tn_i64_f64: `static __attribute__((noinline)) u64 tn_wrap_f64(double x) {
  union { double f; u64 u; } b; b.f = x;
  const int e = (int)(b.u >> 52 & 2047) - 1075;
  if (e >= 64) return 0;
  const u64 m = (b.u & 0xfffffffffffffULL) | 0x10000000000000ULL;
  const u64 r = e >= 0 ? m << e : e > -64 ? m >> -e : 0;
  return b.u >> 63 ? 0 - r : r;
}
static inline i64 tn_i64_f64(double x) { return x > -0x1p63 && x < 0x1p63 ? (i64)x : (i64)tn_wrap_f64(x); }`,
} as const satisfies Record<string, string>;
type SourceName = keyof typeof SOURCES;

/** A function that C code may call. */
export type HelperName = SourceName | `tn_${PolyName}_${"f32" | "f64"}` | `tn_near_${NearName}` | LibmName;

/** What a helper calls. */
const NEEDS: Partial<Record<SourceName, readonly HelperName[]>> = {
  tn_floordiv_f64: ["fmod"],
  tn_mod_f64: ["fmod"],
  tn_pow_f64: ["pow"],
  tn_pow_f32: ["pow"],
};

/** A product and a sum in one rounding where that is one instruction. */
const FUSED = `#ifdef __FMA__
#define TN_FMA64(a, b, c) __builtin_fma(a, b, c)
#define TN_FMA32(a, b, c) __builtin_fmaf(a, b, c)
#else
#define TN_FMA64(a, b, c) ((a) * (b) + (c))
#define TN_FMA32(a, b, c) ((a) * (b) + (c))
#endif`;

/** Definitions of helpers and of what they need. */
export function prelude(helpers: Iterable<HelperName>): string {
  const all = new Set<HelperName>();
  for (const helper of helpers) {
    for (const needed of isSource(helper) ? (NEEDS[helper] ?? []) : []) all.add(needed);
    all.add(helper);
  }
  const libraryFirst = [...all].sort((a, b) => Number(isLibm(b)) - Number(isLibm(a)));
  return [FUSED, ...libraryFirst.map(definition)].join("\n");
}

function isSource(helper: HelperName): helper is SourceName {
  return Object.hasOwn(SOURCES, helper);
}

function isLibm(helper: HelperName): helper is LibmName {
  return Object.hasOwn(LIBM, helper);
}

function definition(helper: HelperName): string {
  if (isSource(helper)) return SOURCES[helper];
  if (isLibm(helper)) return `double ${helper}(${LIBM[helper] === 1 ? "double" : "double, double"});`;
  for (const name of POLY_NAMES) {
    if (helper === `tn_${name}_f64`) return laneFunction(helper, polyProgram(name, 64), 64);
    if (helper === `tn_${name}_f32`) return laneFunction(helper, polyProgram(name, 32), 32);
  }
  const near = helper.slice("tn_near_".length);
  if (isNear(near)) return laneFunction(helper, nearProgram(near), 64);
  throw new TypeError(`there is no helper ${helper}`);
}

function laneFunction(name: string, program: Lane, precision: Precision): string {
  const [float, uint] = precision === 64 ? ["double", "u64"] : ["float", "unsigned int"];
  const names = new Map<Lane, string>();
  const lines = inOrder(program).flatMap((lane, i): string[] => {
    const parts = "args" in lane ? lane.args.map((part) => names.get(part) ?? "") : [];
    const text = fusedText(lane, names, precision) ?? laneText(lane, parts, precision);
    if (lane.op === "arg" || lane.op === "const" || lane.op === "iconst") {
      names.set(lane, text);
      return [];
    }
    names.set(lane, `v${i}`);
    const type = lane.kind === "float" ? float : lane.kind === "int" ? uint : "int";
    return [`  const ${type} v${i} = ${text};`];
  });
  const result = [...names.values()].at(-1);
  return `static inline __attribute__((always_inline)) ${float} ${name}(${float} x) {\n${lines.join("\n")}\n  return ${result};\n}`;
}

/** A sum or difference with a product as one operation that rounds once, where the processor has it; null for others. */
function fusedText(lane: Lane, names: ReadonlyMap<Lane, string>, precision: Precision): string | null {
  if (lane.op !== "add" && lane.op !== "sub") return null;
  const [a, b] = lane.args;
  const fused = (product: Lane, other: Lane, sign: string, otherSign: string): string | null =>
    product.op === "mul"
      ? `TN_FMA${precision}(${sign}${names.get(product.args[0])}, ${names.get(product.args[1])}, ${otherSign}${names.get(other)})`
      : null;
  return lane.op === "add"
    ? (fused(b, a, "", "") ?? fused(a, b, "", ""))
    : (fused(b, a, "-", "") ?? fused(a, b, "", "-"));
}

function laneText(lane: Lane, [a, b, c]: readonly string[], precision: Precision): string {
  const [float, uint] = precision === 64 ? ["double", "u64"] : ["float", "unsigned int"];
  const f = precision === 64 ? "" : "f";
  switch (lane.op) {
    case "arg":
      return "x";
    case "const":
      return floatText(lane.value, precision);
    case "iconst":
      return `((${uint})${BigInt.asUintN(precision, lane.value)}${precision === 64 ? "ULL" : "U"})`;
    case "add":
      return `${a} + ${b}`;
    case "sub":
      return `${a} - ${b}`;
    case "mul":
      return `${a} * ${b}`;
    case "div":
      return `${a} / ${b}`;
    case "max":
      return `${b} > ${a} ? ${b} : ${a}`;
    case "min":
      return `${b} < ${a} ? ${b} : ${a}`;
    case "copysign":
      return `__builtin_copysign${f}(${a}, ${b})`;
    case "neg":
      return `-${a}`;
    case "abs":
      return `__builtin_fabs${f}(${a})`;
    case "sqrt":
      return `__builtin_sqrt${f}(${a})`;
    case "floor":
      return `__builtin_floor${f}(${a})`;
    case "select":
      return `${a} ? ${b} : ${c}`;
    case "bits":
      return `((union { ${float} f; ${uint} u; }){ .f = ${a} }).u`;
    case "fromBits":
      return `((union { ${float} f; ${uint} u; }){ .u = ${a} }).f`;
    case "iadd":
      return `${a} + ${b}`;
    case "isub":
      return `${a} - ${b}`;
    case "iand":
      return `${a} & ${b}`;
    case "ior":
      return `${a} | ${b}`;
    case "shl":
      return `${a} << ${lane.by}`;
    case "shr":
      return `${a} >> ${lane.by}`;
    case "lt":
      return `${a} < ${b}`;
    case "le":
      return `${a} <= ${b}`;
    case "eq":
      return `${a} == ${b}`;
    case "ne":
      return `${a} != ${b}`;
    case "and":
      return `${a} & ${b}`;
    case "or":
      return `${a} | ${b}`;
  }
}

/** A float as C writes it, exactly. */
export function floatText(value: number, precision: Precision): string {
  const f = precision === 64 ? "" : "f";
  if (Number.isNaN(value)) return `__builtin_nan${f}("")`;
  if (!Number.isFinite(value)) return `(${value < 0 ? "-" : ""}__builtin_inf${f}())`;
  const rounded = precision === 64 ? value : Math.fround(value);
  const text = Object.is(rounded, -0) ? "-0.0" : String(rounded);
  const literal = /[.e]/.test(text) ? text : `${text}.0`;
  return `${text.startsWith("-") ? `(${literal}${f})` : `${literal}${f}`}`;
}
