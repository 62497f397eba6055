/** Every backend against the interpreter, on random kernels, values and layouts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { castScalar, DTYPES, type DType, dtypeInfo, isFloat, type Scalar } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { argReduceKernel, dotKernel, elementwiseKernel, reduceKernel } from "../loop/build.ts";
import { checkKernel } from "../loop/check.ts";
import type { Accumulator, Buffer, Expr, Kernel, ReduceOp, Statement, Subscript } from "../loop/ir.ts";
import { apply, constant, type Input, input, type ScalarExpr } from "../scalar/expr.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName } from "../scalar/table.ts";
import type { BackendName } from "./backend.ts";
import { backendByName } from "./registry.ts";

const OTHERS: readonly BackendName[] = ["js"];
const NAMES: readonly DType[] = DTYPES.map(({ name }) => name);

/** Elements of a dtype, special values often; floats stay small enough that no partial sum overflows. */
function elementOf(dtype: DType): fc.Arbitrary<Scalar> {
  if (dtype === "bool") return fc.boolean();
  const small = fc.integer({ min: dtypeInfo(dtype).kind === "uint" ? 0 : -4, max: 4 });
  if (isFloat(dtype)) {
    const special = fc.constantFrom(0, -0, 1, NaN, Infinity, -Infinity, 5e-324, 1e-30);
    const any = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    return fc.oneof({ weight: 6, arbitrary: any }, special, small).map((x) => castScalar(x, dtype));
  }
  const { min, max } = dtypeInfo(dtype);
  return fc.oneof(small, fc.bigInt({ min: BigInt(min), max: BigInt(max) })).map((x) => castScalar(x, dtype));
}

/** An array of that shape, dense or seen through a view: permuted, reversed, with gaps, at an offset, repeated. */
function arrayOf(dtype: DType, shape: readonly number[]): fc.Arbitrary<NDArray> {
  const axes = shape.map((_, axis) => axis);
  const dims = shape.map((length) =>
    fc.record({
      step: fc.constantFrom(1, 1, 1, -1, 2),
      before: fc.constantFrom(0, 0, 1),
      repeated: fc
        .constant(length > 1)
        .chain((is) => (is ? fc.constantFrom(false, false, false, true) : fc.constant(false))),
    }),
  );
  return fc.tuple(fc.shuffledSubarray(axes, { minLength: axes.length }), fc.tuple(...dims)).chain(([order, layout]) => {
    const storageShape = shape.map((length, axis) => {
      const { step, before, repeated } = layout[axis];
      return repeated ? 1 : length * Math.abs(step) + before;
    });
    const permuted = order.map((axis) => storageShape[axis]);
    const size = permuted.reduce((product, length) => product * length, 1);
    return fc.array(elementOf(dtype), { minLength: size, maxLength: size }).map((values) =>
      NDArray.from(values, dtype)
        .reshape(permuted)
        .transpose(axes.map((axis) => order.indexOf(axis)))
        .slice(
          ...layout.map(({ step, before, repeated }, axis) => {
            if (repeated) return {};
            const cut = { start: before, step: Math.abs(step) };
            return step > 0
              ? cut
              : { start: shape[axis] - 1 + before, stop: before === 0 ? null : before - 1, step: -1 };
          }),
        )
        .broadcastTo(shape),
    );
  });
}

const shapes = fc.array(fc.constantFrom(0, 1, 1, 2, 3, 5), { maxLength: 3 });

/** Runs the kernel and gives the outputs, or the text of the error. */
function run(
  name: BackendName,
  kernel: Kernel,
  inputs: readonly NDArray[],
  shapes: readonly (readonly number[])[],
): NDArray[] | string {
  const outputs = shapes.map((shape, i) => NDArray.zeros(shape, kernel.buffers[inputs.length + i].dtype));
  const [compiled] = backendByName(name).compile([kernel]);
  try {
    compiled(inputs, outputs);
  } catch (error) {
    return String(error);
  }
  return outputs;
}

/** Whether two results are the same element: NaN is NaN, and 0 is not -0. */
const identical = (a: Scalar, b: Scalar): boolean => Object.is(a, b);

