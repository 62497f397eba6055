import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { compileFunction } from "../compile/function.ts";
import type { Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import { inferLengths } from "./infershape.ts";
import { tensorFunctions as T } from "./tensor.ts";

const [x, y] = T.dmatrices("x", "y");
const v = T.dvector("v");
const [i, k] = T.lscalars("i", "k");
const shapes = T.lvector("shapes");
const inputs = [x, y, v, i, k, shapes];
const values = [NDArray.zeros([4, 6], "float64"), NDArray.zeros([4, 6], "float64"), [1, 2, 3], -2, 1, [3, -1, 2]];

/** The result, and whether its lengths have to be told without computing it. */
const CASES: readonly (readonly [string, Variable, "known" | "opaque"])[] = [
  ["elementwise", T.add(x, T.exp(y)), "known"],
  ["elementwise, stretched", T.mul(T.dimshuffle(v, [0, "x"]), T.dimshuffle(v, ["x", 0])), "known"],
  ["a reduction", T.sum(x, { axis: 1, keepdims: true }), "known"],
  ["a matrix product", T.dot(x, T.transpose(y)), "known"],
  ["an element and a part", T.subtensor(x, 1, T.slice(2, null)), "known"],
  ["parts with unknown bounds", T.subtensor(x, T.slice(i, null), T.slice(k, i)), "known"],
  ["parts that go backwards", T.subtensor(x, T.slice(null, null, -1), T.slice(4, k, -2)), "known"],
  ["a part that is empty", T.subtensor(x, T.slice(3, 1)), "known"],
  ["a part with an unknown step", T.subtensor(v, T.slice(null, null, k)), "opaque"],
  ["a reshape", T.reshape(x, [3, -1]), "known"],
  ["a reshape to unknown lengths", T.reshape(x, shapes, { ndim: 3 }), "known"],
  ["a join", T.concatenate([x, y, x], { axis: 1 }), "known"],
  ["an allocation", T.alloc(v, k, 3), "known"],
  ["a change of a part", T.setSubtensor(T.subtensor(x, 0), 1), "known"],
  ["a gather", T.take(x, [0, 0, 1], { axis: 0 }), "known"],
];

describe("inferred lengths are those of the result", () => {
  test.each(CASES)("%s", (_, result, kind) => {
    const lengths = inferLengths(result);
    const f = compileFunction(inputs, [result, ...lengths], { onUnusedInput: "ignore", mode: "FAST_COMPILE" });
    const [value, ...found] = f(...values);
    expect(found.map((length) => Number(length.item()))).toEqual(value.shape);
    expect(toposort(lengths).some((node) => node === result.owner)).toBe(kind === "opaque");
  });
});

test("a deep chain does not overflow the stack", () => {
  let deep: Variable = x;
  for (let n = 0; n < 20_000; n++) deep = T.neg(deep);
  expect(String(inferLengths(deep)[0].owner?.inputs[0])).toBe("x");
});
