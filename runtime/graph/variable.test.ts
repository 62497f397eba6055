import { describe, expect, test } from "vitest";
import { TensorType } from "./type.ts";
import { TensorVariable } from "./variable.ts";

describe("JavaScript's operators on a variable", () => {
  const x = new TensorVariable(new TensorType("float64", [null]), "x");
  const unknown: unknown = x;

  test("take its text", () => {
    expect(`${x}`).toBe("x");
    expect(String(x)).toBe("x");
  });

  test("find no number", () => {
    expect(() => Number(unknown)).toThrow(/Variables do not support arithmetic or comparison.*: x\. Write methods/);
    expect(() => Math.max(Number(unknown), 1)).toThrow(TypeError);
  });
});
