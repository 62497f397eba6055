/** Whole expressions as one elementwise node: their types, values and gradients. */
import { expect, test } from "vitest";
import { debugprint, grad, NDArray, pprint, T, type TensorVariable, theano } from "../index.ts";
import { applyComposite } from "./composite.ts";

const X = T.dmatrix("X");
const [v, w] = T.dvectors("v", "w");

/** tanh(X) · v + tanh(X) / w, as one node and as several. */
const one = applyComposite([X, v, w], (on, x, a, b) => {
  const t = on("tanh", x);
  return on("add", on("mul", t, a), on("true_div", t, b));
});
const t = T.tanh(X);
const several = T.add(T.mul(t, v), T.trueDiv(t, w));

test("prints as Theano prints its composites", () => {
  expect(debugprint(one)).toMatch(
    /^Elemwise\{Composite\{\(\(tanh\(i0\) \* i1\) \+ \(tanh\(i0\) \/ i2\)\)\}\} \[id A\]/,
  );
  expect(pprint(one)).toBe("Elemwise{Composite{((tanh(i0) * i1) + (tanh(i0) / i2))}}(X, v, w)");
});

test("has the type that its parts give", () => {
  expect(one.type.equals(several.type)).toBe(true);
  const half = applyComposite([T.ivector("i")], (on, i) => on("true_div", i, on("add", i, i)));
  expect(half.dtype).toBe("float64");
});

test("computes, and has gradients, as its parts do", () => {
  const args = [
    [
      [1, -2],
      [0.5, 3],
    ],
    [2, -1],
    [4, 0.25],
  ];
  const results = (output: TensorVariable): readonly TensorVariable[] => [
    output,
    ...grad(T.sum(T.sqr(output)), [X, v, w]),
  ];
  const values = [one, several].map((output) => theano.function([X, v, w], [...results(output)])(...args));
  values[0].forEach((value, i) => {
    expect(NDArray.from(value.toNested()).toString()).toBe(values[1][i].toString());
  });
});

test("an input that no derivative reaches is disconnected", () => {
  const chosen = applyComposite([v, w], (on, a, b) => on("switch", on("gt", a, a), b, b));
  const [gradient] = grad(T.sum(chosen), [v], { disconnectedInputs: "ignore", returnDisconnected: "zero" });
  expect(theano.function([v, w], gradient, { onUnusedInput: "ignore" })([1], [2]).toNested()).toEqual([0]);
});
