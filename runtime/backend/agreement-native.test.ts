/**
 * C and WebAssembly against the interpreter: every op on every dtype that it has, on special values and random ones. Integers and what
 * IEEE 754 rounds exactly agree to the bit, elementary functions to two units in the last place.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrayOf, closeTo, finiteSize, NAMES, shapes } from "../../test/support/agreement.ts";
import { ulpsBetween } from "../../test/support/ulp.ts";
import { type DType, isFloat, type Scalar } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { argReduceKernel, dotKernel, elementwiseKernel, maxAndArgmaxKernel, reduceKernel } from "../loop/build.ts";
import { interpret } from "../loop/interp.ts";
import type { Kernel } from "../loop/ir.ts";
import { isImplemented } from "../scalar/evaluate.ts";
import { apply, type Input, input, type ScalarExpr } from "../scalar/expr.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName, scalarOp, signatureOf } from "../scalar/table.ts";
import type { Backend, CompiledKernel } from "./backend.ts";
import { cBackend } from "./c/index.ts";
import { findToolchain } from "./c/toolchain.ts";
import { wasmBackend } from "./wasm/index.ts";

const isThere = (backend: Backend): boolean => backend !== cBackend || findToolchain() !== null;

/** Compilers take their time. */
const PATIENCE = 240_000;

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -2,
  3,
  2.5,
  -2.5,
  1e-10,
  -1e-10,
  5e-324,
  1e-310,
  1e-45,
  1e308,
  -1e308,
  3.4e38,
  1e20,
  -1e20,
  NaN,
  Infinity,
  -Infinity,
  100,
  -100,
  37,
  -37,
  0.7,
  -0.7,
  255,
  -128,
  127,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1.5,
  88.5,
  89,
  -104,
  709.5,
  710,
  -745,
  -746,
  22,
  -22,
  0.999999,
  1.000001,
  0.3,
  -0.3,
  1e5,
  0.62,
  0.63,
  -1.0000001,
  2 ** 70,
  -(2 ** 70),
];
const RANDOM = fc.sample(fc.double({ min: -50, max: 50, noNaN: true }), { numRuns: 150, seed: 7 });
const VALUES = [...SPECIAL, ...RANDOM, ...RANDOM.map((x) => x * 1e-3), ...RANDOM.map((x) => x * 1e3)];

/** Elements of a dtype, in an order of its own for each argument. */
function argument(dtype: DType, place: number): NDArray {
  const values = VALUES.map((_, i) => VALUES[(i * (place * 14 + 1) + place * 31) % VALUES.length]);
  return NDArray.from(values).astype(dtype);
}

interface OpCase {
  readonly op: ScalarOpName;
  readonly dtype: DType;
  readonly kernel: Kernel;
  readonly expr: ScalarExpr;
  readonly arity: number;
}

function caseOf(op: ScalarOpName, dtype: DType): OpCase[] {
  const { arity: declared } = scalarOp(op);
  const arity = declared === "variadic" ? 2 : declared;
  const dtypes = Array.from({ length: arity }, () => dtype);
  let expr: ScalarExpr;
  try {
    if (!isImplemented(scalarOp(op), signatureOf(op, dtypes, "float64"))) return [];
    expr = apply<Input>(
      op,
      dtypes.map((one, i) => input(i, one)),
      "float64",
    );
  } catch {
    return [];
  }
  const inputs = dtypes.map((one) => ({ dtype: one, broadcastable: [false] }));
  return [{ op, dtype, expr, arity, kernel: elementwiseKernel({ name: op, exprs: [expr], inputs, ndim: 1 }) }];
}

const CASES = SCALAR_OPS.flatMap(({ name }) => (isScalarOp(name) ? NAMES.flatMap((dtype) => caseOf(name, dtype)) : []));

/** Sums of terms that cancel: their error is that of the largest term. */
const CANCELLING: ReadonlySet<ScalarOpName> = new Set(["sigmoid_binary_crossentropy"]);

/** Results of the interpreter and of a backend that differ by more than they may. */
function differences({ op, dtype, expr, arity, kernel }: OpCase, compiled: CompiledKernel): string[] {
  const inputs = Array.from({ length: arity }, (_, place) => argument(dtype, place));
  const [expected, actual] = [0, 0].map(() => NDArray.zeros([VALUES.length], expr.dtype));
  interpret(kernel, [...inputs, expected]);
  compiled(inputs, [actual]);
  const wanted = [...expected.elements()];
  return [...actual.elements()].flatMap((value, i) => {
    const given = inputs.map((x) => x.get(i));
    return agree(value, wanted[i], expr.dtype, CANCELLING.has(op) ? given : null)
      ? []
      : [`${op}(${given.join(", ")}) of ${dtype} is ${wanted[i]}, not ${value}`];
  });
}

