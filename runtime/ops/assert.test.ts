import { expect, test } from "vitest";
import { AssertionError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { Mode } from "../compile/mode.ts";
import { grad } from "../grad/gradient.ts";
import { Assert } from "./assert.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dvector("x");
const positive = new Assert("x must be positive");
const has = (f: ReturnType<typeof compileFunction>): boolean =>
  f.fgraph.toposort().some((node) => node.op instanceof Assert);

test("hands the value through, or fails with the message and the user's node", () => {
  const f = compileFunction([x], T.mul(positive.call(x, T.all(T.gt(x, 0)), T.lt(T.sum(x), 10)), 2));
  expect(String(f([1, 2]))).toBe("[2. 4.]");
  expect(() => f([1, -2])).toThrow(AssertionError);
  expect(() => f([1, 20])).toThrow(
    /^x must be positive\nApply node that caused the error: Assert\{msg='x must be positive'\}\(x, /,
  );
});

test("gradients and shapes pass through", () => {
  const checked = positive.call(T.sqr(x), T.gt(T.sum(x), 0));
  const f = compileFunction([x], [grad(T.sum(checked), x), T.shape(checked)]);
  expect(f([1, 2]).map(String)).toEqual(["[2. 4.]", "[2]"]);
});

test("conditions known to be true are not looked at, and none at all under the tag unsafe", () => {
  expect(has(compileFunction([x], positive.call(x, 1, 2)))).toBe(false);
  const one = compileFunction([x], positive.call(x, 1, T.gt(T.sum(x), 0)));
  expect(one.fgraph.toposort().find(({ op }) => op instanceof Assert)?.inputs.length).toBe(2);
  expect(() => one([-1])).toThrow(/x must be positive/);
  const never = compileFunction([x], positive.call(x, 0));
  expect(() => never([1])).toThrow(/x must be positive/);
  const open = positive.call(x, T.gt(T.sum(x), 0));
  expect(has(compileFunction([x], open, { mode: "FAST_RUN" }))).toBe(true);
  const trusting = compileFunction([x], open, { mode: new Mode({ optimizer: "fast_run" }).including("unsafe") });
  expect(has(trusting)).toBe(false);
});

test("a condition is a scalar", () => {
  expect(() => positive.call(x, T.gt(x, 0))).toThrow(/a condition must be a scalar, got .*vector\); use T.all/);
});
