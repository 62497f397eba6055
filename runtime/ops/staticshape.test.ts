/** Lengths that are known while a graph is built: what is inferred, and which mismatches are told at once. */
import { describe, expect, test } from "vitest";
import { constant } from "../graph/constant.ts";
import { type Dim, TensorType } from "../graph/type.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "./tensor.ts";

const known = (name: string, ...shape: readonly Dim[]): Variable =>
  new TensorVariable(new TensorType("float64", shape), name);

const [a, b] = [known("a", 3, 4), known("b", null, 4)];

describe("inferred lengths", () => {
  test.each<[string, Variable, readonly Dim[]]>([
    ["that the user gives", T.matrix("x", { shape: [null, 784] }), [null, 784]],
    ["of a constant", constant([[1, 2, 3]]), [1, 3]],
    ["elementwise, from either side", T.add(a, b), [3, 4]],
    ["elementwise, stretched", T.mul(known("row", 1, null), known("column", 5, 1)), [5, null]],
    ["of a sum", T.sum(a, { axis: 0 }), [4]],
    ["of a transpose", T.transpose(a), [4, 3]],
    ["of a slice", T.subtensor(a, T.slice(1, null), T.slice(null, null, 2)), [2, 2]],
    ["of a slice that happens to be 1, which does not stretch", T.subtensor(a, T.slice(0, 1)), [null, 4]],
    ["of a reshape", T.reshape(a, [2, -1]), [2, 6]],
    ["of an allocation", T.zeros([2, 5]), [2, 5]],
    ["of a join", T.concatenate([a, b], { axis: 1 }), [3, 8]],
    ["of a specified shape", T.specifyShape(b, [7, 4]), [7, 4]],
  ])("%s", (_, variable, shape) => {
    expect(variable.type.shape).toEqual(shape);
  });
});

describe("mismatches told while the graph is built, with both shapes", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a constructor", () => T.row("r", { shape: [2, 3] }), /\(2, 3\) does not fit.*\(1, \?\)/],
    ["elementwise", () => T.add(a, known("c", 5, null)), /mis-match.*= 3.*= 5.*\(3, 4\) of a.*\(5, \?\) of c/s],
    ["reshape", () => T.reshape(a, [5, 2]), /Cannot reshape input of shape \(3, 4\) to shape \(5, 2\)/],
    ["reshape with -1", () => T.reshape(a, [5, -1]), /Cannot reshape input of shape \(3, 4\) to shape \(5, -1\)/],
    ["join", () => T.concatenate([a, known("c", 2, 5)], { axis: 0 }), /along dimension 1.*size 4.*size 5/],
    ["specifyShape", () => T.specifyShape(a, [3, 5]), /dimension 1 of a is known to be 4, not 5/],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
  });
});

test("lengths beyond 1 do not make another type", () => {
  expect(a.type.equals(b.type)).toBe(true);
  expect(String(a.type)).toBe("TensorType(float64, matrix)");
  expect(a.type.admits(known("c", 3, null).type)).toBe(true);
  expect(a.type.admits(known("c", 2, null).type)).toBe(false);
});

test("a value of another length is refused by name", () => {
  expect(() => a.type.filter([[1, 2, 3, 4]])).toThrow(/dimension 0 must be 3.*\(1, 4\)/);
});
