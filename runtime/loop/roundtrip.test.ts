/** The text of loop IR, read back, is the same loop IR: for every scalar op, and for the kernels of real functions. */
import { describe, expect, test } from "vitest";
import { DTYPES, type DType } from "../array/dtype.ts";
import { compileFunction } from "../compile/function.ts";
import { grad } from "../grad/gradient.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { isImplemented } from "../scalar/evaluate.ts";
import { applyToInputs } from "../scalar/expr.ts";
import { isScalarOp, SCALAR_OPS } from "../scalar/table.ts";
import { elementwiseKernel } from "./build.ts";
import type { Kernel } from "./ir.ts";
import { parseKernel } from "./parse.ts";
import { kernelText } from "./text.ts";

function expectRoundTrip(kernel: Kernel): void {
  const text = kernelText(kernel);
  const again = parseKernel(text);
  expect(kernelText(again)).toBe(text);
  expect(again).toEqual(kernel);
}

test.each(SCALAR_OPS.map((op) => [op.name, op] as const))("%s, of every dtype", (name, op) => {
  const arity = op.arity === "variadic" ? 3 : op.arity;
  for (const { name: dtype } of DTYPES) {
    const dtypes = Array<DType>(arity).fill(dtype);
    const signature = op.types(dtypes, "float32");
    if (!isScalarOp(name) || typeof signature === "string" || !isImplemented(op, signature)) continue;
    const exprs = [applyToInputs(name, dtypes, "float32")];
    expectRoundTrip(
      elementwiseKernel({ exprs, inputs: dtypes.map((d) => ({ dtype: d, broadcastable: [false] })), ndim: 1 }),
    );
  }
});

describe("kernels of compiled functions", () => {
  const x = T.dmatrix("x");
  const [row, z] = [T.drow("row"), T.zvector("z")];
  const labels = T.lvector("labels");
  const cost = T.mean(T.nnet.categoricalCrossentropy(T.nnet.softmax(T.add(T.tanh(x), row)), labels));
  test.each<[string, Variable[], Variable[]]>([
    ["softmax, cross entropy and their gradients", [x, row, labels], [cost, grad(cost, x)]],
    [
      "reductions",
      [x],
      [T.sum(x, { axis: 0 }), T.argmax(x, { axis: 1 }), T.logsumexp(x), T.prod(x), T.any(T.gt(x, 0))],
    ],
    ["products", [x], [T.dot(x, x), T.batchedDot(T.stack([x, x]), T.stack([x, x]))]],
    ["complex numbers", [z], [T.sum(T.mul(z, T.exp(z)))]],
    ["odd constants", [x], [T.mul(x, -0), T.add(x, Number.POSITIVE_INFINITY), T.switch(T.isnan(x), Number.NaN, x)]],
  ])("%s", (_, inputs, outputs) => {
    const { fgraph } = compileFunction(inputs, outputs);
    const kernels = fgraph.toposort().flatMap((node) => node.op.lower?.(node)?.kernel ?? []);
    expect(kernels.length).toBeGreaterThan(0);
    for (const kernel of kernels) expectRoundTrip(kernel);
  });
});
