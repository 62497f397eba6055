import { describe, expect, test } from "vitest";
import { expectRewrite, expectSameValue, rewritten } from "../../test/support/rewrites.ts";
import { NDArray } from "../array/ndarray.ts";
import type { Variable } from "../graph/variable.ts";
import { ShapeI } from "../ops/shape.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";

const [x, y] = T.dmatrices("x", "y");
const [v, w] = T.dvectors("v", "w");
const row = T.drow("row");
const k = T.lscalar("k");
const values = new Map<Variable, NDArray | number>([
  [
    x,
    NDArray.from(
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10, 11, 12],
      ],
      "float64",
    ),
  ],
  [
    y,
    NDArray.from(
      [
        [1, 0, 2],
        [0, 3, 1],
        [1, 1, 1],
        [2, 0, 4],
      ],
      "float64",
    ),
  ],
  [v, NDArray.from([0.5, -1, 2, 8], "float64")],
  [w, NDArray.from([3, 1, -2, 0.25], "float64")],
  [row, NDArray.from([[1, 2, 3, 4]], "float64")],
  [k, 1],
]);
const { slice } = T;
const length = (axis: number): Variable => new ShapeI(axis).apply(x).out;

describe("what indexing becomes", () => {
  const cases: readonly (readonly [string, Variable, Variable])[] = [
    ["an element of a sum is a sum of elements", T.add(x, T.exp(x)).at(0), T.add(x.at(0), T.exp(x.at(0)))],
    ["a constant is not indexed", T.mul(x, 2).at(0), T.mul(T.constant([2], null, "float64"), x.at(0))],
    ["parts of parts", v.at(slice(1, null)).at(slice(1, 2)), v.at(slice(2, 3))],
    ["parts of parts with steps", v.at(slice(0, 4, 2)).at(slice(1, null)), v.at(slice(2, 4, 2))],
    ["an element of a part", v.at(slice(1, null)).at(2), v.at(3)],
    ["reversed twice", v.at(slice(null, null, -1)).at(slice(null, null, -1)), v],
    ["the first one backwards", v.at(slice(null, null, -1)).at(0), v.at(-1)],
    ["other dimensions", x.at(slice(1, null)).at(slice(), slice(2, null)), x.at(slice(1, null), slice(2, null))],
    ["whole dimensions at the end", x.at(0, slice()), x.at(0)],
    ["up to its own length", x.at(slice(0, T.shape(x).at(0))), x],
    ["elements of what was put together", T.stack([k, k]).at(1), k],
    ["lengths of results", T.shape(T.add(x, T.exp(x))).at(1), length(1)],
    ["lengths of products", T.shape(T.dot(x, y)).at(0), length(0)],
    ["part of an allocation", T.alloc(k, 3, 4).at(1), T.alloc(k, T.constant(4, null, "int64"))],
    ["an element of a product of matrices", T.dot(x, y).at(0), T.dot(x.at(0), y)],
    ["reading what was written", T.setSubtensor(x.at(0), v).at(0), v],
    ["adding nothing", T.incSubtensor(x.at(0), 0), x],
    ["adding to what was read", T.setSubtensor(x.at(0), T.add(x.at(0), v)), T.incSubtensor(x.at(0), v)],
    ["setting everything", T.setSubtensor(x.at(slice()), T.exp(x)), T.exp(x)],
    ["setting to what is there", T.setSubtensor(T.zeros([3]).at(0), 0), T.zeros([3])],
    ["the only row", row.at(0), T.dimshuffle(row, [1])],
  ];
  test.each(cases)("%s", (_, from, to) => {
    expectRewrite(from, to);
    expectSameValue(from, values);
  });
});

describe("what stays", () => {
  test.each<[string, Variable]>([
    ["a bound that counts from the end", v.at(slice(-2, null)).at(slice(1, null))],
    ["an element that may lie behind the end of a part", v.at(slice(0, 2)).at(k)],
    ["reading another place than was written", T.setSubtensor(x.at(0), v).at(1)],
    ["part of an allocation with a step that is not known", T.alloc(w, 3, 4).at(slice(k, null, k))],
  ])("%s", (_, output) => {
    expectSameValue(output, values);
  });

  test("a length that only the part itself tells keeps the part", () => {
    const part = T.alloc(w, 3, 4).at(slice(k, null, k));
    expect(
      rewritten(part)
        .toposort()
        .filter(({ op }) => op.family === "Subtensor"),
    ).toHaveLength(1);
  });

  test("an element behind the end of a part is an error", () => {
    expect(() => expectSameValue(v.at(slice(0, 2)).at(3), values)).toThrow(/out of bounds/);
  });

  test("positions that may repeat are read from the result", () => {
    const written = T.setSubtensor(v.take([0, 0]), w.at(slice(0, 2))).take([0, 0]);
    expect(
      rewritten(written)
        .toposort()
        .map(({ op }) => op.family),
    ).toContain("AdvancedSubtensor1");
    expectSameValue(written, values);
  });
});
