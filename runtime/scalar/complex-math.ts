/**
 * Functions of complex numbers, with NumPy's branch cuts: the imaginary part's sign, also that of zero, chooses the side.
 */
import { Complex } from "../array/complex.ts";
import { ValueError } from "../base/errors.ts";

const I_TIMES = (z: Complex): Complex => new Complex(-z.im, z.re);
const MINUS_I_TIMES = (z: Complex): Complex => new Complex(z.im, -z.re);

/** The sum. */
export function add(a: Complex, b: Complex): Complex {
  return new Complex(a.re + b.re, a.im + b.im);
}

/** The difference. */
export function sub(a: Complex, b: Complex): Complex {
  return new Complex(a.re - b.re, a.im - b.im);
}

/** The product. */
export function mul(a: Complex, b: Complex): Complex {
  return new Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}

/** The quotient, scaled so that the divisor's square need not fit. Source: R. L. Smith, "Algorithm 116", 1962. */
export function div(a: Complex, b: Complex): Complex {
  if (b.re === 0 && b.im === 0) return new Complex(a.re / Math.abs(b.re), a.im / Math.abs(b.re));
  if (Math.abs(b.re) >= Math.abs(b.im)) {
    const ratio = b.im / b.re;
    const scale = 1 / (b.re + b.im * ratio);
    return new Complex((a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale);
  }
  const ratio = b.re / b.im;
  const scale = 1 / (b.im + b.re * ratio);
  return new Complex((a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale);
}

/** The number with the sign of both parts changed. */
export function neg(z: Complex): Complex {
  return new Complex(-z.re, -z.im);
}

/** The number with the sign of its imaginary part changed. */
export function conj(z: Complex): Complex {
  return new Complex(z.re, -z.im);
}

/** The distance from 0. */
export function abs(z: Complex): number {
  return Math.hypot(z.re, z.im);
}

/** The angle with the positive real axis, in [-π, π]. */
export function angle(z: Complex): number {
  return Math.atan2(z.im, z.re);
}

/**
 * The number at a distance from 0 and an angle with the positive real axis.
 * @throws ValueError for a negative distance.
 */
export function fromPolar(radius: number, theta: number): Complex {
  if (radius < 0) throw new ValueError(`polar radius must be non-negative, and one is ${radius}`);
  return new Complex(radius * Math.cos(theta), radius * Math.sin(theta));
}

/** Whether `a` comes before `b` in NumPy's order: by real parts, then by imaginary parts; NaN comes nowhere. */
export function less(a: Complex, b: Complex): boolean {
  if (a.re !== b.re) return a.re < b.re && !Number.isNaN(a.im) && !Number.isNaN(b.im);
  return a.im < b.im;
}

/** -1, 0 or 1 by the sign of the real part, or of the imaginary part where that is zero. */
export function sign(z: Complex): Complex {
  if (z.isNaN) return new Complex(Number.NaN, 0);
  return new Complex(Math.sign(z.re === 0 ? z.im : z.re) + 0, 0);
}

/** The root with a real part that is not negative. Source: W. Kahan, "Branch cuts for complex elementary functions", 1987. */
export function sqrt(z: Complex): Complex {
  const { re, im } = z;
  if (re === 0 && im === 0) return new Complex(0, im);
  if (Math.abs(im) === Infinity) return new Complex(Infinity, im);
  if (Math.abs(re) === Infinity) {
    const other = Number.isNaN(im) ? im : 0;
    if (re > 0) return new Complex(re, Number.isNaN(im) ? im : copySign(0, im));
    return new Complex(other, copySign(Infinity, im));
  }
  // A quarter keeps the magnitude from overflowing.
  const shrink = Math.abs(re) > 1e307 || Math.abs(im) > 1e307;
  const [x, y] = shrink ? [re / 4, im / 4] : [re, im];
  const grow = shrink ? 2 : 1;
  const half = Math.sqrt((Math.abs(x) + Math.hypot(x, y)) / 2);
  return x >= 0
    ? new Complex(half * grow, (y / (2 * half)) * grow)
    : new Complex((Math.abs(y) / (2 * half)) * grow, copySign(half * grow, y));
}

/** e to the power of z. */
export function exp({ re, im }: Complex): Complex {
  if (im === 0) return new Complex(Math.exp(re), im);
  if (re === -Infinity && !Number.isFinite(im)) return new Complex(0, 0);
  const size = Math.exp(re);
  return new Complex(size * Math.cos(im), size * Math.sin(im));
}

/** e^z - 1, accurate near zero. */
export function expm1({ re, im }: Complex): Complex {
  const half = Math.sin(im / 2);
  return new Complex(Math.expm1(re) * Math.cos(im) - 2 * half * half, Math.exp(re) * Math.sin(im));
}

/** The natural logarithm, with an imaginary part in [-π, π]; cut along the negative real axis. */
export function log(z: Complex): Complex {
  return new Complex(logAbs(z), angle(z));
}

/** The logarithm of the distance from 0, accurate near 1. */
function logAbs({ re, im }: Complex): number {
  const larger = Math.max(Math.abs(re), Math.abs(im));
  const smaller = Math.min(Math.abs(re), Math.abs(im));
  if (larger > 0.5 && larger < 2) return Math.log1p((larger - 1) * (larger + 1) + smaller * smaller) / 2;
  return Math.log(Math.hypot(re, im));
}

/** log(1 + z), accurate near zero. */
export function log1p({ re, im }: Complex): Complex {
  const isSmall = Math.abs(re) < 0.5 && Math.abs(im) < 0.5;
  const size = isSmall ? Math.log1p(re * (2 + re) + im * im) / 2 : logAbs(new Complex(re + 1, im));
  return new Complex(size, Math.atan2(im, re + 1));
}

/** Beyond this exponent powers go through the logarithm. */
const LARGEST_PRODUCT = 100;

/** z to the power of w: by products where w is a small integer, else e^(w log z). */
export function pow(z: Complex, w: Complex): Complex {
  if (w.re === 0 && w.im === 0) return new Complex(1, 0);
  if (z.re === 0 && z.im === 0) return w.re > 0 && w.im === 0 ? new Complex(0, 0) : new Complex(Number.NaN, Number.NaN);
  if (w.im === 0 && Number.isInteger(w.re) && Math.abs(w.re) < LARGEST_PRODUCT) return integerPower(z, w.re);
  return exp(mul(w, log(z)));
}

function integerPower(z: Complex, n: number): Complex {
  let result = new Complex(1, 0);
  let square = z;
  for (let bits = Math.abs(n); bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) result = mul(result, square);
    square = mul(square, square);
  }
  return n < 0 ? div(new Complex(1, 0), result) : result;
}

/** The sine. */
export function sin({ re, im }: Complex): Complex {
  return new Complex(Math.sin(re) * Math.cosh(im), Math.cos(re) * Math.sinh(im));
}

/** The cosine. */
export function cos({ re, im }: Complex): Complex {
  return new Complex(Math.cos(re) * Math.cosh(im), -Math.sin(re) * Math.sinh(im));
}

/** The tangent. */
export function tan(z: Complex): Complex {
  return MINUS_I_TIMES(tanh(I_TIMES(z)));
}

/** The hyperbolic sine. */
export function sinh({ re, im }: Complex): Complex {
  return new Complex(Math.sinh(re) * Math.cos(im), Math.cosh(re) * Math.sin(im));
}

/** The hyperbolic cosine. */
export function cosh({ re, im }: Complex): Complex {
  return new Complex(Math.cosh(re) * Math.cos(im), Math.sinh(re) * Math.sin(im));
}

/** Beyond this real part tanh is ±1 to the last place. */
const TANH_FLAT = 22;

/** The hyperbolic tangent. Source: W. Kahan, "Branch cuts for complex elementary functions", 1987. */
export function tanh({ re, im }: Complex): Complex {
  if (Math.abs(re) > TANH_FLAT) {
    return new Complex(Math.sign(re), 4 * Math.sin(im) * Math.cos(im) * Math.exp(-2 * Math.abs(re)));
  }
  const t = Math.tan(im);
  const beta = 1 + t * t;
  const s = Math.sinh(re);
  const rho = Math.sqrt(1 + s * s);
  const divisor = 1 + beta * s * s;
  return new Complex((beta * rho * s) / divisor, t / divisor);
}

/**
 * The inverse of the sine; cut along the real axis outside [-1, 1]. Source of it and its relatives: W. Kahan, "Branch
 * cuts for complex elementary functions", 1987.
 */
export function arcsin(z: Complex): Complex {
  const [minus, plus] = [sqrt(new Complex(1 - z.re, -z.im)), sqrt(new Complex(1 + z.re, z.im))];
  return new Complex(Math.atan2(z.re, mul(minus, plus).re), Math.asinh(mul(conj(minus), plus).im));
}

/** The inverse of the cosine; cut along the real axis outside [-1, 1]. */
export function arccos(z: Complex): Complex {
  const [minus, plus] = [sqrt(new Complex(1 - z.re, -z.im)), sqrt(new Complex(1 + z.re, z.im))];
  return new Complex(2 * Math.atan2(minus.re, plus.re), Math.asinh(mul(conj(plus), minus).im));
}

/** The inverse of the tangent; cut along the imaginary axis outside [-i, i]. */
export function arctan(z: Complex): Complex {
  return MINUS_I_TIMES(arctanh(I_TIMES(z)));
}

/** The inverse of the hyperbolic sine; cut along the imaginary axis outside [-i, i]. */
export function arcsinh(z: Complex): Complex {
  return MINUS_I_TIMES(arcsin(I_TIMES(z)));
}

/** The inverse of the hyperbolic cosine; cut along the real axis below 1. */
export function arccosh(z: Complex): Complex {
  const [minus, plus] = [sqrt(new Complex(z.re - 1, z.im)), sqrt(new Complex(z.re + 1, z.im))];
  return new Complex(Math.asinh(mul(conj(minus), plus).re), 2 * Math.atan2(minus.im, plus.re));
}

/** The inverse of the hyperbolic tangent; cut along the real axis outside [-1, 1]. */
export function arctanh({ re, im }: Complex): Complex {
  const square = im * im;
  return new Complex(
    Math.log1p((4 * re) / ((1 - re) * (1 - re) + square)) / 4,
    Math.atan2(2 * im, (1 - re) * (1 + re) - square) / 2,
  );
}

/** A multiple by a real number. */
export function scale(z: Complex, factor: number): Complex {
  return new Complex(z.re * factor, z.im * factor);
}

function copySign(size: number, sign: number): number {
  return sign < 0 || Object.is(sign, -0) ? -size : size;
}
