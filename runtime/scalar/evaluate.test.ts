import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Complex } from "../array/complex.ts";
import {
  carrierOf,
  castScalar,
  DTYPES,
  type DType,
  dtypeInfo,
  isComplex,
  isDType,
  isFloat,
  type Scalar,
  sameElement,
} from "../array/dtype.ts";
import { evaluateScalar, isImplemented } from "./evaluate.ts";
import golden from "./golden.json" with { type: "json" };
import type { ScalarOp } from "./op.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName, signatureOf } from "./table.ts";

/** Reads what golden.py writes of an element. */
function element(text: string, dtype: DType): Scalar {
  if (dtype === "bool") return text === "true";
  return carrierOf(dtype) === "big" ? BigInt(text) : castScalar(Number(text), dtype);
}

function named(text: string): DType {
  if (!isDType(text)) throw new TypeError(`${text} is no dtype`);
  return text;
}

/** The distance of two float64 in units of the last place of the expected one. */
function ulps(actual: Scalar, expected: Scalar): number {
  if (typeof actual !== "number" || typeof expected !== "number") return actual === expected ? 0 : Infinity;
  if (Object.is(actual, expected)) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  const exponent = Math.floor(Math.log2(Math.abs(expected)));
  return Math.abs(actual - expected) / Math.max(2 ** (exponent - 52), Number.MIN_VALUE);
}

describe("values agree with NumPy's, and functions with the truth to 2 ulp", () => {
  test.each(golden.cases.map((entry) => [entry.op, entry.dtype, entry] as const))(
    "%s of %s",
    (op, dtypeName, entry) => {
      const dtype = named(dtypeName);
      if (!isScalarOp(op)) throw new TypeError(`${op} is no op`);
      const signature = signatureOf(
        op,
        entry.args.map(() => dtype),
        "float64",
      );
      const columns = entry.args.map((column) => column.split(" "));
      const bad = entry.result.split(" ").flatMap((text, i) => {
        const args = columns.map((column, k) => castScalar(element(column[i], dtype), signature.inputs[k]));
        const actual = evaluateScalar(op, signature, args);
        const expected = castScalar(element(text, named(entry.out)), signature.output);
        const same = entry.exact ? Object.is(actual, expected) : ulps(actual, expected) <= 2;
        return same ? [] : [`${op}(${args.join(", ")}) = ${actual}, expected ${expected}`];
      });
      expect(bad).toEqual([]);
    },
  );
});

const dtypes = fc.constantFrom(...DTYPES.map(({ name }) => name));
const elementOf = (dtype: DType): fc.Arbitrary<Scalar> => {
  const { min, max } = dtypeInfo(dtype);
  if (dtype === "bool") return fc.boolean();
  if (isComplex(dtype)) {
    const part = fc.oneof(fc.double(), fc.integer({ min: -9, max: 9 }));
    return fc.tuple(part, part).map(([re, im]) => castScalar(new Complex(re, im), dtype));
  }
  if (isFloat(dtype)) return fc.oneof(fc.double(), fc.integer({ min: -9, max: 9 })).map((x) => castScalar(x, dtype));
  return fc
    .oneof(fc.bigInt({ min: BigInt(min), max: BigInt(max) }), fc.bigInt({ min: 0n, max: 9n }))
    .map((x) => castScalar(x, dtype));
};

/** The signature of an op on arguments of one dtype, or null when the op does not take it or compute with it. */
function uniform(op: ScalarOp, dtype: DType): ReturnType<typeof signatureOf> | null {
  const arity = op.arity === "variadic" ? 2 : op.arity;
  const signature = op.types(Array<DType>(arity).fill(dtype), "float64");
  return typeof signature === "string" || !isImplemented(op, signature) ? null : signature;
}

describe.each(SCALAR_OPS.map((op) => [op.name, op] as const))("%s", (name, op) => {
  if (!isScalarOp(name)) throw new TypeError(`${name} is no op`);

  test("gives an element of its output dtype, for every dtype it takes", () => {
    fc.assert(
      fc.property(
        dtypes
          .filter((dtype) => uniform(op, dtype) !== null)
          .chain((dtype) =>
            fc.tuple(fc.constant(dtype), fc.tuple(elementOf(dtype), elementOf(dtype), elementOf(dtype))),
          ),
        ([dtype, values]) => {
          const signature = uniform(op, dtype);
          if (signature === null) return;
          const args = signature.inputs.map((to, i) => castScalar(values[i], to));
          // There is no negative distance from 0.
          if (name === "complex_from_polar" && Number(args[0]) < 0) return;
          const result = evaluateScalar(name, signature, args);
          expect(sameElement(castScalar(result, signature.output), result)).toBe(true);
        },
      ),
    );
  });

  if (op.commutative) {
    test("commutes", () => {
      fc.assert(
        fc.property(
          dtypes
            .filter((dtype) => uniform(op, dtype) !== null)
            .chain((dtype) => fc.tuple(fc.constant(dtype), elementOf(dtype), elementOf(dtype))),
          ([dtype, a, b]) => {
            const signature = uniform(op, dtype);
            if (signature === null) return;
            const [x, y] = signature.inputs.map((to, i) => castScalar([a, b][i], to));
            expect(sameElement(evaluateScalar(name, signature, [x, y]), evaluateScalar(name, signature, [y, x]))).toBe(
              true,
            );
          },
        ),
      );
    });
  }

  const { identity } = op;
  if (identity !== undefined) {
    test(`keeps what meets its identity ${identity}`, () => {
      fc.assert(
        fc.property(
          fc.double({ noNaN: true }).filter((x) => !name.startsWith("int_div") || Number.isInteger(x)),
          (x) => {
            const signature = signatureOf(name, ["float64", "float64"], "float64");
            expect(evaluateScalar(name, signature, [x, Number(identity)])).toEqual(x === 0 ? expect.closeTo(0) : x);
          },
        ),
      );
    });
  }
});

describe("variadic ops", () => {
  test("fold from the left, rounding each step", () => {
    const three = signatureOf("add", ["float32", "float32", "float32"], "float64");
    expect(evaluateScalar("add", three, [16777216, 1, 1])).toBe(16777216);
    const bytes = signatureOf("mul", ["int8", "int8", "int8"], "float64");
    expect(evaluateScalar("mul", bytes, [100, 2, 2])).toBe(castScalar(400, "int8"));
    expect(evaluateScalar("add", signatureOf("add", ["int64"], "float64"), [5n])).toBe(5n);
  });
});

test.each<[ScalarOpName, DType[], Scalar[], Scalar]>([
  ["switch", ["int8", "float64", "float64"], [true, 1, 2], 1],
  ["switch", ["bool", "int64", "int64"], [false, 1n, 2n], 2n],
  ["second", ["float64", "int8"], [NaN, 3], 3],
  ["clip", ["float64", "float64", "float64"], [NaN, 0, 1], NaN],
  ["clip", ["float64", "float64", "float64"], [5, 6, 2], 6],
  ["clip", ["bool", "bool", "bool"], [true, false, false], false],
  ["int_div", ["bool", "bool"], [true, false], false],
  ["pow", ["int32", "int32"], [2, -1], 0],
  ["pow", ["int64", "int64"], [-1n, -3n], -1n],
  ["softplus", ["float64"], [800], 800],
  ["sigmoid", ["float64"], [-745], 5e-324],
  ["cast_int8", ["float64"], [300.5], 44],
  ["cast_bool", ["float64"], [NaN], true],
])("%s of %s: %s is %s", (op, from, args, expected) => {
  expect(evaluateScalar(op, signatureOf(op, from, "float64"), args)).toBe(expected);
});
