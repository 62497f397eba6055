import { expect, test } from "vitest";
import { apply, constant, type Input, input } from "../scalar/expr.ts";
import { dotKernel, elementwiseKernel } from "./build.ts";
import { parseKernel } from "./parse.ts";
import { kernelText } from "./text.ts";

test("a product", () => {
  expect(kernelText(dotKernel({ dtype: "float64", ndims: [2, 1] }))).toBe(
    [
      "kernel dot(in in0: float64[2], in in1: float64[1], out out0: float64[1])",
      "  axes i = in0.0 = out0.0, k = in0.1 = in1.0",
      "  loop i",
      "    reduce k",
      "      acc: float64 = add of mul(in0[i, k], in1[k])",
      "    out0[i] = acc",
    ].join("\n"),
  );
});

test("an elementwise computation with a repeated dimension", () => {
  const kernel = elementwiseKernel({
    name: "half",
    exprs: [apply<Input>("mul", [input(0, "float32"), constant(0.5, "float32")], "float64")],
    inputs: [{ dtype: "float32", broadcastable: [true, false] }],
    ndim: 2,
  });
  expect(kernelText(kernel)).toBe(
    [
      "kernel half(in in0: float32[2], out out0: float32[2])",
      "  axes i0 = out0.0, i1 = in0.1 = out0.1",
      "  loop i0",
      "    loop i1",
      "      out0[i0, i1] = mul(in0[0, i1], 0.5:float32)",
    ].join("\n"),
  );
});

test("what cannot be read is told with its line", () => {
  const text = kernelText(dotKernel({ dtype: "float64", ndims: [2, 1] }));
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ["in1[k]", "in2[k]", /line 5.*there is no buffer in2/],
    ["mul(", "mull(", /line 5.*there is no scalar op mull/],
    ["    out0[i] = acc", "    out0[i] = sum", /line 6.*there is no local or axis sum/],
    ["  loop i", "   loop i", /line 3.*indented/],
    ["kernel dot", "kernal dot", /line 1.*kernel NAME/],
  ];
  for (const [before, after, message] of broken)
    expect(() => parseKernel(text.replace(before, after))).toThrow(message);
});
