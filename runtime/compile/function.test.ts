import { describe, expect, test, vi } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { KeyError } from "../base/errors.ts";
import { changeFlags, config } from "../config/index.ts";
import { grad } from "../grad/gradient.ts";
import { Apply } from "../graph/apply.ts";
import { MissingInputError } from "../graph/errors.ts";
import { Op } from "../graph/op.ts";
import { shared } from "../graph/shared.ts";
import { TensorType } from "../graph/type.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { compileFunction } from "./function.ts";
import { In, UnusedInputError } from "./io.ts";
import { Mode } from "./mode.ts";

const x = T.dvector("x");
const y = T.dvector("y");

describe("outputs come back in the form asked for", () => {
  test("one variable", () => expect(compileFunction([x], T.exp(x))([0]).toNested()).toEqual([1]));
  test("a list", () => expect(compileFunction([x], [x, T.neg(x)])([1]).map(String)).toEqual(["[1.]", "[-1.]"]));
  test("by name", () => expect(compileFunction([x], { twice: T.mul(x, 2) })([1]).twice.toNested()).toEqual([2]));
  test("nothing but updates", () => {
    const count = shared(0, "count");
    const bump = compileFunction([], null, { updates: [[count, T.cast(T.add(count, 1), count.dtype)]] });
    expect(bump()).toBe(null);
    expect(Number(count.getValue().item())).toBe(1);
  });
});

