/** Distances between floats. */
import { bitsOf, type Precision } from "../../runtime/scalar/lanes.ts";

/** How many floats of a precision lie between two: 0 for the same one (NaN is NaN, 0 is not -0), infinite for NaN and a number. */
export function ulpsBetween(a: number, b: number, precision: Precision): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  const distance = ordered(a, precision) - ordered(b, precision);
  return Number(distance < 0n ? -distance : distance);
}

/** Numbers floats in their order, -0 just below 0. */
function ordered(value: number, precision: Precision): bigint {
  const bits = BigInt.asIntN(precision, bitsOf(value, precision));
  return bits < 0n ? -(bits + (1n << BigInt(precision - 1))) - 1n : bits;
}
