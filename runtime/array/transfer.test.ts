import fc from "fast-check";
import { expect, test } from "vitest";
import { assign } from "./assign.ts";
import type { DType } from "./dtype.ts";
import { gather, nonzeroIndices, scatter } from "./gather.ts";
import { NDArray } from "./ndarray.ts";

/** Views of every kind: transposed, with steps, backwards, stretched. */
const viewOf = fc
  .record({
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    seed: fc.integer({ min: 0, max: 9 }),
    dtype: fc.constantFrom<DType>("int8", "float64", "int64", "uint16", "complex64"),
  })
  .map(({ shape, seed, dtype }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return NDArray.from(
      Array.from({ length: size }, (_, i) => (i * 7 + seed) % 11),
      dtype,
    ).reshape(shape);
  })
  .chain((dense) =>
    fc.constantFrom(
      dense,
      dense.transpose(),
      dense.slice(...dense.shape.map(() => ({ step: -1 }))),
      dense.slice(...dense.shape.map(() => ({ start: 1, step: 2 }))),
      dense.broadcastTo([2, ...dense.shape]),
    ),
  );

/** Every element by its index: slow, and plainly right. */
function elementsOf(x: NDArray): string[] {
  return [...allIndices(x.shape)].map((index) => String(x.get(...index)));
}

function* allIndices([length, ...rest]: readonly number[]): Generator<number[]> {
  if (length === undefined) yield [];
  for (let i = 0; i < (length ?? 0); i++) for (const inner of allIndices(rest)) yield [i, ...inner];
}

test("a copy has the elements of its view", () => {
  fc.assert(
    fc.property(viewOf, (view) => {
      const target = NDArray.zeros(view.shape, view.dtype);
      assign(target, view);
      expect(elementsOf(target)).toEqual(elementsOf(view));
      expect(elementsOf(view.copy())).toEqual(elementsOf(view));
    }),
  );
});

test("a conversion that storage makes is the one of every element", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.double(), fc.integer()), { maxLength: 20 }),
      fc.constantFrom<DType>("int8", "uint8", "int32", "uint32", "float32", "bool", "int64"),
      (numbers, dtype) => {
        const whole = NDArray.from(numbers, "float64").astype(dtype);
        const single = numbers.map((number) => NDArray.scalar(number, dtype).item());
        expect([...whole.elements()]).toEqual(single);
      },
    ),
  );
});

test("elements are added where they belong, repeatedly where places meet", () => {
  const x = NDArray.zeros([3, 2], "int64");
  const row = { shape: [2], strides: [1] };
  scatter(
    x,
    { ...row, offsets: [4, 0, 4] },
    NDArray.from(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      "int64",
    ),
    "add",
  );
  expect(x.toNested()).toEqual([
    [3n, 4n],
    [0n, 0n],
    [6n, 8n],
  ]);
  expect(gather(x, { ...row, offsets: [4] }).toNested()).toEqual([[6n, 8n]]);
});

test("booleans are added as truth values", () => {
  const x = NDArray.from([true, false, false]);
  assign(x, NDArray.from([true, true, false]), "add");
  expect(x.toNested()).toEqual([true, true, false]);
});

test("NaN and parts of complex numbers are not zero", () => {
  expect(nonzeroIndices(NDArray.from([0, Number.NaN, -0])).map((list) => [...list])).toEqual([[1]]);
  const z = NDArray.zeros([2, 2], "complex128");
  z.data[7] = 1;
  expect(nonzeroIndices(z).map((list) => [...list])).toEqual([[1], [1]]);
});
