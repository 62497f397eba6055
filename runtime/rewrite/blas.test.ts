/** BLAS: which products become which routine, in Theano's texts, and that they compute the same. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { evaluateNode } from "../graph/evaluate.ts";
import { FunctionGraph } from "../graph/fgraph.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { graphInputs } from "../graph/walk.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { optimize } from "./engine.ts";

const [A, B, C] = T.dmatrices("A", "B", "C");
const [x, y] = T.dvectors("x", "y");
const s = T.dscalar("s");

function rewritten(output: Variable): FunctionGraph {
  const inputs = graphInputs([output]).filter((leaf) => !(leaf instanceof TensorConstant));
  const { fgraph } = FunctionGraph.cloneOf(inputs, [output]);
  optimize(fgraph, "fast_run");
  return fgraph;
}

/** The ops of the nodes, in order. */
const opsOf = (output: Variable): string[] =>
  rewritten(output)
    .toposort()
    .map((node) => String(node.op));
const lastNode = (output: Variable): string => String(rewritten(output).toposort().at(-1));

describe("routines", () => {
  test.each<[string, Variable, string]>([
    ["matrix times matrix", T.dot(A, B), "Dot22(A, B)"],
    ["with a summand", T.add(C, T.dot(A, B)), "Gemm{no_inplace}(C, TensorConstant{1.0}, A, B, TensorConstant{1.0})"],
    [
      "with factors",
      T.sub(T.mul(0.5, C), T.mul(2, T.dot(A, B))),
      "Gemm{no_inplace}(C, TensorConstant{-2.0}, A, B, TensorConstant{0.5})",
    ],
    [
      "with a factor of the graph",
      T.add(C, T.mul(s, T.dot(A, B))),
      "Gemm{no_inplace}(C, s, A, B, TensorConstant{1.0})",
    ],
    [
      "with several summands",
      T.add(T.add(C, T.dot(A, B)), T.exp(C)),
      "Elemwise{Composite{(exp(i0) + i1)}}[(0, 1)](C, Gemm{no_inplace}.0)",
    ],
    [
      "two products",
      T.add(T.dot(A, B), T.dot(B, A)),
      "Gemm{inplace}(Dot22.0, TensorConstant{1.0}, B, A, TensorConstant{1.0})",
    ],
    ["a factor alone", T.mul(T.dot(A, B), 3), "Dot22Scalar(A, B, TensorConstant{3.0})"],
    [
      "matrix times vector",
      T.dot(A, x),
      "CGemv{inplace}(AllocEmpty{dtype='float64'}.0, TensorConstant{1.0}, A, x, TensorConstant{0.0})",
    ],
    [
      "vector times matrix",
      T.dot(x, A),
      "CGemv{inplace}(AllocEmpty{dtype='float64'}.0, TensorConstant{1.0}, A.T, x, TensorConstant{0.0})",
    ],
    ["with a summand", T.sub(y, T.dot(A, x)), "CGemv{no_inplace}(y, TensorConstant{-1.0}, A, x, TensorConstant{1.0})"],
    ["an outer product with a summand", T.add(A, T.outer(x, y)), "CGer{non-destructive}(A, TensorConstant{1.0}, x, y)"],
    ["an outer product", T.outer(x, y), "CGer{destructive}(Alloc.0, TensorConstant{1.0}, x, y)"],
  ])("%s", (_, output, text) => expect(lastNode(output)).toBe(text));

  test("a product that is needed for something else too stays", () => {
    const product = T.dot(A, B);
    expect(opsOf(T.dot(T.add(C, product), T.exp(product)))).not.toContain("Gemm{no_inplace}");
  });

  test("integers have no routines", () => {
    const [i, j] = T.imatrices("i", "j");
    expect(opsOf(T.dot(i, j))).toEqual(["dot"]);
  });

  test("a long sum without products is read once", () => {
    const sum = Array.from({ length: 3000 }, (_, k) => T.dvector(`x${k % 7}`)).reduce<Variable>(
      (a, b) => T.add(a, b),
      x,
    );
    expect(opsOf(sum)).not.toContain("CGemv{inplace}");
  });
});

describe("values", () => {
  const length = fc.integer({ min: 0, max: 4 });
  const number = fc.double({ min: -4, max: 4, noNaN: true });
  const [m, k, n] = [length, length, length];

  test("random sums of products", () => {
    const shapes = fc.tuple(m, k, n);
    fc.assert(
      fc.property(
        shapes,
        fc.array(number, { minLength: 60, maxLength: 60 }),
        fc.nat(8),
        ([rows, inner, columns], data, form) => {
          let used = 0;
          const take = (...shape: number[]): NDArray => {
            const size = shape.reduce((a, b) => a * b, 1);
            used += size;
            return NDArray.from(Float64Array.from(data.slice(used - size, used))).reshape(shape);
          };
          const values = new Map<Variable, NDArray>([
            [A, take(rows, inner)],
            [B, take(inner, columns)],
            [C, take(rows, columns)],
            [x, take(inner)],
            [y, take(rows)],
            [s, take()],
          ]);
          const forms: readonly Variable[] = [
            T.add(C, T.dot(A, B)),
            T.sub(T.mul(s, C), T.mul(2, T.dot(A, B))),
            T.mul(T.dot(A, B), s),
            T.add(y, T.mul(s, T.dot(A, x))),
            T.dot(A, x),
            T.dot(x, B),
            T.add(A, T.mul(-3, T.outer(y, x))),
            T.dot(x, x),
            T.add(T.add(C, T.dot(A, B)), T.mul(s, T.add(C, C))),
          ];
          const output = forms[form];
          const [plain, fast] = [evaluate(output, values, null), evaluate(output, values, "fast_run")];
          expect(output.type.valuesClose(plain, fast) ? "" : `${fast} instead of ${plain}`).toBe("");
        },
      ),
      { numRuns: 200 },
    );
  });

  test("lengths that do not fit are told in Theano's words", () => {
    const values = new Map([A, B].map((v): [Variable, NDArray] => [v, NDArray.zeros([2, 3], "float64")]));
    expect(() => evaluate(T.dot(A, B), values, "fast_run")).toThrow(
      "Shape mismatch: x has 3 cols (and 2 rows) but y has 2 rows (and 3 cols)",
    );
  });
});

/** The value of a graph, rewritten or not; every node gets copies of its inputs. */
function evaluate(output: Variable, given: ReadonlyMap<Variable, NDArray>, optimizer: string | null): NDArray {
  const inputs = graphInputs([output]).filter((leaf) => !(leaf instanceof TensorConstant));
  const { fgraph, copies } = FunctionGraph.cloneOf(inputs, [output]);
  if (optimizer !== null) optimize(fgraph, optimizer);
  const values = new Map(inputs.map((v) => [copies.get(v) ?? v, given.get(v) ?? NDArray.zeros([], "float64")]));
  const held = (v: Variable): NDArray =>
    (v instanceof TensorConstant ? v.value : values.get(v)) ?? NDArray.zeros([], "float64");
  for (const node of fgraph.toposort())
    evaluateNode(
      node,
      node.inputs.map((input) => held(input).copy()),
    ).forEach((value, i) => {
      values.set(node.outputs[i], value);
    });
  return held(fgraph.outputs[0]);
}
