import { expect, test } from "vitest";
import { changeFlags } from "../config/index.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { describeFrame, userFrames } from "./origin.ts";

test("a node remembers the line on which the user wrote it", () => {
  const z = T.exp(T.dvector("x"));
  expect(z.owner?.origin.frame?.file).toMatch(/origin\.test\.ts$/);
});

test("in a notebook the frames outside the cell are cut, and the cell's number is known", () => {
  const stack = [
    "Error",
    "    at helper (cell-3.ts:2:10)",
    "    at cell-7.ts:4:9",
    "    at run (file:///somewhere/kernel/dist/engine/evaluator.js:10:3)",
    "    at node:internal/process/task_queues:103:5",
  ].join("\n");
  const frames = userFrames(stack, 8);
  expect(frames.map(describeFrame)).toEqual(["cell 3, line 2", "cell 7, line 4"]);
  expect(frames[0].functionName).toBe(null);
});

test.each([
  [0, 0],
  [1, 1],
])("traceback.limit=%d keeps %d frames", (limit, kept) => {
  const frames = changeFlags({ traceback: { limit } }, () => T.dvector("x").origin.frames);
  expect(frames).toHaveLength(kept);
});
