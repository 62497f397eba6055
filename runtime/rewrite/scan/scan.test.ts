import { describe, expect, test } from "vitest";
import type { Apply } from "../../graph/apply.ts";
import { debugprint, T, type TensorVariable, theano } from "../../index.ts";
import { Scan } from "../../ops/scan/op.ts";

const zero = T.constant(0, null, "float64");
const x = T.dvector("x");
const y = T.dvector("y");
const A = T.dmatrix("A");
const X = T.dmatrix("X");

const VALUES = new Map<TensorVariable, number[] | number[][]>([
  [x, [0.3, -0.5, 0.7, 0.2]],
  [y, [0.1, 0.9, -0.4, 0.6]],
  [
    A,
    [
      [0.2, -0.3],
      [0.5, 0.4],
    ],
  ],
  [
    X,
    [
      [0.1, 0.2],
      [-0.3, 0.5],
      [0.7, -0.2],
    ],
  ],
]);

/** The outputs after FAST_RUN; checked to have the values that no rewrite gives. */
function compiled(...outputs: readonly TensorVariable[]) {
  const inputs = [x, y, A, X];
  const values = inputs.map((input) => VALUES.get(input) ?? []);
  const options = { onUnusedInput: "ignore" } as const;
  const plain = theano.function(inputs, outputs, { ...options, mode: new theano.Mode({ optimizer: "None" }) });
  const fast = theano.function(inputs, outputs, { ...options, mode: "FAST_RUN" });
  const expected = plain(...values);
  fast(...values).forEach((value, i) => {
    expect(value.shape).toEqual(expected[i]?.shape);
    const reference = [...(expected[i]?.elements() ?? [])].map(Number);
    [...value.elements()].forEach((element, k) => {
      expect(element).toBeCloseTo(reference[k] ?? Number.NaN, 12);
    });
  });
  return fast.fgraph;
}

function scansOf({ nodes }: { readonly nodes: ReadonlySet<Apply> }): { node: Apply; op: Scan }[] {
  return [...nodes].flatMap((node) => (node.op instanceof Scan ? [{ node, op: node.op }] : []));
}

function only(scans: { node: Apply; op: Scan }[]): { node: Apply; op: Scan; inner: string } {
  const [scan, ...more] = scans;
  if (scan === undefined || more.length > 0) throw new Error(`${scans.length} scans`);
  return { ...scan, inner: debugprint(scan.op.inner.outputs) };
}

describe("remove_constants_and_unused_inputs_scan", () => {
  test("what no step reads is not handed in", () => {
    const [used] = theano.scan((v, _, h) => T.tanh(v.add(h)), { sequences: [x, y], outputsInfo: zero });
    const { op } = only(scansOf(compiled(used)));
    expect(op.info.sequences).toBe(1);
  });

  test("what is handed in twice is handed in once, constants not at all", () => {
    const [rows] = theano.scan((v, w, h, a, b, c) => T.tanh(T.dot(a, T.dot(b, h)).mul(v).add(w.mul(c))), {
      sequences: [x, x],
      outputsInfo: T.zeros([2]),
      nonSequences: [A, A, T.constant(0.5, null, "float64")],
    });
    const { op } = only(scansOf(compiled(rows)));
    expect(op.inner.inputs).toHaveLength(3);
  });
});

