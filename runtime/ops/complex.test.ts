import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complexOf } from "../array/dtype.ts";
import { Complex, NDArray, T, type TensorVariable, theano } from "../index.ts";

import { abs, sub } from "../scalar/complex-math.ts";

const z = [new Complex(0.6, 0.8), new Complex(-1.3, 0.4), new Complex(2, -0.7)];
const x = [0.4, -1.1, 0.9];

/** The gradient of a cost of a complex and a real vector, and its slope by central differences. */
function gradients(cost: (z: TensorVariable, x: TensorVariable) => TensorVariable) {
  const [a, b] = [T.zvector("z"), T.dvector("x")];
  const output = T.sum(cost(a, b));
  const f = theano.function([a, b], output, { onUnusedInput: "ignore" });
  const g = theano.function([a, b], T.grad(output, [a, b], { disconnectedInputs: "ignore" }), {
    onUnusedInput: "ignore",
  });
  const at = (zs: readonly Complex[], xs: readonly number[]) =>
    Number(f(NDArray.from(zs), NDArray.from(xs, "float64")).item());
  const slope = (shift: (step: number) => number) => (shift(1e-6) - shift(-1e-6)) / 2e-6;
  const [gz, gx] = g(NDArray.from(z), NDArray.from(x, "float64"));
  return {
    complex: [...gz.elements()],
    real: [...gx.elements()],
    expectedComplex: z.map(
      ({ re, im }, i) =>
        new Complex(
          slope((h) => at(z.with(i, new Complex(re + h, im)), x)),
          slope((h) => at(z.with(i, new Complex(re, im + h)), x)),
        ),
    ),
    expectedReal: x.map((value, i) => slope((h) => at(z, x.with(i, value + h)))),
  };
}

describe("the gradient of a real cost with respect to complex numbers is by both parts", () => {
  test.each<[string, (z: TensorVariable, x: TensorVariable) => TensorVariable]>([
    ["real(z)", (z) => T.real(z)],
    ["imag(z) x", (z, x) => T.mul(T.imag(z), x)],
    ["angle(z)", (z) => T.angle(z)],
    ["|z|", (z) => T.abs_(z)],
    ["imag(conj(z) x)", (z, x) => T.imag(T.mul(T.conj(z), x))],
    ["|z² + x z|", (z, x) => T.abs_(T.add(T.sqr(z), T.mul(x, z)))],
    ["real(exp(z) / x)", (z, x) => T.real(T.trueDiv(T.exp(z), x))],
    ["imag(sqrt(z) log(z))", (z) => T.imag(T.mul(T.sqrt(z), T.log(z)))],
    ["real(sin(z) cosh(z))", (z) => T.real(T.mul(T.sin(z), T.cosh(z)))],
    ["imag(z ** 3)", (z) => T.imag(T.pow(z, 3))],
    ["|complex(x, real(z))|", (z, x) => T.abs_(T.complex(x, T.real(z)))],
    ["imag(complex_from_polar(|z|, x))", (z, x) => T.imag(T.complexFromPolar(T.abs_(z), x))],
    ["real(z sum(z))", (z) => T.real(T.mul(z, T.sum(z)))],
    ["real(z · conj(z) · x)", (z, x) => T.real(T.dot(T.sqr(z), T.mul(z, x)))],
    ["|prod(z) + x|", (z, x) => T.abs_(T.add(T.prod(z), x))],
    ["real(switch(x > 0, z, conj(z)) z)", (z, x) => T.real(T.mul(T.switch(T.gt(x, 0), z, T.conj(z)), z))],
  ])("%s", (_name, cost) => {
    const { complex, real, expectedComplex, expectedReal } = gradients(cost);
    complex.forEach((value, i) => {
      if (!(value instanceof Complex)) throw new TypeError("the gradient is not complex");
      expect(value.re).toBeCloseTo(expectedComplex[i].re, 6);
      expect(value.im).toBeCloseTo(expectedComplex[i].im, 6);
    });
    real.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(expectedReal[i], 6);
    });
  });
});

describe("complex arrays", () => {
  test("are computed, summed and multiplied as matrices", () => {
    const a = T.zmatrix("a");
    const f = theano.function([a], [T.dot(a, T.conj(a)), T.sum(a), T.prod(a, { axis: 0 }), T.mean(a, { axis: 1 })]);
    const value = NDArray.from([
      [new Complex(1, 2), 3],
      [new Complex(0, -1), new Complex(2, 1)],
    ]);
    expect(f(value).map(String)).toEqual([
      "[[ 5.+3.j  9.+3.j]\n [-3.+1.j  5.-3.j]]",
      "(6+2j)",
      "[2.-1.j 6.+3.j]",
      "[2.+1.j 1.+0.j]",
    ]);
  });

  test("complex64 stays complex64 with narrow numbers, and its parts are float32", () => {
    const c = T.cvector("c");
    expect([T.mul(c, 2), T.add(c, T.fvector()), T.mul(c, 0.1)].map(({ dtype }) => dtype)).toEqual([
      "complex64",
      "complex64",
      "complex128",
    ]);
    expect([T.real(c), T.abs_(c), T.angle(c)].map(({ dtype }) => dtype)).toEqual(["float32", "float32", "float64"]);
  });

  test("have neither a floor nor a remainder, and do not become real by a cast", () => {
    const c = T.cvector("c");
    expect(() => T.floor(c)).toThrow(/floor does not take \(complex64\): complex argument not supported/);
    expect(() => c.mod(2)).toThrow(/no remainder .* of complex numbers/);
    expect(() => T.cast(c, "float32")).toThrow(/Casting from complex to real is ambiguous/);
  });

  test("have no negative distance from 0", () => {
    const r = T.dvector("r");
    const f = theano.function([r], T.complexFromPolar(r, 0));
    expect(() => f([1, -2])).toThrow(/polar radius must be non-negative.*-2/);
  });
});

