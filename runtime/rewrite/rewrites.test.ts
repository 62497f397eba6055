/** The rewrites one by one: what they make of a graph, and that values stay what they were. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectRewrite, rewritten } from "../../test/support/rewrites.ts";
import { NDArray } from "../array/ndarray.ts";
import { changeFlags } from "../config/index.ts";
import { debugprint } from "../graph/debugprint.ts";
import { evaluateNode } from "../graph/evaluate.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { optimize } from "./engine.ts";

const [x, y, z] = [T.dvector("x"), T.dvector("y"), T.dvector("z")];
const [X, row] = [T.dmatrix("X"), T.drow("r")];
const [i, j, b] = [T.ivector("i"), T.ivector("j"), T.bvector("b")];

const f64 = (value: number): Variable => T.constant(value, null, "float64");
/** The value in the shape of a model. */
const filled = (model: Variable, value: Variable): Variable =>
  T.alloc(
    T.dimshuffle(value, Array<"x">(model.ndim).fill("x")),
    ...model.type.shape.map((_, axis) => T.shapeI(model, axis)),
  );
const i32 = (value: number): Variable => T.constant(value, null, "int32");

describe("fast_run", () => {
  const cases: readonly (readonly [string, Variable, Variable])[] = [
    ["a constant takes the dtype of the result", T.trueDiv(10, x), T.trueDiv(f64(10), x)],
    ["constants of a product are gathered in front", T.mul(T.mul(2, T.mul(x, 3)), y), T.mul(f64(6), x, y)],
    ["constants of a quotient are gathered", T.trueDiv(T.mul(x, 4), 2), T.mul(f64(2), x)],
    ["constants of a sum are gathered in front", T.sub(T.add(T.add(x, 1), y), 3), T.add(f64(-2), x, y)],
    ["factors 1 and terms 0 go", T.add(T.mul(x, 1), 0), x],
    ["division by one", T.trueDiv(x, 1), x],
    ["one over something", T.trueDiv(1, x), T.inv(x)],
    ["two signs cancel", T.neg(T.neg(x)), x],
    ["a sign is not a product", T.mul(x, -1), T.neg(x)],
    ["signs of factors", T.mul(T.neg(x), T.neg(y)), T.mul(x, y)],
    ["a sign and a constant", T.neg(T.mul(x, 2)), T.mul(f64(-2), x)],
    ["squares", T.mul(T.exp(x), T.exp(x)), T.sqr(T.exp(x))],
    ["x ** 2", T.pow(x, 2), T.sqr(x)],
    ["x ** 1", T.pow(x, 1), x],
    ["x ** -2", T.pow(x, -2), T.inv(T.sqr(x))],
    ["casts that lose nothing", T.cast(T.cast(i, "int64"), "int32"), i],
    ["casts one after the other", T.cast(T.cast(i, "float64"), "float32"), T.cast(i, "float32")],
    ["shuffles one after the other", T.dimshuffle(T.dimshuffle(X, [1, 0]), ["x", 1, 0]), T.dimshuffle(X, ["x", 0, 1])],
    ["transposed twice", T.transpose(T.transpose(X)), X],
    [
      "a shuffle goes up through elementwise ops",
      T.dimshuffle(T.exp(T.add(x, y)), ["x", 0]),
      T.exp(T.add(T.dimshuffle(x, ["x", 0]), T.dimshuffle(y, ["x", 0]))),
    ],
    ["a fill of the right shape", T.add(T.second(X, x), X), T.add(x, X)],
    ["a fill waits until after the computation", T.exp(T.second(X, f64(2))), filled(X, T.exp(f64(2)))],
    ["the sum of a sum", T.sum(T.sum(X, { axis: 0 }), { axis: 0 }), T.sum(X)],
    ["all dimensions by number", T.sum(X, { axis: [0, 1] }), T.sum(X)],
    ["a sum over a dimension of length 1", T.sum(row, { axis: 0 }), T.dimshuffle(row, [1])],
    ["a constant factor of a sum", T.sum(T.mul(x, 2)), T.mul(f64(2), T.sum(x))],
    ["the sign of a sum", T.sum(T.neg(x)), T.neg(T.sum(x))],
    ["log(1 + x)", T.log(T.add(1, x)), T.log1p(x)],
    ["log(1 - x)", T.log(T.sub(1, x)), T.log1p(T.neg(x))],
    ["exp(x) - 1", T.sub(T.exp(x), 1), T.expm1(x)],
    ["log(1 + exp(x))", T.log(T.add(1, T.exp(x))), T.softplus(x)],
    ["log of a sigmoid", T.log(T.sigmoid(x)), T.neg(T.softplus(T.neg(x)))],
    ["log of what a sigmoid lacks to one", T.log(T.sub(1, T.sigmoid(x))), T.neg(T.softplus(x))],
    ["a sigmoid in other words", T.trueDiv(1, T.add(1, T.exp(T.neg(X)))), T.sigmoid(X)],
    ["equal integers are equal", T.eq(i, i), filled(i, T.constant(true, null, "bool"))],
    ["exclusive or with itself", T.xor(b, b), filled(b, T.constant(0))],
    ["0 · x for integers", T.mul(i, i32(0)), filled(i, i32(0))],
    ["x - x for integers", T.add(j, T.sub(i, i)), j],
    ["constants are computed", T.mul(x, T.add(f64(2), T.mul(f64(3), f64(4)))), T.mul(f64(14), x)],
  ];
  test.each(cases)("%s", (_, from, to) => expectRewrite(from, to, "fast_run"));

  const kept: readonly (readonly [string, Variable])[] = [
    ["x / x, which is NaN at 0", T.trueDiv(x, x)],
    ["x - x, which is NaN at infinity", T.sub(x, x)],
    ["x == x, the test for NaN", T.eq(x, x)],
    ["0 · x, which is NaN at infinity", T.mul(f64(0), x)],
    ["x ** 0.5, which is infinite at -infinity", T.pow(x, f64(0.5))],
    ["products without constants, in the order they were written", T.mul(T.mul(x, y), T.mul(y, z))],
    ["the cast of a product that wraps around", T.mul(x, T.mul(i, j))],
    ["a cast that rounds", T.cast(T.cast(x, "int32"), "float64")],
    ["constants that would overflow together", T.mul(T.mul(f64(1e200), x), f64(1e200))],
    ["a transposed matrix", T.transpose(X)],
  ];
  test.each(kept)("leaves %s", (_, graph) => expectRewrite(graph, graph, "fast_run"));
});

