import { expect, test } from "vitest";
import { jsBackend } from "../backend/js/index.ts";
import type { Variable } from "../graph/variable.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { KernelCache } from "./kernels.ts";

const [x, y] = [T.dvector("x"), T.dvector("y")];

test.each([
  ["the same op on other variables", T.add(x, y), T.add(y, x), true],
  ["another op", T.add(x, y), T.sub(x, y), false],
  ["another dtype", T.exp(x), T.exp(T.fvector("x")), false],
  ["another number of dimensions", T.exp(x), T.exp(T.dmatrix("x")), false],
  ["a dimension that repeats", T.add(x, y), T.add(x, [1]), false],
  // The kernels are the same, although the nodes are not.
  ["one variable twice", T.add(x, y), T.add(x, x), true],
  ["another constant", T.add(x, [1, 2]), T.add(x, [3, 4]), true],
  ["known lengths", T.add(x, y), T.add(x, [3, 4]), true],
])("kernels are compiled once: %s", (_, first, second, isShared) => {
  const kernels = new KernelCache();
  const compile = ({ owner: node }: Variable): unknown => {
    const lowered = node?.op.lower?.(node);
    return node && lowered ? kernels.compile(node, lowered.kernel, jsBackend) : null;
  };
  expect(compile(first)).toBeTypeOf("function");
  expect(compile(second) === compile(first)).toBe(isShared);
});
