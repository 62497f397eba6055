/**
 * Bessel functions of any real order, to 1e-13 of their amplitude for orders up to 500; beyond, the error grows in
 * proportion to the order.
 */
import { gamma, gammaln } from "./special-gamma.ts";
import { polynomial } from "./special-numeric.ts";

/** From here on Hankel's expansion of the orders in [0, 2) is exact to a rounding. */
const FAR = 25;
/** Recurrences take as many steps as the order is large. */
const GREATEST_ORDER = 1e6;
/** Below, the factors of the power series' first term need not fit. */
const LEAST_ORDER = -170;
/** From this order on Debye's expansion, with four corrections, is exact to a rounding. */
const LARGE_ORDER = 500;

/**
 * The Bessel function of the first kind of order v: NaN at infinite x, for negative x unless v is an integer, and for
 * |v| above 1e6 where x is not small beside v; for x up to 2 also for orders below -170 that are no integers.
 */
export function jv(v: number, x: number): number {
  return reflected(v, x, -1, besselJ);
}

/**
 * The modified Bessel function of the first kind of order v: NaN at infinite x and, unless v is an integer, for negative
 * x and for v below -170.
 */
export function iv(v: number, x: number): number {
  return reflected(v, x, 1, besselI);
}

/**
 * Negative x and negative integer v by symmetry, where `parity` is the sign that order -n takes per unit of n. Source:
 * DLMF 10.4.1, 10.11.1, 10.27.1 and 10.34.1.
 */
function reflected(v: number, x: number, parity: 1 | -1, value: (v: number, x: number) => number): number {
  if (v === Infinity && x >= 0 && x < Infinity) return 0;
  if (!Number.isFinite(v) || !Number.isFinite(x)) return NaN;
  if (!Number.isInteger(v)) return x < 0 ? NaN : value(v, x);
  const odd = v % 2 !== 0;
  const flips = odd && x < 0 !== (v < 0 && parity === -1);
  const size = value(Math.abs(v), Math.abs(x));
  return flips ? -size : size;
}

function besselJ(v: number, x: number): number {
  if (x <= 2 || x * x < 4 * (v + 1)) return series(v, x, -1);
  if (v > x && leading(v, x) === 0) return 0;
  if (Math.abs(v) > GREATEST_ORDER) return NaN;
  const whole = Math.floor(v);
  const fraction = v - whole;
  if (x > FAR && v < x) return walk([hankel(fraction, x), hankel(fraction + 1, x)], fraction, whole, x);
  return v < 0
    ? walk([miller(fraction, 0, x), miller(fraction, 1, x)], fraction, whole, x)
    : miller(fraction, whole, x);
}

function besselI(v: number, x: number): number {
  if (x > Math.max(2 * FAR, v * v)) {
    const half = Math.exp(x / 2);
    return half * ((half * hankelSums(v, x).modified) / Math.sqrt(2 * Math.PI * x));
  }
  return v > LARGE_ORDER && x > 0 ? debye(v, x) : series(v, x, 1);
}

/** I for large v. Source: Abramowitz and Stegun, 9.7.7, with the polynomials of 9.3.9. */
function debye(v: number, x: number): number {
  const root = Math.hypot(v, x);
  const half = Math.exp((root + v * Math.log(x / (v + root))) / 2);
  const p = v / root;
  const s = p * p;
  const corrections = [
    1,
    polynomial([3, -5], s) / 24,
    polynomial([81, -462, 385], s) / 1152,
    polynomial([30375, -369603, 765765, -425425], s) / 414720,
    polynomial([4465125, -94121676, 349922430, -446185740, 185910725], s) / 39813120,
  ];
  return half * ((half * polynomial(corrections, 1 / root)) / Math.sqrt(2 * Math.PI * root));
}

/** Σ sign^k (x/2)^(v + 2k) / (k! Γ(v + k + 1)). Source: DLMF 10.2.2 and 10.25.2. */
function series(v: number, x: number, sign: 1 | -1): number {
  if (v < LEAST_ORDER) return NaN;
  const quarter = (sign * x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; v + k < 0 || Math.abs(term) > Math.abs(sum) * 1e-17; k++) {
    term *= quarter / (k * (v + k));
    sum += term;
  }
  return leading(v, x) * sum;
}

