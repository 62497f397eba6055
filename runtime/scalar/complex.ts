/** Scalar ops: complex numbers, their parts, and making them. A real number is its own real part. */
import { Complex } from "../array/complex.ts";
import * as C from "./complex-math.ts";
import { declareOps } from "./op.ts";
import { complexOfReals, float64Of, part, promotedAtLeastInt8 } from "./types.ts";

export const COMPLEX = declareOps({
  real: {
    arity: 1,
    types: part,
    evaluate: { float: (x) => x, int: (x) => x, big: (x) => x, bool: (x) => x, complex: (z) => z.re },
    derivative: (a, [z], _output, g) => [a.isComplex(z) ? a.apply("complex", g, a.constant(0)) : g],
    doc: "The real part.",
  },
  imag: {
    arity: 1,
    types: part,
    evaluate: { float: () => 0, int: () => 0, big: () => 0n, bool: () => false, complex: (z) => z.im },
    derivative: (a, [z], _output, g) => [
      a.isComplex(z) ? a.apply("complex", a.constant(0), g) : a.apply("second", z, a.constant(0)),
    ],
    doc: "The imaginary part; 0 for a real number.",
  },
  angle: {
    arity: 1,
    types: float64Of,
    evaluate: { float: (x) => Math.atan2(0, x), complex: C.angle },
    derivative: (a, [z], _output, g) => {
      if (!a.isComplex(z)) return [a.apply("second", z, a.constant(0))];
      const [re, im] = [a.apply("real", z), a.apply("imag", z)];
      const slope = a.apply("true_div", g, a.apply("add", a.apply("sqr", re), a.apply("sqr", im)));
      return [a.apply("complex", a.apply("neg", a.apply("mul", slope, im)), a.apply("mul", slope, re))];
    },
    doc: "The angle with the positive real axis, in [-π, π].",
  },
  conj: {
    arity: 1,
    types: promotedAtLeastInt8,
    evaluate: { float: (x) => x, int: (x) => x, big: (x) => x, complex: C.conj },
    derivative: (a, _inputs, _output, g) => [a.apply("conj", g)],
    doc: "The complex conjugate: the imaginary part with its sign changed.",
  },
  complex: {
    arity: 2,
    types: complexOfReals,
    evaluate: { float: (re, im) => new Complex(re, im) },
    derivative: (a, _inputs, _output, g) => [a.apply("real", g), a.apply("neg", a.apply("imag", g))],
    doc: "The complex number of a real and an imaginary part.",
  },
  complex_from_polar: {
    arity: 2,
    types: complexOfReals,
    evaluate: { float: C.fromPolar },
    derivative: (a, [radius, theta], _output, g) => {
      const [re, im] = [a.apply("real", g), a.apply("imag", g)];
      const [cos, sin] = [a.apply("cos", theta), a.apply("sin", theta)];
      const turned = a.apply("add", a.apply("mul", re, sin), a.apply("mul", im, cos));
      return [
        a.apply("sub", a.apply("mul", re, cos), a.apply("mul", im, sin)),
        a.apply("neg", a.apply("mul", radius, turned)),
      ];
    },
    doc: "The complex number at a distance from 0, the first argument, and an angle with the positive real axis.",
  },
});