test("divProxy follows the flag int_division", () => {
  const [x, y] = [T.ivector("x"), T.ivector("y")];
  const dtype = (int_division: "int" | "floatX" | "raise") =>
    theano.changeFlags({ int_division }, () => T.divProxy(x, y).dtype);
  expect(dtype("int")).toBe("int32");
  expect(dtype("floatX")).toBe("float64");
  expect(() => dtype("raise")).toThrow(/int_division.*raise.*int32 and int32/);
  expect(T.divProxy(x, T.fvector()).dtype).toBe("float64");
});

test("cast_policy=numpy+floatX: literals are int64 or floatX, and integers do not widen float32", () => {
  theano.changeFlags({ cast_policy: "numpy+floatX", floatX: "float32" }, () => {
    expect(T.constant(1).dtype).toBe("int64");
    expect(T.constant(0.1).dtype).toBe("float32");
    expect(T.add(T.fvector(), T.lvector()).dtype).toBe("float32");
    expect(T.add(T.dvector(), T.lvector()).dtype).toBe("float64");
  });
  expect(T.add(T.fvector(), T.lvector()).dtype).toBe("float64");
});

describe("float16", () => {
  test("computes in full precision and rounds once for each op", () => {
    const h = T.tensor("float16", [false], "h");
    const f = theano.function([h], [T.exp(h), T.sum(h), T.mean(h), T.mul(h, h)]);
    const [exp, sum, mean, square] = f(NDArray.from([1, 2.5, 300], "float16"));
    expect(String(exp)).toBe("[ 2.719 12.18     inf]");
    expect([sum.item(), mean.item(), square.get(2)]).toEqual([303.5, 101.1875, Infinity]);
    expect(exp.data).toBeInstanceOf(Float16Array);
  });

  test("may be floatX", () => {
    theano.changeFlags({ floatX: "float16" }, () => {
      const x = T.vector("x");
      expect(x.dtype).toBe("float16");
      expect(T.mul(x, 0.1).dtype).toBe("float16");
      const f = theano.function([x], T.grad(T.sum(T.sqr(x)), x));
      expect(String(f([0.1, 2]))).toBe("[0.2 4. ]");
    });
  });
});

test("rewritten graphs of complex numbers give what unrewritten ones give", () => {
  const unary = ["neg", "sqr", "sqrt", "exp", "log", "conj", "real", "imag", "abs_", "inv", "sin", "tanh"] as const;
  const binary = ["add", "sub", "mul", "trueDiv", "pow", "complex"] as const;
  const steps = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 2, maxLength: 7 });
  fc.assert(
    fc.property(steps, (program) => {
      const inputs = [T.zvector("z"), T.dvector("x")] as const;
      const pool: TensorVariable[] = [...inputs, T.constant(new Complex(0.5, -2)), T.constant(2)];
      for (const [op, i, j] of program) {
        const [a, b] = [pool[i % pool.length], pool[j % pool.length]];
        const name = binary[op % binary.length];
        if (op % 3 > 0) pool.push(T[unary[op % unary.length]](a));
        else if (name === "complex") pool.push(T.complex(T.real(a), T.imag(b)));
        else pool.push(T[name](a, b));
      }
      const run = (mode: string) =>
        theano.function(inputs, pool.slice(-2), { mode, onUnusedInput: "ignore" })(
          NDArray.from(z),
          NDArray.from(x, "float64"),
        );
      const expected = run("FAST_COMPILE");
      run("FAST_RUN").forEach((value, i) => {
        expect(value.dtype).toBe(expected[i].dtype);
        const wanted = [...expected[i].elements()].map(complexOf);
        [...value.elements()].map(complexOf).forEach((element, at) => {
          const [size, distance] = [abs(wanted[at]), abs(sub(element, wanted[at]))];
          if (size < 1e100) expect(distance).toBeLessThanOrEqual(1e-9 * Math.max(size, 1e-3));
        });
      });
    }),
    { numRuns: 150 },
  );
});

test.each(["FAST_COMPILE", "FAST_RUN"])("an op without values for complex numbers says so: %s", (mode) => {
  const a = T.zvector("z");
  for (const out of [T.j1(a), T.exp(T.j1(T.mul(a, 2)))])
    expect(() => theano.function([a], out, { mode })).toThrow(/^j1 does not compute on complex128/);
});
