import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { compileAny } from "../compile/bundles.ts";
import { tensorFunctions as T } from "./tensor.ts";
import { TypedListType, type TypedListVariable, typedList } from "./typedlist.ts";

const vectors = new TypedListType(T.dvector);
const list = vectors.variable("list");
const x = T.dvector("x");
const elements = [[1, 2], [], [3]];

const show = (arrays: readonly NDArray[]): string => arrays.map(String).join(" ");

describe("operations that give lists", () => {
  test.each<[string, (l: TypedListVariable) => TypedListVariable, string]>([
    ["append", (l) => typedList.append(l, x), "[1. 2.] [] [3.] [7. 8.]"],
    ["insert", (l) => typedList.insert(l, 1, x), "[1. 2.] [7. 8.] [] [3.]"],
    ["remove", (l) => typedList.remove(l, T.sub(T.sum(x), 12).dimshuffle("x")), "[1. 2.] []"],
    ["extend", (l) => typedList.extend(l, typedList.makeList([x, T.neg(x)])), "[1. 2.] [] [3.] [7. 8.] [-7. -8.]"],
    ["reverse", (l) => typedList.reverse(typedList.append(l, x)), "[7. 8.] [3.] [] [1. 2.]"],
  ])("%s", (_, build, expected) => {
    const f = compileAny([list, x], build(list));
    expect(show(f(elements, [7, 8]))).toBe(expected);
  });
});

test("elements, positions, counts and lengths; an input may be given by name", () => {
  const f = compileAny(
    [list, x],
    [list.at(-1), typedList.index(list, x), typedList.count(list, x), typedList.length(list)],
  );
  const [last, index, count, length] = f({ list: [[3], [4, 4], [3], [5]], x: [3] });
  expect([last, index, count, length].map(String)).toEqual(["[5.]", "0", "2", "4"]);
});

test("elements keep their dtype and shape, also without dimensions or without elements", () => {
  const matrices = new TypedListType(T.fmatrix).variable();
  const f = compileAny([matrices], { back: typedList.reverse(matrices), first: matrices.at(0) });
  const { back, first } = f([NDArray.zeros([2, 0], "float32"), NDArray.from([[1, 2]], "float32")]);
  expect(back.map(({ shape }) => shape)).toEqual([
    [1, 2],
    [2, 0],
  ]);
  expect([first.dtype, first.shape]).toEqual(["float32", [2, 0]]);
  const numbers = new TypedListType(T.lscalar).variable();
  expect(show(compileAny([numbers], typedList.append(numbers, 5))([1, 2]))).toBe("1 2 5");
});

test("what is not there, or does not fit, is told", () => {
  expect(() => compileAny([list], list.at(3))(elements)).toThrow(IndexError);
  expect(() => compileAny([list, x], typedList.index(list, x))(elements, [9])).toThrow(ValueError);
  expect(() => typedList.append(list, T.dmatrix("m"))).toThrow(/Cannot convert Type TensorType\(float64, matrix\)/);
  expect(() => typedList.extend(list, new TypedListType(T.fvector).variable())).toThrow(/different types/);
  expect(() => compileAny([list], list.at(0))([[[1]]])).toThrow(/Wrong number of dimensions/);
  expect(() => compileAny([list, x], [list.at(0), x])(elements, [NDArray.zeros([1], "float64")])).toThrow(
    /A dense input got a list of 1 arrays/,
  );
  expect(() => typedList.makeList([])).toThrow(/at least one tensor/);
  expect([String(list), String(vectors)]).toEqual(["list", "TypedList <TensorType(float64, vector)>"]);
});
