import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { grad } from "../grad/gradient.ts";
import { debugprint } from "../graph/debugprint.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const { slice } = T;

/** 0 to 11 in three rows. */
const rows = NDArray.from([...Array(12).keys()], "float64").reshape([3, 4]);
const x = T.dmatrix("x");
const v = T.dvector("v");
const i = T.lscalar("i");
const positions = T.lvector("positions");

function evaluate(expression: TensorVariable): string {
  return String(compileFunction([x], expression)(rows));
}

describe("basic indexing", () => {
  test.each([
    ["an element", x.at(1, 2), rows.slice(1, 2)],
    ["a row from the end", x.at(-1), rows.slice(-1)],
    ["a column", x.at(slice(), 2), rows.slice({}, 2)],
    ["backwards", x.at(1, slice(null, null, -1)), rows.slice(1, { step: -1 })],
    ["bounds as an object", x.at({ start: 1 }, { step: 2 }), rows.slice({ start: 1 }, { step: 2 })],
    ["bounds beyond the end", x.at(slice(10)), rows.slice({ start: 10 })],
    ["an ellipsis", x.at("...", 0), rows.slice("...", 0)],
    ["new dimensions", x.at(null, "...", null), rows.slice(null, "...", null)],
    ["a new dimension and an element", x.at(null, 0), rows.slice(null, 0)],
    ["everything", x.at(), rows],
  ])("%s", (_, expression, expected) => {
    expect(evaluate(expression)).toBe(String(expected));
    expect(expression.ndim).toBe(expected.ndim);
  });

  test("symbolic positions, also of small dtypes", () => {
    const [from, step] = [T.tensor("int8", [], "from"), T.iscalar("step")];
    const f = compileFunction(
      [x, from, step],
      [x.at(from), x.at(slice(from), slice(null, null, step)), x.at(from, step)],
    );
    expect(f(rows, 1, 2).map(String)).toEqual(
      [rows.slice(1), rows.slice({ start: 1 }, { step: 2 }), rows.slice(1, 2)].map(String),
    );
  });

  test("a dimension known to be 1 stays so where all of it is taken", () => {
    const row = T.drow("row");
    expect(row.at(slice(0, 1)).broadcastable).toEqual([true, false]);
    expect(row.at(slice(null, null, -1)).broadcastable).toEqual([true, false]);
    expect(row.at(slice(1)).broadcastable).toEqual([false, false]);
    expect(row.at(0).broadcastable).toEqual([false]);
  });

  test("debugprint is Theano's, where constants of an index do not share ids", () => {
    const y = T.dvector("x");
    expect(
      `${debugprint(
        y
          .at(slice(2))
          .at(slice(1, 5))
          .at(slice(null, null, 2)),
        { printType: true },
      )}`,
    ).toBe(
      [
        "Subtensor{::int64} [id A] <TensorType(float64, vector)> ''   ",
        " |Subtensor{int64:int64:} [id B] <TensorType(float64, vector)> ''   ",
        " | |Subtensor{int64::} [id C] <TensorType(float64, vector)> ''   ",
        " | | |x [id D] <TensorType(float64, vector)>",
        " | | |Constant{2} [id E] <int64>",
        " | |Constant{1} [id F] <int64>",
        " | |Constant{5} [id G] <int64>",
        " |Constant{2} [id H] <int64>",
        "",
      ].join("\n"),
    );
    expect(String(x.at(slice(), i).owner)).toBe("Subtensor{::, int64}(x, ScalarFromTensor.0)");
  });
});

describe("what cannot be indexed", () => {
  test.each([
    [
      "too many places",
      () => v.at(0, 1),
      IndexError,
      /too many indices for array: v of type TensorType\(float64, vector\) has 1/,
    ],
    ["two ellipses", () => x.at("...", "..."), IndexError, /single ellipsis/],
    ["a fraction", () => v.at(0.5), TypeError, /Expected an integer in an index, got 0.5/],
    ["a float variable", () => v.at(T.dscalar("d")), TypeError, /got d of type TensorType\(float64, scalar\)/],
    ["positions of floats", () => x.at(v, 0), TypeError, /Expected integers or a boolean mask in an index, got v/],
  ])("%s", (_, build, kind, message) => {
    expect(build).toThrow(kind);
    expect(build).toThrow(message);
  });

  test("a position out of range, with the node and the user's line", () => {
    const f = compileFunction([v, i], v.at(i));
    expect(() => f([1, 1, 1], 5)).toThrow(IndexError);
    expect(() => f([1, 1, 1], 5)).toThrow(
      /^index out of bounds: index 5 is out of bounds for axis 0 with size 3\nApply node .*Subtensor\{int64\}\(v, ScalarFromTensor\.0\)/,
    );
  });
});

test("what known lengths show is an error while the graph is built", () => {
  const [three, five] = [T.dvector("three", { shape: [3] }), T.dvector("five", { shape: [5] })];
  for (const place of [3, -4])
    expect(() => three.at(place)).toThrow(`index ${place} is out of bounds for axis 0 with size 3: three is a`);
  expect(three.at(-3).ndim).toBe(0);
  const part = three.at(T.slice(0, 2));
  for (const change of [T.setSubtensor, T.incSubtensor]) {
    expect(() => change(part, five)).toThrow("could not broadcast input array from shape (5,) into shape (2,): five");
    expect(change(part, T.dvector("any")).ndim).toBe(1);
  }
});

