/** Scalar ops: exponentials, logarithms, trigonometric and hyperbolic functions. */
import * as C from "./complex-math.ts";
import { type Algebra, declareOps } from "./op.ts";
import { floating, floatingReal } from "./types.ts";

export const ELEMENTARY = declareOps({
  exp: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.exp, complex: C.exp },
    derivative: (a, _inputs, output, g) => [a.apply("mul", g, output)],
    doc: "e to the power of x.",
  },
  exp2: {
    arity: 1,
    types: floating,
    evaluate: { float: (x) => 2 ** x, complex: (z) => C.exp(C.scale(z, Math.LN2)) },
    derivative: (a, _inputs, output, g) => [a.apply("mul", a.apply("mul", g, output), a.constant(Math.LN2))],
    doc: "2 to the power of x.",
  },
  expm1: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.expm1, complex: C.expm1 },
    // Not output + 1, of which little is left where the output is nearly -1.
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("exp", x))],
    doc: "e^x - 1, accurate near zero.",
  },
  log: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.log, complex: C.log },
    derivative: (a, [x], _output, g) => [a.apply("true_div", g, x)],
    doc: "The natural logarithm.",
  },
  log2: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.log2, complex: (z) => C.scale(C.log(z), Math.LOG2E) },
    derivative: (a, [x], _output, g) => [a.apply("true_div", g, a.apply("mul", x, a.constant(Math.LN2)))],
    doc: "The logarithm to base 2.",
  },
  log10: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.log10, complex: (z) => C.scale(C.log(z), Math.LOG10E) },
    derivative: (a, [x], _output, g) => [a.apply("true_div", g, a.apply("mul", x, a.constant(Math.LN10)))],
    doc: "The logarithm to base 10.",
  },
  log1p: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.log1p, complex: C.log1p },
    derivative: (a, [x], _output, g) => [a.apply("true_div", g, a.apply("add", a.constant(1), x))],
    doc: "log(1 + x), accurate near zero.",
  },
  sin: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.sin, complex: C.sin },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("cos", x))],
    doc: "The sine of an angle in radians.",
  },
  cos: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.cos, complex: C.cos },
    derivative: (a, [x], _output, g) => [a.apply("mul", a.apply("neg", g), a.apply("sin", x))],
    doc: "The cosine of an angle in radians.",
  },
  tan: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.tan, complex: C.tan },
    derivative: (a, _inputs, output, g) => [a.apply("mul", g, a.apply("add", a.constant(1), a.apply("sqr", output)))],
    doc: "The tangent of an angle in radians.",
  },
  arcsin: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.asin, complex: C.arcsin },
    derivative: (a, [x], _output, g) => [a.apply("true_div", g, cosineOfArcsine(a, x))],
    className: "ArcSin",
    doc: "The angle in [-π/2, π/2] whose sine is x.",
  },
  arccos: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.acos, complex: C.arccos },
    derivative: (a, [x], _output, g) => [a.apply("true_div", a.apply("neg", g), cosineOfArcsine(a, x))],
    className: "ArcCos",
    doc: "The angle in [0, π] whose cosine is x.",
  },
  arctan: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.atan, complex: C.arctan },
    derivative: (a, [x], _output, g) => [a.apply("true_div", g, a.apply("add", a.constant(1), a.apply("sqr", x)))],
    className: "ArcTan",
    doc: "The angle in [-π/2, π/2] whose tangent is x.",
  },
  arctan2: {
    arity: 2,
    types: floating,
    evaluate: { float: Math.atan2 },
    derivative: (a, [y, x], _output, g) => {
      const square = a.apply("add", a.apply("sqr", y), a.apply("sqr", x));
      return [
        a.apply("true_div", a.apply("mul", g, x), square),
        // The product before the sign: an unsigned number has no negative.
        a.apply("true_div", a.apply("neg", a.apply("mul", g, y)), square),
      ];
    },
    className: "ArcTan2",
    doc: "The angle of the point (second, first) in [-π, π].",
  },
  sinh: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.sinh, complex: C.sinh },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("cosh", x))],
    doc: "The hyperbolic sine.",
  },
  cosh: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.cosh, complex: C.cosh },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("sinh", x))],
    doc: "The hyperbolic cosine.",
  },
  tanh: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.tanh, complex: C.tanh },
    // A tanh of its own, as in Theano's graphs: merging makes it the one that is there.
    derivative: (a, [x], _output, g) => [
      a.apply("mul", g, a.apply("sub", a.constant(1), a.apply("sqr", a.apply("tanh", x)))),
    ],
    doc: "The hyperbolic tangent.",
  },
  arcsinh: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.asinh, complex: C.arcsinh },
    derivative: (a, [x], _output, g) => [
      a.apply("true_div", g, a.apply("sqrt", a.apply("add", a.apply("sqr", x), a.constant(1)))),
    ],
    className: "ArcSinh",
    doc: "The inverse of the hyperbolic sine.",
  },
  arccosh: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.acosh, complex: C.arccosh },
    derivative: (a, [x], _output, g) => [
      a.apply("true_div", g, a.apply("sqrt", a.apply("sub", a.apply("sqr", x), a.constant(1)))),
    ],
    className: "ArcCosh",
    doc: "The inverse of the hyperbolic cosine; NaN below 1.",
  },
  arctanh: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.atanh, complex: C.arctanh },
    derivative: (a, [x], _output, g) => [a.apply("true_div", g, a.apply("sub", a.constant(1), a.apply("sqr", x)))],
    className: "ArcTanh",
    doc: "The inverse of the hyperbolic tangent; NaN outside [-1, 1].",
  },
  sigmoid: {
    arity: 1,
    types: floating,
    evaluate: {
      // Each branch takes exp of a number that is not positive, so that neither overflows nor loses small results.
      float: (x) => {
        const small = Math.exp(-Math.abs(x));
        return x < 0 ? small / (1 + small) : 1 / (1 + small);
      },
    },
    derivative: (a, _inputs, output, g) => [
      a.apply("mul", a.apply("mul", g, output), a.apply("sub", a.constant(1), output)),
    ],
    className: "ScalarSigmoid",
    doc: "1 / (1 + e^-x).",
  },
  softplus: {
    arity: 1,
    types: floating,
    evaluate: { float: (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))) },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("sigmoid", x))],
    className: "ScalarSoftplus",
    doc: "log(1 + e^x).",
  },
  log1mexp: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: (x) => (x < -Math.LN2 ? Math.log1p(-Math.exp(x)) : Math.log(-Math.expm1(x))) },
    derivative: (a, [x], _output, g) => [
      a.apply("true_div", g, a.apply("sub", a.constant(1), a.apply("exp", a.apply("neg", x)))),
    ],
    doc: "log(1 - e^x), for negative x.",
  },
  ultra_fast_sigmoid: {
    arity: 1,
    types: floating,
    evaluate: { float: (x) => 0.5 * (x < 0 ? -fastTanh(-0.5 * x) : fastTanh(0.5 * x)) + 0.5 },
    className: "UltraFastScalarSigmoid",
    doc: "A sigmoid of straight lines and hyperbolas, within 0.02 of the true one; it has no derivative.",
  },
  softsign: {
    arity: 1,
    types: floating,
    evaluate: {
      float: (x) => x / (1 + Math.abs(x)),
      complex: (z) => C.scale(z, 1 / (1 + C.abs(z))),
    },
    derivative: (a, [x], _output, g) => {
      const size = a.apply("mul", x, a.apply("sgn", x));
      return [a.apply("true_div", g, a.apply("sqr", a.apply("add", a.constant(1), size)))];
    },
    className: "ScalarSoftsign",
    doc: "x / (1 + |x|).",
  },
  sigmoid_binary_crossentropy: {
    arity: 2,
    types: floating,
    evaluate: { float: (x, t) => Math.log1p(Math.exp(-Math.abs(x))) + x * ((x > 0 ? 1 : 0) - t) },
    derivative: (a, [x, t], _output, g) => [
      a.apply("mul", g, a.apply("sub", a.apply("sigmoid", x), t)),
      a.apply("mul", a.apply("neg", g), x),
    ],
    doc: "The cross entropy -t·log(p) - (1 - t)·log(1 - p) of p = sigmoid(x), x being the first argument and t the second.",
  },
  deg2rad: {
    arity: 1,
    types: floating,
    evaluate: { float: (x) => x * (Math.PI / 180) },
    derivative: (a, _inputs, _output, g) => [a.apply("mul", g, a.constant(Math.PI / 180))],
    className: "Deg2Rad",
    doc: "An angle in degrees, in radians.",
  },
  rad2deg: {
    arity: 1,
    types: floating,
    evaluate: { float: (x) => x * (180 / Math.PI) },
    derivative: (a, _inputs, _output, g) => [a.apply("mul", g, a.constant(180 / Math.PI))],
    className: "Rad2Deg",
    doc: "An angle in radians, in degrees.",
  },
});

/** √(1 - x²), the cosine of the angle whose sine is x. */
function cosineOfArcsine<E>(a: Algebra<E>, x: E): E {
  return a.apply("sqrt", a.apply("sub", a.constant(1), a.apply("sqr", x)));
}

/** A coarse hyperbolic tangent for x ≥ 0 and NaN, in three pieces; the constants are Theano 1.0.5's. */
function fastTanh(x: number): number {
  if (x < 1.7) return (1.5 * x) / (1 + x);
  if (Number.isNaN(x)) return x;
  return x < 3 ? 0.935409070603099 + 0.0458812946797165 * (x - 1.7) : 0.99505475368673;
}