/** (x/2)^v / Γ(v + 1), factor by factor or by logarithms where power and divisor would not fit. */
function leading(v: number, x: number): number {
  const power = (x / 2) ** v;
  const divisor = gamma(v + 1);
  if (v < 1 || x === 0 || (power > 1e-290 && power < Infinity && divisor < Infinity)) return power / divisor;
  if (v > 1e4 || x > 1400) return Math.exp(v * Math.log(x / 2) - gammaln(v + 1));
  const fraction = v - Math.floor(v);
  let result = leading(fraction, x);
  for (let k = fraction + 1; k <= v; k++) result *= x / 2 / k;
  return result;
}

/** J of order fraction + whole from those of orders `fraction` and fraction + 1. Source: DLMF 10.6.1. */
function walk(pair: readonly [number, number], fraction: number, whole: number, x: number): number {
  let [value, next] = pair;
  for (let n = 0; n < whole; n++) [value, next] = [next, ((2 * (fraction + n + 1)) / x) * next - value];
  for (let n = 0; n > whole; n--) [value, next] = [((2 * (fraction + n)) / x) * value - next, value];
  return value;
}

/**
 * J of order fraction + whole, by recurrence from a high order downwards, where J is the growing solution, and Neumann's
 * sum for (x/2)^fraction.
 *
 * Source: J. C. P. Miller, "Bessel functions, part II", 1952; DLMF 10.23.15.
 */
function miller(fraction: number, whole: number, x: number): number {
  const largest = Math.max(whole, x);
  let n = 2 * Math.ceil((largest + 30 + 10 * Math.cbrt(largest)) / 2);
  let [value, above] = [1e-300, 0];
  // Γ(fraction + n / 2) / (n / 2)! but for a factor, which is known at n = 2.
  let weight = 1;
  let sum = 0;
  let wanted = 0;
  for (; n > 0; n--) {
    if (n === whole) wanted = value;
    if (n % 2 === 0) {
      sum += (fraction + n) * weight * value;
      if (n > 2) weight *= n / 2 / (fraction + n / 2 - 1);
    }
    [value, above] = [((2 * (fraction + n)) / x) * value - above, value];
    if (Math.abs(value) > 1e250) [value, above, sum, wanted] = [value, above, sum, wanted].map((old) => old * 1e-250);
  }
  if (whole === 0) wanted = value;
  const total = gamma(fraction + 1) * (sum / weight + value);
  return wanted * ((x / 2) ** fraction / total);
}

/** J for v in [0, 2) and x above {@link FAR}. Source: DLMF 10.17.3. */
function hankel(v: number, x: number): number {
  const { cos, sin } = hankelSums(v, x);
  const phase = (v / 2 + 0.25) * Math.PI;
  const [c, s] = [Math.cos(phase), Math.sin(phase)];
  const [cosX, sinX] = [Math.cos(x), Math.sin(x)];
  return Math.sqrt(2 / (Math.PI * x)) * (cos * (cosX * c + sinX * s) - sin * (sinX * c - cosX * s));
}

/**
 * With a(k) = (4v² - 1²)(4v² - 3²) … (4v² - (2k - 1)²) / (k! (8x)^k): Σ (-1)^k a(2k), Σ (-1)^k a(2k + 1) and
 * Σ (-1)^k a(k). Source: DLMF 10.17.1 and 10.40.1.
 */
function hankelSums(v: number, x: number): { cos: number; sin: number; modified: number } {
  const sums = { cos: 1, sin: 0, modified: 1 };
  let term = 1;
  for (let k = 1; Math.abs(term) > 1e-18 && k < 2 * x; k++) {
    term *= (4 * v * v - (2 * k - 1) ** 2) / (8 * k * x);
    const sign = k % 4 < 2 ? 1 : -1;
    if (k % 2 === 0) sums.cos += sign * term;
    else sums.sin += sign * term;
    sums.modified += k % 2 === 0 ? term : -term;
  }
  return sums;
}
