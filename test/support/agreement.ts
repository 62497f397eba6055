/** Random arrays in random layouts, and the comparison of every backend with the interpreter on them. */
import fc from "fast-check";
import { expect } from "vitest";
import { Complex } from "../../runtime/array/complex.ts";
import {
  castScalar,
  complexOf,
  DTYPES,
  type DType,
  dtypeInfo,
  isComplex,
  isContinuous,
  isFloat,
  type Scalar,
} from "../../runtime/array/dtype.ts";
import { NDArray } from "../../runtime/array/ndarray.ts";
import type { BackendName } from "../../runtime/backend/backend.ts";
import { backendByName } from "../../runtime/backend/registry.ts";
import { checkKernel } from "../../runtime/loop/check.ts";
import type { Expr, Kernel, Statement } from "../../runtime/loop/ir.ts";
import { expressionsOf } from "../../runtime/loop/walk.ts";
import { ELEMENTARY } from "../../runtime/scalar/elementary.ts";
import { ENTROPY } from "../../runtime/scalar/entropy.ts";
import { SPECIAL } from "../../runtime/scalar/special.ts";
import { ulpsBetween } from "./ulp.ts";

/** The backends that are compared with the interpreter. */
const OTHERS: readonly BackendName[] = ["js", "wasm"];

/** Those that compute elementary functions as the interpreter does, by calling the same functions. */
const SAME_FUNCTIONS: ReadonlySet<BackendName> = new Set(["interp", "js"]);

/** How many units in the last place a backend's own elementary function may be off. */
const ULPS = 2;

/** How many kernels each backend has refused, by reason. */
const refusals = new Map<BackendName, Map<string, number>>();

/** Which kernels were not compared because a backend does not take them: a line for each reason, with their number. */
export function refusalText(): string {
  return [...refusals]
    .flatMap(([name, reasons]) => [...reasons].sort().map(([reason, count]) => `${name} refused ${count}: ${reason}`))
    .join("\n");
}

/** Whether a backend takes a kernel; a refusal is counted. */
export function takes(name: BackendName, kernel: Kernel): boolean {
  const answer = backendByName(name).supports(kernel);
  if (answer === true) return true;
  const reasons = refusals.get(name) ?? new Map<string, number>();
  refusals.set(name, reasons.set(answer.reason, (reasons.get(answer.reason) ?? 0) + 1));
  return false;
}

/** Every dtype. */
export const NAMES: readonly DType[] = DTYPES.map(({ name }) => name);

/** Elements of a dtype, special values often; floats stay small enough that no partial sum overflows. */
export function elementOf(dtype: DType): fc.Arbitrary<Scalar> {
  if (dtype === "bool") return fc.boolean();
  const small = fc.integer({ min: dtypeInfo(dtype).kind === "uint" ? 0 : -4, max: 4 });
  if (isFloat(dtype) || isComplex(dtype)) {
    const special = fc.constantFrom(0, -0, 1, NaN, Infinity, -Infinity, 5e-324, 1e-30);
    const size = dtype === "float16" ? 10 : 1e6;
    const any = fc.double({ min: -size, max: size, noNaN: true });
    const part = fc.oneof({ weight: 6, arbitrary: any }, special, small);
    if (isFloat(dtype)) return part.map((x) => castScalar(x, dtype));
    return fc.tuple(part, part).map(([re, im]) => castScalar(new Complex(re, im), dtype));
  }
  const { min, max } = dtypeInfo(dtype);
  return fc.oneof(small, fc.bigInt({ min: BigInt(min), max: BigInt(max) })).map((x) => castScalar(x, dtype));
}

/** An array of that shape, dense or seen through a view: permuted, reversed, with gaps, at an offset, repeated. */
export function arrayOf(dtype: DType, shape: readonly number[]): fc.Arbitrary<NDArray> {
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

/** Shapes of few short dimensions, empty ones among them; or of one that is longer than any vector. */
export const shapes = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.constantFrom(0, 1, 1, 2, 3, 5), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom([4], [23], [39], [2, 23]) },
);

