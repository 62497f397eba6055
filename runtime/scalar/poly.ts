/**
 * Exponentials, logarithms and what is made of them, as programs over lanes. Errors are below 2 ulp; zeros, infinities,
 * NaN and subnormal numbers come out as the exact functions have them.
 *
 * Exponentials reduce the argument by a multiple of ln 2 in two parts and take a polynomial of what is left.
 * Logarithms take the argument apart into 2^k·(1+f) with √½ < 1+f < √2 and use log(1+f) = 2·artanh(f/(2+f)); the
 * coefficients of artanh's series, fitted to that range, are those of FreeBSD's `e_log.c` and `e_logf.c`.
 */
import {
  abs,
  add,
  arg,
  bits,
  copysign,
  div,
  eq,
  fromBits,
  horner,
  iadd,
  iand,
  int,
  ior,
  type Lane,
  le,
  lt,
  max,
  min,
  mul,
  neg,
  num,
  type Precision,
  polynomial,
  select,
  shl,
  shr,
  sub,
} from "./lanes.ts";

/** How a polynomial is evaluated. */
type Polynomial = (x: Lane, coefficients: readonly number[]) => Lane;

/** What differs between the precisions. */
interface Format {
  readonly polynomial: Polynomial;
  readonly mantissa: number;
  readonly bias: bigint;
  /** Added to a number, it leaves the nearest integer in the lowest bits. */
  readonly magic: number;
  /** 1 / ln 2. */
  readonly log2e: number;
  /** ln 2 in two parts; the first has few enough digits that its multiples are exact. */
  readonly ln2: readonly [number, number];
  /** Of (e^r - 1 - r)/r² on |r| ≤ ln(2)/2: the polynomial through its values at Chebyshev's points there. */
  readonly series: readonly number[];
  /** Arguments beyond these give infinity and 0. */
  readonly exp: readonly [number, number];
  /** Of artanh. */
  readonly log: readonly number[];
  /** The smallest normal number, and a power of 2 that makes all smaller ones normal. */
  readonly tiny: number;
  readonly lift: number;
  /** The bits of √½, of which the lowest are 0. */
  readonly half: bigint;
}

const FORMATS: Readonly<Record<Precision, Omit<Format, "polynomial">>> = {
  64: {
    mantissa: 52,
    bias: 1023n,
    magic: 1.5 * 2 ** 52,
    log2e: Math.LOG2E,
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    series: [
      0.5000000000000001, 0.16666666666666669, 0.041666666666624164, 0.008333333333330065, 0.0013888888917196719,
      0.00019841269863040545, 2.4801521322368692e-5, 2.7557268480310024e-6, 2.7620075879983367e-7,
      2.5100375832561234e-8,
    ],
    exp: [-746, 710],
    log: [
      0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
      0.15313837699209373, 0.14798198605116586,
    ],
    tiny: 2 ** -1022,
    lift: 54,
    half: 0x3fe6a09e00000000n,
  },
  32: {
    mantissa: 23,
    bias: 127n,
    magic: 1.5 * 2 ** 23,
    log2e: Math.LOG2E,
    ln2: [6.9313812256e-1, 9.0580006145e-6],
    series: [0.5, 0.166665778, 0.0416665561, 0.00836317334, 0.00139261759],
    exp: [-104, 89],
    log: [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841],
    tiny: 2 ** -126,
    lift: 25,
    half: 0x3f3504f3n,
  },
};

/** An argument between 2^n and what is left of it. */
interface Reduced {
  /** e^r - 1. */
  readonly small: Lane;
  /** 2^n as two factors: one alone would overflow early. */
  readonly scale: readonly [Lane, Lane];
  /** 1 / the second factor. */
  readonly inverse: Lane;
}

function reduceExp(x: Lane, format: Format, base: "e" | "2" = "e", isExact = false): Reduced {
  const [low, high] =
    base === "e" ? format.exp : format.exp.map((limit) => Math.ceil(Math.abs(limit) * Math.LOG2E) * Math.sign(limit));
  // NaN stays NaN.
  const limited = min(max(x, num(low)), num(high));
  const { n, small } = reduceWithin(limited, format, base, isExact);
  const magic = num(format.magic);
  const half = add(mul(n, num(0.5)), magic);
  const rest = sub(n, sub(half, magic));
  return {
    small,
    scale: [power(half, format), power(add(rest, magic), format)],
    inverse: power(sub(magic, rest), format),
  };
}

/** An argument that is known to be within the limits: e^r - 1, the exponent n, and n + magic. */
interface Within {
  readonly small: Lane;
  readonly n: Lane;
  readonly shifted: Lane;
}