function expectAgreement(
  kernel: Kernel,
  inputs: readonly NDArray[],
  shapes: readonly (readonly number[])[],
  same: (a: Scalar, b: Scalar) => boolean = identical,
): void {
  checkKernel(kernel);
  const expected = run("interp", kernel, inputs, shapes);
  for (const name of OTHERS) {
    expect(backendByName(name).supports(kernel)).toBe(true);
    const actual = run(name, kernel, inputs, shapes);
    if (typeof expected === "string" || typeof actual === "string") {
      expect(actual).toBe(expected);
      continue;
    }
    actual.forEach((output, i) => {
      const wanted = [...expected[i].elements()];
      const bad = [...output.elements()].findIndex((value, at) => !same(value, wanted[at]));
      if (bad >= 0) expect(`${output} from ${name}`).toBe(`${expected[i]} at element ${bad}`);
    });
  }
}

/** The op on inputs of the given dtypes, or null when it does not take them. */
function tryApply(op: ScalarOpName, args: readonly ScalarExpr[]): ScalarExpr | null {
  try {
    return apply<Input>(op, args, "float64");
  } catch {
    return null;
  }
}

describe("elementwise kernels agree to the bit", () => {
  test.each(SCALAR_OPS.map((op) => [op.name, op] as const))("%s", (name, op) => {
    if (!isScalarOp(name)) throw new TypeError(`${name} is no op`);
    const arities = op.arity === "variadic" ? [1, 2, 3] : [op.arity];
    const cases = fc
      .constantFrom(...arities)
      .chain((arity) => fc.tuple(shapes, fc.array(fc.constantFrom(...NAMES), { minLength: arity, maxLength: arity })))
      .map(([shape, dtypes]) => ({
        shape,
        dtypes,
        expr: tryApply(
          name,
          dtypes.map((dtype, i) => input(i, dtype)),
        ),
      }))
      .filter(({ expr }) => expr !== null)
      .chain(({ shape, dtypes, expr }) =>
        fc
          .tuple(...dtypes.map(() => fc.tuple(...shape.map(() => fc.constantFrom(false, false, true)))))
          .chain((patterns) =>
            fc
              .tuple(
                ...dtypes.map((dtype, i) =>
                  arrayOf(
                    dtype,
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
        const inputs = dtypes.map((dtype, i) => ({ dtype, broadcastable: patterns[i] }));
        expectAgreement(elementwiseKernel({ exprs: [expr], inputs, ndim: shape.length }), arrays, [shape]);
      }),
      { numRuns: 60 },
    );
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

/** Sums may differ by the rounding of about 32 additions, products by that of 64; everything that is not finite, and every integer, may not. */
function closeTo(scale: number) {
  return (a: Scalar, b: Scalar): boolean => {
    if (typeof a !== "number" || typeof b !== "number") return a === b;
    return Object.is(a, b) || a === b || Math.abs(a - b) <= scale + Number.MIN_VALUE;
  };
}

/** A length that ends inside, at, and beyond the lanes, tiles and blocks that a backend may use. */
const lengths = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 127, 128, 129, 300);

describe("reductions agree", () => {
  const ops: Exclude<ReduceOp, "argmax" | "argmin">[] = ["add", "mul", "maximum", "minimum", "and_", "or_"];
  const reduced = (dtype: DType) =>
    fc
      .tuple(lengths, fc.constantFrom(0, 1, 2, 3, 9), fc.boolean(), fc.boolean())
      .chain(([long, short, first, deep]) => {
        const pair = first ? [long, short] : [short, long];
        const shape = deep ? [2, ...pair] : pair;
        return fc.tuple(arrayOf(dtype, shape), fc.subarray(shape.map((_, axis) => axis)));
      });

  test.each(
    ops
      .flatMap((op) => NAMES.map((dtype) => [op, dtype] as const))
      .filter(([op, dtype]) => !(op.endsWith("_") && isFloat(dtype))),
  )("%s of %s", (op, dtype) => {
    const wide: DType = isFloat(dtype) ? "float64" : dtypeInfo(dtype).kind === "uint" ? "uint64" : "int64";
    fc.assert(
      fc.property(reduced(dtype), fc.constantFrom(dtype, wide), ([array, axes], accDtype) => {
        const kernel = reduceKernel({
          op,
          dtype,
          accDtype: op.endsWith("_") ? dtype : accDtype,
          outDtype: accDtype,
          ndim: array.ndim,
          axes,
        });
        const shape = array.shape.filter((_, axis) => !axes.includes(axis));
        const scale = [...array.elements()].reduce<number>(
          (sum, x) => sum + (Number.isFinite(Number(x)) ? Math.abs(Number(x)) : 0),
          0,
        );
        const unit = accDtype === "float32" ? 2 ** -23 : 2 ** -48;
        expectAgreement(
          kernel,
          [array],
          [shape],
          op === "mul" && isFloat(dtype) ? relative(1e-12, accDtype) : closeTo(op === "add" ? scale * unit : 0),
        );
      }),
      { numRuns: 12 },
    );
  });

  test.each(["argmax", "argmin"] as const)("%s", (op) => {
    const cases = fc.constantFrom<DType>("float64", "int8", "int64", "bool").chain(reduced);
    fc.assert(
      fc.property(cases, ([array, axes]) => {
        const kernel = argReduceKernel({ op, dtype: array.dtype, ndim: array.ndim, axes });
        expectAgreement(kernel, [array], [array.shape.filter((_, axis) => !axes.includes(axis))]);
      }),
      { numRuns: 60 },
    );
  });
});

/** Products of many factors: equal to a relative error, unless they over- or underflow on the way. */
function relative(tolerance: number, dtype: DType) {
  return (a: Scalar, b: Scalar): boolean => {
    if (typeof a !== "number" || typeof b !== "number") return a === b;
    const extreme = (x: number) => !Number.isFinite(x) || Math.abs(x) < 1e-290 || Math.abs(x) > 1e290;
    if (extreme(a) || extreme(b)) return true;
    return Math.abs(a - b) <= (dtype === "float32" ? 1e-6 : tolerance) * Math.abs(b);
  };
}

describe("products agree", () => {
  const sizes = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 13);
  test.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ] as const)("%i-d by %i-d", (left, right) => {
    const cases = fc
      .tuple(sizes, lengths, sizes, fc.constantFrom<DType>("float64", "float32", "int32"))
      .chain(([m, k, n, dtype]) =>
        fc.tuple(arrayOf(dtype, left === 2 ? [m, k] : [k]), arrayOf(dtype, right === 2 ? [k, n] : [k])),
      );
    fc.assert(
      fc.property(cases, ([a, b]) => {
        const kernel = dotKernel({ dtype: a.dtype, ndims: [left, right] });
        const shape = [...a.shape.slice(0, -1), ...b.shape.slice(1)];
        const finite = (array: NDArray) =>
          [...array.elements()].map((x) => (Number.isFinite(x) ? Math.abs(Number(x)) : 0));
        const scale = Math.max(0, ...finite(a)) * Math.max(0, ...finite(b)) * (a.shape.at(-1) ?? 1);
        expectAgreement(kernel, [a, b], [shape], closeTo(scale * (a.dtype === "float32" ? 2 ** -23 : 2 ** -47)));
      }),
      { numRuns: 40 },
    );
  });
});

describe("kernels written by hand agree", () => {
  const at = (...axes: string[]): Subscript => ({ terms: axes.map((axis) => ({ axis, scale: 1 })), offset: 0 });
  const load = (buffer: number, ...index: Subscript[]): Expr => ({
    kind: "load",
    access: { buffer, index },
    dtype: "float64",
  });
  const local = (name: string): Expr => ({ kind: "local", name, dtype: "float64" });
  const call = (op: ScalarOpName, ...args: Expr[]): Expr => ({ kind: "apply", op, args, dtype: "float64" });
  const array = (name: string, ndim: number, access: "in" | "out"): Buffer => ({
    name,
    dtype: "float64",
    ndim,
    access,
  });
  const store = (buffer: number, index: Subscript[], value: Expr): Statement => ({
    kind: "store",
    access: { buffer, index },
    value,
  });
  const accumulate = (name: string, op: ReduceOp, value: Expr): Accumulator => ({ name, op, dtype: "float64", value });

  test("a convolution: subscripts with several axes, factors and offsets", () => {
    const place: Subscript = {
      terms: [
        { axis: "i", scale: 2 },
        { axis: "k", scale: 1 },
      ],
      offset: 1,
    };
    const kernel: Kernel = {
      name: "convolve",
      buffers: [array("x", 1, "in"), array("w", 1, "in"), array("y", 1, "out")],
      axes: [
        { name: "i", extent: [{ buffer: 2, dim: 0 }] },
        { name: "k", extent: [{ buffer: 1, dim: 0 }] },
      ],
      body: [
        {
          kind: "loop",
          axis: "i",
          body: [
            {
              kind: "reduce",
              axes: ["k"],
              body: [],
              accumulators: [accumulate("s", "add", call("mul", load(0, place), load(1, at("k"))))],
            },
            store(2, [at("i")], local("s")),
          ],
        },
      ],
    };
    const x = NDArray.from(Array.from({ length: 20 }, (_, i) => i * i));
    expectAgreement(kernel, [x, NDArray.from([1, -2, 3])], [[8]]);
  });

  test("a softmax: reductions one after the other, locals, an inner loop", () => {
    const shifted = call("exp", call("sub", load(0, at("i"), at("j")), local("m")));
    const kernel: Kernel = {
      name: "softmax",
      buffers: [array("x", 2, "in"), array("y", 2, "out")],
      axes: ["i", "j"].map((name, dim) => ({
        name,
        extent: [
          { buffer: 0, dim },
          { buffer: 1, dim },
        ],
      })),
      body: [
        {
          kind: "loop",
          axis: "i",
          body: [
            {
              kind: "reduce",
              axes: ["j"],
              body: [],
              accumulators: [accumulate("m", "maximum", load(0, at("i"), at("j")))],
            },
            { kind: "reduce", axes: ["j"], body: [], accumulators: [accumulate("s", "add", shifted)] },
            { kind: "let", name: "r", value: call("inv", local("s")) },
            { kind: "loop", axis: "j", body: [store(1, [at("i"), at("j")], call("mul", shifted, local("r")))] },
          ],
        },
      ],
    };
    fc.assert(
      fc.property(
        fc
          .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 9 }))
          .chain((shape) => arrayOf("float64", shape)),
        (x) => expectAgreement(kernel, [x], [x.shape], closeTo(1e-12)),
      ),
    );
  });

  test("a reduction inside a reduction, two accumulators, the value of an axis", () => {
    const counted: Expr = {
      kind: "apply",
      op: "cast_float64",
      args: [{ kind: "axis", axis: "i", dtype: "int64" }],
      dtype: "float64",
    };
    const kernel: Kernel = {
      name: "nested",
      buffers: [array("x", 2, "in"), array("total", 0, "out"), array("weighted", 0, "out")],
      axes: ["i", "j"].map((name, dim) => ({ name, extent: [{ buffer: 0, dim }] })),
      body: [
        {
          kind: "reduce",
          axes: ["i"],
          body: [
            {
              kind: "reduce",
              axes: ["j"],
              body: [],
              accumulators: [accumulate("m", "maximum", load(0, at("i"), at("j")))],
            },
          ],
          accumulators: [accumulate("t", "add", local("m")), accumulate("w", "add", call("mul", counted, local("m")))],
        },
        store(1, [], local("t")),
        store(2, [], local("w")),
      ],
    };
    const x = NDArray.from([
      [1, 5, 2],
      [7, 3, 4],
      [0, 0, -1],
    ]);
    expectAgreement(kernel, [x], [[], []]);
    expectAgreement(kernel, [NDArray.zeros([2, 0], "float64")], [[], []]);
    const outputs = run("js", kernel, [x], [[], []]);
    expect(outputs.toString()).toBe("12.0,7.0");
  });
});

test("long sums keep the accuracy of pairwise summation", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => 1 / (i + 1));
  const kernel = reduceKernel({
    op: "add",
    dtype: "float64",
    accDtype: "float64",
    outDtype: "float64",
    ndim: 1,
    axes: [0],
  });
  const output = NDArray.zeros([], "float64");
  backendByName("js").compile([kernel])[0]([NDArray.from(values)], [output]);
  // The harmonic number H(n) by its asymptotic series; the terms left out are below 1e-21.
  const n = values.length;
  const euler = 0.5772156649015329;
  expect(Number(output.item())).toBeCloseTo(Math.log(n) + euler + 1 / (2 * n) - 1 / (12 * n * n), 14);
});

test("an unknown backend is named with those that exist", () => {
  expect(() => backendByName("webgpu")).toThrow('there is no backend "webgpu"; there are interp, js');
});
