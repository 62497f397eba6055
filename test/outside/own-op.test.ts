/** Ops that a user declares with nothing but the package: by loops, by JavaScript, by a function, by a graph. */
import {
  Apply,
  asOp,
  DISCONNECTED,
  type Lowered,
  loops,
  NDArray,
  Op,
  OpFromGraph,
  T,
  theano,
  type Variable,
} from "@theanotes/runtime";
import { describe, expect, test } from "vitest";

/** `x · |x|`, whose derivative is `2|x|`, as loops: every backend runs it. */
class SignedSquare extends Op {
  readonly family = "SignedSquare";
  readonly key = "SignedSquare";

  toString(): string {
    return "SignedSquare";
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [x.type]);
  }

  override lower({ inputs: [x] }: Apply): Lowered {
    const kernel = new loops.KernelBuilder("signed_square");
    const axes = x.type.shape.map((_, axis) => `i${axis}`);
    const element = kernel.input(x.dtype, axes);
    const store = kernel.output(x.dtype, axes);
    const body = store(loops.on("mul", element, loops.on("abs_", element)));
    return { kernel: kernel.build(...loops.loop(axes, body)), shapes: ([shape]) => [shape] };
  }

  override gradient({ inputs: [x] }: Apply, [g]: readonly (Variable | null)[]) {
    return [g === null ? DISCONNECTED : T.mul(g, T.mul(T.abs(x), 2))];
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]) {
    return [lengths];
  }
}

/** The running maximum, in JavaScript; only its own first element and every new record get gradients. */
class RunningMaximum extends Op {
  readonly family = "RunningMaximum";
  readonly key = "RunningMaximum";

  toString(): string {
    return "RunningMaximum";
  }

  apply(x: Variable): Apply {
    if (x.ndim !== 1) throw new TypeError(`RunningMaximum takes a vector, got ${x} of type ${x.type}.`);
    return new Apply(this, [x], [x.type]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    let largest = Number.NEGATIVE_INFINITY;
    const running = Float64Array.from([...x.elements()].map(Number), (value) => {
      largest = Math.max(largest, value);
      return largest;
    });
    return [NDArray.from(running, x.dtype)];
  }

  override gradient({ inputs: [x], out }: Apply, [g]: readonly (Variable | null)[]) {
    const place = T.eq(T.shapePadright(out), x);
    return [g === null ? DISCONNECTED : T.dot(g, T.cast(place, x.dtype))];
  }
}

const clipped = asOp(
  {
    itypes: [T.dvector],
    otypes: [T.dvector],
    inferShape: (_node, [lengths]) => [lengths],
    gradient: ([x], [g]) => [T.mul(g, T.lt(T.abs(x), 1))],
    name: "clipped",
  },
  (x) => [...x.elements()].map((value) => Math.min(1, Math.max(-1, Number(value)))),
);

const v = T.dvector("v");
const cubed = new OpFromGraph([v], [T.mul(v, T.sqr(v))]);

const OPS: readonly (readonly [string, (x: Variable) => Variable, (x: readonly number[]) => readonly number[]])[] = [
  ["loops", (x) => new SignedSquare().apply(x).out, (x) => x.map((e) => e * Math.abs(e))],
  ["JavaScript", (x) => new RunningMaximum().apply(x).out, (x) => x.map((_, i) => Math.max(...x.slice(0, i + 1)))],
  ["a function", (x) => clipped(x), (x) => x.map((e) => Math.min(1, Math.max(-1, e)))],
  ["a graph", (x) => cubed.call(x), (x) => x.map((e) => e ** 3)],
];

describe.each(OPS)("an op of %s", (_, apply, expected) => {
  const x = T.dvector("x");
  const point = [0.4, -0.7, 1.9, -2.2];

  test.each(["FAST_RUN", "FAST_COMPILE", "DebugMode"])("computes values, shapes and gradients in mode %s", (mode) => {
    const y = apply(x);
    const f = theano.function([x], [T.mul(y, 2), T.shape(y), T.grad(T.sum(T.sqr(y)), x)], { mode });
    const [twice, shape, gradient] = f(point);
    const values = expected(point);
    expect([...twice.elements()]).toEqual(values.map((value) => 2 * value));
    expect(String(shape)).toBe("[4]");
    const step = 1e-6;
    point.forEach((_e, i) => {
      const cost = (by: number): number =>
        expected(point.map((e, k) => (k === i ? e + by : e))).reduce((sum, e) => sum + e * e, 0);
      expect(Number(gradient.get(i))).toBeCloseTo((cost(step) - cost(-step)) / (2 * step), 4);
    });
  });

  test("is differentiated forwards too", () => {
    const direction = T.dvector("d");
    const y = apply(x);
    const both = theano.function(
      [x, direction],
      [T.sum(T.Rop(y, x, direction)), T.sum(T.mul(T.grad(T.sum(y), x), direction))],
    );
    const [forward, backward] = both(point, [1, 2, 3, 4]);
    expect(Number(forward.item())).toBeCloseTo(Number(backward.item()), 10);
  });

  test("runs in a scan and as a branch of ifelse", () => {
    const rows = T.dmatrix("rows");
    const c = T.bscalar("c");
    const [steps] = theano.scan((row) => theano.ifelse(c, apply(row), row), { sequences: rows, nonSequences: [] });
    const f = theano.function([rows, c], steps);
    expect([...f([point], 1).elements()]).toEqual(expected(point));
    expect([...f([point], 0).elements()]).toEqual(point);
  });
});

test("an error names the op and the line of the user's call", () => {
  const failing = asOp({ itypes: T.dvector, otypes: T.dvector, name: "failing" }, () => {
    throw new RangeError("my message");
  });
  const x = T.dvector("x");
  const f = theano.function([x], failing(x));
  expect(() => f([1])).toThrow(RangeError);
  expect(() => f([1])).toThrow(/^my message\nApply node that caused the error: FromFunctionOp\{failing\}\(x\)/);
  expect(() => f([1])).toThrow(/own-op\.test\.ts/);
});
