/** Scalar ops: special functions. */
import { type Algebra, declareOps, Undefined } from "./op.ts";
import { i0, i1, j0, j1 } from "./special-bessel.ts";
import { complexErf, complexGamma, complexPsi } from "./special-complex.ts";
import { erf, erfc, erfcinv, erfcx, erfinv } from "./special-error.ts";
import { gamma, gammaln, psi, tetragamma, trigamma } from "./special-gamma.ts";
import { gammainc, gammaincc } from "./special-incomplete.ts";
import { iv, jv } from "./special-order.ts";
import { floating, floatingReal } from "./types.ts";

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

export const SPECIAL = declareOps({
  erf: {
    arity: 1,
    types: floating,
    evaluate: { float: erf, complex: complexErf },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, bell(a, x))],
    doc: "The error function, 2/√π times the integral of e^(-t²) from 0 to x.",
  },
  erfc: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: erfc },
    derivative: (a, [x], _output, g) => [a.apply("mul", a.apply("neg", g), bell(a, x))],
    doc: "1 - erf(x), accurate for large x.",
  },
  erfcx: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: erfcx },
    derivative: (a, [x], output, g) => {
      const growth = a.apply("mul", a.apply("mul", a.constant(2), x), output);
      return [a.apply("mul", g, a.apply("sub", growth, a.constant(TWO_OVER_SQRT_PI)))];
    },
    doc: "The scaled complement e^(x²) erfc(x), which does not underflow.",
  },
  erfinv: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: erfinv },
    derivative: (a, _inputs, output, g) => [a.apply("true_div", g, bell(a, output))],
    doc: "The inverse of erf; NaN outside [-1, 1].",
  },
  erfcinv: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: erfcinv },
    derivative: (a, _inputs, output, g) => [a.apply("true_div", a.apply("neg", g), bell(a, output))],
    doc: "The inverse of erfc; NaN outside [0, 2].",
  },
  gamma: {
    arity: 1,
    types: floating,
    evaluate: { float: gamma, complex: complexGamma },
    derivative: (a, [x], output, g) => [a.apply("mul", a.apply("mul", g, output), a.apply("psi", x))],
    doc: "The gamma function; infinite at 0 and the negative integers.",
  },
  gammaln: {
    arity: 1,
    types: floating,
    evaluate: { float: gammaln },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("psi", x))],
    className: "GammaLn",
    doc: "The logarithm of the absolute value of the gamma function.",
  },
  psi: {
    arity: 1,
    types: floating,
    evaluate: { float: psi, complex: complexPsi },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("tri_gamma", x))],
    doc: "The derivative of gammaln: the digamma function.",
  },
  tri_gamma: {
    arity: 1,
    types: floating,
    evaluate: { float: trigamma },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("tetra_gamma", x))],
    doc: "The derivative of psi.",
  },
  tetra_gamma: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: tetragamma },
    doc: "The derivative of tri_gamma; it has none of its own.",
  },
  chi2sf: {
    arity: 2,
    types: (inputs) => ({ inputs: inputs.map(() => "float64"), output: "float64" }),
    evaluate: { float: (x, k) => gammaincc(k / 2, x / 2) },
    className: "Chi2SF",
    doc: "The probability that a chi-squared variable with as many degrees of freedom as the second argument exceeds the first.",
  },
  gammainc: {
    arity: 2,
    types: floating,
    evaluate: { float: gammainc },
    className: "GammaInc",
    doc: "The integral of t^(k-1) e^-t from 0 to the second argument, over gamma(k); k is the first.",
  },
  gammaincc: {
    arity: 2,
    types: floating,
    evaluate: { float: gammaincc },
    className: "GammaIncC",
    doc: "1 - gammainc(k, x), accurate for large x.",
  },
  gammau: {
    arity: 2,
    types: floating,
    evaluate: { float: (k, x) => gammaincc(k, x) * gamma(k) },
    className: "GammaU",
    doc: "The integral of t^(k-1) e^-t from the second argument on; k is the first.",
  },
  gammal: {
    arity: 2,
    types: floating,
    evaluate: { float: (k, x) => gammainc(k, x) * gamma(k) },
    className: "GammaL",
    doc: "The integral of t^(k-1) e^-t from 0 to the second argument; k is the first.",
  },
  j0: {
    arity: 1,
    types: floating,
    evaluate: { float: j0 },
    derivative: (a, [x], _output, g) => [a.apply("mul", a.apply("neg", g), a.apply("j1", x))],
    doc: "The Bessel function of the first kind of order 0.",
  },
  j1: {
    arity: 1,
    types: floating,
    evaluate: { float: j1 },
    derivative: (a, [x], output, g) => [a.apply("mul", g, slopeOfOrderOne(a, a.apply("j0", x), output, x))],
    doc: "The Bessel function of the first kind of order 1.",
  },
  jv: {
    arity: 2,
    types: floating,
    evaluate: { float: jv },
    derivative: (a, [order, x], _output, g) => {
      const [below, above] = neighbours(a, "jv", order, x);
      return [NO_SLOPE_IN_ORDER, a.apply("mul", a.apply("mul", g, a.apply("sub", below, above)), a.constant(0.5))];
    },
    doc: "The Bessel function of the first kind whose order is the first argument.",
  },
  i0: {
    arity: 1,
    types: floating,
    evaluate: { float: i0 },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("i1", x))],
    doc: "The modified Bessel function of the first kind of order 0.",
  },
  i1: {
    arity: 1,
    types: floating,
    evaluate: { float: i1 },
    derivative: (a, [x], output, g) => {
      const orderZero = a.apply("i0", x);
      const slope = slopeOfOrderOne(a, orderZero, output, x);
      // Where both overflow, the slope does too.
      const finite = a.apply("lt", orderZero, a.constant(Infinity));
      return [a.apply("mul", g, a.apply("switch", finite, slope, orderZero))];
    },
    doc: "The modified Bessel function of the first kind of order 1.",
  },
  iv: {
    arity: 2,
    types: floating,
    evaluate: { float: iv },
    derivative: (a, [order, x], _output, g) => {
      const [below, above] = neighbours(a, "iv", order, x);
      return [NO_SLOPE_IN_ORDER, a.apply("mul", a.apply("mul", g, a.apply("add", below, above)), a.constant(0.5))];
    },
    doc: "The modified Bessel function of the first kind whose order is the first argument.",
  },
});

const NO_SLOPE_IN_ORDER = new Undefined(
  "the derivative of a Bessel function with respect to its order is not known here",
);

/** Bessel functions of one order less and one more, of which half the difference or sum is the slope. */
function neighbours<E>(a: Algebra<E>, op: "jv" | "iv", order: E, x: E): readonly [E, E] {
  const one = a.constant(1);
  return [a.apply(op, a.apply("sub", order, one), x), a.apply(op, a.apply("add", order, one), x)];
}

/** 2/√π e^(-x²), the slope of erf. */
function bell<E>(a: Algebra<E>, x: E): E {
  return a.apply("mul", a.constant(TWO_OVER_SQRT_PI), a.apply("exp", a.apply("neg", a.apply("sqr", x))));
}

/** The slope of a Bessel function of order 1: that of order 0 less value / x, whose limit at 0 is 1/2. */
function slopeOfOrderOne<E>(a: Algebra<E>, orderZero: E, value: E, x: E): E {
  // The square is zero where x is so small that value / x may have underflowed.
  const tiny = a.apply("eq", a.apply("sqr", x), a.constant(0));
  return a.apply("sub", orderZero, a.apply("switch", tiny, a.constant(0.5), a.apply("true_div", value, x)));
}
