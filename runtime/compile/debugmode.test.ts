import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { changeFlags } from "../config/index.ts";
import { Apply } from "../graph/apply.ts";
import { Op } from "../graph/op.ts";
import type { Variable } from "../graph/variable.ts";
import { elemwise } from "../ops/elemwise.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { optimizerNamed } from "../rewrite/db.ts";
import { type NodeRewrite, nodeRewrite } from "../rewrite/rewrite.ts";
import { DebugModeError } from "./debugerrors.ts";
import { compileFunction } from "./function.ts";
import { DebugMode } from "./mode.ts";

const x = T.dvector("x");

function reportOf(run: () => unknown): DebugModeError {
  try {
    run();
  } catch (error) {
    if (error instanceof DebugModeError) return error;
    throw error;
  }
  throw new Error("nothing was reported");
}

describe("the tutorial's division", () => {
  const f = compileFunction([x], T.trueDiv(10, x), { mode: "DebugMode" });

  test("goes through for 5", () => expect(String(f([5]))).toBe("[2.]"));

  test("is reported for 0, in Theano's layout", () => {
    const error = reportOf(() => f([0]));
    expect(error.message).toBe(`InvalidValueError
        type(variable) = TensorType(float64, vector)
        variable       = Elemwise{true_div,no_inplace}.0
        type(value)    = NDArray
        dtype(value)   = float64
        shape(value)   = (1,)
        value          = [inf]
        min(value)     = inf
        max(value)     = inf
        isfinite       = False
        client_node    = None
        hint           = perform output
        specific_hint  = non-finite elements not allowed
        context        = ...
  Elemwise{true_div,no_inplace} [id A] ''   
   |TensorConstant{(1,) of 10.0} [id B]
   |x [id C]

        `);
    expect(error.name).toBe("InvalidValueError");
    expect(error.report.title).toBe(
      "The value of the result of Elemwise{true_div,no_inplace} is not finite: 1 infinite of 1 element.",
    );
    expect(error.report.location?.file).toMatch(/debugmode\.test\.ts$/);
  });

  test("extremes are NumPy's: NaN where there is one", () => {
    expect(reportOf(() => f([1, Number.NaN])).message).toMatch(/min\(value\) {5}= nan\n {8}max\(value\) {5}= nan\n/);
  });

  test("a NaN input is reported before anything runs", () => {
    const error = reportOf(() => f([Number.NaN]));
    expect(error.message).toContain("hint           = Graph Input 'x' has invalid value [nan]");
  });
});

test("flags are read when a function is compiled, not when the library is loaded", () => {
  const f = changeFlags({ DebugMode: { check_finite: false } }, () =>
    compileFunction([x], T.trueDiv(10, x), { mode: "DebugMode" }),
  );
  expect(String(f([0]))).toBe("[inf]");
});

test("checking neither implementation makes no sense", () => {
  expect(() => DebugMode({ checkC: false, checkPy: false })).toThrow(
    "DebugMode has to check at least one of c and py code",
  );
});

/** Computes exp by its loop IR, and something else by itself. */
class TwoFaced extends Op {
  readonly key = "TwoFaced";
  readonly family = "TwoFaced";
  toString(): string {
    return "TwoFaced";
  }
  apply(input: Variable): Apply {
    return new Apply(this, [input], [input.type]);
  }
  override lower(node: Apply) {
    return elemwise("exp").lower(node);
  }
  override perform(_node: Apply, [input]: readonly NDArray[]): readonly NDArray[] {
    return [NDArray.full(input.shape, 1.5, input.dtype)];
  }
}

test("implementations that disagree are reported with both values", () => {
  const f = compileFunction([x], new TwoFaced().apply(x).out, { mode: "DebugMode" });
  const error = reportOf(() => f([0]));
  expect(error.name).toBe("BadThunkOutput");
  expect(error.message).toMatch(
    /Apply {3}: TwoFaced\(x\)[\s\S]*thunk1 {2}: perform[\s\S]*thunk2 {2}: c_code[\s\S]*expected {4}: \[1\.5\]\n {2}value {4}: \[1\.\][\s\S]*Max Abs Diff: {2}0\.5/,
  );
});

/** Adds one to its argument in place, and does not say so. */
class Vandal extends Op {
  readonly key = "Vandal";
  readonly family = "Vandal";
  toString(): string {
    return "Vandal";
  }
  apply(input: Variable): Apply {
    return new Apply(this, [input], [input.type]);
  }
  override perform(_node: Apply, [input]: readonly NDArray[]): readonly NDArray[] {
    const result = input.copy();
    input.data[0] = 99;
    return [result];
  }
}

test("an op that changes its input without saying so is reported, and the argument survives", () => {
  const f = compileFunction([x], new Vandal().apply(x).out, { mode: "DebugMode" });
  const argument = NDArray.from([1, 2], "float64");
  const error = reportOf(() => f(argument));
  expect(error.name).toBe("BadDestroyMap");
  expect(error.message).toMatch(/changed input idx: 0[\s\S]*array\(\[1\., 2\.\]\)[\s\S]*array\(\[99\., {2}2\.\]\)/);
  expect(String(argument)).toBe("[1. 2.]");
});

test("a shape error in DebugMode names the node like any other", () => {
  const y = T.dvector("y");
  const f = compileFunction([x, y], T.add(x, y), { mode: "DebugMode" });
  expect(() => f([1, 2], [1, 2, 3])).toThrow(/Apply node that caused the error: Elemwise\{add,no_inplace\}\(x, y\)/);
});

describe("planted rewrites", () => {
  /** A function that DebugMode compiles with `rewrite` among the others. */
  const compileWith = (rewrite: NodeRewrite) => {
    const optimizer = optimizerNamed("fast_run").register({ rewrite, position: 1.1 });
    return compileFunction([x], T.exp(x), { mode: DebugMode({ optimizer }) });
  };

  test("one that changes a value is reported by name, with both graphs", () => {
    const f = compileWith(nodeRewrite("exp_to_expm1", [elemwise("exp").key], (node) => T.expm1(node.inputs[0])));
    const error = reportOf(() => f([0]));
    expect(error.name).toBe("BadOptimization");
    expect(error.message).toMatch(
      /Old Value: \[1\.\]\n[\s\S]*New Value: \[0\.\]\n {2}Reason: exp_to_expm1\n[\s\S]*Old Graph:\n {2}Elemwise\{exp,no_inplace\}[\s\S]*New Graph:\n {2}Elemwise\{expm1,no_inplace\}/,
    );
  });

  test("one that is right goes through", () => {
    const f = compileWith(nodeRewrite("exp_as_pow", [elemwise("exp").key], (node) => T.pow(Math.E, node.inputs[0])));
    expect(f([1]).toNested()).toEqual([expect.closeTo(Math.E)]);
  });

  test("one that does not always do the same is found while compiling", () => {
    let runs = 0;
    const moody = nodeRewrite("moody", [elemwise("exp").key], (node) =>
      runs++ % 2 === 0 ? T.pow(Math.E, node.inputs[0]) : null,
    );
    const error = reportOf(() => compileWith(moody));
    expect(error.name).toBe("StochasticOrder");
    expect(error.report.fields.map(({ value }) => value).join()).toContain("moody");
  });
});
