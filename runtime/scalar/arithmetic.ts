/** Scalar ops: arithmetic, rounding, extremes. */
import { Complex } from "../array/complex.ts";
import { isComplex } from "../array/dtype.ts";
import * as C from "./complex-math.ts";
import { type Algebra, declareOps } from "./op.ts";
import {
  floating,
  floatingOnly,
  floatingReal,
  part,
  promoted,
  promotedAtLeastInt8,
  promotedNumbers,
  realOnly,
  trueDivision,
} from "./types.ts";

export const ARITHMETIC = declareOps({
  add: {
    arity: "variadic",
    types: promoted,
    evaluate: {
      float: (a, b) => a + b,
      int: (a, b) => a + b,
      big: (a, b) => a + b,
      bool: (a, b) => a || b,
      complex: C.add,
    },
    derivative: (_, inputs, _output, g) => inputs.map(() => g),
    commutative: true,
    associative: true,
    identity: 0,
    doc: "The sum of all arguments; for bool, whether any is true.",
  },
  sub: {
    arity: 2,
    types: promotedNumbers,
    evaluate: { float: (a, b) => a - b, int: (a, b) => a - b, big: (a, b) => a - b, complex: C.sub },
    derivative: (a, _inputs, _output, g) => [g, a.apply("neg", g)],
    identity: 0,
    doc: "The difference of two numbers.",
  },
  mul: {
    arity: "variadic",
    types: promoted,
    evaluate: { float: (a, b) => a * b, int: Math.imul, big: (a, b) => a * b, bool: (a, b) => a && b, complex: C.mul },
    derivative: (a, inputs, _output, g) =>
      inputs.map((_, i) => {
        const others = inputs.filter((_, j) => j !== i);
        return others.length === 0 ? g : a.apply("mul", g, ...others);
      }),
    commutative: true,
    associative: true,
    identity: 1,
    doc: "The product of all arguments; for bool, whether all are true.",
  },
  true_div: {
    arity: 2,
    types: trueDivision,
    evaluate: { float: (a, b) => a / b, complex: C.div },
    derivative: (a, [x, y], _output, g) => [
      a.apply("true_div", g, y),
      a.apply("true_div", a.apply("neg", a.apply("mul", g, x)), a.apply("mul", y, y)),
    ],
    identity: 1,
    doc: "The quotient of two numbers, in floatX when both are integers.",
  },
  int_div: {
    arity: 2,
    types: promoted,
    evaluate: {
      float: floorDivide,
      int: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
      big: floorDivideBig,
      bool: (a, b) => a && b,
    },
    derivative: (a, [x, y]) => [zeroLike(a, x), zeroLike(a, y)],
    identity: 1,
    doc: "The quotient rounded towards minus infinity; an integer divided by zero gives 0.",
  },
  mod: {
    arity: 2,
    types: promoted,
    evaluate: {
      float: (a, b) => {
        const rest = a % b;
        if (rest === 0) return b < 0 ? -0 : 0;
        return rest < 0 === b < 0 ? rest : rest + b;
      },
      int: (a, b) => {
        const rest = b === 0 ? 0 : a % b;
        return rest === 0 || rest < 0 === b < 0 ? rest : rest + b;
      },
      big: (a, b) => {
        const rest = b === 0n ? 0n : a % b;
        return rest === 0n || rest < 0n === b < 0n ? rest : rest + b;
      },
      bool: () => false,
    },
    derivative: (a, [x, y], _output, g) => [g, a.apply("mul", a.apply("neg", a.apply("int_div", x, y)), g)],
    doc: "The remainder with the divisor's sign, as in Python; an integer modulo zero gives 0.",
  },
  pow: {
    arity: 2,
    types: promotedAtLeastInt8,
    evaluate: {
      float: power,
      int: powerInt,
      big: powerBig,
      complex: C.pow,
    },
    derivative: (a, [x, y], output, g) => [
      a.apply("mul", a.apply("mul", g, y), a.apply("pow", x, a.apply("sub", y, a.constant(1)))),
      a.apply(
        "switch",
        a.apply("eq", x, a.constant(0)),
        a.constant(0),
        a.apply("mul", a.apply("mul", g, a.apply("log", x)), output),
      ),
    ],
    identity: 1,
    doc: "The first argument to the power of the second; a negative power of an integer drops the fraction, and 0 gives 0.",
  },
  neg: {
    arity: 1,
    types: promotedNumbers,
    evaluate: { float: (x) => -x, int: (x) => -x, big: (x) => -x, complex: C.neg },
    derivative: (a, _inputs, _output, g) => [a.apply("neg", g)],
    doc: "The number with its sign changed.",
  },
  abs_: {
    arity: 1,
    types: (inputs, floatX) => (inputs.some(isComplex) ? part(inputs, floatX) : promoted(inputs, floatX)),
    evaluate: { float: Math.abs, int: Math.abs, big: (x) => (x < 0n ? -x : x), bool: (x) => x, complex: C.abs },
    derivative: (a, [x], output, g) => [
      a.apply("mul", g, a.isComplex(x) ? a.apply("true_div", x, output) : a.apply("sgn", x)),
    ],
    doc: "The magnitude; that of the smallest signed integer wraps to itself.",
  },
  sgn: {
    arity: 1,
    types: realOnly(promotedNumbers),
    evaluate: {
      float: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
      int: Math.sign,
      big: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
    },
    derivative: (a, [x]) => [zeroLike(a, x)],
    doc: "1, 0 or -1 with the sign of the argument; NaN for NaN.",
  },
  sqr: {
    arity: 1,
    types: promoted,
    evaluate: {
      float: (x) => x * x,
      int: (x) => Math.imul(x, x),
      big: (x) => x * x,
      bool: (x) => x,
      complex: (z) => C.mul(z, z),
    },
    derivative: (a, [x], _output, g) => [a.apply("mul", a.apply("mul", g, x), a.constant(2))],
    doc: "The square.",
  },
  sqrt: {
    arity: 1,
    types: floating,
    evaluate: { float: Math.sqrt, complex: C.sqrt },
    derivative: (a, _inputs, output, g) => [a.apply("true_div", a.apply("mul", g, a.constant(0.5)), output)],
    doc: "The square root; NaN below zero.",
  },
  inv: {
    arity: 1,
    types: floating,
    evaluate: { float: (x) => 1 / x, complex: (z) => C.div(new Complex(1), z) },
    derivative: (a, [x], _output, g) => [a.apply("true_div", a.apply("neg", g), a.apply("mul", x, x))],
    doc: "The reciprocal.",
  },
  ceil: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: Math.ceil },
    derivative: (a, [x]) => [zeroLike(a, x)],
    doc: "The smallest integer that is not less, as a float.",
  },
  floor: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: Math.floor },
    derivative: (a, [x]) => [zeroLike(a, x)],
    doc: "The largest integer that is not greater, as a float.",
  },
  trunc: {
    arity: 1,
    types: floatingReal,
    evaluate: { float: Math.trunc },
    derivative: (a, [x]) => [zeroLike(a, x)],
    doc: "The integer part, as a float.",
  },
  round_half_to_even: {
    arity: 1,
    types: floatingOnly,
    evaluate: { float: roundHalfToEven },
    derivative: (a, [x]) => [zeroLike(a, x)],
    doc: "The nearest integer, as a float; halves go to the even one.",
  },
  round_half_away_from_zero: {
    arity: 1,
    types: floatingOnly,
    evaluate: {
      float: (x) => {
        const whole = Math.trunc(x);
        return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
      },
    },
    derivative: (a, [x]) => [zeroLike(a, x)],
    doc: "The nearest integer, as a float; halves go away from zero.",
  },
  maximum: {
    arity: 2,
    types: promoted,
    evaluate: {
      float: (a, b) => (a >= b || Number.isNaN(a) ? a : b),
      int: (a, b) => (a >= b ? a : b),
      big: (a, b) => (a >= b ? a : b),
      bool: (a, b) => a || b,
      complex: (a, b) => (C.less(a, b) || (b.isNaN && !a.isNaN) ? b : a),
    },
    derivative: firstOfEqual,
    commutative: true,
    associative: true,
    identity: -Infinity,
    doc: "The larger of two; NaN when either is.",
  },
  minimum: {
    arity: 2,
    types: promoted,
    evaluate: {
      float: (a, b) => (a <= b || Number.isNaN(a) ? a : b),
      int: (a, b) => (a <= b ? a : b),
      big: (a, b) => (a <= b ? a : b),
      bool: (a, b) => a && b,
      complex: (a, b) => (C.less(b, a) || (b.isNaN && !a.isNaN) ? b : a),
    },
    derivative: firstOfEqual,
    commutative: true,
    associative: true,
    identity: Infinity,
    doc: "The smaller of two; NaN when either is.",
  },
  clip: {
    arity: 3,
    types: realOnly(promoted),
    evaluate: {
      float: (x, low, high) => (x < low ? low : x > high ? high : x),
      int: (x, low, high) => (x < low ? low : x > high ? high : x),
      big: (x, low, high) => (x < low ? low : x > high ? high : x),
      bool: (x, low, high) => (!x && low ? low : x && !high ? high : x),
    },
    derivative: (a, [x, low, high], _output, g) => [
      a.apply("mul", a.apply("and_", a.apply("ge", x, low), a.apply("le", x, high)), g),
      a.apply("mul", a.apply("lt", x, low), g),
      a.apply("mul", a.apply("gt", x, high), g),
    ],
    doc: "The first argument, moved into the range of the other two; NaN stays NaN.",
  },
});

