import { expect, test } from "vitest";
import { input } from "../scalar/expr.ts";
import { elementwiseKernel, reduceKernel } from "./build.ts";
import { checkKernel } from "./check.ts";
import type { Expr, Kernel, Statement } from "./ir.ts";

const good = elementwiseKernel({
  name: "copy",
  exprs: [input(0, "float64")],
  inputs: [{ dtype: "float64", broadcastable: [false] }],
  ndim: 1,
});
const sum = reduceKernel({ op: "add", dtype: "float64", accDtype: "float64", outDtype: "float64", ndim: 1, axes: [0] });

const along = (axis: string) => ({ terms: [{ axis, scale: 1 }], offset: 0 });
const element: Expr = { kind: "load", access: { buffer: 0, index: [along("i0")] }, dtype: "float64" };
const store = (value: Expr, buffer = 1): Statement => ({
  kind: "store",
  access: { buffer, index: [along("i0")] },
  value,
});
const loop = (...body: Statement[]): Statement => ({ kind: "loop", axis: "i0", body });
const half: Expr = { kind: "const", value: 0.5, dtype: "float64" };

test("what the builders make is well formed", () => {
  expect(() => checkKernel(good)).not.toThrow();
  expect(() => checkKernel(sum)).not.toThrow();
});

test.each<[string, Kernel]>([
  ["it has no output", { ...good, buffers: good.buffers.slice(0, 1) }],
  ["an input follows an output", { ...good, buffers: good.buffers.toReversed() }],
  ["the axis i0 is declared twice", { ...good, axes: [...good.axes, ...good.axes] }],
  ["the axis i0 is bound to no dimension", { ...good, axes: [{ name: "i0", extent: [] }] }],
  ["bound to dimension 1 of buffer 0", { ...good, axes: [{ name: "i0", extent: [{ buffer: 0, dim: 1 }] }] }],
  ["the axis i0 is not declared", { ...good, axes: [] }],
  ["the axis i0 is running already", { ...good, body: [loop(loop(store(element)))] }],
  ["indexed by i0, which is not running there", { ...good, body: [store(half)] }],
  ["in0 is an input, but is written", { ...good, body: [loop(store(half, 0))] }],
  [
    "out0 is an output, but is read",
    { ...good, body: [loop(store({ kind: "load", access: { buffer: 1, index: [along("i0")] }, dtype: "float64" }))] },
  ],
  [
    "no axis tells the length of dimension 0 of in0, which is padded",
    {
      ...good,
      axes: [{ name: "i0", extent: [{ buffer: 1, dim: 0 }] }],
      body: [
        loop(store({ kind: "load", access: { buffer: 0, index: [along("i0")] }, dtype: "float64", padded: true })),
      ],
    },
  ],
  [
    "the axis n is not declared",
    {
      ...good,
      body: [
        loop({
          kind: "store",
          access: { buffer: 1, index: [{ ...along("i0"), lengths: [{ axis: "n", scale: 1 }] }] },
          value: half,
        }),
      ],
    },
  ],
  ["there is no buffer 7", { ...good, body: [loop(store(half, 7))] }],
  ["with 0 subscripts", { ...good, body: [loop({ kind: "store", access: { buffer: 1, index: [] }, value: half })] }],
  [
    "float32 is stored to out0, which is float64",
    { ...good, body: [loop(store({ kind: "const", value: 0, dtype: "float32" }))] },
  ],
  [
    "in0 is float64, but is read as int8",
    { ...good, body: [loop({ kind: "let", name: "x", value: { ...element, dtype: "int8" } })] },
  ],
  ["there is no local x", { ...good, body: [loop(store({ kind: "local", name: "x", dtype: "float64" }))] }],
  [
    "the local x is declared twice",
    { ...good, body: [loop({ kind: "let", name: "x", value: half }, { kind: "let", name: "x", value: half })] },
  ],
  [
    "exp has 2 arguments",
    { ...good, body: [loop(store({ kind: "apply", op: "exp", args: [half, half], dtype: "float64" }))] },
  ],
  [
    "exp computes on (float32), but is given (int8)",
    {
      ...good,
      body: [
        loop(store({ kind: "apply", op: "exp", args: [{ kind: "const", value: 1, dtype: "int8" }], dtype: "float32" })),
      ],
    },
  ],
  [
    "lt(float64, float64) is bool, not float64",
    { ...good, body: [loop(store({ kind: "apply", op: "lt", args: [half, half], dtype: "float64" }))] },
  ],
  [
    "a store stands inside a reduction",
    { ...good, body: [{ kind: "reduce", axes: ["i0"], body: [store(half)], accumulators: [] }] },
  ],
  [
    "a loop stands inside a reduction",
    { ...good, body: [{ kind: "reduce", axes: [], body: [loop()], accumulators: [] }] },
  ],
  [
    "the accumulator a is int8, but add gives float64",
    {
      ...good,
      body: [
        {
          kind: "reduce",
          axes: ["i0"],
          body: [],
          accumulators: [{ name: "a", op: "add", dtype: "int8", value: element }],
        },
      ],
    },
  ],
  [
    "and_ does not compute on elements carried as float",
    {
      ...good,
      body: [
        {
          kind: "reduce",
          axes: ["i0"],
          body: [],
          accumulators: [{ name: "a", op: "and_", dtype: "float64", value: element }],
        },
      ],
    },
  ],
])("%s", (message, kernel) => {
  expect(() => checkKernel(kernel)).toThrow(message);
  expect(() => checkKernel(kernel)).toThrow(`kernel ${kernel.name}`);
});
