import { expect, test } from "vitest";
import { captureStack, describeFrame, userFrames } from "./stack.ts";

test("the caller's own line comes first", () => {
  const [frame] = userFrames(captureStack(1).stack ?? "", 1);
  expect(frame?.file).toMatch(/stack\.test\.ts$/);
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
