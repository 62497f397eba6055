/** Convolutions, poolings and their gradients as loops, in every backend, against what the ops do on arrays. */
import { describe, expect, test } from "vitest";
import { closeTo, finiteSize } from "../../test/support/agreement.ts";
import { scattered } from "../../test/support/derivatives.ts";
import type { DType } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { grad } from "../grad/gradient.ts";
import { evaluateNode } from "../graph/evaluate.ts";
import type { Lowered } from "../graph/op.ts";
import { TensorConstant, type Variable } from "../graph/variable.ts";
import { toposort } from "../graph/walk.ts";
import { T } from "../index.ts";
import { checkKernel } from "../loop/check.ts";
import { parseKernel } from "../loop/parse.ts";
import { kernelText } from "../loop/text.ts";
import type { ConvOptions } from "../ops/nnet/convsettings.ts";
import type { BackendName, CompiledKernel } from "./backend.ts";
import { findToolchain } from "./c/toolchain.ts";
import { backendByName } from "./registry.ts";

/** Compilers take their time. */
const PATIENCE = 120_000;
const BACKENDS: readonly BackendName[] = ["interp", "js", "wasm", ...(findToolchain() === null ? [] : ["c" as const])];

/** A node that is loops in native code, with the values that go in, and those that its JavaScript gives. */
interface Example {
  readonly lowered: Lowered;
  readonly inputs: readonly NDArray[];
  readonly output: NDArray;
}

/** The nodes of a graph that have loops beside JavaScript of their own. */
function examplesIn(outputs: readonly Variable[], given: ReadonlyMap<Variable, NDArray>): Example[] {
  const values = new Map(given);
  const read = (variable: Variable): NDArray => {
    const value = variable instanceof TensorConstant ? variable.value : values.get(variable);
    if (value === undefined) throw new Error(`${variable} has no value`);
    return value;
  };
  return toposort(outputs, new Set(given.keys())).flatMap((node) => {
    const inputs = node.inputs.map(read);
    const results = evaluateNode(node, inputs);
    node.outputs.forEach((output, i) => {
      values.set(output, results[i]);
    });
    const lowered = node.op.lower?.(node) ?? null;
    return lowered?.nativeOnly ? [{ lowered, inputs, output: results[0] }] : [];
  });
}

/** Compares every backend, which compiles all of the kernels together. */
function expectAgreement(examples: readonly Example[]): void {
  for (const { lowered } of examples) {
    checkKernel(lowered.kernel);
    expect(parseKernel(kernelText(lowered.kernel))).toEqual(lowered.kernel);
  }
  for (const name of BACKENDS) {
    const backend = backendByName(name);
    const taken = examples.filter(({ lowered }) => backend.supports(lowered.kernel) === true);
    const compiled = backend.compile(taken.map(({ lowered }) => lowered.kernel));
    taken.forEach((example, i) => {
      expectSame(name, compiled[i], example);
    });
  }
}

function expectSame(name: BackendName, compiled: CompiledKernel, { lowered, inputs, output }: Example): void {
  const [shape] = lowered.shapes(
    inputs.map((input) => input.shape),
    inputs,
  );
  expect(shape).toEqual(output.shape);
  const sizes = inputs.map((x) => [...x.elements()].reduce<number>((sum, element) => sum + finiteSize(element), 1));
  const scale = Math.max(...sizes) * (output.dtype === "float32" ? 2 ** -20 : 2 ** -46);
  const wanted = [...output.elements()];
  const found = NDArray.zeros(shape, output.dtype);
  compiled(inputs, [found]);
  const bad = [...found.elements()].findIndex((value, at) => !closeTo(scale)(value, wanted[at]));
  if (bad >= 0) expect(`${lowered.kernel.name} in ${name}: ${found}`).toBe(`${output} at ${bad}`);
}

/** A scalar that depends on every element of `x` in a way of its own, and its gradients. */
function weighed(x: Variable, wrt: readonly Variable[]): Variable[] {
  return wrt.map((one) => grad(T.sum(T.sqr(x)), one));
}

