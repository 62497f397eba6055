import { expect, test } from "vitest";
import { expectGradients, scattered } from "../../test/support/derivatives.ts";
import { ValueError } from "../base/errors.ts";
import { compileFunction } from "../compile/function.ts";
import { FourierTransform } from "./fourier.ts";
import { tensorFunctions as T } from "./tensor.ts";

const { rfft, irfft } = T.fft;

test.each([1, 2, 3, 4, 5, 6, 8, 12, 30, 53, 64, 97, 106, 1009])(
  "a transform of length %i is the sum that defines it",
  (n) => {
    const [re, im] = [scattered([n]), scattered([n], 2)].map((array) => Float64Array.from(array.elements(), Number));
    const transform = new FourierTransform(n);
    const result = transform.forward({ re, im });
    for (const k of [0, 1, Math.floor(n / 2), n - 1]) {
      let [real, imaginary] = [0, 0];
      for (let j = 0; j < n; j++) {
        const angle = (-2 * Math.PI * ((j * k) % n)) / n;
        real += re[j] * Math.cos(angle) - im[j] * Math.sin(angle);
        imaginary += re[j] * Math.sin(angle) + im[j] * Math.cos(angle);
      }
      expect(result.re[k % n]).toBeCloseTo(real, 10);
      expect(result.im[k % n]).toBeCloseTo(imaginary, 10);
    }
    const back = transform.backward(result);
    back.re.forEach((value, j) => {
      expect(value / n).toBeCloseTo(re[j], 12);
    });
  },
);

test("frequencies that are their own mirror image are exactly real", () => {
  const x = T.dmatrix("x");
  const spectrum = compileFunction([x], rfft(x))(scattered([2, 6]));
  for (const row of [0, 1]) for (const k of [0, 3]) expect(Number(spectrum.get(row, k, 1))).toBeCloseTo(0, 20);
});

test.each([
  ["even", [2, 6], false],
  ["odd", [2, 5], true],
  ["of length 1", [2, 1], true],
  ["of several dimensions", [2, 3, 4], false],
  ["of several dimensions, odd", [1, 2, 3, 7], true],
])("what is transformed comes back: %s", (_, shape, isOdd) => {
  const given = scattered(shape);
  const x = T.tensor(
    "float64",
    shape.map(() => false),
    "x",
  );
  for (const norm of [null, "ortho"] as const) {
    const back = compileFunction([x], irfft(rfft(x, { norm }), { norm, isOdd }))(given);
    expect(back.shape).toEqual(shape);
    const values = [...given.elements()].map(Number);
    [...back.elements()].forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(values[i], 12);
    });
  }
});

test.each([
  [[2, 6], false],
  [[2, 5], true],
  [[2, 3, 4], false],
] as const)("gradients of transforms of shape %j agree with finite differences", (shape, isOdd) => {
  expectGradients((x) => rfft(x, { norm: "ortho" }), [scattered(shape)], { twice: true });
  const half = [...shape.slice(0, -1), Math.floor(shape[shape.length - 1] / 2) + 1, 2];
  expectGradients((x) => irfft(x, { isOdd, norm: "no_norm" }), [scattered(half)], { twice: true });
});

test.each<[string, () => unknown, abstract new (...args: never[]) => Error]>([
  ["rfft of a vector", () => rfft(T.dvector("v")), TypeError],
  ["irfft of a matrix", () => irfft(T.dmatrix("m")), TypeError],
  ["an unknown norm", () => Reflect.apply(rfft, null, [T.dmatrix("m"), { norm: "backward" }]), ValueError],
])("%s is refused", (_, build, errorClass) => {
  expect(build).toThrow(errorClass);
});
