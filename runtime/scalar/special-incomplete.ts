/**
 * The incomplete gamma functions, to 1e-13 of their values; tails below 1e-150, exponentials of rounded numbers, to 5e-13.
 */

import { erfc } from "./special-error.ts";
import { gamma, gammaln, gammalnOfNext, stirlingCorrection } from "./special-gamma.ts";
import { polynomial } from "./special-numeric.ts";
import { TEMME } from "./special-series.ts";

/** The part of Γ(a) that the integral up to x takes, for a and x not negative; NaN otherwise. */
export function gammainc(a: number, x: number): number {
  const edge = atEdge(a, x);
  if (edge !== null) return edge;
  if (isNearLarge(a, x)) return uniform(a, x, -1);
  return x < a + 1 ? seriesLower(a, x) : 1 - fractionUpper(a, x);
}

/** The part of Γ(a) that the integral from x on takes: 1 - gammainc(a, x) without cancellation. */
export function gammaincc(a: number, x: number): number {
  const edge = atEdge(a, x);
  if (edge !== null) return 1 - edge;
  if (isNearLarge(a, x)) return uniform(a, x, 1);
  if (x >= a + 1) return fractionUpper(a, x);
  return x <= 1.1 && a < 1 ? seriesUpper(a, x) : 1 - seriesLower(a, x);
}

/** gammainc where a limit gives it, as SciPy does; null elsewhere. */
function atEdge(a: number, x: number): number | null {
  if (Number.isNaN(a) || Number.isNaN(x) || a < 0 || x < 0) return NaN;
  if (a === 0) return x > 0 ? 1 : NaN;
  if (x === 0) return 0;
  if (a === Infinity) return x === Infinity ? NaN : 0;
  return x === Infinity ? 1 : null;
}

/** Where series and fraction would need about √a terms or more. */
function isNearLarge(a: number, x: number): boolean {
  return a > 3000 && Math.abs(x - a) < 0.3 * a;
}

/**
 * The upper part for side 1, the lower for -1, by an expansion that holds on both sides of x = a.
 *
 * Source: N. M. Temme, "The asymptotic expansion of the incomplete gamma functions", 1979; DLMF 8.12.
 */
function uniform(a: number, x: number, side: 1 | -1): number {
  const difference = (x - a) / a;
  const halfSquare = -logarithmLessArgument(difference);
  const eta = Math.sign(difference) * Math.sqrt(2 * halfSquare);
  const rest = polynomial(
    TEMME.map((coefficients) => polynomial(coefficients, eta)),
    1 / a,
  );
  const correction = (Math.exp(-a * halfSquare) / Math.sqrt(2 * Math.PI * a)) * rest;
  return 0.5 * erfc(side * eta * Math.sqrt(a / 2)) + side * correction;
}

/** Σ xⁿ / ((a + 1) … (a + n)) times the density. Source: Abramowitz and Stegun, 6.5.29. */
function seriesLower(a: number, x: number): number {
  const scale = density(a, x);
  if (scale === 0) return 0;
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return scale * sum;
}

/** The continued fraction by Lentz's method. Source: Abramowitz and Stegun, 6.5.31, contracted to its even part. */
function fractionUpper(a: number, x: number): number {
  const scale = density(a, x);
  if (scale === 0) return 0;
  let denominator = x + 1 - a;
  let d = 1 / denominator;
  let c = Infinity;
  let fraction = d;
  for (let n = 1; ; n++) {
    const numerator = n * (a - n);
    denominator += 2;
    d = 1 / (numerator * d + denominator);
    c = denominator + numerator / c;
    const change = c * d;
    fraction *= change;
    if (!(Math.abs(change - 1) > 1e-16)) return scale * a * fraction;
  }
}

/** 1 - x^a / Γ(a + 1) + …, for small a and x, where both parts of Γ(a) are far from 1. Abramowitz and Stegun, 6.5.29. */
function seriesUpper(a: number, x: number): number {
  const exponent = a * Math.log(x) - gammalnOfNext(a);
  let term = 1;
  let sum = 0;
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= -x / n;
    sum += term / (a + n);
  }
  return -Math.expm1(exponent) - Math.exp(exponent) * a * sum;
}

/** x^a e^-x / Γ(a + 1). For large a by Stirling's formula about x = a, since the factors are huge and tiny. */
function density(a: number, x: number): number {
  if (a < 20) {
    const direct = (x ** a * Math.exp(-x)) / gamma(a + 1);
    if (direct > 1e-280 && direct < Infinity) return direct;
    return Math.exp(a * Math.log(x) - x - gammaln(a + 1));
  }
  const exponent = a * logarithmLessArgument((x - a) / a) - stirlingCorrection(a);
  return Math.exp(exponent) / Math.sqrt(2 * Math.PI * a);
}

/** log(1 + t) - t without cancellation near zero. */
function logarithmLessArgument(t: number): number {
  if (Math.abs(t) > 0.5) return Math.log1p(t) - t;
  // log(1 + t) = 2 artanh(u), and t = 2u / (1 - u), with u = t / (2 + t).
  const u = t / (2 + t);
  return -u * t + 2 * u ** 3 * polynomial(ARTANH, u * u);
}

/** 1 / (2n + 3): artanh(u) = u + u³ Σ u²ⁿ / (2n + 3). */
const ARTANH = Array.from({ length: 18 }, (_, n) => 1 / (2 * n + 3));
