/** What the special functions are computed with: Chebyshev series, and products whose rounding is known. */

/**
 * The sum of coefficients[n] · Tn(t) for t in [-1, 1].
 *
 * Source: C. W. Clenshaw, "A note on the summation of Chebyshev series", 1955.
 */
export function chebyshev(coefficients: readonly number[], t: number): number {
  let next = 0;
  let current = 0;
  for (let n = coefficients.length - 1; n > 0; n--) {
    [next, current] = [current, coefficients[n] + 2 * t * current - next];
  }
  return coefficients[0] + t * current - next;
}

/** As {@link chebyshev}, for x in [low, high]. */
export function chebyshevOn(coefficients: readonly number[], low: number, high: number, x: number): number {
  return chebyshev(coefficients, (x - low - (high - x)) / (high - low));
}

/** c[0] + c[1] x + c[2] x² …, by Horner's rule. */
export function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, c) => sum * x + c, 0);
}

/**
 * What rounding takes from the product of a and b: `a * b` plus it is exact, unless the product is below 1e-290 or a
 * factor above 1e300.
 *
 * Source: T. J. Dekker, "A floating-point technique for extending the available precision", 1971.
 */
export function productError(a: number, b: number): number {
  const [high, low] = halves(a);
  const [bHigh, bLow] = halves(b);
  return low * bLow - (a * b - high * bHigh - low * bHigh - high * bLow);
}

/** Two numbers of at most 26 bits whose sum is x. */
function halves(x: number): readonly [number, number] {
  const scaled = x * (2 ** 27 + 1);
  const high = scaled - (scaled - x);
  return [high, x - high];
}

/** e^(sign x²) without the error that rounding x² would cause; for |x| below 1e150. */
export function expOfSquare(x: number, sign: 1 | -1): number {
  const result = Math.exp(sign * x * x);
  return result === Infinity ? result : result * (1 + sign * productError(x, x));
}
