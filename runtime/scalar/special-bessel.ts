/** Bessel functions of orders 0 and 1. */
import { chebyshevOn } from "./special-numeric.ts";
import { I0, I0_FAR, I1, I1_FAR, J0, J0_COS, J0_SIN, J1, J1_COS, J1_SIN } from "./special-series.ts";

/** J0(x); NaN at ±∞, as SciPy 1.10 has it. */
export function j0(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return 1 + x * x * chebyshevOn(J0, 0, 64, x * x);
  const { cos, sin, amplitude } = oscillation(size, J0_COS, J0_SIN);
  // The phase is x - π/4.
  return amplitude * (cos * (Math.cos(size) + Math.sin(size)) - sin * (Math.sin(size) - Math.cos(size)));
}

/** J1(x); NaN at ±∞, as SciPy 1.10 has it. */
export function j1(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return x * chebyshevOn(J1, 0, 64, x * x);
  const { cos, sin, amplitude } = oscillation(size, J1_COS, J1_SIN);
  // The phase is x - 3π/4.
  const value = amplitude * (cos * (Math.sin(size) - Math.cos(size)) + sin * (Math.sin(size) + Math.cos(size)));
  return x < 0 ? -value : value;
}

/** Hankel's P and Q, and the amplitude over √2. Source: Abramowitz and Stegun, 9.2.5. */
function oscillation(x: number, p: readonly number[], q: readonly number[]) {
  const s = (8 / x) ** 2;
  return { cos: chebyshevOn(p, 0, 1, s), sin: chebyshevOn(q, 0, 1, s) / x, amplitude: 1 / Math.sqrt(Math.PI * x) };
}

/** The modified function I0(x); ∞ where e^|x| is. */
export function i0(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return Math.exp(size) * (1 + size * chebyshevOn(I0, 0, 8, size));
  return (Math.exp(size) * chebyshevOn(I0_FAR, 0, 1, 8 / size)) / Math.sqrt(size);
}

/** The modified function I1(x); ±∞ where e^|x| is infinite. */
export function i1(x: number): number {
  const size = Math.abs(x);
  if (size <= 8) return x * Math.exp(size) * chebyshevOn(I1, 0, 8, size);
  return (Math.sign(x) * Math.exp(size) * chebyshevOn(I1_FAR, 0, 1, 8 / size)) / Math.sqrt(size);
}