describe.each<DType>(["float64", "float32"])("convolutions of %s", (dtype) => {
  type Case = readonly [string, readonly number[], readonly number[], ConvOptions, number];
  test.each<Case>([
    ["as they come", [2, 3, 9, 11], [4, 3, 3, 2], {}, 3],
    ["not flipped", [2, 3, 9, 11], [4, 3, 3, 2], { filterFlip: false }, 3],
    ["in several panels", [2, 2, 19, 18], [13, 2, 5, 4], { filterFlip: false }, 3],
    ["of more products than are added at a time", [1, 20, 6, 6], [3, 20, 5, 5], {}, 3],
    ["full", [2, 2, 5, 4], [3, 2, 2, 3], { borderMode: "full" }, 3],
    ["half of known filters", [1, 2, 5, 6], [3, 2, 3, 4], { borderMode: "half", filterShape: [3, 2, 3, 4] }, 3],
    ["half of unknown ones", [1, 2, 5, 6], [3, 2, 3, 4], { borderMode: "half" }, 3],
    [
      "half of unknown dilated ones, which stay in JavaScript",
      [1, 2, 5, 6],
      [3, 2, 3, 3],
      { borderMode: "half", filterDilation: [2, 2] },
      0,
    ],
    [
      "with zeros on one side",
      [2, 1, 5, 4],
      [2, 1, 3, 2],
      {
        borderMode: [
          [2, 0],
          [0, 1],
        ],
        filterFlip: false,
      },
      3,
    ],
    ["in steps, whose gradient for images stays in JavaScript", [2, 2, 8, 9], [3, 2, 3, 2], { subsample: [2, 3] }, 2],
    ["dilated", [1, 2, 9, 9], [2, 2, 3, 2], { filterDilation: [2, 3], borderMode: 1 }, 3],
    [
      "in steps and dilated, with zeros",
      [1, 2, 9, 9],
      [2, 2, 3, 2],
      { subsample: [2, 1], filterDilation: [2, 1], borderMode: 2 },
      2,
    ],
    ["of filters for each place", [2, 2, 5, 4], [3, 4, 3, 2, 2, 2], { unshared: true }, 2],
    [
      "of padded images with filters for each place",
      [2, 2, 4, 3],
      [3, 5, 4, 2, 2, 2],
      { unshared: true, borderMode: 1 },
      2,
    ],
    ["of groups, which stay in JavaScript", [1, 4, 5, 5], [2, 2, 3, 3], { numGroups: 2 }, 0],
    ["in three dimensions", [2, 2, 4, 5, 6], [3, 2, 2, 3, 2], { borderMode: [1, 0, 1] }, 3],
    ["of nothing", [0, 2, 4, 4], [3, 2, 2, 2], {}, 3],
    ["without channels", [2, 0, 4, 4], [3, 0, 2, 2], { borderMode: 1 }, 3],
  ])("%s", { timeout: PATIENCE }, (_, imageShape, filterShape, options, count) => {
    const [x, w] = [imageShape, filterShape].map((shape) =>
      T.tensor(
        dtype,
        shape.map(() => false),
      ),
    );
    const conv = imageShape.length === 5 ? T.nnet.conv3d : T.nnet.conv2d;
    const given = new Map([
      [x, scattered(imageShape, 1).astype(dtype)],
      [w, scattered(filterShape, 2).astype(dtype)],
    ]);
    const examples = examplesIn(weighed(conv(x, w, options), [x, w]), given);
    expect(examples.length).toBe(count);
    expectAgreement(examples);
  });
});

describe.each(["max", "sum", "average_inc_pad", "average_exc_pad"] as const)("windows, %s", (mode) => {
  test.each<readonly [string, readonly number[], readonly number[], readonly number[], boolean]>([
    ["side by side", [2, 3, 6, 9], [2, 3], [2, 3], true],
    ["that leave a border", [2, 3, 7, 8], [2, 3], [2, 3], true],
    ["that overlap", [2, 1, 7, 8], [3, 4], [2, 1], true],
    ["with gaps", [1, 2, 9, 9], [2, 1], [3, 4], true],
    ["that reach over the border stay in JavaScript", [1, 2, 7, 7], [2, 2], [2, 2], false],
    ["of many elements stay in JavaScript", [1, 1, 20, 20], [9, 9], [9, 9], true],
    ["larger than the image", [1, 2, 2, 2], [3, 3], [3, 3], true],
  ])("%s", { timeout: PATIENCE }, (what, shape, window, stride, ignoreBorder) => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = T.tensor(dtype, [false, false, false, false]);
      const pooled = T.signal.pool.pool2d(x, window, { ignoreBorder, stride, mode });
      const [first] = weighed(pooled, [x]);
      // Few different numbers, so that windows have several largest elements.
      const values = T.round(T.mul(x, 2));
      const given = new Map([[x, scattered(shape, 3).astype(dtype)]]);
      const rounded = T.signal.pool.pool2d(values, window, { ignoreBorder, stride, mode });
      const outputs = [first, ...weighed(rounded, [values]), grad(T.sum(T.sqr(first)), x)];
      const examples = examplesIn(outputs, given);
      if (what.includes("JavaScript")) expect(examples).toEqual([]);
      else expect(examples.length).toBeGreaterThan(3);
      expectAgreement(examples);
    }
  });
});