describe("fast_run prints as Theano 1.0.5 does", () => {
  const fx = T.fvector("x");
  const x3 = T.dtensor3("x");
  const cases: readonly (readonly [string, Variable, readonly string[]])[] = [
    [
      "the division of the tutorial",
      T.trueDiv(10, x),
      ["Elemwise{true_div,no_inplace} [id A] ''   0", " |TensorConstant{(1,) of 10.0} [id B]", " |x [id C]"],
    ],
    [
      "a float32 vector and a literal",
      T.mul(fx, 0.1),
      ["Elemwise{mul,no_inplace} [id A] ''   0", " |TensorConstant{(1,) of 0.1} [id B]", " |x [id C]"],
    ],
    [
      "a literal that is wider than a byte",
      T.add(fx, 300),
      ["Elemwise{add,no_inplace} [id A] ''   0", " |TensorConstant{(1,) of 300.0} [id B]", " |x [id C]"],
    ],
    [
      "integers divided",
      T.trueDiv(i, 2),
      ["Elemwise{mul,no_inplace} [id A] ''   0", " |TensorConstant{(1,) of 0.5} [id B]", " |i [id C]"],
    ],
    [
      "a float32 constant as float64, its long text cut",
      T.mul(x, T.constant(10.1, null, "float32")),
      ["Elemwise{mul,no_inplace} [id A] ''   0", " |TensorConstant{(1,) of 10..0381469727} [id B]", " |x [id C]"],
    ],
    [
      "the sum of a sum",
      T.sum(T.sum(x3, { axis: 0 }), { axis: 0 }),
      ["Sum{axis=[0, 1], acc_dtype=float64} [id A] ''   0", " |x [id B]"],
    ],
    [
      "a shuffle lifted through exp",
      T.mul(T.exp(T.dvector()), T.fmatrix()),
      [
        "Elemwise{mul,no_inplace} [id A] ''   2",
        " |Elemwise{exp,no_inplace} [id B] ''   1",
        " | |InplaceDimShuffle{x,0} [id C] ''   0",
        " |   |<TensorType(float64, vector)> [id D]",
        " |<TensorType(float32, matrix)> [id E]",
      ],
    ],
    ["a sigmoid in other words", T.trueDiv(1, T.add(1, T.exp(T.neg(X)))), ["sigmoid [id A] ''   0", " |X [id B]"]],
  ];
  test.each(cases)("%s", (_, output, lines) => {
    expect(debugprint(rewritten(output, "fast_run"))).toBe(`${lines.join("\n")}\n`);
  });
});

describe("unsafe", () => {
  const cases: readonly (readonly [string, Variable, Variable])[] = [
    ["x / x", T.mul(T.trueDiv(x, x), y), y],
    ["terms and factors cancel", T.sub(T.add(T.trueDiv(T.mul(x, y), x), T.add(x, y)), x), T.add(y, y)],
    ["x == x", T.eq(x, x), filled(x, T.constant(true, null, "bool"))],
    ["x ** 0.5", T.pow(x, f64(0.5)), T.sqrt(x)],
  ];
  test.each(cases)("%s", (_, from, to) => expectRewrite(from, to, "unsafe"));
});

