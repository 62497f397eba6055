/** Special functions of complex numbers, to about 1e-13 of their magnitude. */
import { Complex } from "../array/complex.ts";
import { abs, add, div, exp, log, mul, neg, scale, sin, sub, tan } from "./complex-math.ts";

const SQRT_PI = Math.sqrt(Math.PI);
const ONE = new Complex(1);

/** Up to this magnitude the error function is summed as a power series. */
const SERIES_END = 1;

/** 2/√π times the integral of e^(-t²) from 0 to z. */
export function complexErf(z: Complex): Complex {
  if (abs(z) < SERIES_END) return erfSeries(z);
  if (z.re < 0) return neg(complexErf(neg(z)));
  const square = mul(z, z);
  return sub(ONE, mul(exp(neg(square)), faddeeva(new Complex(-z.im, z.re))));
}

/** Σ (-1)^n z^(2n+1) / (n! (2n+1)) times 2/√π. Source: DLMF 7.6.1. */
function erfSeries(z: Complex): Complex {
  const square = neg(mul(z, z));
  let power = z;
  let sum = z;
  for (let n = 1; n < 25; n++) {
    power = scale(mul(power, square), 1 / n);
    sum = add(sum, scale(power, 1 / (2 * n + 1)));
  }
  return scale(sum, 2 / SQRT_PI);
}

/** Terms of the rational expansion of w. */
const TERMS = 48;
const WIDTH = Math.sqrt(TERMS / Math.SQRT2);

/**
 * w(z) = e^(-z²) erfc(-iz), for z in the upper half-plane.
 *
 * Source: J. A. C. Weideman, "Computation of the complex error function", SIAM J. Numer. Anal. 31 (1994).
 */
function faddeeva(z: Complex): Complex {
  const iz = new Complex(-z.im, z.re);
  const below = new Complex(WIDTH - iz.re, -iz.im);
  const ratio = div(new Complex(WIDTH + iz.re, iz.im), below);
  const polynomial = expansion().reduce((sum, a) => add(mul(sum, ratio), new Complex(a)), new Complex(0));
  return add(div(scale(polynomial, 2), mul(below, below)), div(new Complex(1 / SQRT_PI), below));
}

let coefficients: readonly number[] | null = null;

/** The coefficients of the expansion, highest power first: a Fourier transform on the circle that the real axis maps to. */
function expansion(): readonly number[] {
  coefficients ??= Array.from({ length: TERMS }, (_, i) => coefficient(TERMS - i));
  return coefficients;
}

function coefficient(order: number): number {
  const half = 2 * TERMS;
  let sum = 0;
  for (let k = 1 - half; k < half; k++) {
    const angle = (k * Math.PI) / half;
    const t = WIDTH * Math.tan(angle / 2);
    sum += Math.exp(-t * t) * (WIDTH * WIDTH + t * t) * Math.cos(order * angle);
  }
  return sum / (2 * half);
}

/** From this magnitude on the asymptotic series are exact to a rounding. */
const FAR = 16;

/** B(2k) / (2k (2k - 1)) for k = 1, 2 …, with the Bernoulli numbers B. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];

/** B(2k) / (2k) for k = 1, 2 … */
const DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160];

/** The gamma function; NaN at 0 and the negative integers. Source: DLMF 5.5.1, 5.5.3 and 5.11.1. */
export function complexGamma(z: Complex): Complex {
  if (isPole(z)) return new Complex(Number.NaN, Number.NaN);
  if (z.re < 0.5) {
    const sine = sin(scale(withoutTurns(z), Math.PI));
    return div(new Complex(Math.PI), mul(sine, complexGamma(sub(ONE, z))));
  }
  let product = ONE;
  let far = z;
  for (; abs(far) < FAR; far = add(far, ONE)) product = mul(product, far);
  const inverse = div(ONE, far);
  const exponent = sub(mul(sub(far, new Complex(0.5)), log(far)), far);
  const corrections = mul(inverse, inSquares(STIRLING, inverse));
  const size = add(add(exponent, new Complex(Math.log(2 * Math.PI) / 2)), corrections);
  return div(exp(size), product);
}

/**
 * The derivative of the logarithm of the gamma function; NaN where that is infinite. Source: DLMF 5.5.2, 5.5.4 and
 * 5.11.2.
 */
export function complexPsi(z: Complex): Complex {
  if (isPole(z)) return new Complex(Number.NaN, Number.NaN);
  if (z.re < 0) {
    const cotangent = div(new Complex(Math.PI), tan(scale(withoutTurns(z), Math.PI)));
    return sub(complexPsi(sub(ONE, z)), cotangent);
  }
  let sum = new Complex(0);
  let far = z;
  for (; abs(far) < FAR; far = add(far, ONE)) sum = sub(sum, div(ONE, far));
  const inverse = div(ONE, far);
  const corrections = mul(mul(inverse, inverse), inSquares(DIGAMMA, inverse));
  return add(sum, sub(sub(log(far), scale(inverse, 0.5)), corrections));
}

function isPole({ re, im }: Complex): boolean {
  return im === 0 && re <= 0 && Number.isInteger(re);
}

/** The number less an even integer, by which sin(πz) does not change. */
function withoutTurns({ re, im }: Complex): Complex {
  return new Complex(re - 2 * Math.round(re / 2), im);
}

/** The polynomial of these coefficients, lowest power first, in the square of z. */
function inSquares(lowestFirst: readonly number[], z: Complex): Complex {
  const square = mul(z, z);
  return lowestFirst.reduceRight((sum, c) => add(mul(sum, square), new Complex(c)), new Complex(0));
}
