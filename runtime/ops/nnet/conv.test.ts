import { describe, expect, test } from "vitest";
import { expectGradients, scattered, variablesFor } from "../../../test/support/derivatives.ts";
import { grad, NDArray, Rop, T, theano, type Variable } from "../../index.ts";
import { inferLengths } from "../infershape.ts";
import type { BorderMode, ConvOptions } from "./convsettings.ts";

const { nnet } = T;
const { abstractConv } = nnet;

/** All positions in an array of that shape, in row-major order. */
function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, length) => found.flatMap((place) => Array.from({ length }, (_, i) => [...place, i])),
    [[]],
  );
}

/** Zeros before and behind each dimension, in the words of the documentation. */
function zerosAround(border: BorderMode, reach: readonly number[]): (readonly [number, number])[] {
  if (border === "valid") return reach.map(() => [0, 0]);
  if (border === "half") return reach.map((r) => [Math.floor(r / 2), Math.floor(r / 2)]);
  if (border === "full") return reach.map((r) => [r - 1, r - 1]);
  return reach.map((_, axis) => {
    const zeros = typeof border === "number" ? border : border[axis];
    return typeof zeros === "number" ? [zeros, zeros] : zeros;
  });
}

/** The convolution by its definition, one sum for each element of the output. */
function byDefinition(image: NDArray, filters: NDArray, options: ConvOptions): { shape: number[]; values: number[] } {
  const { borderMode = "valid", filterFlip = true, numGroups = 1, unshared = false } = options;
  const [batch, , ...lengths] = image.shape;
  const rank = lengths.length;
  const kernel = filters.shape.slice(-rank);
  const { subsample = kernel.map(() => 1), filterDilation = kernel.map(() => 1) } = options;
  const channels = filters.shape[filters.ndim - rank - 1];
  const perGroup = filters.shape[0] / numGroups;
  const reach = kernel.map((taps, axis) => (taps - 1) * filterDilation[axis] + 1);
  const pads = zerosAround(borderMode, reach);
  const spatial = lengths.map(
    (length, axis) => Math.floor((length + pads[axis][0] + pads[axis][1] - reach[axis]) / subsample[axis]) + 1,
  );
  const shape = [batch, filters.shape[0], ...spatial];
  const values = positions(shape).map(([n, f, ...place]) => {
    const group = Math.floor(f / perGroup);
    const own = unshared ? place : [];
    let sum = 0;
    for (const [c, ...tap] of positions([channels, ...kernel])) {
      const met = tap.map((k, axis) => (filterFlip ? kernel[axis] - 1 - k : k) * filterDilation[axis]);
      const at = place.map((p, axis) => p * subsample[axis] - pads[axis][0] + met[axis]);
      if (at.every((i, axis) => i >= 0 && i < lengths[axis]))
        sum += Number(image.get(n, group * channels + c, ...at)) * Number(filters.get(f, ...own, c, ...tap));
    }
    return sum;
  });
  return { shape, values };
}

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

function expectClose(found: NDArray, shape: readonly number[], values: readonly number[], digits = 12): void {
  expect(found.shape).toEqual(shape);
  numbers(found).forEach((value, i) => {
    expect(value, `element ${i}`).toBeCloseTo(values[i], digits);
  });
}

function expectDefinition(image: NDArray, filters: NDArray, options: ConvOptions): void {
  const [x, w] = variablesFor([image, filters]);
  const convolution = image.ndim === 5 ? nnet.conv3d : nnet.conv2d;
  const found = theano.function([x, w], convolution(x, w, options))(image, filters);
  const { shape, values } = byDefinition(image, filters, options);
  expectClose(found, shape, values);
}

const BORDERS: readonly BorderMode[] = ["valid", "full", "half", 1, [1, 2], [[1, 0], 2]];

