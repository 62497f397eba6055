import "./eval.ts";
import { expect, test, vi } from "vitest";
import { MissingInputError } from "../graph/errors.ts";
import { shared } from "../graph/shared.ts";
import { tensorFunctions as T } from "../ops/tensor.ts";
import { optimize } from "../rewrite/engine.ts";

vi.mock(import("../rewrite/engine.ts"), async (original) => {
  const engine = await original();
  return { ...engine, optimize: vi.fn(engine.optimize) };
});

const x = T.dscalar("x");
const y = T.dscalar("y");
const z = T.add(x, T.mul(y, 3));

test("the value for inputs by name or by variable; constants and shared values need none", () => {
  expect(String(z.eval({ x: 1, y: 2 }))).toBe("7.0");
  expect(
    String(
      z.eval(
        new Map([
          [y, 2],
          [x, 1],
        ]),
      ),
    ),
  ).toBe("7.0");
  expect(String(T.arange(3).eval())).toBe("[0 1 2]");
  expect(String(T.add(shared(2), 1).eval())).toBe("3.0");
});

test("only the first call compiles", () => {
  const w = T.exp(x);
  const before = vi.mocked(optimize).mock.calls.length;
  expect([w.eval({ x: 0 }), w.eval({ x: 0 })].map(String)).toEqual(["1.0", "1.0"]);
  expect(vi.mocked(optimize).mock.calls.length).toBe(before + 1);
});

test("what is missing, unknown or ambiguous is named", () => {
  expect(() => z.eval({ x: 1 })).toThrow(MissingInputError);
  expect(() => z.eval({ x: 1, w: 2 })).toThrow(/does not depend on an input with the name "w"; its inputs are x, y/);
  expect(() => T.add(x, T.dscalar("x")).eval({ x: 1 })).toThrow(/Ambiguous name: x/);
  expect(() => z.eval({ x: [1], y: 2 })).toThrow(/Wrong number of dimensions/);
});
