import { describe, expect, test } from "vitest";
import { compileFunction } from "../compile/function.ts";
import { DisconnectedInputError } from "../grad/errors.ts";
import { grad } from "../grad/gradient.ts";
import { Rop } from "../grad/products.ts";
import { MissingInputError } from "../graph/errors.ts";
import { DISCONNECTED } from "../graph/op.ts";
import { shared } from "../graph/shared.ts";
import type { Variable } from "../graph/variable.ts";
import { clone } from "./clone.ts";
import { OpFromGraph } from "./opfromgraph.ts";
import { tensorFunctions as T } from "./tensor.ts";

const x = T.dvector("x");
const y = T.dvector("y");
const product = T.mul(T.sqr(x), y);

describe.each([false, true])("inline: %s", (inline) => {
  const op = new OpFromGraph([x, y], [product], { inline });
  const a = T.dvector("a");
  const b = T.dvector("b");

  test("computes its graph on other variables", () => {
    const f = compileFunction([a, b], T.sub(op.call(a, b), op.call(b, T.mul(a, 2))));
    expect(String(f([1, 2], [3, 4]))).toBe("[-15. -48.]");
    const kinds = f.fgraph.toposort().filter((node) => node.op instanceof OpFromGraph);
    expect(kinds.length).toBe(inline ? 0 : 2);
  });

  test("first, second and forward derivatives are those of the graph", () => {
    const derivatives = (z: Variable, p: Variable, q: Variable): Variable[] => {
      const [gp, gq] = grad(T.sum(z), [p, q]);
      return [gp, gq, grad(T.sum(T.mul(gp, q)), p), Rop(z, [p, q], [q, p])];
    };
    const f = compileFunction([a, b], derivatives(op.call(a, b), a, b));
    const g = compileFunction([x, y], derivatives(product, x, y));
    expect(f([1, 2], [3, 4]).map(String)).toEqual(g([1, 2], [3, 4]).map(String));
  });

  test("shared variables are captured, and differentiated", () => {
    const s = shared([1, 10], { name: "s", dtype: "float64" });
    const scaled = new OpFromGraph([x], [T.mul(x, s)], { inline });
    const z = scaled.call(a);
    const f = compileFunction([a], [z, grad(T.sum(z), s)]);
    expect(f([2, 3]).map(String)).toEqual(["[ 2. 30.]", "[2. 3.]"]);
    s.setValue([0, 1]);
    expect(String(f([2, 3])[0])).toBe("[0. 3.]");
  });

  test("several outputs, of which a gradient uses one", () => {
    const both = new OpFromGraph([x, y], [T.add(x, y), T.sum(T.mul(x, 3))], { inline });
    const [sum, total] = both.call(a, b);
    const f = compileFunction([a, b], [sum, total, grad(total, a), T.shape(sum)]);
    expect(f([1, 2], [5, 6]).map(String)).toEqual(["[6. 8.]", "9.0", "[3. 3.]", "[2]"]);
    expect(() => grad(total, b)).toThrow(DisconnectedInputError);
  });

  test("gradients can be overridden", () => {
    const fixed = new OpFromGraph([x, y], [product], {
      inline,
      gradOverrides: ["default", (_inputs, [g]) => T.mul(g, 7)],
    });
    const f = compileFunction([a, b], grad(T.sum(fixed.call(a, b)), [a, b]));
    expect(f([1, 2], [3, 4]).map(String)).toEqual(["[ 6. 16.]", "[7. 7.]"]);

    const together = new OpFromGraph([x, y], [product], {
      inline,
      lopOverrides: ([p], [z], [g]) => [T.mul(T.add(z, p), g), DISCONNECTED],
    });
    const z = T.sum(together.call(a, b));
    expect(String(compileFunction([a, b], grad(z, a))([1, 2], [3, 4]))).toBe("[ 4. 18.]");
    expect(() => grad(z, b)).toThrow(DisconnectedInputError);

    const [p, g] = [T.dvector("p"), T.dvector("g")];
    const byOp = new OpFromGraph([x], [T.exp(x)], {
      inline,
      gradOverrides: new OpFromGraph([p, g], [T.mul(p, g)], { inline }),
    });
    expect(String(compileFunction([a], grad(T.sum(byOp.call(a)), a))([2, 5]))).toBe("[2. 5.]");

    const forward = new OpFromGraph([x, y], [product], {
      inline,
      ropOverrides: [([p], [dp, dq]) => T.add(T.mul(p, 100), T.add(dp, dq))],
    });
    expect(String(compileFunction([a, b], Rop(forward.call(a, b), [a, b], [a, b]))([1, 2], [3, 4]))).toBe(
      "[104. 206.]",
    );
  });
});

