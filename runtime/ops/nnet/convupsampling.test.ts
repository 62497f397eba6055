import { describe, expect, test } from "vitest";
import { expectGradients, scattered, variablesFor } from "../../../test/support/derivatives.ts";
import { NDArray, T, theano } from "../../index.ts";

const { bilinearKernel1D, bilinearKernel2D, bilinearUpsampling } = T.nnet.abstractConv;

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

test("kernels rise linearly to 1, or to the ratio", () => {
  const kernels = [bilinearKernel1D(3), bilinearKernel1D(3, { normalize: false }), bilinearKernel2D(2)];
  const [normalized, whole, pyramid] = theano.function([], kernels)();
  expect(numbers(whole)).toEqual([1, 2, 3, 2, 1]);
  numbers(normalized).forEach((value, i) => {
    expect(value).toBeCloseTo([1, 2, 3, 2, 1][i] / 3, 14);
  });
  expect(numbers(pyramid)).toEqual([0.25, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 0.25]);
});

/** Where the element `i` of a line enlarged `ratio` times lies on the line; ends are repeated. */
function interpolated(line: readonly number[], ratio: number, i: number): number {
  const place = (i - Math.floor((ratio - 1) / 2)) / ratio;
  const below = Math.floor(place);
  const at = (k: number) => line[Math.min(Math.max(k, 0), line.length - 1)];
  return at(below) + (place - below) * (at(below + 1) - at(below));
}

describe.each([1, 2, 3, 4])("enlarging %i times", (ratio) => {
  test.each([true, false])("interpolates between neighbours; one direction after the other: %s", (use1DKernel) => {
    const image = scattered([2, 2, 3, 4]);
    const [x] = variablesFor([image]);
    const found = theano.function([x], bilinearUpsampling(x, { ratio, use1DKernel }))(image);
    expect(found.shape).toEqual([2, 2, 3 * ratio, 4 * ratio]);
    const lineOf = (row: number) => numbers(image.slice(1, 0, row));
    for (let row = 0; row < 3 * ratio; row++)
      for (let column = 0; column < 4 * ratio; column++) {
        const across = [0, 1, 2].map((r) => interpolated(lineOf(r), ratio, column));
        expect(Number(found.get(1, 0, row, column))).toBeCloseTo(interpolated(across, ratio, row), 12);
      }
  });
});

test("by a fraction, a constant stays one and a slope stays straight inside", () => {
  const x = T.dtensor4("x");
  const enlarge = theano.function(
    [x],
    bilinearUpsampling(x, {
      fracRatio: [
        [3, 2],
        [5, 4],
      ],
    }),
  );
  const constant = enlarge(NDArray.full([1, 2, 4, 8], 7, "float64"));
  expect(constant.shape).toEqual([1, 2, 6, 10]);
  for (const value of numbers(constant)) expect(value).toBeCloseTo(7, 12);
  const slope = NDArray.zeros([1, 1, 4, 8], "float64");
  for (let i = 0; i < slope.size; i++) slope.data[i] = i % 8;
  const line = numbers(enlarge(slope).slice(0, 0, 2));
  for (let i = 2; i < 9; i++) expect(line[i] - line[i - 1]).toBeCloseTo(0.8, 12);
});

test("gradients agree with finite differences", () => {
  expectGradients((x) => bilinearUpsampling(x, { ratio: 3 }), [scattered([1, 2, 2, 3])]);
  expectGradients((x) => bilinearUpsampling(x, { fracRatio: [3, 2] }), [scattered([1, 2, 2, 2])]);
});

test("what is asked for must be clear", () => {
  const x = T.dtensor4("x");
  expect(() => bilinearUpsampling(x, {})).toThrow("No ratio");
  expect(() => bilinearUpsampling(x, { ratio: 2, fracRatio: [3, 2] })).toThrow(
    "can't use ratio and frac_ratio together",
  );
  expect(() => bilinearUpsampling(x, { fracRatio: [3, 0] })).toThrow(/positive integers, got \(3, 0\)/);
  expect(() => bilinearUpsampling(T.dmatrix("m"), { ratio: 2 })).toThrow(/takes images.* m of type/);
});
