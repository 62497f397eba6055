import { expect, test } from "vitest";
import { expectGradients, scattered } from "../../../test/support/derivatives.ts";
import { NDArray } from "../../array/ndarray.ts";
import { AssertionError, AttributeError, LinAlgError, ValueError } from "../../base/errors.ts";
import { compileFunction } from "../../compile/function.ts";
import { grad } from "../../grad/gradient.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { tensorFunctions as T } from "../tensor.ts";

const { nlinalg, slinalg } = T;
const x = T.dmatrix("x");
const v = T.dvector("v");

/** A matrix far from singular, whose eigenvalues are real and differ. */
function regular(n: number): NDArray {
  const result = scattered([n, n]);
  for (let i = 0; i < n; i++) result.data[i * n + i] = Number(result.data[i * n + i]) + 2 * n + 3 * i;
  return result;
}

function evaluate(expression: TensorVariable, ...values: readonly NDArray[]): NDArray {
  const names = [x, v].slice(0, values.length);
  return compileFunction(names, expression)(...values);
}

const positiveDefinite = (a: Variable) => T.add(T.dot(a, T.transpose(a)), T.eye(T.shapeI(a, 0)));
const all = (outputs: TensorVariable | readonly TensorVariable[]) => [outputs].flat();

test.each<[string, (a: Variable) => TensorVariable]>([
  ["matrixInverse", nlinalg.matrixInverse],
  ["det", nlinalg.det],
  ["log determinant", (a) => nlinalg.slogdet(a)[1]],
  ["pinv of a square matrix", nlinalg.pinv],
  ["pinv of a tall matrix", (a) => nlinalg.pinv(T.subtensor(a, T.slice(), T.slice(0, 2)))],
  ["pinv of a wide matrix", (a) => nlinalg.pinv(T.subtensor(a, T.slice(0, 2)))],
  ["eigenvalues of a symmetric matrix", (a) => nlinalg.eigh(a)[0]],
  ["eigenvectors of a symmetric matrix", (a) => nlinalg.eigh(a, { UPLO: "U" })[1]],
  ["generalized eigenvalues", (a) => slinalg.eigvalsh(a, positiveDefinite(a))],
  ["matrixPower", (a) => nlinalg.matrixPower(a, 3)],
  ["a negative power", (a) => nlinalg.matrixPower(a, -2)],
  ["trace", nlinalg.trace],
  ["norm", (a) => nlinalg.norm(a, "inf")],
  ["cholesky", (a) => slinalg.cholesky(positiveDefinite(a))],
  ["the upper cholesky", (a) => slinalg.cholesky(positiveDefinite(a), { lower: false, onError: "nan" })],
  ["expm", (a) => slinalg.expm(T.trueDiv(a, 10))],
  ["kron", (a) => slinalg.kron(a, T.transpose(a))],
  ["tensorinv", (a) => nlinalg.tensorinv(T.reshape(a, [3, 3, 1]), { ind: 1 })],
])("gradients of %s agree with finite differences, also the second ones", (_, build) => {
  expectGradients(build, [regular(3)], { twice: true });
});

test.each(["general", "symmetric", "lower_triangular", "upper_triangular"] as const)(
  "gradients of solve for a %s matrix agree with finite differences",
  (AStructure) => {
    const solve = (a: Variable, b: Variable) => slinalg.solve(a, b, { AStructure });
    expectGradients(solve, [regular(3), scattered([3])], { twice: true });
    expectGradients(solve, [regular(3), scattered([3, 2])]);
  },
);

test("gradients of tensorsolve agree with finite differences", () => {
  const a = regular(4).reshape([2, 2, 4]);
  expectGradients((left, right) => nlinalg.tensorsolve(left, right), [a, scattered([2, 2])]);
});

test("float32 in is float32 out, and integers count as float64", () => {
  const outputs = (a: TensorVariable) => [
    nlinalg.matrixInverse(a),
    nlinalg.det(a),
    ...nlinalg.eigh(a),
    ...all(nlinalg.qr(a)),
    ...all(nlinalg.svd(a)),
    slinalg.expm(a),
    slinalg.cholesky(a),
    slinalg.solve(a, a),
  ];
  const given = [
    [2, 1],
    [1, 3],
  ];
  for (const [input, dtype] of [
    [T.fmatrix("f"), "float32"],
    [T.imatrix("i"), "float64"],
  ] as const) {
    const results = compileFunction([input], outputs(input))(NDArray.from(given, input.dtype));
    expect(results.map((result) => result.dtype)).toEqual(results.map(() => dtype));
  }
});

test.each([
  ["a vector's largest", v, "inf", 4],
  ["a vector's smallest", v, "-inf", 0],
  ["how many are not zero", v, 0, 2],
  ["the sum", v, 1, 7],
  ["the length", v, null, 5],
  ["a matrix' length", x, "fro", Math.sqrt(30)],
  ["its largest column", x, 1, 6],
  ["its smallest column", x, -1, 4],
  ["its largest row", x, "inf", 7],
  ["its smallest row", x, "-inf", 3],
] as const)("norm: %s", (_, input, ord, expected) => {
  const f = compileFunction([x, v], nlinalg.norm(input, ord), { onUnusedInput: "ignore" });
  const result = f(
    [
      [1, -2],
      [-3, 4],
    ],
    [3, -4, 0],
  );
  expect(Number(result.item())).toBeCloseTo(expected, 14);
});