describe.each(BORDERS.map((borderMode) => ({ borderMode })))("conv2d with border $borderMode", ({ borderMode }) => {
  const table = [false, true].flatMap((filterFlip) =>
    [
      { subsample: [1, 1], filterDilation: [1, 1], numGroups: 1 },
      { subsample: [2, 1], filterDilation: [1, 1], numGroups: 2 },
      { subsample: [2, 3], filterDilation: [1, 2], numGroups: 1 },
      { subsample: [1, 2], filterDilation: [2, 3], numGroups: 2 },
    ].map((options) => ({ ...options, filterFlip, borderMode })),
  );

  test.each(table)("is the sum of its definition: %o", (options) => {
    expectDefinition(scattered([2, 4, 7, 8]), scattered([6, 4 / options.numGroups, 3, 2], 2), options);
  });

  test.each(table.slice(4))("its gradients, and theirs, are those of finite differences: %o", (options) => {
    const filters = scattered([2, 2 / options.numGroups, 2, 2], 2);
    expectGradients((x, w) => nnet.conv2d(x, w, options), [scattered([1, 2, 4, 5]), filters], { twice: true });
  });
});

describe("further convolutions", () => {
  test("images larger than what is multiplied at a time", () => {
    expectDefinition(scattered([1, 9, 41, 43]), scattered([5, 9, 5, 5], 2), { borderMode: "half" });
  });

  test.each([
    { borderMode: "full", subsample: [1, 2, 1] },
    { borderMode: [1, 0, 1], filterDilation: [1, 2, 1], filterFlip: false },
    { borderMode: "half", numGroups: 2 },
  ] as const)("volumes: %o", (options) => {
    const filters = scattered([2, options.numGroups === 2 ? 1 : 2, 2, 2, 3], 2);
    expectDefinition(scattered([2, 2, 3, 4, 5]), filters, options);
    expectGradients((x, w) => nnet.conv3d(x, w, options), [scattered([1, 2, 3, 3, 3]), filters], { twice: true });
  });

  test.each([
    { borderMode: "valid", filterFlip: true },
    { borderMode: 1, subsample: [2, 1], filterFlip: false },
    { borderMode: "half", numGroups: 2 },
  ] as const)("filters for each place: %o", (options) => {
    const unshared = { ...options, unshared: true };
    const channels = options.numGroups === 2 ? 1 : 2;
    const [, , rows, columns] = byDefinition(scattered([1, 2, 3, 4]), scattered([2, channels, 2, 2]), options).shape;
    const filters = scattered([2, rows, columns, channels, 2, 2], 2);
    expectDefinition(scattered([3, 2, 3, 4]), filters, unshared);
    expectGradients((x, w) => nnet.conv2d(x, w, unshared), [scattered([2, 2, 3, 4]), filters], { twice: true });
  });

  test("the result has the dtype of the images; integers beside floats are floats", () => {
    const [x, w, i] = [T.ftensor4("x"), T.dtensor4("w"), T.tensor("int8", [false, false, false, false], "i")];
    expect(nnet.conv2d(x, w).dtype).toBe("float32");
    expect(nnet.conv2d(i, w).dtype).toBe("float64");
    expect(nnet.conv2d(i, i).dtype).toBe("int8");
  });

  test("a gradient needs images and filters of one dtype, as in Theano", () => {
    const [x, w] = [T.ftensor4("x"), T.dtensor4("w")];
    expect(() => grad(T.sum(nnet.conv2d(x, w)), w)).toThrow(/Cannot convert Type TensorType\(float64, 4D\).*cast one/);
  });

  test("a batch without images gives none", () => {
    const x = T.dtensor4("x");
    const f = theano.function([x], nnet.conv2d(x, scattered([2, 1, 2, 2])));
    expect(f(NDArray.zeros([0, 1, 4, 4], "float64")).shape).toEqual([0, 2, 3, 3]);
  });
});

