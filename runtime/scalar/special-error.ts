/** The error function and its relatives. */
import { chebyshev, chebyshevOn, expOfSquare } from "./special-numeric.ts";
import { ERF, ERFCX } from "./special-series.ts";

const SQRT_PI = Math.sqrt(Math.PI);

/** erf(x) = 2/√π ∫ e^(-t²) dt from 0 to x. */
export function erf(x: number): number {
  if (Math.abs(x) > 1) return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
  return x + x * chebyshevOn(ERF, 0, 1, x * x);
}

/** 1 - erf(x), without cancellation for large x. */
export function erfc(x: number): number {
  if (x < 0.5) return x < -6 ? 2 : x < -1 ? 2 - erfc(-x) : 1 - erf(x);
  return x > 28 ? 0 : expOfSquare(x, -1) * erfcx(x);
}

/**
 * e^(x²) erfc(x).
 *
 * Source of the variable of the series: M. M. Shepherd and J. G. Laframboise, "Chebyshev approximation of
 * (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞", 1981.
 */
export function erfcx(x: number): number {
  if (x < 0) return x < -27 ? Infinity : 2 * expOfSquare(x, 1) - erfcx(-x);
  if (x > 1e8) return 1 / SQRT_PI / x;
  if (x > 50) {
    // Five terms of the continued fraction 1 / (x + ½/(x + 1/(x + 3⁄2/(x + 2/x)))) / √π, DLMF 7.9.1, are exact from here on.
    const square = x * x;
    return ((1 / SQRT_PI) * (square * (square + 4.5) + 2)) / (x * (square * (square + 5) + 3.75));
  }
  return chebyshev(ERFCX, (x - 3.75) / (x + 3.75)) / (1 + 2 * x);
}

/** The inverse of erf; ±∞ at ±1 and NaN beyond. By Newton's method with Halley's correction. */
export function erfinv(p: number): number {
  if (Math.abs(p) > 0.5) return Math.sign(p) * inverseOfSmallErfc(1 - Math.abs(p));
  if (p === 0) return p;
  let x = (SQRT_PI / 2) * p * (1 + (Math.PI / 12) * p * p);
  for (let i = 0; i < 3; i++) {
    const step = (erf(x) - p) * (SQRT_PI / 2) * Math.exp(x * x);
    x -= step / (1 + x * step);
  }
  return x;
}

/** The inverse of erfc; ∞ at 0, -∞ at 2 and NaN outside. */
export function erfcinv(q: number): number {
  if (q < 0.5) return inverseOfSmallErfc(q);
  return q > 1.5 ? -inverseOfSmallErfc(2 - q) : -erfinv(q - 1);
}

/** Newton's method on ln erfc(x) = ln q, which is nearly a parabola in x; for q at most 1/2. */
function inverseOfSmallErfc(q: number): number {
  if (q === 0) return Infinity;
  const logarithm = Math.log(q);
  if (Number.isNaN(logarithm)) return NaN;
  let x = Math.sqrt(Math.max(-logarithm - Math.log(SQRT_PI * Math.sqrt(1 - logarithm)), 0.1));
  for (let i = 0; i < 6; i++) {
    const scaled = erfcx(x);
    x += (Math.log(scaled) - x * x - logarithm) * scaled * (SQRT_PI / 2);
  }
  return x;
}