/** Runs the kernel and gives the outputs, or the text of the error. */
export function run(
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
export function identical(a: Scalar, b: Scalar): boolean {
  if (!(a instanceof Complex) || !(b instanceof Complex)) return Object.is(a, b);
  return Object.is(a.re, b.re) && Object.is(a.im, b.im);
}

/**
 * Runs a kernel on the interpreter and on every other backend that takes it; results, or errors, must be the same. What
 * is to be the same to the bit may differ by {@link ULPS} for each elementary function that a backend computes itself.
 */
export function expectAgreement(
  kernel: Kernel,
  inputs: readonly NDArray[],
  shapes: readonly (readonly number[])[],
  same: (a: Scalar, b: Scalar) => boolean = identical,
): void {
  checkKernel(kernel);
  const expected = run("interp", kernel, inputs, shapes);
  for (const name of OTHERS) {
    if (!takes(name, kernel)) continue;
    const actual = run(name, kernel, inputs, shapes);
    if (typeof expected === "string" || typeof actual === "string") {
      expect(actual).toBe(expected);
      continue;
    }
    const ulps = SAME_FUNCTIONS.has(name) || same !== identical ? 0 : ULPS * elementaryFunctions(kernel);
    actual.forEach((output, i) => {
      const agree = ulps === 0 ? same : withinUlps(ulps, output.dtype);
      const wanted = [...expected[i].elements()];
      const bad = [...output.elements()].findIndex((value, at) => !agree(value, wanted[at]));
      if (bad >= 0) expect(`${output} from ${name}`).toBe(`${expected[i]} at element ${bad}`);
    });
  }
}

/** How many elementary functions of floats a kernel computes for each element. */
function elementaryFunctions(kernel: Kernel): number {
  const found = new Set<Expr>();
  const visit = (expr: Expr): void => {
    if (expr.kind !== "apply") return;
    const isOne =
      Object.hasOwn(ELEMENTARY, expr.op) || Object.hasOwn(SPECIAL, expr.op) || Object.hasOwn(ENTROPY, expr.op);
    if ((isOne || expr.op === "pow") && isContinuous(expr.args[0].dtype)) found.add(expr);
    expr.args.forEach(visit);
  };
  const walk = (body: readonly Statement[]): void => {
    for (const statement of body) {
      expressionsOf(statement).forEach(visit);
      if (statement.kind === "loop" || statement.kind === "reduce") walk(statement.body);
    }
  };
  walk(kernel.body);
  return found.size;
}

/** Whether two floats are at most so many units in the last place apart; any other elements must be the same. */
function withinUlps(ulps: number, dtype: DType): (a: Scalar, b: Scalar) => boolean {
  return (a, b) => {
    if (!isFloat(dtype) || typeof a !== "number" || typeof b !== "number") return identical(a, b);
    return ulpsBetween(a, b, dtype === "float64" ? 64 : 32) <= ulps;
  };
}

/**
 * Whether two numbers differ by no more than `scale`, a bound of the rounding of a sum. Where either is not finite, and
 * for integers, they must be the same.
 */
export function closeTo(scale: number): (a: Scalar, b: Scalar) => boolean {
  return (a, b) => {
    if (a instanceof Complex && b instanceof Complex) return partsAgree(a, b, closeTo(scale));
    if (typeof a !== "number" || typeof b !== "number") return a === b;
    return Object.is(a, b) || a === b || Math.abs(a - b) <= scale + Number.MIN_VALUE;
  };
}

/** Which part is NaN depends on the order of combination. */
function partsAgree(a: Complex, b: Complex, same: (a: Scalar, b: Scalar) => boolean): boolean {
  if (a.isNaN || b.isNaN) return a.isNaN && b.isNaN;
  return same(a.re, b.re) && same(a.im, b.im);
}

/** The magnitude of an element; 0 when it is not finite. */
export function finiteSize(element: Scalar): number {
  const { re, im } = complexOf(element);
  const size = Math.hypot(re, im);
  return Number.isFinite(size) ? size : 0;
}

/** A length that ends inside, at, and beyond the lanes, tiles and blocks that a backend may use. */
export const lengths = fc.constantFrom(0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 127, 128, 129, 300);
