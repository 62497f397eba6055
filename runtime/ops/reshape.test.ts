import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { AssertionError, IndexError, ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { debugprint } from "../graph/debugprint.ts";
import type { TensorVariable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const cube = NDArray.from([...Array(24).keys()], "float64").reshape([2, 3, 4]);
const x = T.dtensor3("x");

function evaluate(expression: TensorVariable): NDArray {
  return compileFunction([x], expression)(cube);
}

describe("other shapes", () => {
  test.each([
    ["known lengths", x.reshape([6, 4]), [6, 4]],
    ["one open length", T.reshape(x, [1, -1, 8]), [1, 3, 8]],
    ["symbolic lengths", x.reshape([x.shape.at(2), -1]), [4, 6]],
    ["a symbolic vector", x.reshape(T.constant([3, 8], null, "int64")), [3, 8]],
    ["flattened", x.flatten(), [24]],
    ["flattened from the second dimension on", T.flatten(x, 2), [2, 12]],
    ["raveled", x.ravel(), [24]],
    ["padded on the left", T.shapePadleft(x, 2), [1, 1, 2, 3, 4]],
    ["padded on the right", T.shapePadright(x), [2, 3, 4, 1]],
    ["padded before the last", T.shapePadaxis(x, -2), [2, 3, 1, 4]],
    ["squeezed", T.shapePadaxis(x, 1).squeeze(), [2, 3, 4]],
  ])("%s", (_, expression, shape) => {
    const value = evaluate(expression);
    expect(value.equals(cube.reshape(shape))).toBe(true);
    expect(expression.ndim).toBe(shape.length);
  });

  test("exchanged dimensions", () => {
    expect(evaluate(x.swapaxes(0, -1)).equals(cube.transpose([2, 1, 0]).copy())).toBe(true);
  });

  test("shape and size", () => {
    expect(evaluate(x.shape).repr()).toBe("array([2, 3, 4])");
    expect(evaluate(x.size).item()).toBe(24n);
  });

  test("a known length of 1 broadcasts", () => {
    expect(x.reshape([1, -1]).broadcastable).toEqual([true, false]);
    expect(x.reshape([x.shape.at(0), 1]).broadcastable).toEqual([false, true]);
    expect(T.dcol("c").flatten(2).broadcastable).toEqual([false, true]);
  });

  test("debugprint is Theano's", () => {
    expect(debugprint(x.flatten(2))).toBe(
      [
        "Reshape{2} [id A] ''   ",
        " |x [id B]",
        " |MakeVector{dtype='int64'} [id C] ''   ",
        "   |Subtensor{int64} [id D] ''   ",
        "   | |Subtensor{:int64:} [id E] ''   ",
        "   | | |Shape [id F] ''   ",
        "   | | | |x [id B]",
        "   | | |Constant{1} [id G]",
        "   | |Constant{0} [id H]",
        "   |Elemwise{Cast{int64}} [id I] ''   ",
        "     |TensorConstant{-1} [id J]",
        "",
      ].join("\n"),
    );
    expect(String(x.reshape([2, -1]).owner)).toBe("Reshape{2}(x, TensorConstant{[ 2 -1]})");
  });
});

describe("errors", () => {
  const v = T.dvector("v");

  test("another number of elements", () => {
    const f = compileFunction([v], v.reshape([2, 2]));
    expect(() => f([1, 1, 1, 1, 1])).toThrow(ValueError);
    expect(() => f([1, 1, 1, 1, 1])).toThrow(/^Cannot reshape input of shape \(5,\) to shape \[2 2\]\nApply node/);
  });

  test.each([
    ["a shape of unknown length", () => v.reshape(T.lvector("n")), ValueError, /provide the 'ndim' argument/],
    ["a shape of floats", () => v.reshape(T.dvector("n"), { ndim: 1 }), TypeError, /made of integers, got n/],
    ["flattening to too many dimensions", () => v.flatten(2), ValueError, /ndim 2 out of bound \[1, 2\)/],
    ["a dimension that is not there", () => T.swapaxes(v, 0, 1), IndexError, /axis 1 is not an axis/],
    ["padding too far", () => T.shapePadaxis(v, 2), IndexError, /axis 2 is out of bounds \[-2, 2\)/],
    ["too few lengths", () => T.specifyShape(x, [2]), ValueError, /got 1 lengths for x, which has 3 dimensions/],
  ])("%s", (_, build, kind, message) => {
    expect(build).toThrow(kind);
    expect(build).toThrow(message);
  });
});

describe("what is known of lengths", () => {
  test("a promise that a length is 1 lets it stretch, and is checked", () => {
    const m = T.dmatrix("m");
    const row = T.addbroadcast(m, 0);
    expect(row.broadcastable).toEqual([true, false]);
    expect(String(row.owner?.op)).toBe("Rebroadcast{1}");
    const f = compileFunction(
      [m],
      T.add(
        row,
        NDArray.from(
          [
            [1, 2],
            [3, 4],
          ],
          "float64",
        ),
      ),
    );
    expect(f([[10, 20]]).toNested()).toEqual([
      [11, 22],
      [13, 24],
    ]);
    expect(() =>
      f([
        [1, 2],
        [3, 4],
      ]),
    ).toThrow(/Dimension 0 in Rebroadcast's input was supposed to be 1 \(got 2 instead\)/);
  });

  test("it can be forgotten, or set for all dimensions", () => {
    expect(T.unbroadcast(T.drow("r"), 0).broadcastable).toEqual([false, false]);
    const column = T.patternbroadcast(T.drow("r"), [false, true]);
    expect(column.broadcastable).toEqual([false, true]);
    expect(String(column.owner?.op)).toBe("Rebroadcast{0,1}");
    expect(T.patternbroadcast(x, [false, false, false])).toBe(x);
  });

  test("a specified shape is checked", () => {
    expect(evaluate(T.specifyShape(x, [2, 3, 4])).equals(cube)).toBe(true);
    expect(() => evaluate(T.specifyShape(x, [2, 3, 5]))).toThrow(AssertionError);
    expect(() => evaluate(T.specifyShape(x, [2, 3, 5]))).toThrow(/got shape \(2, 3, 4\), expected \(2, 3, 5\)/);
    expect(T.specifyShape(x, [1, 3, 4]).broadcastable).toEqual([true, false, false]);
  });
});
