/** Examples of the elementwise ops: every differentiable entry of the scalar table, and those that need more than floats. */
import { isFloat } from "../../runtime/array/dtype.ts";
import { NDArray, T, type Variable } from "../../runtime/index.ts";
import { FusedElemwise } from "../../runtime/ops/composite.ts";
import { applyElemwise } from "../../runtime/ops/elemwise.ts";
import { Composite, call, inputsOf } from "../../runtime/scalar/composite.ts";
import { isScalarOp, SCALAR_OPS, type ScalarOpName } from "../../runtime/scalar/table.ts";
import { type Example, examplesOf, type Row, scattered } from "./derivatives.ts";

/** How far from the numbers between 0.3 and 0.9, inside the domain of most, an op takes its arguments. */
const OFFSETS: Partial<Record<ScalarOpName, number>> = { arccosh: 1, log1mexp: -1 };

const ONCE: Partial<Record<ScalarOpName, string>> = { tri_gamma: "its derivative, tetra_gamma, has none" };

/** Casts round, which differences see, and orders of Bessel functions have no derivative: both have rows of their own. */
const APART = /^(cast_.*|jv|iv)$/;

function pointsOf(name: ScalarOpName, count: number): NDArray[] {
  return [0.31, 0.47, 0.62].slice(0, count).map((a) =>
    NDArray.from(
      [a, a + 0.13, a + 0.22].map((v) => v + (OFFSETS[name] ?? 0)),
      "float64",
    ),
  );
}

const scalarRows = SCALAR_OPS.flatMap(({ name, arity, derivative, types }): Row[] => {
  if (derivative === undefined || !isScalarOp(name) || APART.test(name)) return [];
  const count = arity === "variadic" ? 3 : arity;
  const signature = types(Array(count).fill("float64"), "float64");
  if (typeof signature === "string" || !isFloat(signature.output)) return [];
  return [[name, (...inputs) => applyElemwise(name, ...inputs), pointsOf(name, count), ONCE[name]]];
});

const vector = NDArray.from([0.2, -0.6, 0.9], "float64");
const lengths = NDArray.from([0.4, 1.2, 0.8], "float64");
const matrix = scattered([2, 3]);
const row = scattered([1, 3], 2);
const one = NDArray.scalar(0.7, "float64");

/** x · exp(y) + sin(x), in one loop. */
function fused(x: Variable, y: Variable): Variable {
  const [a, b] = inputsOf(["float64", "float64"]);
  const product = call("mul", [a, call("exp", [b], "float64")], "float64");
  const root = call("add", [product, call("sin", [a], "float64")], "float64");
  return new FusedElemwise(new Composite(root)).apply(x, y).out;
}

const parts = (z: Variable): Variable[] => [T.real(z), T.imag(z)];

const rows: readonly Row[] = [
  ["broadcasting a vector", T.mul, [matrix, vector]],
  ["broadcasting a row", T.mul, [matrix, row]],
  ["broadcasting a number", (x, y) => T.trueDiv(x, T.exp(y)), [matrix, one]],
  ["a variable used twice", (x) => T.mul(T.exp(x), x), [vector]],
  ["an integer factor", (x, n) => T.mul(x, n), [vector, NDArray.from([3, 0, -2], "int64")]],
  ["an integer power", (x, n) => T.pow(x, n), [vector, NDArray.from([3, 1, 2], "int64")]],
  [
    "clip on both sides",
    (x, low, high) => T.sqr(T.clip(x, low, high)),
    [vector, NDArray.scalar(-0.3, "float64"), NDArray.scalar(0.5, "float64")],
  ],
  [
    "arctan2 in all quadrants",
    T.arctan2,
    [NDArray.from([1, 1, -1, -1], "float64"), NDArray.from([1, -1, 1, -1], "float64")],
  ],
  ["mod of negative numbers", T.mod, [NDArray.from([-1.3, 2.2], "float64"), NDArray.from([0.7, -0.9], "float64")]],
  ["a cast to complex and back", (x) => T.real(T.sqr(T.cast(x, "complex128"))), [vector]],
  ["jv", (x) => T.jv(2, x), [vector]],
  ["iv", (x) => T.iv(2, x), [vector]],
  ["a choice by a condition on the input", (x) => T.switch(T.gt(x, 0), T.sqr(x), T.sin(x)), [vector]],
  ["complex", (x, y) => parts(T.sqr(T.complex(x, y))), [vector, scattered([3])]],
  ["complexFromPolar", (x, y) => parts(T.complexFromPolar(x, y)), [lengths, scattered([3])]],
  ["functions of complex numbers", (x, y) => parts(T.exp(T.complex(x, y))), [vector, scattered([3])]],
  ["conj", (x, y) => parts(T.mul(T.conj(T.complex(x, y)), T.complex(y, y))), [vector, scattered([3])]],
  ["the length of complex numbers", (x, y) => T.abs(T.complex(x, y)), [vector, scattered([3])]],
  ["angle", (x, y) => T.angle(T.complex(x, y)), [vector, scattered([3])]],
  ["a fused expression", fused, [matrix, scattered([2, 3], 2)]],
  ["a fused expression that broadcasts", fused, [matrix, row]],
];

export const elementwiseExamples: readonly Example[] = [
  ...examplesOf("scalar op", scalarRows),
  ...examplesOf("Elemwise", rows),
];