function agree(value: Scalar, wanted: Scalar, dtype: DType, terms: readonly Scalar[] | null): boolean {
  if (typeof value !== "number" || typeof wanted !== "number") return value === wanted;
  if (!isFloat(dtype)) return value === wanted;
  if (ulpsBetween(value, wanted, dtype === "float32" ? 32 : 64) <= 2) return true;
  if (terms === null) return false;
  const size = 1 + Math.abs(terms.reduce<number>((product, x) => product * Number(x), 1));
  return Math.abs(value - wanted) <= 4 * size * (dtype === "float32" ? 2 ** -24 : 2 ** -53);
}

/** Functions whose C library counterparts do not agree with ours to the last digits, or do not exist. */
const NOT_IN_C: readonly ScalarOpName[] = [
  "ultra_fast_sigmoid",
  // Ours and the C library differ by up to four units for large arguments.
  "erfc",
  "erfcx",
  "erfinv",
  "erfcinv",
  "gamma",
  "gammaln",
  "psi",
  "tri_gamma",
  "tetra_gamma",
  "chi2sf",
  "gammainc",
  "gammaincc",
  "gammau",
  "gammal",
  "j0",
  "j1",
  "jv",
  "i0",
  "i1",
  "iv",
  "real",
  "imag",
  "angle",
  "conj",
  "complex",
  "complex_from_polar",
  "cast_complex64",
  "cast_complex128",
  "cast_float16",
];

/** Ops that give what WebAssembly has no elements for. */
const NOT_IN_WASM: readonly ScalarOpName[] = [
  "complex",
  "complex_from_polar",
  "cast_complex64",
  "cast_complex128",
  "cast_float16",
];

/** The backends with code of their own for elementary functions, and what they leave to others. */
const BACKENDS: readonly (readonly [Backend, readonly ScalarOpName[]])[] = [
  [cBackend, NOT_IN_C],
  [wasmBackend, NOT_IN_WASM],
];

describe.each(BACKENDS.map(([backend, refused]) => [backend.name, backend, refused] as const))(
  "%s agrees with the interpreter",
  (_, backend, known) => {
    const skip = !isThere(backend);
    const options = { timeout: PATIENCE, skip };

    test("on every op and dtype", options, () => {
      const taken = CASES.filter(({ kernel }) => backend.supports(kernel) === true);
      const compiled = backend.compile(taken.map(({ kernel }) => kernel));
      expect(taken.flatMap((one, i) => differences(one, compiled[i]).slice(0, 1))).toEqual([]);
    });

    test("and refuses the others, which stay in JavaScript", { skip }, () => {
      const refused = CASES.filter(
        ({ kernel, dtype }) => isFloat(dtype) && dtype !== "float16" && backend.supports(kernel) !== true,
      );
      const names = new Set(refused.map(({ op }) => op));
      for (const name of known) names.delete(name);
      expect([...names]).toEqual([]);
    });

    test("on reductions of all kinds, dtypes and layouts", options, () => {
      expect(mismatches(backend, fc.sample(reductions, { numRuns: 150, seed: 11 }))).toEqual([]);
    });

    test("on products", options, () => {
      expect(mismatches(backend, fc.sample(products, { numRuns: 80, seed: 5 }))).toEqual([]);
    });

    test("on expressions of several ops and outputs, in all layouts", options, () => {
      expect(mismatches(backend, fc.sample(expressions, { numRuns: 100, seed: 3 }))).toEqual([]);
    });
  },
);

/** A kernel with its inputs. */
interface Run {
  readonly kernel: Kernel;
  readonly inputs: readonly NDArray[];
  readonly shapes: readonly (readonly number[])[];
  readonly same: (a: Scalar, b: Scalar) => boolean;
}

/** Runs all kernels in a backend, compiled together, and in the interpreter. */
function mismatches(backend: Backend, runs: readonly Run[]): string[] {
  const compiled = backend.compile(runs.map(({ kernel }) => kernel));
  return runs.flatMap(({ kernel, inputs, shapes: sizes, same }, i) => {
    const outputsOf = (run: (outputs: NDArray[]) => void): NDArray[] | string => {
      const outputs = sizes.map((shape, o) => NDArray.zeros(shape, kernel.buffers[inputs.length + o].dtype));
      try {
        run(outputs);
        return outputs;
      } catch (error) {
        return String(error);
      }
    };
    const expected = outputsOf((outputs) => interpret(kernel, [...inputs, ...outputs]));
    const actual = outputsOf((outputs) => compiled[i](inputs, outputs));
    if (typeof expected === "string" || typeof actual === "string")
      return String(actual) === String(expected) ? [] : [`${kernel.name}: ${actual} instead of ${expected}`];
    return actual.flatMap((output, o) => {
      const wanted = [...expected[o].elements()];
      const bad = [...output.elements()].findIndex((value, at) => !same(value, wanted[at]));
      return bad < 0 ? [] : [`${kernel.name} of ${inputs.join("; ")}: ${output} instead of ${expected[o]}`];
    });
  });
}