describe("gradients as functions", () => {
  const options = { borderMode: "half", subsample: [2, 1], filterFlip: false } as const;
  const [image, filters, top] = [scattered([2, 3, 5, 4]), scattered([4, 3, 3, 3], 2), scattered([2, 4, 3, 4], 3)];
  const [x, w, t] = variablesFor([image, filters, top]);
  const cost = T.sum(T.mul(nnet.conv2d(x, w, options), t));

  test.each([
    ["inputs", x, abstractConv.conv2dGradWrtInputs(t, w, [null, null, 5, 4], options)],
    ["inputs of unknown size", x, abstractConv.conv2dGradWrtInputs(t, w, [null, 3, T.shapeI(x, 2), 4], options)],
    ["weights", w, abstractConv.conv2dGradWrtWeights(x, t, [4, 3, 3, 3], options)],
    [
      "inputs, as a transposed convolution",
      x,
      nnet.conv2dTranspose(t, w, [2, 3, 5, 4], { borderMode: "half", inputDilation: [2, 1], filterFlip: false }),
    ],
  ] as const)("with respect to %s", (_, wrt, direct) => {
    const run = theano.function([x, w, t], [direct, grad(cost, wrt)], { onUnusedInput: "ignore" });
    const [found, wanted] = run(image, filters, top);
    expectClose(found, wanted.shape, numbers(wanted));
  });

  test("in three dimensions they are the two gradients of conv3d", () => {
    const points = [scattered([1, 2, 3, 3, 4]), scattered([2, 2, 2, 2, 2], 2), scattered([1, 2, 2, 2, 3], 3)];
    const [volume, kernel, slope] = variablesFor(points);
    const direct = [
      abstractConv.conv3dGradWrtInputs(slope, kernel, [1, 2, 3, 3, 4]),
      abstractConv.conv3dGradWrtWeights(volume, slope, [2, 2, 2, 2, 2]),
    ];
    const wanted = grad(T.sum(T.mul(nnet.conv3d(volume, kernel), slope)), [volume, kernel]);
    const found = theano.function([volume, kernel, slope], [...direct, ...wanted])(...points);
    [0, 1].forEach((i) => {
      expectClose(found[i], found[2 + i].shape, numbers(found[2 + i]));
    });
  });
});