test("least squares gives the solution, residuals, rank and singular values", () => {
  const f = compileFunction([x, v], [...nlinalg.lstsq(x, v)]);
  const line = [
    [1, 0],
    [1, 1],
    [1, 2],
  ];
  const [solution, residuals, rank, values] = f(line, [1, 2, 6]);
  expect(solution.toNested()).toEqual([expect.closeTo(0.5, 12), expect.closeTo(2.5, 12)]);
  expect(residuals.toNested()).toEqual([expect.closeTo(1.5, 12)]);
  expect(rank.item()).toBe(2n);
  expect(Number(values.get(0)) * Number(values.get(1))).toBeCloseTo(Math.sqrt(6), 12);
  const [shortest, none, one] = f(
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    [2, 2, 2],
  );
  expect(shortest.toNested()).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
  expect([none.size, one.item()]).toEqual([0, 1n]);
});

test("a factorization gives what its mode names", () => {
  const shapes = (outputs: TensorVariable | readonly TensorVariable[]) =>
    compileFunction([x], [...all(outputs)])(scattered([4, 2])).map((output) => output.shape);
  expect(shapes(nlinalg.qr(x))).toEqual([
    [4, 2],
    [2, 2],
  ]);
  expect(shapes(nlinalg.qr(x, { mode: "complete" }))).toEqual([
    [4, 4],
    [4, 2],
  ]);
  expect(shapes(nlinalg.qr(x, { mode: "r" }))).toEqual([[2, 2]]);
  expect(shapes(nlinalg.qr(x, { mode: "raw" }))).toEqual([[2, 4], [2]]);
  expect(shapes(nlinalg.svd(x))).toEqual([[4, 4], [2], [2, 2]]);
  expect(shapes(nlinalg.svd(x, { fullMatrices: false }))).toEqual([[4, 2], [2], [2, 2]]);
  expect(shapes(nlinalg.svd(x, { computeUv: false }))).toEqual([[2]]);
});

test("the exponential of a rotation's generator is the rotation, far from zero too", () => {
  const angle = 40;
  const result = evaluate(
    slinalg.expm(x),
    NDArray.from([
      [0, -angle],
      [angle, 0],
    ]),
  );
  expect(Number(result.get(0, 0))).toBeCloseTo(Math.cos(angle), 12);
  expect(Number(result.get(1, 0))).toBeCloseTo(Math.sin(angle), 12);
});

test("complex eigenvalues give complex arrays", () => {
  const result = compileFunction(
    [x],
    [...nlinalg.eig(x)],
  )([
    [0, -1],
    [1, 0],
  ]);
  expect(result.map((output) => output.dtype)).toEqual(["complex128", "complex128"]);
  expect(String(result[0])).toBe("[0.+1.j 0.-1.j]");
});

test("what has no result is LinAlgError, at the user's node", () => {
  const singular = NDArray.from([
    [1, 2],
    [2, 4],
  ]);
  expect(() => evaluate(nlinalg.matrixInverse(x), singular)).toThrow(LinAlgError);
  expect(() => evaluate(nlinalg.matrixInverse(x), singular)).toThrow(/Singular matrix.*MatrixInverse\(x\)/s);
  expect(() => evaluate(slinalg.solve(x, x), singular)).toThrow("Singular matrix");
  expect(() => evaluate(nlinalg.det(x), scattered([2, 3]))).toThrow("must be square: Det got the shape (2, 3)");
  const indefinite = NDArray.from([
    [1, 2],
    [2, 1],
  ]);
  expect(() => evaluate(slinalg.cholesky(x), indefinite)).toThrow("2-th leading minor");
  const blank = evaluate(slinalg.cholesky(x, { onError: "nan" }), indefinite);
  expect(blank.summary().nanCount).toBe(4);
});

test.each<[string, () => unknown, abstract new (...args: never[]) => Error, string | RegExp]>([
  [
    "a vector's inverse",
    () => nlinalg.matrixInverse(v),
    AssertionError,
    "MatrixInverse takes a tensor of 2 dimensions",
  ],
  ["complex numbers", () => nlinalg.det(T.zmatrix("z")), TypeError, "Det computes with real numbers"],
  [
    "an unknown structure",
    () => Reflect.apply(slinalg.solve, null, [x, v, { AStructure: "banded" }]),
    ValueError,
    "banded",
  ],
  ["an unknown mode", () => Reflect.apply(nlinalg.qr, null, [x, { mode: "full" }]), ValueError, "'full'"],
  ["an unknown triangle", () => Reflect.apply(nlinalg.eigh, null, [x, { UPLO: "X" }]), ValueError, "UPLO"],
  ["a spectral norm", () => nlinalg.norm(x, 2), ValueError, "svd"],
  ["a fractional power", () => nlinalg.matrixPower(x, 0.5), ValueError, "whole number"],
  ["kron of vectors", () => slinalg.kron(v, v), TypeError, "must sum to 3 or more. You passed 1 and 1"],
  [
    "a gradient of svd",
    () => grad(T.sum(all(nlinalg.svd(x))[1]), x),
    AttributeError,
    /no gradient is known for SVD.*\(x\) \(written at .*linalg\.test\.ts/,
  ],
])("%s is refused while the graph is built", (_, build, errorClass, message) => {
  expect(build).toThrow(errorClass);
  expect(build).toThrow(message);
});
