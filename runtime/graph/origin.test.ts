import { expect, test } from "vitest";
import { changeFlags } from "../config/index.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";

test("a node remembers the line on which the user wrote it", () => {
  const z = T.exp(T.dvector("x"));
  expect(z.owner?.origin.frame?.file).toMatch(/origin\.test\.ts$/);
});

test.each([
  [0, 0],
  [1, 1],
])("traceback.limit=%d keeps %d frames", (limit, kept) => {
  const frames = changeFlags({ traceback: { limit } }, () => T.dvector("x").origin.frames);
  expect(frames).toHaveLength(kept);
});