describe("convolutions made of others", () => {
  test("a separable one convolves each channel, then the channels at each point", () => {
    const points = [scattered([2, 3, 5, 4]), scattered([6, 1, 2, 3], 2), scattered([4, 6, 1, 1], 3)];
    const [x, d, p] = variablesFor(points);
    const options = { borderMode: "full", subsample: [2, 1], filterFlip: false } as const;
    const found = theano.function([x, d, p], nnet.separableConv2d(x, d, p, 3, options))(...points);
    const depthwise = byDefinition(points[0], points[1], { ...options, numGroups: 3 });
    const between = NDArray.zeros(depthwise.shape, "float64");
    depthwise.values.forEach((value, i) => {
      between.data[i] = value;
    });
    const { shape, values } = byDefinition(between, points[2], {});
    expectClose(found, shape, values);
    const volumes = [scattered([1, 2, 3, 3, 2]), scattered([2, 1, 2, 1, 2], 2), scattered([3, 2, 1, 1, 1], 3)];
    expectGradients((a, b, c) => abstractConv.separableConv3d(a, b, c, 2), volumes);
  });

  test("a causal one depends on no later input", () => {
    const [signal, taps] = [scattered([2, 2, 7]), scattered([3, 2, 3], 2)];
    const [x, w] = variablesFor([signal, taps]);
    const output = abstractConv.causalConv1d(x, w, [3, 2, 3], { filterDilation: 2, filterFlip: false });
    const found = theano.function([x, w], output)(signal, taps);
    expect(found.shape).toEqual([2, 3, 7]);
    for (const [n, f, time] of positions(found.shape)) {
      let wanted = 0;
      for (const [c, k] of positions([2, 3])) {
        const then = time - 2 * (2 - k);
        if (then >= 0) wanted += Number(signal.get(n, c, then)) * Number(taps.get(f, c, k));
      }
      expect(Number(found.get(n, f, time))).toBeCloseTo(wanted, 12);
    }
  });

  test("a causal one may have filters of its own at each time", () => {
    const points = [scattered([1, 2, 4]), scattered([3, 4, 2, 2], 2)];
    const build = (x: Variable, w: Variable) => abstractConv.causalConv1d(x, w, [3, 4, 2, 2], { unshared: true });
    expectGradients(build, points);
    const [x, w] = variablesFor(points);
    const found = theano.function([x, w], build(x, w))(...points);
    for (const [f, time] of positions([3, 4])) {
      let wanted = 0;
      for (const [c, k] of positions([2, 2]))
        if (time >= k) wanted += Number(points[0].get(0, c, time - k)) * Number(points[1].get(f, time, c, k));
      expect(Number(found.get(0, f, time))).toBeCloseTo(wanted, 12);
    }
  });

  test("forward mode runs through convolutions and pooling", () => {
    const [image, filters, direction] = [
      scattered([2, 2, 5, 5]),
      scattered([3, 2, 2, 2], 2),
      scattered([2, 2, 5, 5], 3),
    ];
    const [x, w, v] = variablesFor([image, filters, direction]);
    const build = (y: Variable) => T.signal.pool.pool2d(nnet.conv2d(y, w), [2, 2], { ignoreBorder: true });
    const moved = (by: number) => build(T.add(x, T.mul(by, v)));
    const numeric = T.trueDiv(T.sub(moved(1e-6), moved(-1e-6)), 2e-6);
    const [found, wanted] = theano.function([x, w, v], [Rop(build(x), x, v), numeric])(image, filters, direction);
    expectClose(found, wanted.shape, numbers(wanted), 7);
  });

  test.each([
    [
      [4, 5],
      [2, 3],
      [3, 3],
    ],
    [
      [2, 4, 5],
      [2, 3],
      [2, 3, 3],
    ],
    [
      [4, 5],
      [3, 2, 3],
      [3, 3, 3],
    ],
    [
      [2, 4, 5],
      [3, 2, 3],
      [2, 3, 3, 3],
    ],
  ])("signal's conv2d of shapes %o and %o has shape %o", (shape, kernel, output) => {
    const points = [scattered(shape), scattered(kernel, 2)];
    const [x, w] = variablesFor(points);
    const found = theano.function([x, w], T.signal.conv.conv2d(x, w))(...points);
    const lifted = points.map((point) => {
      const [rows, columns] = point.shape.slice(-2);
      return new NDArray(point.data, "float64", [point.size / (rows * columns), 1, rows, columns]);
    });
    expectClose(found, output, byDefinition(lifted[0], lifted[1], {}).values);
  });
});