describe("replacing and adding to a part", () => {
  const y = T.dvector("y");

  test.each([
    [
      "set a row",
      T.setSubtensor(x.at(1), 7),
      [
        [0, 1, 2, 3],
        [7, 7, 7, 7],
        [8, 9, 10, 11],
      ],
    ],
    [
      "add to a column",
      T.incSubtensor(x.at(slice(), 0), 100),
      [
        [100, 1, 2, 3],
        [104, 5, 6, 7],
        [108, 9, 10, 11],
      ],
    ],
    [
      "set every other row backwards",
      T.setSubtensor(x.at(slice(null, null, -2)), 0),
      [
        [0, 0, 0, 0],
        [4, 5, 6, 7],
        [0, 0, 0, 0],
      ],
    ],
    [
      "set one element",
      T.setSubtensor(x.at(0, 0), -1),
      [
        [-1, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
      ],
    ],
    [
      "set columns by positions",
      T.setSubtensor(x.at(slice(), [1, 3]), 0),
      [
        [0, 0, 2, 0],
        [4, 0, 6, 0],
        [8, 0, 10, 0],
      ],
    ],
    [
      "add to a row twice",
      T.incSubtensor(x.at([0, 0]), 1),
      [
        [2, 3, 4, 5],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
      ],
    ],
    [
      "set rows, the last one wins",
      T.setSubtensor(x.at([2, 2]), [
        [1, 1, 1, 1],
        [5, 5, 5, 5],
      ]),
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [5, 5, 5, 5],
      ],
    ],
    [
      "add along positions of two dimensions",
      T.incSubtensor(x.at(NDArray.from([[0], [2]], "int64")), [10, 20, 30, 40]),
      [
        [10, 21, 32, 43],
        [4, 5, 6, 7],
        [18, 29, 40, 51],
      ],
    ],
    [
      "set columns by positions of two dimensions",
      T.setSubtensor(x.at(slice(), NDArray.from([[3, 0]], "int64")), -1),
      [
        [-1, 1, 2, -1],
        [-1, 5, 6, -1],
        [-1, 9, 10, -1],
      ],
    ],
  ])("%s", (_, expression, expected) => {
    expect(evaluate(expression)).toBe(String(NDArray.from(expected, "float64")));
  });

  test("the argument is not changed", () => {
    const argument = rows.copy();
    compileFunction([x], T.setSubtensor(x.at(0), 7))(argument);
    expect(argument.equals(rows)).toBe(true);
  });

  test("values are converted to the dtype of the tensor", () => {
    const whole = T.ivector("whole");
    const f = compileFunction([whole], T.setSubtensor(whole.at(0), 1.5));
    expect(f(new Int32Array([3, 4])).repr()).toBe("array([1, 4], dtype=int32)");
  });

  test("texts are Theano's", () => {
    expect(String(T.incSubtensor(x.at(0), y).owner?.op)).toBe("IncSubtensor{Inc;int64}");
    expect(String(T.setSubtensor(v.at(slice(null, i)), 0).owner?.op)).toBe("IncSubtensor{Set;:int64:}");
    expect(String(T.incSubtensor(x.at(positions), y).owner?.op)).toBe("AdvancedIncSubtensor1{no_inplace,inc}");
  });

  test.each([
    ["no part", () => T.setSubtensor(v, 1), TypeError, /x must be the result of a subtensor operation/],
    ["a computed value", () => T.incSubtensor(T.exp(v), 1), TypeError, /x must be the result of a subtensor operation/],
    [
      "too many dimensions",
      () => T.incSubtensor(v.at(0), v),
      TypeError,
      /increment a 0-dimensional subtensor with a 1-dimensional value/,
    ],
  ])("not into %s", (_, build, kind, message) => {
    expect(build).toThrow(kind);
    expect(build).toThrow(message);
  });

  test("values of another length", () => {
    const f = compileFunction([x, y], T.setSubtensor(x.at(0), y));
    expect(() => f(rows, [1, 2])).toThrow(ValueError);
    expect(() => f(rows, [1, 2])).toThrow(/could not broadcast input array from shape \(2,\) into shape \(4,\)/);
  });
});

describe("taking several positions", () => {
  test.each([
    [
      "rows",
      x.at([2, 0, -1]),
      [
        [8, 9, 10, 11],
        [0, 1, 2, 3],
        [8, 9, 10, 11],
      ],
    ],
    [
      "columns",
      x.at(slice(), [3, 0]),
      [
        [3, 0],
        [7, 4],
        [11, 8],
      ],
    ],
    [
      "in the shape of the positions",
      T.take(
        x,
        NDArray.from(
          [
            [0, 1],
            [2, 0],
          ],
          "int64",
        ),
        { axis: 0 },
      ).at("...", 0),
      [
        [0, 4],
        [8, 0],
      ],
    ],
    ["of all elements", x.take([5, 1]), [5, 1]],
    ["wrapping around", x.take([3, -1], { axis: 0, mode: "wrap" }).at(slice(), 0), [0, 8]],
    ["clipped", x.take([7, -5], { axis: 0, mode: "clip" }).at(slice(), 0), [8, 0]],
  ])("%s", (_, expression, expected) => {
    expect(evaluate(expression)).toBe(String(NDArray.from(expected, "float64")));
  });

  test("out of range in NumPy's words", () => {
    const f = compileFunction([x, positions], x.at(positions));
    expect(() => f(rows, [0, 4])).toThrow(/^index 4 is out of bounds for axis 0 with size 3\nApply node/);
  });

  test("where positions repeat, only the last value set has a gradient", () => {
    const y = T.dvector("y");
    const g = grad(T.sum(T.mul(T.setSubtensor(v.at([1, 0, 1]), y), [10, 20])), y);
    expect(String(compileFunction([v, y], g, { onUnusedInput: "ignore" })([0, 0], [1, 2, 3]))).toBe("[ 0. 10. 20.]");
  });
});