const REAL = NAMES.filter((dtype) => dtype !== "float16" && !dtype.startsWith("complex"));
const lengths = fc.constantFrom(0, 1, 2, 3, 5, 8, 17, 129, 300, 600);
const identical = (a: Scalar, b: Scalar): boolean => Object.is(a, b) || a === b;

/** The rounding of a sum of elements of this size. */
function tolerance(arrays: readonly NDArray[], dtype: DType): (a: Scalar, b: Scalar) => boolean {
  const scale = arrays.reduce(
    (product, array) => product * [...array.elements()].reduce<number>((sum, x) => sum + finiteSize(x), 1),
    1,
  );
  return closeTo(scale * (dtype === "float32" ? 2 ** -22 : 2 ** -46));
}

const reductions: fc.Arbitrary<Run> = fc
  .tuple(lengths, fc.constantFrom(0, 1, 2, 3, 9), fc.boolean(), fc.constantFrom(...REAL))
  .chain(([long, short, first, dtype]) =>
    fc.tuple(
      arrayOf(dtype, first ? [long, short] : [short, long]),
      fc.constantFrom<number[]>([0], [1], [0, 1]),
      fc.constantFrom("add", "mul", "maximum", "minimum", "and_", "or_", "argmax", "argmin", "both" as const),
    ),
  )
  .map(([array, axes, op]): Run => {
    const { dtype, ndim } = array;
    const shape = array.shape.filter((_, axis) => !axes.includes(axis));
    const bits = op === "and_" || op === "or_";
    if (op === "both")
      return {
        kernel: maxAndArgmaxKernel({ dtype, ndim, axes }),
        inputs: [array],
        shapes: [shape, shape],
        same: identical,
      };
    if (op === "argmax" || op === "argmin")
      return { kernel: argReduceKernel({ op, dtype, ndim, axes }), inputs: [array], shapes: [shape], same: identical };
    const used = isFloat(dtype) && (bits || op === "mul") ? "add" : op;
    return {
      kernel: reduceKernel({ op: used, dtype, accDtype: dtype, outDtype: dtype, ndim, axes }),
      inputs: [array],
      shapes: [shape],
      same: used === "add" && isFloat(dtype) ? tolerance([array], dtype) : identical,
    };
  });

const sizes = fc.constantFrom(0, 1, 2, 3, 6, 7, 13, 33, 70);

const products: fc.Arbitrary<Run> = fc
  .tuple(
    sizes,
    lengths,
    sizes,
    fc.constantFrom<DType>("float64", "float32"),
    fc.constantFrom(1, 2),
    fc.constantFrom(1, 2),
  )
  .chain(([m, k, n, dtype, left, right]) =>
    fc.tuple(arrayOf(dtype, left === 2 ? [m, k] : [k]), arrayOf(dtype, right === 2 ? [k, n] : [k])),
  )
  .map(([a, b]): Run => {
    const ndims = [a.ndim, b.ndim] as const;
    if (!isDotRank(ndims[0]) || !isDotRank(ndims[1])) throw new TypeError("a vector or a matrix");
    return {
      kernel: dotKernel({ dtype: a.dtype, ndims: [ndims[0], ndims[1]] }),
      inputs: [a, b],
      shapes: [[...a.shape.slice(0, -1), ...b.shape.slice(1)]],
      same: tolerance([a, b], a.dtype),
    };
  });

function isDotRank(ndim: number): ndim is 1 | 2 {
  return ndim === 1 || ndim === 2;
}

const BINARY: readonly ScalarOpName[] = ["add", "sub", "mul", "true_div", "maximum", "minimum", "lt", "int_div", "eq"];

const expressions: fc.Arbitrary<Run> = shapes
  .chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.array(
        fc.constantFrom(...REAL).chain((dtype) => arrayOf(dtype, shape)),
        { minLength: 1, maxLength: 3 },
      ),
      fc.array(fc.tuple(fc.constantFrom(...BINARY), fc.nat(), fc.nat()), { minLength: 2, maxLength: 7 }),
    ),
  )
  .map(([shape, inputs, program]): Run => {
    const pool: ScalarExpr[] = inputs.map((array, i) => input(i, array.dtype));
    for (const [op, a, b] of program) {
      const args = [pool[a % pool.length], pool[b % pool.length]];
      try {
        if (
          isImplemented(
            scalarOp(op),
            signatureOf(
              op,
              args.map((arg) => arg.dtype),
              "float64",
            ),
          )
        )
          pool.push(apply<Input>(op, args, "float64"));
      } catch {
        // The op does not take these dtypes.
      }
    }
    const exprs = pool.slice(-2);
    const kernel = elementwiseKernel({
      exprs,
      inputs: inputs.map(({ dtype }) => ({ dtype, broadcastable: shape.map(() => false) })),
      ndim: shape.length,
    });
    return { kernel, inputs, shapes: exprs.map(() => shape), same: closeEnough };
  });

/** C may fuse a product and a sum, which rounds once instead of twice. */
function closeEnough(a: Scalar, b: Scalar): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  if (identical(a, b)) return true;
  return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
}