describe("push-outs", () => {
  test("scanOp_pushout_nonseqs_ops: what is the same in every step is computed once", () => {
    const [rows] = theano.scan((v, h, a) => T.tanh(T.dot(v, a).add(T.dot(h, T.exp(a)))), {
      sequences: X,
      outputsInfo: T.zeros([2]),
      nonSequences: A,
    });
    expect(only(scansOf(compiled(rows))).inner).not.toContain("exp");
  });

  test("scanOp_pushout_seqs_ops: what depends on the rows of sequences only is computed for all rows", () => {
    const [rows] = theano.scan((v, h, a) => T.tanh(h.add(T.exp(v).mul(a.at(0)))), {
      sequences: X,
      outputsInfo: T.zeros([2]),
      nonSequences: A,
    });
    const { inner } = only(scansOf(compiled(rows)));
    expect(inner).not.toContain("exp");
    expect(inner).toContain("tanh");
  });

  test("a map of elementwise functions is no loop", () => {
    const [rows] = theano.scan((v, w) => T.exp(v).mul(w), { sequences: [X, x] });
    expect(scansOf(compiled(rows))).toHaveLength(0);
  });

  test("… and yet says when there are fewer rows than steps", () => {
    const [rows] = theano.scan((v) => T.exp(v), { sequences: x, nSteps: 3 });
    const f = theano.function([x], rows, { mode: "FAST_RUN" });
    expect(scansOf(f.fgraph)).toHaveLength(0);
    expect(f([1, 2, 3, 4]).shape).toEqual([3]);
    expect(() => f([1, 2])).toThrow("Sequence is shorter than the required number of steps");
  });

  test("a loop that a condition ends keeps its work: the steps that it never takes might fail", () => {
    const [rows] = theano.scan((v) => [T.exp(v), theano.until(v.lt(0))], { sequences: x });
    expect(only(scansOf(compiled(rows))).inner).toContain("exp");
  });
});

describe("scan_pushout_dot1 and scanOp_pushout_output", () => {
  const gradient = (rows: TensorVariable) => {
    const cost = theano
      .scan((v, h, w) => T.tanh(T.dot(h, w).add(v)), {
        sequences: rows,
        outputsInfo: T.zerosLike(rows.at(0)),
        nonSequences: A,
      })[0]
      .sum();
    return T.grad(cost, A);
  };

  test.each([
    ["vectors", X],
    ["matrices", T.stack([X, X.mul(2)], { axis: 1 })],
  ])("the gradient of weights is one product after the loop, for rows that are %s", (_, rows) => {
    const scans = scansOf(compiled(gradient(rows)));
    expect(scans.flatMap(({ op }) => op.info.states).some(({ kind }) => kind === "mitMot")).toBe(true);
    for (const { op } of scans) expect(op.info.states).toHaveLength(1);
  });
});

test("a sum of products of rows needs no loop", () => {
  const [products] = theano.scan((v, a) => T.dot(v, a), { sequences: X, nonSequences: A });
  expect(scansOf(compiled(T.grad(products.pow(2).sum(), A)))).toHaveLength(1);
  expect(scansOf(compiled(T.grad(products.sum(), A)))).toHaveLength(0);
});

describe("scanOp_save_mem", () => {
  const step = (v: TensorVariable, h: TensorVariable) => T.tanh(h.mul(0.5).add(v));
  const [rows] = theano.scan(step, { sequences: x, outputsInfo: zero, name: "forward" });

  /** How many rows the memory of the forward loop's state has. */
  const rowsKept = (output: TensorVariable): number => {
    const fgraph = compiled(output);
    const forward = scansOf(fgraph).find(({ op }) => op.info.name === "forward");
    const buffer = forward?.node.inputs[1 + forward.op.info.sequences];
    if (buffer === undefined) throw new Error("the loop is gone");
    const length = theano.function(fgraph.inputs, buffer.shape.at(0), { onUnusedInput: "ignore", acceptInplace: true });
    return Number(length(...VALUES.values()).item());
  };

  test.each([
    ["the last row", rows.at(-1), 2],
    ["the last two", rows.at(-2), 3],
    ["the end", rows.at(T.slice(-3)), 4],
    ["more than there is", rows.at(T.slice(-7)), 5],
    ["the first", rows.at(0), 5],
    ["all", rows.sum(), 5],
    ["what gradients need", T.grad(rows.at(-1), x), 5],
  ])("keeps for %s what is needed", (_, output, expected) => {
    expect(rowsKept(output)).toBe(expected);
  });

  test("a collected output keeps its last rows", () => {
    const [[states, squares]] = theano.scan((v, h) => [step(v, h), h.mul(h).add(v)], {
      sequences: x,
      outputsInfo: [zero, null],
    });
    const { op } = only(scansOf(compiled(states.at(-1), squares.at(T.slice(-3)))));
    expect(op.info.collected).toBe(1);
  });

  test("DebugMode finds equal what is read", () => {
    const [powers] = theano.scan((h) => h.mul(0.5), { outputsInfo: x, nSteps: 3 });
    const f = theano.function([x], [powers.at(-1), powers.at(T.slice(-2))], { mode: "DebugMode" });
    expect(f([8, 16]).map(String)).toEqual(["[1. 2.]", "[[2. 4.]\n [1. 2.]]"]);
  });

  test("outputs that nobody reads are not computed", () => {
    const [[states]] = theano.scan((v, h, g) => [step(v, h), g.mul(h), h.mul(h)], {
      sequences: x,
      outputsInfo: [zero, zero, null],
    });
    const { op } = only(scansOf(compiled(states.at(-1))));
    expect([op.info.states.length, op.info.collected]).toEqual([1, 0]);
  });

  test("too few steps stay an error", () => {
    const n = T.iscalar("n");
    const [powers] = theano.scan((h) => h.mul(2), { outputsInfo: T.constant(1, null, "float64"), nSteps: n });
    const f = theano.function([n], powers.at(-3));
    expect(f(5).item()).toBe(8);
    expect(f(3).item()).toBe(2);
    expect(() => f(2)).toThrow(/out of bounds/);
  });
});

