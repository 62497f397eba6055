/** Scalar ops of information theory: products with logarithms that are 0 where the factor is. */
import { declareOps } from "./op.ts";
import { floatingReal } from "./types.ts";

export const ENTROPY = declareOps({
  xlogx: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: (x) => (x === 0 ? 0 : x * Math.log(x)) },
    derivative: (a, [x], _output, g) => [a.apply("mul", g, a.apply("add", a.constant(1), a.apply("log", x)))],
    className: "XlogX",
    doc: "x·log(x), and 0 at 0.",
  },
  xlogy0: {
    arity: 2,
    types: floatingReal,
    evaluate: { float: (x, y) => (x === 0 ? 0 : x * Math.log(y)) },
    derivative: (a, [x, y], _output, g) => [
      a.apply("mul", g, a.apply("log", y)),
      a.apply("mul", g, a.apply("true_div", x, y)),
    ],
    className: "XlogY0",
    doc: "x·log(y), and 0 where x is 0.",
  },
});
