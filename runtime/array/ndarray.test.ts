import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NDArray, type Nested } from "./ndarray.ts";

const matrix = NDArray.from([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("making arrays", () => {
  test("numbers are float64, bigints int64, booleans bool, mixtures promote", () => {
    expect(NDArray.from([1, 2]).dtype).toBe("float64");
    expect(NDArray.from(5n).dtype).toBe("int64");
    expect(NDArray.from([true]).dtype).toBe("bool");
    expect(NDArray.from([true, 2n]).dtype).toBe("int64");
    expect(NDArray.from([]).dtype).toBe("float64");
    expect(NDArray.from(new Float32Array(3)).dtype).toBe("float32");
  });

  test("values are converted to a dtype that is asked for", () => {
    expect(NDArray.from([1.7, -1], "uint8").toNested()).toEqual([1, 255]);
    expect(NDArray.from([0, 2], "bool").toNested()).toEqual([false, true]);
    expect(NDArray.from(new Float64Array([0.1]), "float32").item()).toBe(Math.fround(0.1));
    expect(NDArray.full([2], 3, "int64").toNested()).toEqual([3n, 3n]);
  });

  test("a typed array is copied, an array is not", () => {
    const data = new Float64Array([1]);
    const array = NDArray.from(data);
    data[0] = 2;
    expect(array.item()).toBe(1);
    expect(NDArray.from(array)).toBe(array);
  });

  test.each<[Nested, string]>([
    [[[1, 2], [3]], "the element at [1] is an array of length 1, not an array of length 2"],
    [[[1], 2], "the element at [1] is a single value, not an array of length 1"],
    [[1, [2]], "the element at [1] is an array of length 1, not a single value"],
  ])("%j is refused: %s", (nested, message) => {
    expect(() => NDArray.from(nested)).toThrow(message);
  });

  test("an element that is no number is refused", () => {
    expect(() => NDArray.from(JSON.parse('[1, "2"]'))).toThrow("the element at [1] is of type string");
    expect(() => NDArray.from(JSON.parse("[null]"))).toThrow("the element at [0] is null");
  });

  test("a length that is no length is refused", () => {
    expect(() => NDArray.zeros([2, -1], "float64")).toThrow("shape (2, -1)");
    expect(() => NDArray.zeros([1.5], "float64")).toThrow("1.5 is no length");
  });
});

describe("views share storage", () => {
  test("transposed, sliced, reshaped, broadcast", () => {
    const base = NDArray.zeros([2, 2], "float64");
    const views = [base.transpose(), base.slice(0), base.reshape([4]), base.reshape([1, 2, 2]).broadcastTo([3, 2, 2])];
    base.data[0] = 7;
    expect(views.map((view) => view.get(...view.shape.map(() => 0)))).toEqual([7, 7, 7, 7]);
  });

  test("copies do not", () => {
    const base = NDArray.zeros([2, 2], "float64");
    const copies = [base.copy(), base.transpose().copy(), base.transpose().reshape([4]), base.astype("float32")];
    base.data[0] = 7;
    expect(copies.map((copy) => copy.get(...copy.shape.map(() => 0)))).toEqual([0, 0, 0, 0]);
  });
});

describe("indexing, as NumPy", () => {
  test.each([
    [matrix.slice(1), [4, 5, 6]],
    [matrix.slice(-1, -1), 6],
    [matrix.slice({}, 1), [2, 5]],
    [
      matrix.slice({ step: -1 }, { start: 1 }),
      [
        [5, 6],
        [2, 3],
      ],
    ],
    [matrix.slice("...", 0), [1, 4]],
    [matrix.slice(null, 0), [[1, 2, 3]]],
    [matrix.slice(0, { start: -2, stop: 99 }), [2, 3]],
    [matrix.slice(0, { start: 2, stop: 0, step: -1 }), [3, 2]],
    [matrix.slice(0, { start: 5 }), []],
  ])("case %#", (view, expected) => {
    expect(view.toNested()).toEqual(expected);
  });

  test("what is out of bounds is named", () => {
    expect(() => matrix.slice(2)).toThrow("index 2 is out of bounds for axis 0 with size 2");
    expect(() => matrix.get(0, -4)).toThrow("index -4 is out of bounds for axis 1 with size 3");
    expect(() => matrix.get(0)).toThrow("cannot be read at [0]");
    expect(() => matrix.slice(0, 0, 0)).toThrow("too many indices");
    expect(() => matrix.slice({ step: 0 })).toThrow("step 0");
    expect(() => matrix.item()).toThrow("this one has 6");
  });

  test("slices agree with JavaScript's on vectors", () => {
    const bound = fc.option(fc.integer({ min: -7, max: 7 }), { nil: null });
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 5 }), bound, bound, (values, start, stop) => {
        const view = NDArray.from(values).slice({ start, stop });
        expect(view.toNested()).toEqual(values.slice(start ?? 0, stop ?? undefined));
      }),
    );
  });
});