/** Of two equal arguments the first gets the gradient; where the result is NaN, so is neither, the second. */
function firstOfEqual<E>(a: Algebra<E>, [x]: readonly E[], output: E, g: E): readonly E[] {
  const isFirst = a.apply("eq", output, x);
  return [a.apply("mul", isFirst, g), a.apply("mul", a.apply("sub", a.constant(1), isFirst), g)];
}

/** Zeros that keep the shape of `x`, without reading it: `0·x` would be NaN at infinity. */
function zeroLike<E>(algebra: Algebra<E>, x: E): E {
  return algebra.apply("second", x, algebra.constant(0));
}

/** Python's `//` on floats: exact where the quotient of the rounded division would step over an integer. */
function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0);
  if (quotient === 0) return (a / b) * 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function floorDivideBig(a: bigint, b: bigint): bigint {
  if (b === 0n) return 0n;
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** C's `pow`, which unlike JavaScript's gives 1 for `1^NaN` and `(±1)^±∞`. */
function power(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}

/** Modulo 2^32, by repeated squaring. */
function powerInt(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let square = x, bits = y; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

/** Modulo 2^64, by repeated squaring. */
function powerBig(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  for (let square = x, bits = y; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = BigInt.asUintN(64, result * square);
    square = BigInt.asUintN(64, square * square);
  }
  return result;
}

function roundHalfToEven(x: number): number {
  const magnitude = Math.abs(x);
  const floor = Math.floor(magnitude);
  const over = magnitude - floor;
  const rounded = over > 0.5 || (over === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}