/** @param isExact takes up what the rounding of the rest lost, for those who subtract from e^x what is as large. */
function reduceWithin(x: Lane, format: Format, base: "e" | "2" = "e", isExact = false): Within {
  const { magic, ln2, series } = format;
  const shifted = add(base === "e" ? mul(x, num(format.log2e)) : x, num(magic));
  const n = sub(shifted, num(magic));
  const first = sub(x, mul(n, num(ln2[0])));
  const r =
    base === "e" ? sub(first, mul(n, num(ln2[1]))) : add(mul(sub(x, n), num(ln2[0])), mul(sub(x, n), num(ln2[1])));
  const rest = mul(mul(r, r), format.polynomial(r, series));
  const lost = sub(sub(first, r), mul(n, num(ln2[1])));
  return { small: add(r, isExact ? add(rest, lost) : rest), n, shifted };
}

/** 2^n of n + magic, whose lowest bits are those of n. */
function power(shifted: Lane, { mantissa, bias }: Format): Lane {
  return fromBits(iadd(shl(bits(shifted), mantissa), int(bias << BigInt(mantissa))));
}

function exp(x: Lane, format: Format, base: "e" | "2" = "e"): Lane {
  const { small, scale } = reduceExp(x, format, base);
  return mul(mul(add(num(1), small), scale[0]), scale[1]);
}

function expm1(x: Lane, format: Format): Lane {
  const { small, scale, inverse } = reduceExp(x, format, "e", true);
  const value = mul(add(mul(scale[0], small), sub(scale[0], inverse)), scale[1]);
  // The sign of zero.
  return select(eq(x, num(0)), x, value);
}

/** log(x) + correction, the correction being much smaller; and the same to another base given 1/ln(base) in two parts. */
function logarithm(x: Lane, format: Format, correction: Lane | null, base?: readonly [number, number]): Lane {
  const { mantissa, bias, log, tiny, lift, half, ln2, polynomial } = format;
  const isSmall = lt(x, num(tiny));
  const lifted = select(isSmall, mul(x, num(2 ** lift)), x);
  const one = bias << BigInt(mantissa);
  const shifted = iadd(bits(lifted), int(one - half));
  const m = fromBits(iadd(iand(shifted, int((1n << BigInt(mantissa)) - 1n)), int(half)));
  // An integer as a float: its bits under those of a power of 2.
  const big = 2 ** mantissa;
  const exponent = fromBits(ior(shr(shifted, mantissa), bits(num(big))));
  const k = sub(sub(exponent, num(big + Number(bias))), select(isSmall, num(lift), num(0)));
  const f = sub(m, num(1));
  const s = div(f, add(num(2), f));
  const z = mul(s, s);
  const series = mul(z, polynomial(z, log));
  const square = mul(num(0.5), mul(f, f));
  const low = correction === null ? mul(k, num(ln2[1])) : add(mul(k, num(ln2[1])), correction);
  const rest = add(mul(s, add(square, series)), low);
  const value =
    base === undefined
      ? add(sub(rest, sub(square, f)), mul(k, num(ln2[0])))
      : inBase(base, k, f, add(sub(mul(s, add(square, series)), square), correction ?? num(0)));
  return value;
}

/** k + (f + rest) / ln(base), for bases whose logarithm of 2 is exact enough in two parts. */
function inBase([high, low]: readonly [number, number], k: Lane, f: Lane, rest: Lane): Lane {
  return add(add(mul(add(f, rest), num(low)), mul(rest, num(high))), add(mul(f, num(high)), k));
}

function log(x: Lane, format: Format): Lane {
  const value = logarithm(x, format, null);
  const finite = select(lt(x, num(Infinity)), value, x);
  return select(le(x, num(0)), select(eq(x, num(0)), num(-Infinity), num(NaN)), finite);
}

function log1p(x: Lane, format: Format): Lane {
  const sum = add(num(1), x);
  // What the rounding of the sum lost.
  const lost = div(sub(x, sub(sum, num(1))), sum);
  const value = logarithm(sum, format, lost);
  const finite = select(lt(x, num(Infinity)), value, x);
  const defined = select(le(x, num(-1)), select(eq(x, num(-1)), num(-Infinity), num(NaN)), finite);
  return select(eq(x, num(0)), x, defined);
}

/** A format in which half of e^2x - 1 is reduced as e^x - 1 is: powers of two move into the constants. */
function doubled(format: Format): Format {
  return {
    ...format,
    log2e: 2 * format.log2e,
    ln2: [format.ln2[0] / 2, format.ln2[1] / 2],
    series: format.series.map((term, i) => term * 2 ** (i + 1)),
    bias: format.bias + 1n,
  };
}