test("results share no memory with arguments or with one another", () => {
  const op = new OpFromGraph([x], [x, T.dimshuffle(x, ["x", 0]), T.constant([1.5, 2])]);
  const v = T.dvector("v");
  const outputs = compileFunction(
    [v],
    op.call(T.exp(v)).map((z) => T.add(z, 0)),
  )([0, 1]);
  expect(outputs.map((z) => z.get(...z.shape.map(() => 0)))).toEqual([1, 1, 1.5]);
});

test("works in DebugMode", () => {
  const op = new OpFromGraph([x, y], [product]);
  const f = compileFunction([x, y], grad(T.sum(op.call(x, y)), x), { mode: "DebugMode" });
  expect(String(f([1, 2], [3, 4]))).toBe("[ 6. 16.]");
});

test("shown as Theano shows it", () => {
  expect(String(new OpFromGraph([x, y], [product]))).toBe("OpFromGraph{inline=False}");
  expect(String(new OpFromGraph([x, y], [product], { inline: true, name: "square" }))).toBe("square{inline=True}");
});

test("equal graphs make equal ops, rules for gradients aside", () => {
  const make = () => new OpFromGraph([x, y], [T.mul(T.sqr(x), y)]);
  expect(make().equals(make())).toBe(true);
  expect(make().equals(new OpFromGraph([y, x], [product]))).toBe(false);
  const overridden = () => new OpFromGraph([x], [T.exp(x)], { gradOverrides: [(_, [g]) => g] });
  expect(overridden().equals(overridden())).toBe(false);
});

test("what does not fit is refused", () => {
  const op = new OpFromGraph([x, y], [product]);
  expect(() => op.call(x)).toThrow(/OpFromGraph\{inline=False\}: Expected 2 inputs, got 1/);
  expect(() => op.call(x, T.dmatrix("m"))).toThrow(
    /Cannot convert Type TensorType\(float64, matrix\) \(of Variable m\) into Type TensorType\(float64, vector\)/,
  );
  expect(() => new OpFromGraph([x], [product])).toThrow(MissingInputError);
  expect(() => new OpFromGraph([x], [T.exp(x)], { gradOverrides: [], lopOverrides: [] })).toThrow(/mutually exclusive/);
  const bad = new OpFromGraph([x], [T.exp(x)], { gradOverrides: ["default", "default"] });
  expect(() => grad(T.sum(bad.call(x)), x)).toThrow(/Need to override 1 gradients, got 2/);
});

describe("clone", () => {
  test("replaces all at once, and keeps the original", () => {
    const z = T.add(T.sqr(x), y);
    const swapped = clone(z, {
      replace: [
        [x, y],
        [y, T.mul(x, 2)],
      ],
    });
    const f = compileFunction([x, y], [z, swapped]);
    expect(f([1, 2], [3, 4]).map(String)).toEqual(["[4. 8.]", "[11. 20.]"]);
    expect(clone([z, x])[1]).toBe(x);
  });

  test("without strict the types follow", () => {
    const single = T.fvector("f");
    const z = T.exp(x);
    expect(clone(z, { replace: new Map([[x, single]]), strict: false }).dtype).toBe("float32");
    expect(() => clone(z, { replace: [[x, single]] })).toThrow(/Cannot convert Type TensorType\(float32, vector\)/);
  });

  test("leaves are shared, or copied", () => {
    const z = clone(T.exp(x), { shareInputs: false });
    expect(z.owner?.inputs[0]).not.toBe(x);
    expect(clone(T.exp(x)).owner?.inputs[0]).toBe(x);
  });
});
