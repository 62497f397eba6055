/** Random loops have the same values with and without rewrites. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type NDArray, T, type TensorVariable, theano } from "../../index.ts";

/** An expression over what a step is handed: a row, the states before, a non-sequence. */
type Expression = (leaves: readonly TensorVariable[]) => TensorVariable;

const LEAVES = 4;

const expression: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.nat(LEAVES - 1).map(
      (i): Expression =>
        (leaves) =>
          leaves[i] ?? T.constant(1),
    ),
    fc.constantFrom(0.5, -1, 2).map(
      (value): Expression =>
        () =>
          T.constant(value, null, "float64"),
    ),
    fc.tuple(fc.constantFrom(T.tanh, T.sin), tie("tree")).map(
      ([f, a]): Expression =>
        (leaves) =>
          f(a(leaves)),
    ),
    fc.tuple(fc.constantFrom(T.add, T.sub, T.mul), tie("tree"), tie("tree")).map(
      ([f, a, b]): Expression =>
        (leaves) =>
          f(a(leaves), b(leaves)),
    ),
  ),
})).tree;

type Reader = (rows: TensorVariable) => TensorVariable;

/** What may be read of an output: all of it, its last rows, its first one, what becomes of all. */
const reader = fc.constantFrom<Reader[]>(
  (rows) => rows,
  (rows) => rows.at(-1),
  (rows) => rows.at(-2),
  (rows) => rows.at(T.slice(-2)),
  (rows) => rows.at(T.slice(0, 1)),
  (rows) => rows.sum(),
);

interface Loop {
  /** The next values of two states, and an output that no step reads. */
  readonly next: readonly [Expression, Expression];
  readonly collected: Expression;
  readonly reads: readonly (readonly [output: number, reader: Reader])[];
  readonly lag: number;
  readonly isDifferentiated: boolean;
}

const loop: fc.Arbitrary<Loop> = fc.record({
  next: fc.tuple(expression, expression),
  collected: expression,
  reads: fc.array(fc.tuple(fc.nat(2), reader), { minLength: 1, maxLength: 3 }),
  lag: fc.integer({ min: 1, max: 2 }),
  isDifferentiated: fc.boolean(),
});

const x = T.dvector("x");
const w = T.dscalar("w");

function outputsOf({ next, collected, reads, lag, isDifferentiated }: Loop): TensorVariable[] {
  const zero = T.constant(0.25, null, "float64");
  const start = T.constant([0.5, -0.5], null, "float64").at(T.slice(0, lag));
  const asFloat = (value: TensorVariable): TensorVariable => T.cast(value, "float64");
  const [rows] = theano.scan(
    (v, h, g, c) => {
      const leaves = [v, h, g, c];
      return [asFloat(next[0](leaves)), asFloat(next[1](leaves)), asFloat(collected(leaves))];
    },
    {
      sequences: x,
      outputsInfo: [zero, lag === 1 ? zero : { initial: start, taps: [-lag] }, null],
      nonSequences: w,
    },
  );
  const values = reads.map(([output, read]) => read(rows[output] ?? rows[0]));
  if (!isDifferentiated) return values;
  const cost = values.map((value) => T.sum(value)).reduce((a, b) => a.add(b));
  return [...values, ...T.grad(cost, [x, w], { disconnectedInputs: "ignore" })];
}

/** The values, or the name of the error: too few steps for what is read. */
function outcome(
  outputs: readonly TensorVariable[],
  mode: Parameters<typeof theano.getMode>[0],
  values: number[],
): NDArray[] | string {
  const f = theano.function([x, w], outputs, { mode: theano.getMode(mode), onUnusedInput: "ignore" });
  try {
    return f(values, 0.75);
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

test("with and without rewrites", () => {
  const steps = fc.array(fc.constantFrom(0.3, -0.7, 1.1, 0), { maxLength: 4 });
  fc.assert(
    fc.property(loop, steps, (description, values) => {
      const outputs = outputsOf(description);
      const plain = outcome(outputs, new theano.Mode({ optimizer: "None" }), values);
      const fast = outcome(outputs, "FAST_RUN", values);
      if (typeof plain === "string" || typeof fast === "string") {
        expect(fast).toBe(plain);
        return;
      }
      fast.forEach((array, i) => {
        expect(array.shape).toEqual(plain[i]?.shape);
        const expected = [...(plain[i]?.elements() ?? [])].map(Number);
        [...array.elements()].forEach((element, k) => {
          const reference = expected[k] ?? Number.NaN;
          expect(Math.abs(Number(element) - reference)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(reference)));
        });
      });
    }),
    { numRuns: 60, seed: 20161123 },
  );
});
