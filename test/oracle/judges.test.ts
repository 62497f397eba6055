/** That the judges which stand in for Theano say no to what is wrong. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../runtime/base/errors.ts";
import { type DType, NDArray } from "../../runtime/index.ts";
import { evaluateConfig } from "./config.ts";
import { areEigenpairs } from "./eigen.ts";
import { namesTheCulprit } from "./errors-match.ts";
import { evaluateOps } from "./ops.ts";
import { isAsNear, widened } from "./precision.ts";
import { areSlopes } from "./slopes.ts";

const vector = (values: readonly number[], dtype: DType = "float64"): NDArray => NDArray.from(values, dtype);

describe("finite differences", () => {
  const squares = {
    compute: (x: NDArray) => [vector([...x.elements()].map((value) => Number(value) ** 2))],
    weights: [vector([1, 10])],
  };

  test.each<[string, number[], number[], boolean[]]>([
    ["the derivative", [3, 0.5], [6, 10], [true, true]],
    ["one element wrong", [3, 0.5], [6, 10.001], [true, false]],
    ["the weight forgotten", [3, 0.5], [6, 1], [true, false]],
    ["beside a huge argument", [1e9, 0.5], [2e9, 10], [true, true]],
    ["beside NaN", [Number.NaN, 0.5], [1, 10], [false, true]],
  ])("%s", (_, point, gradient, expected) => {
    expect(areSlopes(squares, [vector(point)], 0, vector(gradient))).toEqual(expected);
  });

  test("judge no gradient of another dtype or shape", () => {
    expect(areSlopes(squares, [vector([3, 0.5])], 0, vector([6, 10], "float32"))).toBeNull();
    expect(areSlopes(squares, [vector([3, 0.5])], 0, vector([6]))).toBeNull();
  });
});

describe("the call in a wider precision", () => {
  test.each<[string, number, number, boolean]>([
    ["nearer than Theano's", 1.0001, 1.001, true],
    ["as far on the other side", 0.5, 1.5, true],
    ["farther", 1.002, 1.001, false],
    ["not a number", Number.NaN, 1.001, false],
    ["where Theano's is no rounding", 1, 2, false],
  ])("%s", (_, ours, theirs, expected) => {
    expect(isAsNear(vector([ours]), vector([theirs]), vector([1]), 0.5)).toBe(expected);
  });

  test("takes no other dtype than Theano's", () => {
    expect(isAsNear(vector([1], "float32"), vector([1.5]), vector([1]), 0.5)).toBe(false);
  });

  test("is there only where something is narrow", () => {
    expect(widened([vector([1]), vector([1], "int64")])).toBeNull();
    expect(widened([vector([0.1], "float32"), vector([1], "int64")])?.values.map(({ dtype }) => dtype)).toEqual([
      "float64",
      "int64",
    ]);
  });
});

describe("eigenpairs", () => {
  const matrix = vector([2, 0, 0, 3]).reshape([2, 2]);

  test.each<[string, number[], number[], boolean]>([
    ["in Theano's order", [2, 3], [1, 0, 0, 1], true],
    ["in another order, with another sign", [3, 2], [0, -1, 1, 0], true],
    ["vectors in another order than the values", [3, 2], [1, 0, 0, 1], false],
    ["another value", [2, 3.001], [1, 0, 0, 1], false],
    ["one value twice", [2, 2], [1, 1, 0, 0], false],
    ["another length", [2, 3], [2, 0, 0, 1], false],
  ])("%s", (_, values, vectors, expected) => {
    expect(areEigenpairs(matrix, vector(values), vector(vectors).reshape([2, 2]), vector([2, 3]))).toBe(expected);
  });
});

describe("an error names the culprit", () => {
  const python = { class: "ValueError", message: "invalid literal for int() with base 10: 'many'" };
  const culprit = { flag: "traceback.limit", value: "many", source: "THEANO_FLAGS" };
  const ours = 'Invalid value (many) for configuration variable "traceback.limit". (from THEANO_FLAGS)';

  test.each<[string, Error, string, boolean]>([
    ["flag, value and source", new ValueError(ours), python.message, true],
    ["no flag", new ValueError(ours.replace("traceback.limit", "x")), python.message, false],
    ["no value", new ValueError(ours.replace("many", "few")), python.message, false],
    ["no source", new ValueError(ours.replace("(from THEANO_FLAGS)", "")), python.message, false],
    ["another class", new TypeError(ours), python.message, false],
    ["where Theano names flag and value too", new ValueError(ours), "traceback.limit cannot be many", false],
  ])("%s", (_, error, message, expected) => {
    expect(namesTheCulprit(error, { class: "ValueError", message }, culprit)).toBe(expected);
  });
});

describe("the listing and the default of a flag", () => {
  const flag = { name: "home", version: "era", class: "ConfigParam", kind: "cfg", mutable: false, value: "True" };
  const failing = (listing: string, value: string, byDefault: string): string[] =>
    evaluateConfig({ cases: [{ ...flag, listing, value, default: byDefault }], rules: {} })
      .flatMap((result) => ("checks" in result ? result.checks : []))
      .flatMap(({ aspect, pass }) => (pass ? [] : [aspect]));

  test.each([
    ["<theano.configparser.ConfigParam object at 0xADDR>", "True", "", []],
    ["home (a path)", "True", "", ["listing"]],
    ["home (removed)", "False", "", ["value", "default"]],
  ])("%s, %s", (listing, value, byDefault, expected) => {
    expect(failing(listing, value, byDefault)).toEqual(expected);
  });
});

describe("gradients", () => {
  const input = { dtype: "float32", shape: [2], data: [1, 2] };
  const r = { dtype: "float64", shape: [2], data: [1, 1] };
  const failing = (call: string, theirs: readonly (number | string)[], outputs: readonly number[]): string[] =>
    evaluateOps({
      cases: [
        {
          id: "o-1",
          group: "exptrig",
          call,
          args: [{ var: "a" }],
          inputs: { a: input },
          outputs: [{ dtype: "float32", shape: [2], data: outputs }],
          r: { "0": { ...r, dtype: "float32" } },
          grads: { a: { dtype: "float64", shape: [2], data: theirs } },
        },
      ],
    })
      .flatMap((result) => ("checks" in result ? result.checks : []))
      .flatMap(({ aspect, pass }) => (pass ? [] : [aspect]));
  const both = ["FAST_COMPILE gradient of a", "FAST_RUN gradient of a"];

  test.each<[string, (number | string)[], string[]]>([
    ["Theano's in another dtype", [2, 4], []],
    ["another value", [2, 4.001], both],
    ["Theano's is NaN", [2, "NaN"], []],
    ["Theano's is NaN, and the rest differs", [3, "NaN"], both],
  ])("%s", (_, theirs, expected) => {
    expect(failing("T.sqr(a)", theirs, [1, 4])).toEqual(expected);
  });

  test("a zero is none where Theano's is none", () => {
    expect(failing("T.ceil(a)", [0, 0], [1, 2])).toEqual([]);
    expect(failing("T.ceil(a)", [0, 1], [1, 2])).toEqual(both);
  });
});
