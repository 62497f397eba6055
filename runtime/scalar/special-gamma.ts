/** The gamma function, its logarithm, and the derivatives of that. */
import { chebyshevOn, polynomial, productError } from "./special-numeric.ts";
import { GAMMA, GAMMALN, PSI, PSI_ROOT } from "./special-series.ts";

/** Keeps products far from overflow; a power of two, so that scaling is exact. */
const SCALE = 2 ** -300;
const HALF_LOG_TWO_PI = 0.9189385332046728;
/** B(2n) / (2n (2n - 1)) for n = 1, 2 …, the coefficients of Stirling's series; B are Bernoulli's numbers. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
/** B(2n) / (2n) for n = 1, 2 … */
const DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160];
/** B(2n) for n = 1, 2 … */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];
/** (2n + 1) B(2n) for n = 1, 2 … */
const BERNOULLI_SLOPES = BERNOULLI.map((b, i) => (2 * i + 3) * b);

/**
 * Γ(x): ∞ at 0 and the negative integers, as SciPy 1.10 has it. Arguments are moved to [1, 2] by Γ(x + 1) = x Γ(x); the
 * product of the factors carries what its roundings leave out.
 */
export function gamma(x: number): number {
  if (isPole(x)) return Infinity;
  if (x === -Infinity) return x;
  if (x > 172) return Infinity;
  if (Math.abs(x) < 1e-20) return 1 / x;
  if (x < -190) return Math.floor(x) % 2 === 0 ? 0 : -0;
  if (x > 2) {
    const steps = Math.ceil(x) - 2;
    const [high, low] = product(x - steps, steps);
    const base = gammaNearOne(x - steps);
    return (base * high + base * low) / SCALE;
  }
  const steps = Math.max(1 - Math.floor(x), 0);
  const [high, low] = product(x, steps);
  const base = gammaNearOne(x + steps);
  const quotient = base / high;
  return (quotient - quotient * (low / high)) * SCALE;
}

/** Γ(x) for x in [1, 2]. */
function gammaNearOne(x: number): number {
  return 1 + (x - 1) * (x - 2) * chebyshevOn(GAMMA, 1, 2, x);
}

/** x (x + 1) … (x + count - 1) · SCALE as a rounded number and the rest. */
function product(x: number, count: number): readonly [number, number] {
  let high = SCALE;
  let low = 0;
  for (let k = 0; k < count; k++) {
    const factor = x + k;
    low = low * factor + productError(high, factor);
    high *= factor;
  }
  return [high, low];
}

function isPole(x: number): boolean {
  return x <= 0 && Number.isInteger(x);
}

/** ln |Γ(x)|: ∞ at 0 and the negative integers. */
export function gammaln(x: number): number {
  if (isPole(x)) return Infinity;
  if (x === 1) return 0;
  if (x > 32) return stirling(x);
  if (x >= 3) return Math.log(gamma(x));
  if (x >= 1) return (x - 1) * (x - 2) * chebyshevOn(GAMMALN, 1, 3, x);
  if (x > 0) return gammalnOfNext(x) - Math.log(x);
  if (x > -1e-20) return -Math.log(-x);
  if (x > -100) return Math.log(Math.abs(gamma(x)));
  // Γ(x) Γ(-x) = -π / (x sin πx). Source: Abramowitz and Stegun, 6.1.17.
  return x === -Infinity ? x : Math.log(Math.PI / Math.abs(x * sinPi(x))) - stirling(-x);
}

/** ln Γ(1 + x) for x in [0, 2], also where 1 + x rounds x away. */
export function gammalnOfNext(x: number): number {
  return x * (x - 1) * chebyshevOn(GAMMALN, 1, 3, x + 1);
}

/** ln Γ(x) for x above 16 by Stirling's series. Source: Abramowitz and Stegun, 6.1.41. */
function stirling(x: number): number {
  return x === Infinity ? x : (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_TWO_PI - 0.5 + stirlingCorrection(x));
}

/** ln Γ(x) less (x - 1/2) ln x - x + ln √(2π), for x above 16. */
export function stirlingCorrection(x: number): number {
  return polynomial(STIRLING, 1 / x / x) / x;
}

/** sin πx, exactly zero at integers. */
function sinPi(x: number): number {
  const nearest = Math.round(x);
  const sine = Math.sin(Math.PI * (x - nearest));
  return nearest % 2 === 0 ? sine : -sine;
}

/**
 * ψ(x), the derivative of ln Γ(x): ∓∞ at ±0 and NaN at the negative integers.
 *
 * Source of the recurrence, reflection and asymptotic series: Abramowitz and Stegun, 6.3.5, 6.3.7 and 6.3.18.
 */
export function psi(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) {
    const fraction = x - Math.round(x);
    return fraction === 0 || x === -Infinity ? NaN : psi(1 - x) - Math.PI / Math.tan(Math.PI * fraction);
  }
  if (x >= 12) return Math.log(x) - 0.5 / x - polynomial(DIGAMMA, 1 / x / x) / x / x;
  if (x < 1) return psi(1 + x) - 1 / x;
  const steps = Math.max(Math.ceil(x) - 2, 0);
  const base = x - steps;
  let sum = (base - PSI_ROOT[0] - PSI_ROOT[1]) * chebyshevOn(PSI, 1, 2, base);
  for (let k = 0; k < steps; k++) sum += 1 / (base + k);
  return sum;
}

/**
 * ψ′(x): ∞ at 0 and the negative integers.
 *
 * Source of the recurrence, reflection and asymptotic series: Abramowitz and Stegun, 6.4.6, 6.4.7 and 6.4.12.
 */
export function trigamma(x: number): number {
  if (isPole(x) || x === -Infinity) return Infinity;
  if (x < 0) return (Math.PI / sinPi(x)) ** 2 - trigamma(1 - x);
  let sum = 0;
  let moved = x;
  for (; moved < 16; moved++) sum += 1 / moved / moved;
  const inverse = 1 / moved;
  return sum + inverse * (1 + inverse * (0.5 + inverse * polynomial(BERNOULLI, inverse * inverse)));
}

/**
 * ψ″(x): ∓∞ at ±0 and NaN at the negative integers.
 *
 * Source of the recurrence, reflection and asymptotic series: Abramowitz and Stegun, 6.4.6, 6.4.7 and 6.4.13.
 */
export function tetragamma(x: number): number {
  if (x === 0) return -1 / x;
  if (isPole(x) || x === -Infinity) return NaN;
  if (x < 0) {
    const sine = sinPi(x);
    return tetragamma(1 - x) - (2 * Math.PI ** 3 * sinPi(x + 0.5)) / sine ** 3;
  }
  let sum = 0;
  let moved = x;
  for (; moved < 16; moved++) sum -= 2 / moved / moved / moved;
  const square = 1 / moved / moved;
  return sum - square * (1 + 1 / moved + square * polynomial(BERNOULLI_SLOPES, square));
}
