import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { compileFunction } from "../compile/function.ts";
import { changeFlags } from "../config/index.ts";
import { grad } from "../grad/gradient.ts";
import { ifelse } from "../ops/ifelse.ts";
import { OpFromGraph } from "../ops/opfromgraph.ts";
import { scan } from "../ops/scan/scan.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { shared } from "./shared.ts";
import { testValueOf } from "./testvalue.ts";
import type { TensorVariable } from "./variable.ts";

const raising = <R>(body: () => R): R => changeFlags({ compute_test_value: "raise" }, body);

/** A vector with a test value. */
function known(values: readonly number[], name = "x"): TensorVariable {
  const x = T.dvector(name);
  x.tag.testValue = values;
  return x;
}

describe("with the flag on", () => {
  test("every node is run on test values, constants and shared values", () => {
    const w = shared([10, 20], { name: "w", dtype: "float64" });
    const y = raising(() => T.sum(T.add(T.mul(known([1, 2]), w), 1)));
    expect(String(testValueOf(y))).toBe("52.0");
  });

  test("what does not fit together is told where it is written", () => {
    expect(() => raising(() => T.add(known([1, 2]), known([1, 2, 3], "y")))).toThrow(/mismatch|broadcast|shape/i);
  });

  test("choices, loops and graphs inside of ops, and their gradients", () => {
    const x = known([1, 2, 3]);
    raising(() => {
      const total = scan((v, sum) => T.add(sum, T.sqr(v)), {
        sequences: x,
        outputsInfo: T.constant(0, null, "float64"),
      })[0];
      expect(String(testValueOf(total))).toBe("[ 1.  5. 14.]");
      expect(String(testValueOf(grad(total.at(-1), x)))).toBe("[2. 4. 6.]");
      expect(String(testValueOf(ifelse(T.gt(T.sum(x), 0), x, T.neg(x))))).toBe("[1. 2. 3.]");
      const y = known([2, 2, 2], "y");
      const product = new OpFromGraph([x, y], [T.mul(x, y)]).call(y, T.exp(T.mul(x, 0)));
      expect(String(testValueOf(product))).toBe("[2. 2. 2.]");
      expect(String(testValueOf(grad(T.sum(product), y)))).toBe("[1. 1. 1.]");
    });
  });

  test("functions compile as ever", () => {
    const x = known([1, 2]);
    const f = raising(() => compileFunction([x], grad(T.sum(T.sqr(x)), x)));
    expect(String(f([3]))).toBe("[6.]");
  });

  test("a test value must fit its variable", () => {
    const x = known([1, 2]);
    x.tag.testValue = [[1]];
    expect(() => raising(() => T.exp(x))).toThrow(
      /^For compute_test_value, one input test value does not have the requested type[\s\S]*testvalue.test.ts[\s\S]*Wrong number of dimensions: expected 1, got 2/,
    );
  });
});

describe("a missing test value", () => {
  const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  afterEach(() => {
    warned.mockClear();
  });

  test.each([
    ["off", 0],
    ["ignore", 0],
    ["warn", 1],
  ] as const)("%s", (flag, warnings) => {
    const y = changeFlags({ compute_test_value: flag }, () => T.exp(T.dvector("x")));
    expect(testValueOf(y)).toBe(null);
    expect(warned).toHaveBeenCalledTimes(warnings);
  });

  test("raise names the input, the node and where the input was made", () => {
    expect(() => raising(() => T.exp(T.dvector("x")))).toThrow(
      /Cannot compute test value: input 0 \(x\) of Op Elemwise\{exp,no_inplace\}\(x\) missing default value[\s\S]*testvalue.test.ts/,
    );
  });
});

test("rewrites follow a flag of their own", () => {
  const x = T.dvector("x");
  const compile = () => compileFunction([x], T.log(T.add(1, x)));
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(() => changeFlags({ compute_test_value_opt: "raise", on_opt_error: "raise" }, compile)).toThrow(
    /Cannot compute test value/,
  );
  logged.mockRestore();
});

test("print_test_value shows the value beside the name", () => {
  const x = known([1, 2]);
  expect(inspect(x)).toBe("x");
  expect(changeFlags({ print_test_value: true }, () => inspect(x))).toBe("x\narray([1., 2.])");
});