describe("arguments", () => {
  const f = compileFunction([x, y], T.sub(x, y), { name: "f" });

  test("by position, by name, and mixed", () => {
    expect(String(f([3], [1]))).toBe("[2.]");
    expect(String(f({ y: [1], x: [3] }))).toBe("[2.]");
    expect(String(f([3], { y: [1] }))).toBe("[2.]");
  });

  test("defaults", () => {
    const withDefault = compileFunction([x, new In(y, { value: [10] })], T.sub(x, y));
    expect(String(withDefault([3]))).toBe("[-7.]");
  });

  test.each([
    ["too many", () => f([1], [2], [3]), /Too many parameter passed to theano function: f takes 2, and 3 were given/],
    [
      "missing",
      () => f([1]),
      /Missing required input: y\. It is input 1 of f, of type TensorType\(float64, vector\)\./,
    ],
    ["twice", () => f([1], [2], { x: [1] }), /Too many parameter|Multiple values/],
    [
      "unknown name",
      () => f({ x: [1], zz: [2] }),
      /Unknown input or state: zz\. The function has 2 named inputs \(x, y\)/,
    ],
    [
      "wrong rank",
      () => f([[1]], [2]),
      /function with name "f" at index 0 \(0-based\)[\s\S]*expected 1, got 2 with shape \(1, 1\)[\s\S]*for x, of type TensorType\(float64, vector\)/,
    ],
    ["ragged", () => f([[1, 2], [3]], [2]), /at index 0/],
    ["symbolic", () => f([1], Object.assign(y)), /at index 1 [\s\S]*found a Variable: y of type TensorType/],
    ["null", () => f(JSON.parse("null"), [1]), /Missing required input: x, got null/],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  test("an error leaves the function usable", () => {
    expect(() => f([1], [1, 2])).toThrow();
    expect(String(f([1], [1]))).toBe("[0.]");
  });
});

describe("shared variables and updates", () => {
  test("every old value is read before any new one is stored", () => {
    const a = shared([1], { name: "a", dtype: "float64" });
    const b = shared([2], { name: "b", dtype: "float64" });
    compileFunction([], [], {
      updates: [
        [a, b],
        [b, a],
      ],
    })();
    expect([String(a.getValue()), String(b.getValue())]).toEqual(["[2.]", "[1.]"]);
  });

  test("an update may be a value", () => {
    const count = shared(7, "count");
    compileFunction([], [], { updates: [[count, 0]] })();
    expect(count.getValue().repr()).toBe("array(0.)");
  });

  test("a failed call changes no shared variable", () => {
    const a = shared([1, 2], { name: "a", dtype: "float64" });
    const f = compileFunction([x], T.add(a, x), { updates: [[a, T.mul(a, 2)]] });
    expect(() => f([1, 2, 3])).toThrow(/Input dimension mis-match/);
    expect(String(a.getValue())).toBe("[1. 2.]");
  });

  test("nor does one whose op gives something else than it promised", () => {
    class Promise0d extends Op {
      readonly key = "Promise0d";
      readonly family = "Promise0d";
      readonly #outputs: readonly NDArray[];
      constructor(...outputs: readonly NDArray[]) {
        super();
        this.#outputs = outputs;
      }
      toString(): string {
        return this.key;
      }
      apply(): Apply {
        return new Apply(this, [], [TensorType.ofRank("float64", 0)]);
      }
      override readonly foldable = false;
      override perform(): readonly NDArray[] {
        return this.#outputs;
      }
    }
    const [a, b] = [shared(1, "a"), shared(1, "b")];
    const after = (op: Promise0d) =>
      compileFunction([], [], {
        updates: [
          [a, T.add(a, 1)],
          [b, op.apply().out],
        ],
      });
    expect(after(new Promise0d(NDArray.zeros([2], "float64")))).toThrow(/expected 0, got 1 with shape \(2,\)/);
    expect(after(new Promise0d())).toThrow(/perform method of Promise0d gave 0 values.*1 outputs[\s\S]*Apply node/);
    expect(String(a.getValue())).toBe("1.0");
  });

  test("getValue gives a copy unless it may be borrowed", () => {
    const a = shared([1], { dtype: "float64" });
    a.getValue().data[0] = 9;
    expect(String(a.getValue())).toBe("[1.]");
    a.getValue({ borrow: true }).data[0] = 9;
    expect(String(a.getValue())).toBe("[9.]");
  });

  test("default updates apply unless they are switched off", () => {
    const a = shared(1, { name: "a", dtype: "float64" });
    a.defaultUpdate = T.mul(a, 2);
    const f = compileFunction([], a);
    f();
    expect(Number(a.getValue().item())).toBe(2);
    compileFunction([], a, { noDefaultUpdates: true })();
    expect(Number(a.getValue().item())).toBe(2);
  });

  test("results share no memory with arguments, shared variables, constants or each other", () => {
    const a = shared([1, 2], { dtype: "float64" });
    const given = NDArray.from([5, 6], "float64");
    const constant = T.constant(NDArray.from([7, 8], "int8"));
    const results = compileFunction([x], [x, a, constant, x, T.dimshuffle(x, ["x", 0])])(given);
    for (const r of results) r.data[0] = 0;
    expect(String(given)).toBe("[5. 6.]");
    expect(String(a.getValue())).toBe("[1. 2.]");
    expect(String(constant.value)).toBe("[7 8]");
  });
});

describe("givens", () => {
  test("put one expression in the place of another", () => {
    const f = compileFunction([y], T.exp(x), { givens: [[x, T.mul(y, 0)]] });
    expect(String(f([3]))).toBe("[1.]");
  });

  test("may be values, which take the variable's dtype", () => {
    expect(String(compileFunction([], T.mul(x, 2), { givens: [[x, [1, 2]]] })())).toBe("[2. 4.]");
  });

  test("are put in place at once", () => {
    const f = compileFunction([y], T.sub(x, T.mul(T.exp(x), 0)), { givens: new Map([[x, T.neg(y)]]) });
    expect(String(f([3]))).toBe("[-3.]");
    expect(() =>
      compileFunction([], x, {
        givens: [
          [x, [1]],
          [x, [2]],
        ],
      }),
    ).toThrow(/two things are to stand for x/);
  });

  test("keep a replaced shared variable's default update away", () => {
    const s = shared(1, { name: "s" });
    s.defaultUpdate = T.mul(s, 2);
    expect(String(compileFunction([], T.add(s, 1), { givens: [[s, 5]] })())).toBe("6.0");
    expect(String(s.getValue())).toBe("1.0");
  });
});

test("a computed variable may be an input; what it was computed from is not needed", () => {
  const middle = T.add(x, 1);
  expect(String(compileFunction([middle], T.mul(middle, 2))([3]))).toBe("[6.]");
  expect(String(compileFunction([x, middle], T.mul(middle, x))([3], [10]))).toBe("[30.]");
});

describe("mistakes in the definition", () => {
  const s = shared([1, 2], { name: "s", dtype: "float64" });
  test.each([
    ["an unused input", () => compileFunction([x, y], x), UnusedInputError, /input variable at index 1 .*: y/],
    [
      "the same input twice",
      () => compileFunction([x, x], x),
      UnusedInputError,
      /Variable x is used twice .* indices 0 and 1/,
    ],
    ["a missing input", () => compileFunction([x], T.add(x, y)), MissingInputError, /Input 1/],
    ["a shared variable as input", () => compileFunction([s], s), TypeError, /Cannot use a shared variable \(s\)/],
    [
      "a constant as input",
      () => compileFunction([new In(T.constant(1))], x),
      TypeError,
      /constant cannot be an input/,
    ],
    [
      "an output that is no variable",
      () => compileFunction([x], JSON.parse('["abc"]').concat(x)),
      TypeError,
      /Outputs must be theano Variable.* Received abc/,
    ],
    ["a given for an input", () => compileFunction([x], x, { givens: [[x, y]] }), Error, /replace variable 'x'/],
    [
      "an update of another type",
      () => compileFunction([], s, { updates: [[s, T.sum(s)]] }),
      TypeError,
      /shared_var=s.*TensorType\(float64, scalar\)/,
    ],
    [
      "two updates of one variable",
      () =>
        compileFunction([], s, {
          updates: [
            [s, s],
            [s, s],
          ],
        }),
      Error,
      /already has an update expression: s/,
    ],
    [
      "updates in an object, whose keys are texts",
      () => compileFunction([], s, JSON.parse('{"updates": {"s": 1}}')),
      TypeError,
      /updates must be a Map, or a list of pairs: .* Got \{ s: 1 \}/,
    ],
    [
      "updates that are no pairs",
      () => compileFunction([], s, Object.assign({}, { updates: JSON.parse("[3]") })),
      TypeError,
      /updates must be .* Number 0 is 3\./,
    ],
    [
      "a given for a name",
      () => compileFunction([x], x, { givens: JSON.parse('[["y", 3]]') }),
      TypeError,
      /givens keys must be Variable, got 'y'/,
    ],
    [
      "an unknown policy for unused inputs",
      () => compileFunction([x], x, JSON.parse('{"onUnusedInput": "rise"}')),
      Error,
      /Invalid value of parameter 'on_unused_input': 'rise'\. Valid values/,
    ],
    [
      "an unknown mode",
      () => compileFunction([x], x, { mode: "FAST" }),
      Error,
      /No predefined mode exist for string: FAST\. The modes are .*FAST_RUN/,
    ],
    [
      "a number as a mode",
      () => compileFunction([x], x, JSON.parse('{"mode": 3}')),
      Error,
      /No predefined mode exist for string: 3\./,
    ],
    ["a number as a linker", () => new Mode(JSON.parse('{"linker": 3}')), KeyError, /There is no linker "3"/],
    ["a name in the place of a variable", () => new In(JSON.parse('"x"')), TypeError, /In takes .* got 'x'/],
  ] as const)("%s", (_, define, errorClass, message) => {
    expect(define).toThrow(errorClass);
    expect(define).toThrow(message);
  });

  test("an unused input is a matter of onUnusedInput and its flag", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    compileFunction([x, y], x, { onUnusedInput: "warn" });
    expect(warn.mock.calls[0][0]).toMatch(/index 1/);
    warn.mockRestore();
    changeFlags({ on_unused_input: "ignore" }, () => compileFunction([x, y], x));
  });
});

describe("modes", () => {
  test.each(["Mode", "FAST_RUN", "FAST_COMPILE", "DebugMode", "NanGuardMode", "DEBUG_MODE"])(
    "%s computes the same",
    (mode) => {
      expect(compileFunction([x], T.trueDiv(10, x), { mode })([7]).toNested()).toEqual([10 / 7]);
    },
  );

  test("changing config.mode works at once, and again", () => {
    const kindNow = (): string => compileFunction([x], x).mode.behaviour.kind;
    const before = config.mode;
    try {
      config.mode = "DebugMode";
      expect(kindNow()).toBe("debug");
      config.mode = "FAST_RUN";
      expect(kindNow()).toBe("plain");
    } finally {
      config.mode = before;
    }
  });
});

test("a run-time error carries its node without showing the graph behind it to whoever prints the error", () => {
  const f = compileFunction([x, y], T.add(x, y));
  let caught: unknown;
  try {
    f([1, 2, 3], [1, 2]);
  } catch (error) {
    caught = error;
  }
  expect(caught).toHaveProperty("applyNode");
  expect(Object.keys(Object(caught))).not.toContain("applyNode");
});

test("a run-time error names the node, its inputs, and the line it was written on", () => {
  const f = compileFunction([x, y], T.add(x, y), { mode: "FAST_COMPILE" });
  expect(() => f([1, 2, 3], [1, 2])).toThrow(
    /mis-match\. \(input\[0\]\.shape\[0\] = 3, input\[1\]\.shape\[0\] = 2\)\nApply node that caused the error: Elemwise\{add,no_inplace\}\(x, y\)\nToposort index: 0\nInputs types: \[TensorType\(float64, vector\), TensorType\(float64, vector\)\]\nInputs shapes: \[\(3,\), \(2,\)\]\nInputs strides: \[\(8,\), \(8,\)\]\nInputs values: \[array\(\[1\., 2\., 3\.\]\), array\(\[1\., 2\.\]\)\]\nOutputs clients: \[\['output'\]\]\n[\s\S]*function\.test\.ts", line \d+/,
  );
});

describe("large graphs", { timeout: 60_000 }, () => {
  const s = T.dscalar("s");
  const chain = (length: number): typeof s => {
    let result = s;
    for (let i = 0; i < length; i++) result = T.sin(result);
    return result;
  };

  test.each([
    ["FAST_COMPILE", 20_000],
    ["FAST_RUN", 20_000],
    ["DebugMode", 1000],
  ])("%s: %i nodes in a row", (mode, length) => {
    const f = compileFunction([s], chain(length), { mode });
    expect(f(0).item()).toBe(0);
  });

  test("the gradient of 3,000 nodes in a row, whose factors become one product", () => {
    const f = compileFunction([s], grad(chain(3000), s), { mode: "FAST_RUN" });
    expect(f(0).item()).toBe(1);
  });

  test("a sum of 5,000 terms", () => {
    const [first, ...rest] = Array.from({ length: 5000 }, (_, i) => T.mul(s, i));
    expect(compileFunction([s], T.add(first, ...rest))(2).item()).toBe(2 * 12_497_500);
  });
});
