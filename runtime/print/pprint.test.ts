/** Expected texts are those of Theano 1.0.5. */
import { describe, expect, test } from "vitest";
import type { Variable } from "../graph/variable.ts";
import { Elemwise, elemwise } from "../ops/elemwise.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { functionPrinter, operatorPrinter, patternPrinter, pprint, pprinter } from "./pprint.ts";

const [x, y] = [T.dvector("x"), T.dvector("y")];
const [X, A] = [T.dmatrix("x"), T.dmatrix("A")];
const a = T.bvector("a");

describe("a variable as a line of mathematics", () => {
  const cases: readonly (readonly [Variable, string])[] = [
    [x, "x"],
    [T.add(x, y), "(x + y)"],
    [T.mul(T.exp(T.dvector()), T.fmatrix()), "(exp(<TensorType(float64, vector)>) * <TensorType(float32, matrix)>)"],
    [T.trueDiv(1, T.add(1, T.exp(T.neg(X)))), "(TensorConstant{1} / (TensorConstant{1} + exp((-x))))"],
    [T.sub(y, T.mul(3, T.dot(A, x))), "(y - (TensorConstant{3} * (A \\dot x)))"],
    [T.add(A, T.mul(2, T.outer(x, y))), "(A + (TensorConstant{2} * (DimShuffle{0, x}(x) \\dot y)))"],
    [T.sum(T.dtensor3("x"), { axis: 1 }), "Sum{axis=[1], acc_dtype=float64}(x)"],
    [T.sum(X, { axis: [0], keepdims: true }), "Sum{axis=[0], acc_dtype=float64}(x)"],
    [T.dot(T.transpose(X), x), "(x.T \\dot x)"],
    [T.second(x, 0), "fill(x, TensorConstant{0})"],
    [T.mul(T.cast(T.ivector("x"), "float32"), 2), "(float32(x) * TensorConstant{2})"],
    [T.intDiv(T.ivector("x"), 2), "(x // TensorConstant{2})"],
    [T.pow(x, 2), "(x ** TensorConstant{2})"],
    [T.and_(a, T.bvector("b")), "and_(a, b)"],
    [T.invert(T.invert(a)), "invert(invert(a))"],
    [T.clip(x, -1, 1), "clip(x, TensorConstant{-1}, TensorConstant{1})"],
    [T.abs(x), "|x|"],
    [T.mul(T.dvector("alpha"), T.dvector("omega")), "(\\alpha * omega)"],
  ];
  test.each(cases)("%s → %s", (variable, expected) => {
    expect(pprint(variable)).toBe(expected);
  });
});

test("printers can be assigned to an op, a class of ops, or a condition", () => {
  const own = pprinter.clone();
  own.assign((op) => op.family === "Dot", operatorPrinter("@"));
  own.assign(elemwise("exp"), patternPrinter("e^{%(0)s}"));
  expect(own.process(T.add(T.exp(x), T.dot(A, x)))).toBe("(e^{x} + (A @ x))");
  own.assign(Elemwise, functionPrinter("f"));
  expect(own.process(T.add(T.exp(x), y))).toBe("f(f(x), y)");
  expect(pprint(T.exp(x))).toBe("exp(x)");
});

test("a program names its parts and returns a single output", () => {
  const h = T.tanh(T.dot(A, x));
  h.name = "h";
  expect(pprinter.program([x, A], [T.mul(h, h)])).toBe("h = tanh((A \\dot x))\nreturn (h * h)");
  const w = T.dvector("w");
  expect(pprinter.program([x], [T.add(x, w), T.mul(x, w)], [[w, T.sub(w, x)]])).toBe(
    "w <- (w - x)\nout[0] = (x + w)\nout[1] = (x * w)",
  );
});

test("a deep graph does not overflow the stack", () => {
  let deep: Variable = x;
  for (let i = 0; i < 20_000; i++) deep = T.exp(deep);
  expect(pprint(deep)).toHaveLength(20_000 * "exp()".length + 1);
});

test("pprint takes a program as well, and rules for ops that it does not know", () => {
  const product = T.dot(A, x);
  expect(pprint([A, x], [product])).toBe("return (A \\dot x)");
  expect(pprint([A], [T.exp(A)], [[x, product]])).toBe("x <- (A \\dot x)\nreturn exp(A)");
  pprint.assign((op) => String(op) === "Softmax", functionPrinter("softmax"));
  expect(pprint(T.nnet.softmax(A))).toBe("softmax(A)");
});