describe("shapes", () => {
  const [image, filters] = [scattered([2, 4, 6, 7]), scattered([6, 2, 3, 2], 2)];
  const options = { borderMode: [[1, 2], 1], subsample: [2, 1], filterDilation: [1, 3], numGroups: 2 } as const;
  const [x, w] = variablesFor([image, filters]);
  const output = nnet.conv2d(x, w, options);

  test("are inferred without computing", () => {
    const results: readonly Variable[] = [output, ...grad(T.sum(T.sqr(output)), [x, w])];
    const lengths = results.flatMap((result) => [...inferLengths(result)]);
    const f = theano.function([x, w], [...results, ...lengths], { mode: "FAST_COMPILE" });
    const found = f(image, filters);
    const inferred = found.slice(results.length).map((length) => Number(length.item()));
    expect(inferred).toEqual(found.slice(0, results.length).flatMap(({ shape }) => [...shape]));
  });

  test("are known in the type where those of the inputs are, or are promised", () => {
    const known = nnet.conv2d(x, w, { ...options, inputShape: [2, 4, 6, 7], filterShape: [6, 2, 3, 2] });
    expect(known.type.shapeText).toBe("(2, 6, 4, 6)");
    expect(nnet.conv2d(image, filters, options).type.shapeText).toBe("(2, 6, 4, 6)");
    expect(output.type.shapeText).toBe("(?, ?, ?, ?)");
  });

  test.each([
    [
      "channels",
      [2, 3, 6, 7],
      [6, 2, 3, 2],
      {},
      /has 3 channels, but the filters take 2.*\(2, 3, 6, 7\).*\(6, 2, 3, 2\)/,
    ],
    ["groups", [2, 4, 6, 7], [5, 2, 3, 2], { numGroups: 2 }, /5 filters make no 2 groups/],
    ["filters larger than images", [2, 2, 2, 7], [6, 2, 3, 2], {}, /impossible shape \(0, 6\)/],
    ["places of unshared filters", [1, 1, 3, 3], [1, 2, 3, 1, 2, 2], { unshared: true }, /filters for \(2, 3\) places/],
  ] as const)("that do not fit are refused while building and when running: %s", (_, shape, kernel, settings, text) => {
    const build = (a: NDArray | Variable, b: NDArray | Variable) => nnet.conv2d(a, b, settings);
    const points = [scattered(shape), scattered(kernel)];
    expect(() => build(points[0], points[1])).toThrow(text);
    const [a, b] = points.map(({ ndim }) => T.tensor("float64", Array<boolean>(ndim).fill(false)));
    expect(() => theano.function([a, b], build(a, b))(...points)).toThrow(text);
  });

  test("other lengths than promised are refused", () => {
    const f = theano.function([x, w], nnet.conv2d(x, w, { ...options, inputShape: [2, 4, 6, 9] }));
    expect(() => f(image, filters)).toThrow(/shape of image does not match given input_shape.*\(2, 4, 6, 7\)/);
  });

  test.each([
    [
      "a matrix",
      () => nnet.conv2d(T.dmatrix("m"), w),
      /img must be 4D tensor: .* m of type TensorType\(float64, matrix\)/,
    ],
    ["filters of rank 5", () => nnet.conv2d(x, T.dtensor5("k")), /kern must be 4D tensor/],
    ["a border of another name", () => nnet.conv2d(x, w, { borderMode: [-1, 0] }), /invalid border_mode \(-1, 0\)/],
    [
      "a stride of 0",
      () => nnet.conv2d(x, w, { subsample: [0, 1] }),
      /subsample must be 2 positive integers, got \(0, 1\)/,
    ],
    ["three strides", () => nnet.conv2d(x, w, { subsample: [1, 1, 1] }), /subsample must be 2 positive integers/],
    [
      "a gradient of another shape",
      () => abstractConv.conv2dGradWrtInputs(scattered([2, 6, 4, 5]), filters, [2, 4, 6, 7], options),
      /give an output of shape \(2, 6, 4, 6\).*output \(2, 6, 4, 5\)/,
    ],
  ])("refuses %s", (_, build, text) => {
    expect(build).toThrow(text);
  });
});

test("prints under Theano's name, with all settings", () => {
  const [x, w] = [T.dtensor4("x"), T.dtensor4("w")];
  const conv = nnet.conv2d(x, w, { borderMode: 1, filterShape: [null, 2, 3, 3], subsample: [2, 1] });
  expect(String(conv.owner?.op)).toBe(
    "AbstractConv2d{convdim=2, border_mode=(1, 1), subsample=(2, 1), filter_flip=True, imshp=(None, None, None, None), kshp=(None, 2, 3, 3), filter_dilation=(1, 1), num_groups=1, unshared=False}",
  );
  const names = grad(T.sum(conv), [x, w]).map((g) => String(g.owner?.op).replace(/\{.*/, ""));
  expect(names).toEqual(["AbstractConv2d_gradInputs", "AbstractConv2d_gradWeights"]);
});
