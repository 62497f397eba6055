/** Every backend against the interpreter, on kernels that no builder makes. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { arrayOf, closeTo, expectAgreement, refusalText, run } from "../../test/support/agreement.ts";
import { NDArray } from "../array/ndarray.ts";
import type { Accumulator, Buffer, Expr, Kernel, ReduceOp, Statement, Subscript } from "../loop/ir.ts";
import type { ScalarOpName } from "../scalar/table.ts";
import { backendByName } from "./registry.ts";

afterAll(() => console.info(refusalText()));

describe("kernels written by hand agree", () => {
  const at = (...axes: string[]): Subscript => ({ terms: axes.map((axis) => ({ axis, scale: 1 })), offset: 0 });
  const load = (buffer: number, ...index: Subscript[]): Expr => ({
    kind: "load",
    access: { buffer, index },
    dtype: "float64",
  });
  const local = (name: string): Expr => ({ kind: "local", name, dtype: "float64" });
  const call = (op: ScalarOpName, ...args: Expr[]): Expr => ({ kind: "apply", op, args, dtype: "float64" });
  const array = (name: string, ndim: number, access: "in" | "out"): Buffer => ({
    name,
    dtype: "float64",
    ndim,
    access,
  });
  const store = (buffer: number, index: Subscript[], value: Expr): Statement => ({
    kind: "store",
    access: { buffer, index },
    value,
  });
  const accumulate = (name: string, op: ReduceOp, value: Expr): Accumulator => ({ name, op, dtype: "float64", value });

  test("a convolution: subscripts with several axes, factors and offsets", () => {
    const place: Subscript = {
      terms: [
        { axis: "i", scale: 2 },
        { axis: "k", scale: 1 },
      ],
      offset: 1,
    };
    const kernel: Kernel = {
      name: "convolve",
      buffers: [array("x", 1, "in"), array("w", 1, "in"), array("y", 1, "out")],
      axes: [
        { name: "i", extent: [{ buffer: 2, dim: 0 }] },
        { name: "k", extent: [{ buffer: 1, dim: 0 }] },
      ],
      body: [
        {
          kind: "loop",
          axis: "i",
          body: [
            {
              kind: "reduce",
              axes: ["k"],
              body: [],
              accumulators: [accumulate("s", "add", call("mul", load(0, place), load(1, at("k"))))],
            },
            store(2, [at("i")], local("s")),
          ],
        },
      ],
    };
    const x = NDArray.from(Array.from({ length: 20 }, (_, i) => i * i));
    expectAgreement(kernel, [x, NDArray.from([1, -2, 3])], [[8]]);
  });

  test("a softmax: reductions one after the other, locals, an inner loop", () => {
    const shifted = call("exp", call("sub", load(0, at("i"), at("j")), local("m")));
    const kernel: Kernel = {
      name: "softmax",
      buffers: [array("x", 2, "in"), array("y", 2, "out")],
      axes: ["i", "j"].map((name, dim) => ({
        name,
        extent: [
          { buffer: 0, dim },
          { buffer: 1, dim },
        ],
      })),
      body: [
        {
          kind: "loop",
          axis: "i",
          body: [
            {
              kind: "reduce",
              axes: ["j"],
              body: [],
              accumulators: [accumulate("m", "maximum", load(0, at("i"), at("j")))],
            },
            { kind: "reduce", axes: ["j"], body: [], accumulators: [accumulate("s", "add", shifted)] },
            { kind: "let", name: "r", value: call("inv", local("s")) },
            { kind: "loop", axis: "j", body: [store(1, [at("i"), at("j")], call("mul", shifted, local("r")))] },
          ],
        },
      ],
    };
    fc.assert(
      fc.property(
        fc
          .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 9 }))
          .chain((shape) => arrayOf("float64", shape)),
        (x) => expectAgreement(kernel, [x], [x.shape], closeTo(1e-12)),
      ),
    );
  });

  test("a reduction inside a reduction, two accumulators, the value of an axis", () => {
    const counted: Expr = {
      kind: "apply",
      op: "cast_float64",
      args: [{ kind: "axis", axis: "i", dtype: "int64" }],
      dtype: "float64",
    };
    const kernel: Kernel = {
      name: "nested",
      buffers: [array("x", 2, "in"), array("total", 0, "out"), array("weighted", 0, "out")],
      axes: ["i", "j"].map((name, dim) => ({ name, extent: [{ buffer: 0, dim }] })),
      body: [
        {
          kind: "reduce",
          axes: ["i"],
          body: [
            {
              kind: "reduce",
              axes: ["j"],
              body: [],
              accumulators: [accumulate("m", "maximum", load(0, at("i"), at("j")))],
            },
          ],
          accumulators: [accumulate("t", "add", local("m")), accumulate("w", "add", call("mul", counted, local("m")))],
        },
        store(1, [], local("t")),
        store(2, [], local("w")),
      ],
    };
    const x = NDArray.from([
      [1, 5, 2],
      [7, 3, 4],
      [0, 0, -1],
    ]);
    expectAgreement(kernel, [x], [[], []]);
    expectAgreement(kernel, [NDArray.zeros([2, 0], "float64")], [[], []]);
    const outputs = run("js", kernel, [x], [[], []]);
    expect(outputs.toString()).toBe("12.0,7.0");
  });
});

test("an unknown backend is named with those that exist", () => {
  expect(() => backendByName("webgpu")).toThrow('there is no backend "webgpu"; there are interp, js, wasm, c');
});