describe("scanOp_merge and scanOp_merge_inouts", () => {
  const loop = (factor: number) => theano.scan((v, h) => h.mul(factor).add(v), { sequences: x, outputsInfo: zero })[0];

  test("loops over the same steps become one, equal states too", () => {
    const { op } = only(scansOf(compiled(loop(2), loop(2).sum(), loop(3), loop(3))));
    expect(op.info.states).toHaveLength(2);
    expect(String(op)).toContain("scan_fn&scan_fn");
  });

  test("a loop that reads another's results stays apart", () => {
    const first = loop(2);
    const [second] = theano.scan((v, h) => h.mul(0.1).add(v), { sequences: first, outputsInfo: zero });
    expect(scansOf(compiled(second))).toHaveLength(2);
  });

  test("a loop and its gradient are over the same inner variables, but not over the same rows", () => {
    const [rows] = theano.scan((i, v) => T.sqr(v.at(i)), { sequences: T.arange(4), nonSequences: x });
    const values = theano.function([x], [rows, T.grad(rows.sum(), x)])([1, 2, 3, 4]);
    expect(values.map(String)).toEqual(["[ 1.  4.  9. 16.]", "[2. 4. 6. 8.]"]);
  });

  test("two pairs of which each could be merged, but not both", () => {
    const after = (rows: TensorVariable, factor: number) =>
      theano.scan((v, h) => T.sin(h.mul(factor).add(v)), { sequences: rows, outputsInfo: zero, nSteps: 4 })[0];
    const [a, b] = [after(x, 2), after(y, 3)];
    const scans = scansOf(compiled(after(a, 4).sum(), after(b, 5).sum()));
    expect(scans).toHaveLength(2);
  });
});

describe("scanOp_make_inplace", () => {
  test("memory that nobody else reads is worked in", () => {
    const [rows] = theano.scan((v, h) => h.mul(v), { sequences: x, outputsInfo: T.constant(1, null, "float64") });
    expect(String(only(scansOf(compiled(rows))).op)).toBe("forall_inplace,cpu,scan_fn}");
  });

  test("in DebugMode", () => {
    const [rows] = theano.scan((v, h) => T.tanh(h.mul(v).add(v)), { sequences: x, outputsInfo: zero });
    const f = theano.function([x], [rows.at(-1), T.grad(rows.sum(), x)], { mode: "DebugMode" });
    expect(f(VALUES.get(x) ?? [])).toHaveLength(2);
  });
});

test.each([
  ["FAST_RUN", "Composite"],
  ["FAST_COMPILE", "tanh"],
  [new theano.Mode({ optimizer: "None" }), "tanh"],
])("the mode of a scan says how its steps are rewritten", (mode, expected) => {
  const [rows] = theano.scan((v, h) => T.tanh(h.mul(v).add(v)), { sequences: x, outputsInfo: zero, mode });
  const { inner } = only(scansOf(compiled(rows)));
  expect(inner).toContain(expected);
  expect(inner.includes("Composite")).toBe(expected === "Composite");
});