function tanh(x: Lane, format: Format): Lane {
  // Beyond 22 the result is 1; NaN stays NaN.
  const twice = doubled(format);
  const { small: half, shifted } = reduceWithin(min(abs(x), num(22)), twice, "e", true);
  const scale = power(shifted, twice);
  const t = mul(num(0.5), add(mul(scale, half), add(mul(scale, num(0.5)), num(-1))));
  // What the rounding of the denominator lost, times 1 / (1 + t).
  const below = add(t, num(1));
  const lost = sub(t, sub(below, num(1)));
  const ratio = div(t, below);
  return withSign(sub(ratio, mul(mul(ratio, lost), sub(num(1), ratio))), x, format);
}

/** What is not negative with the sign of x. */
function withSign(size: Lane, x: Lane, { mantissa, bias }: Format): Lane {
  const sign = (2n * bias + 2n) << BigInt(mantissa);
  return fromBits(ior(bits(size), iand(bits(x), int(sign))));
}

function sigmoid(x: Lane, format: Format): Lane {
  // Of small results the power of 2 is too small for a float of its own.
  const { small, n } = reduceWithin(max(neg(abs(x)), num(format.exp[0])), format);
  const raised = power(add(n, num(format.magic + format.lift)), format);
  const e = mul(mul(add(num(1), small), raised), num(2 ** -format.lift));
  return div(select(lt(x, num(0)), e, num(1)), add(num(1), e));
}

function softplus(x: Lane, format: Format): Lane {
  return add(max(x, num(0)), log1p(exp(neg(abs(x)), format), format));
}

function sinh(x: Lane, format: Format): Lane {
  // (t + t/(t+1))/2 with t = e^|x| - 1; halves first, since e^x overflows before the result does.
  const size = abs(x);
  const t = expm1(size, format);
  const near = mul(num(0.5), add(t, div(t, add(t, num(1)))));
  const root = exp(mul(num(0.5), size), format);
  const far = mul(mul(num(0.5), root), root);
  return copysign(select(lt(size, num(22)), near, far), x);
}

function cosh(x: Lane, format: Format): Lane {
  const size = abs(x);
  const root = exp(mul(num(0.5), size), format);
  const e = exp(size, format);
  return select(lt(size, num(22)), mul(num(0.5), add(e, div(num(1), e))), mul(mul(num(0.5), root), root));
}

/** The functions, by the names of scalar ops; all have one argument. */
const FUNCTIONS = {
  exp: (x, format) => exp(x, format),
  exp2: (x, format) => exp(x, format, "2"),
  expm1,
  log,
  log1p,
  tanh,
  sigmoid,
  softplus,
  sinh,
  cosh,
} as const satisfies Record<string, (x: Lane, format: Format) => Lane>;

/** The name of a function that has a program. */
export type PolyName = keyof typeof FUNCTIONS;

export const POLY_NAMES: readonly PolyName[] = Object.keys(FUNCTIONS).filter(isPoly);

/** Whether a scalar op has a program. */
export function isPoly(name: string): name is PolyName {
  return Object.hasOwn(FUNCTIONS, name);
}

/**
 * How polynomials are evaluated: by Estrin's scheme, whose terms do not wait for each other, or by Horner's, which takes
 * fewer operations and registers.
 */
export type Scheme = "estrin" | "horner";

const formatOf = (precision: Precision, scheme: Scheme): Format => ({
  ...FORMATS[precision],
  polynomial: scheme === "estrin" ? polynomial : horner,
});

/** The program of a function of `arg(0)`. */
export function polyProgram(name: PolyName, precision: Precision, scheme: Scheme = "estrin"): Lane {
  return FUNCTIONS[name](arg(0), formatOf(precision, scheme));
}

/** Arguments of at most these sizes have exponentials that are normal numbers. */
const ORDINARY: Readonly<Record<Precision, number>> = { 64: 708, 32: 87 };

/** Shorter programs for arguments of an ordinary size. */
const SHORT: Partial<Record<PolyName, (x: Lane, format: Format) => Lane>> = {
  exp: shortExp,
  sigmoid: (x, format) => {
    const e = shortExp(neg(abs(x)), format);
    return div(select(lt(x, num(0)), e, num(1)), add(num(1), e));
  },
};

/** e^x where it is a normal number: n is added to the exponent of e^r. */
function shortExp(x: Lane, format: Format): Lane {
  const { small, shifted } = reduceWithin(x, format);
  return fromBits(iadd(bits(add(num(1), small)), shl(bits(shifted), format.mantissa)));
}

/** A program for arguments of at most a certain size; null where it would not be shorter. */
export function shortPolyProgram(
  name: PolyName,
  precision: Precision,
  scheme: Scheme,
): { readonly program: Lane; readonly limit: number } | null {
  const write = SHORT[name];
  return write === undefined
    ? null
    : { program: write(arg(0), formatOf(precision, scheme)), limit: ORDINARY[precision] };
}
