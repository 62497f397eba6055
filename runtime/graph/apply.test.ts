import { expect, test } from "vitest";
import { tensorFunctions as T } from "../ops/tensor.ts";

test("in JSON, as test runners write errors, a node is its text and not the graph around it", () => {
  const x = T.dvector("x");
  expect(JSON.stringify({ node: T.add(x, T.exp(x)).owner })).toBe(
    '{"node":"Elemwise{add,no_inplace}(x, Elemwise{exp,no_inplace}.0)"}',
  );
});
