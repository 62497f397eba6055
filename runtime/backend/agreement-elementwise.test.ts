/** Every backend against the interpreter, on random elementwise kernels, values and layouts. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { arrayOf, expectAgreement, NAMES, refusalText, shapes } from "../../test/support/agreement.ts";
import type { DType } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { elementwiseKernel } from "../loop/build.ts";
import { isImplemented } from "../scalar/evaluate.ts";
import { apply, constant, type Input, input, type ScalarExpr } from "../scalar/expr.ts";
import type { ScalarOp } from "../scalar/op.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName, scalarOp, signatureOf } from "../scalar/table.ts";
import { backendByName } from "./registry.ts";

afterAll(() => console.info(refusalText()));

/** The op on inputs of the given dtypes, or null when it does not take them or has no values for them. */
function tryApply(op: ScalarOpName, args: readonly ScalarExpr[]): ScalarExpr | null {
  try {
    const signature = signatureOf(
      op,
      args.map(({ dtype }) => dtype),
      "float64",
    );
    return isImplemented(scalarOp(op), signature) ? apply<Input>(op, args, "float64") : null;
  } catch {
    return null;
  }
}

/** Compares results of an op on inputs of random dtypes, shapes and layouts, some of them broadcast. */
function checkOp(op: ScalarOp, name: ScalarOpName, dtype: fc.Arbitrary<DType>, numRuns: number): void {
  const arities = op.arity === "variadic" ? [1, 2, 3] : [op.arity];
  const cases = fc
    .constantFrom(...arities)
    .chain((arity) => fc.tuple(shapes, fc.array(dtype, { minLength: arity, maxLength: arity })))
    .map(([shape, dtypes]) => ({
      shape,
      dtypes,
      expr: tryApply(
        name,
        dtypes.map((one, i) => input(i, one)),
      ),
    }))
    .filter(({ expr }) => expr !== null)
    .chain(({ shape, dtypes, expr }) =>
      fc
        .tuple(...dtypes.map(() => fc.tuple(...shape.map(() => fc.constantFrom(false, false, true)))))
        .chain((patterns) =>
          fc
            .tuple(
              ...dtypes.map((one, i) =>
                arrayOf(
                  one,
                  shape.map((length, axis) => (patterns[i][axis] ? 1 : length)),
                ),
              ),
            )
            .map((arrays) => ({ shape, dtypes, expr, patterns, arrays })),
        ),
    );
  fc.assert(
    fc.property(cases, ({ shape, dtypes, expr, patterns, arrays }) => {
      if (expr === null) return;
      const inputs = dtypes.map((one, i) => ({ dtype: one, broadcastable: patterns[i] }));
      expectAgreement(elementwiseKernel({ exprs: [expr], inputs, ndim: shape.length }), arrays, [shape]);
    }),
    { numRuns },
  );
}

/** Whether the op computes on arguments that are all of one dtype. */
function takes(op: ScalarOp, name: ScalarOpName, dtype: DType): boolean {
  const arity = op.arity === "variadic" ? 2 : op.arity;
  return (
    tryApply(
      name,
      Array.from({ length: arity }, (_, i) => input(i, dtype)),
    ) !== null
  );
}

describe("elementwise kernels agree to the bit", () => {
  describe.each(SCALAR_OPS.map((op) => [op.name, op] as const))("%s", (name, op) => {
    if (!isScalarOp(name)) throw new TypeError(`${name} is no op`);

    test.each(NAMES.filter((dtype) => takes(op, name, dtype)))("of %s", (dtype) => {
      checkOp(op, name, fc.constant(dtype), 4);
    });

    test("of several dtypes", () => checkOp(op, name, fc.constantFrom(...NAMES), 25));
  });

  test("whole expressions with shared parts and several outputs", () => {
    const binary: ScalarOpName[] = [
      "add",
      "sub",
      "mul",
      "true_div",
      "maximum",
      "lt",
      "int_div",
      "arctan2",
      "switch",
      "clip",
    ];
    const steps = fc.array(fc.tuple(fc.constantFrom(...binary), fc.nat(), fc.nat(), fc.nat()), {
      minLength: 2,
      maxLength: 8,
    });
    const inputs = shapes.chain((shape) =>
      fc
        .array(
          fc.constantFrom(...NAMES).chain((dtype) => arrayOf(dtype, shape)),
          { minLength: 1, maxLength: 3 },
        )
        .map((arrays) => ({ shape, arrays })),
    );
    fc.assert(
      fc.property(inputs, steps, ({ shape, arrays }, program) => {
        const pool: ScalarExpr[] = [
          ...arrays.map((array, i) => input(i, array.dtype)),
          constant(0.5, "float32"),
          constant(-3, "int64"),
        ];
        for (const [op, a, b, c] of program) {
          const pick = (n: number) => pool[n % pool.length];
          const made = tryApply(
            op,
            op === "switch" || op === "clip" ? [pick(a), pick(b), pick(c)] : [pick(a), pick(b)],
          );
          if (made !== null) pool.push(made);
        }
        const exprs = pool.slice(-2);
        const kernel = elementwiseKernel({
          exprs,
          inputs: arrays.map(({ dtype }) => ({ dtype, broadcastable: shape.map(() => false) })),
          ndim: shape.length,
        });
        expectAgreement(kernel, arrays, [shape, shape]);
      }),
      { numRuns: 300 },
    );
  });

  test("an output may be one of the inputs", () => {
    const kernel = elementwiseKernel({
      exprs: [apply<Input>("mul", [input(0, "float64"), input(1, "float64")], "float64")],
      inputs: [
        { dtype: "float64", broadcastable: [false, false] },
        { dtype: "float64", broadcastable: [true, true] },
      ],
      ndim: 2,
    });
    const a = NDArray.from([
      [1, 2],
      [3, 4],
    ]);
    const [multiply] = backendByName("js").compile([kernel]);
    multiply([a.transpose(), NDArray.from([[10]])], [a.transpose()]);
    expect(a.toNested()).toEqual([
      [10, 20],
      [30, 40],
    ]);
  });
});