describe("fast_compile", () => {
  test("folds and merges, and leaves the formula alone", () => {
    const once = T.add(1, T.exp(T.neg(X)));
    expect(debugprint(rewritten(T.trueDiv(1, once), "fast_compile"))).toBe(
      [
        "Elemwise{true_div,no_inplace} [id A] ''   3",
        " |TensorConstant{(1, 1) of 1} [id B]",
        " |Elemwise{add,no_inplace} [id C] ''   2",
        "   |TensorConstant{(1, 1) of 1} [id B]",
        "   |Elemwise{exp,no_inplace} [id D] ''   1",
        "     |Elemwise{neg,no_inplace} [id E] ''   0",
        "       |X [id F]\n",
      ].join("\n"),
    );
  });

  test("merges equal nodes", () => {
    expect(rewritten(T.add(T.exp(T.mul(x, 2)), T.exp(T.mul(x, 2))), "merge").nodes.size).toBe(4);
  });

  test("folds at the dtype of the node", () => {
    const graph = T.mul(x, T.add(T.constant(2, null, "float32"), T.exp(T.constant(1, null, "float32"))));
    expect(debugprint(rewritten(graph, "fast_compile"))).toContain("TensorConstant{(1,) of 4.7182817}");
  });

  test("leaves constants that cannot be computed to the call", () => {
    const graph = T.slinalg.cholesky(
      T.constant([
        [1, 2],
        [2, 1],
      ]),
    );
    expect(rewritten(graph, "fast_compile").nodes.size).toBe(1);
  });
});

describe("values", () => {
  /** Powers of two keep sums and products exact, so that regrouping cannot hide behind rounding. */
  const element = fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 0.25, -0.5, 1, -1, 2, -4);
  const literal = fc.constantFrom(0, 0.25, -0.5, 1, -1, 2, 4);
  const leaf = fc.oneof(
    fc.constantFrom<Variable>(x, y, z),
    literal.map((value): Variable => T.constant(value)),
  );
  /** A product keeps the sign of a zero, so that one can divide by it; a sum may not. */
  const { term } = fc.letrec<{ factor: Variable; term: Variable }>((tie) => ({
    factor: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      fc.tuple(tie("factor"), tie("factor")).map(([p, q]) => T.mul(p, q)),
      tie("factor").map((p) => T.neg(p)),
      tie("factor").map((p) => T.pow(p, 2)),
      tie("factor").map((p) =>
        T.dimshuffle(
          T.dimshuffle(p, ["x", ...p.type.shape.keys()]),
          [...p.type.shape.keys()].map((k) => k + 1),
        ),
      ),
    ),
    term: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("factor"),
      fc.tuple(tie("term"), tie("term")).map(([p, q]) => T.add(p, q)),
      fc.tuple(tie("term"), tie("term")).map(([p, q]) => T.sub(p, q)),
      fc.tuple(tie("term"), tie("factor")).map(([p, q]) => T.mul(p, q)),
      fc.tuple(tie("term"), tie("factor")).map(([p, q]) => T.trueDiv(p, q)),
      fc.tuple(tie("term"), tie("term")).map(([p, q]) => T.maximum(p, q)),
      fc.tuple(tie("term"), tie("term")).map(([p, q]) => T.second(p, q)),
    ),
  }));
  const arrays = fc
    .integer({ min: 0, max: 4 })
    .chain((n) => fc.array(fc.array(element, { minLength: n, maxLength: n }), { minLength: 3, maxLength: 3 }));

  test.each(["fast_compile", "fast_run"])("%s keeps NaN, infinities and exact numbers", (optimizer) => {
    const property = fc.property(term, arrays, (expression, values) => {
      const output = T.add(expression, T.mul(0, T.second(x, 1)));
      const { fgraph } = FunctionGraph.cloneOf([x, y, z], [output]);
      const inputs = values.map((list) => NDArray.from(list, "float64"));
      const before = evaluate(fgraph, inputs);
      changeFlags({ on_opt_error: "raise" }, () => optimize(fgraph, optimizer));
      const after = evaluate(fgraph, inputs);
      expect(after.map(withoutSignOfZero)).toEqual(before.map(withoutSignOfZero));
    });
    fc.assert(property, { numRuns: 300 });
  });
});

/** The elements of the only output, for the values of the inputs. */
function evaluate(fgraph: FunctionGraph, inputs: readonly NDArray[]): readonly number[] {
  const values = new Map<Variable, NDArray>(fgraph.inputs.map((input, k) => [input, inputs[k]]));
  const arrayOf = (variable: Variable): NDArray => {
    const value = variable instanceof TensorConstant ? variable.value : values.get(variable);
    if (value === undefined) throw new Error(`${variable} has no value`);
    return value;
  };
  for (const node of fgraph.toposort()) {
    const results = evaluateNode(node, node.inputs.map(arrayOf));
    node.outputs.forEach((output, k) => {
      values.set(output, results[k]);
    });
  }
  return [...arrayOf(fgraph.outputs[0]).copy().data].map(Number);
}

function withoutSignOfZero(value: number): number {
  return value === 0 ? 0 : value;
}