describe("shapes", () => {
  test("reshape infers one length", () => {
    expect(matrix.reshape([3, -1]).toNested()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(matrix.transpose().reshape([-1]).toNested()).toEqual([1, 4, 2, 5, 3, 6]);
    expect(() => matrix.reshape([4, -1])).toThrow("cannot reshape array of size 6 and shape (2, 3) into shape (4, -1)");
  });

  test("dimshuffle permutes, adds and drops", () => {
    expect(matrix.dimshuffle([1, "x", 0]).shape).toEqual([3, 1, 2]);
    expect(
      NDArray.from([[1, 2]])
        .dimshuffle([1])
        .toNested(),
    ).toEqual([1, 2]);
    expect(() => matrix.dimshuffle([1])).toThrow("drops axis 0 of shape (2, 3)");
    expect(() => matrix.dimshuffle([0, 1, 1])).toThrow("repeats an axis");
    expect(() => matrix.transpose([0, 0])).toThrow("is not an order");
  });

  test("broadcasting repeats without copying", () => {
    const row = NDArray.from([1, 2]).broadcastTo([2, 2]);
    expect(row.strides).toEqual([0, 1]);
    expect(row.toNested()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(() => matrix.broadcastTo([2, 4])).toThrow();
    expect(() => matrix.broadcastTo([3])).toThrow("does not broadcast");
  });
});

test("iteration goes over the first axis", () => {
  expect([...NDArray.from([1, 2])]).toEqual([1, 2]);
  expect([...matrix].map(String)).toEqual(["[1. 2. 3.]", "[4. 5. 6.]"]);
  expect(() => [...NDArray.scalar(1, "float64")]).toThrow("iteration over a 0-d array");
});

test("a summary counts what is not finite", () => {
  expect(NDArray.from([NaN, 2, -Infinity, 5]).summary()).toEqual({ min: -Infinity, max: 5, nanCount: 1, infCount: 1 });
  expect(NDArray.from([NaN]).summary()).toEqual({ nanCount: 1, infCount: 0 });
  expect(NDArray.from([3n, 1n]).summary()).toEqual({ min: 1n, max: 3n, nanCount: 0, infCount: 0 });
  expect(NDArray.from([1, NaN]).isFinite()).toBe(false);
  expect(NDArray.from([true]).isFinite()).toBe(true);
});

test("equality is exact, and NaN equals NaN", () => {
  expect(NDArray.from([1, NaN]).equals(NDArray.from([1, NaN]))).toBe(true);
  expect(NDArray.from([1, 2]).equals(NDArray.from([1, 2], "float32"))).toBe(false);
  expect(NDArray.from([1]).equals(NDArray.from([[1]]))).toBe(false);
  expect(matrix.transpose().transpose().equals(matrix.copy())).toBe(true);
  expect(NDArray.from([0]).equals(NDArray.from([1e-300]))).toBe(false);
});
