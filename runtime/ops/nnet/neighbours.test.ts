import { describe, expect, test } from "vitest";
import { expectGradients, scattered, variablesFor } from "../../../test/support/derivatives.ts";
import { grad, NDArray, T, theano } from "../../index.ts";
import { inferLengths } from "../infershape.ts";
import type { NeibsMode } from "./neighbours.ts";

const { images2neibs, neibs2images } = T.nnet.neighbours;

function numbers(array: NDArray): number[] {
  return [...array.elements()].map(Number);
}

/** Mode, size and step of the patches, and for a line of 6 elements where they start. */
const CASES: readonly (readonly [NeibsMode, number, number, readonly number[]])[] = [
  ["valid", 2, 2, [0, 2, 4]],
  ["valid", 4, 1, [0, 1, 2]],
  ["ignore_borders", 4, 4, [0]],
  ["ignore_borders", 3, 2, [0, 2]],
  ["half", 3, 1, [-1, 0, 1, 2, 3, 4]],
  ["half", 2, 3, [-1, 2, 5]],
  ["full", 3, 1, [-2, -1, 0, 1, 2, 3, 4, 5]],
  ["wrap_centered", 3, 1, [-1, 0, 1, 2, 3, 4, 5].slice(0, 6)],
  ["wrap_centered", 5, 4, [-2, 2]],
];

describe.each(CASES)("images2neibs, mode %s, size %i, step %i", (mode, size, step, starts) => {
  const images = scattered([2, 2, 6, 6]);
  const [x] = variablesFor([images]);
  const output = images2neibs(x, [size, size], [step, step], { mode });

  test("each row is a patch", () => {
    const found = theano.function([x], output)(images);
    const pixel = (image: NDArray, y: number, x: number): number => {
      if (mode === "wrap_centered") return Number(image.get((y + 6) % 6, (x + 6) % 6));
      return y >= 0 && y < 6 && x >= 0 && x < 6 ? Number(image.get(y, x)) : 0;
    };
    const places = Array.from({ length: size }, (_, i) => i);
    const wanted = [0, 1].flatMap((n) =>
      [0, 1].flatMap((c) =>
        starts.flatMap((top) =>
          starts.map((left) => places.flatMap((i) => places.map((j) => pixel(images.slice(n, c), top + i, left + j)))),
        ),
      ),
    );
    expect(found.toNested()).toEqual(wanted);
  });

  test("lengths are inferred, and known where those of the images are", () => {
    const lengths = inferLengths(output);
    const [value, ...found] = theano.function([x], [output, ...lengths])(images);
    expect(found.map((length) => Number(length.item()))).toEqual(value.shape);
    expect(images2neibs(images, [size, size], [step, step], { mode }).type.shape).toEqual(value.shape);
  });

  test("has a gradient where Theano's has", () => {
    const build = (y: typeof x) => T.sqr(images2neibs(y, [size, size], [step, step], { mode }));
    if (mode === "valid" || (mode === "ignore_borders" && size === step))
      expectGradients(build, [scattered([1, 2, 6, 6])], { twice: true });
    else expect(() => grad(T.sum(output), x)).toThrow(/no gradient is known for Images2Neibs/);
  });
});

describe("neibs2images", () => {
  test("undoes images2neibs", () => {
    const images = scattered([2, 3, 4, 6]);
    const x = T.dtensor4("x");
    const f = theano.function([x], neibs2images(images2neibs(x, [2, 3]), [2, 3], T.shape(x)));
    expect(f(images).toNested()).toEqual(images.toNested());
    expectGradients((p) => neibs2images(p, [2, 3], [1, 2, 4, 6]), [scattered([8, 6])], { twice: true });
  });

  test("ignored borders are zeros", () => {
    const [x, images] = [T.dtensor4("x"), NDArray.full([1, 1, 3, 5], 7, "float64")];
    const mode = "ignore_borders";
    const f = theano.function(
      [x],
      neibs2images(images2neibs(x, [2, 2], null, { mode }), [2, 2], [1, 1, 3, 5], { mode }),
    );
    expect(numbers(f(images))).toEqual([7, 7, 7, 7, 0, 7, 7, 7, 7, 0, 0, 0, 0, 0, 0]);
  });
});

test("prints under Theano's name", () => {
  expect(String(images2neibs(T.dtensor4("x"), [2, 2]).owner?.op)).toBe("Images2Neibs{valid}");
});

describe("refuses", () => {
  const x = T.dtensor4("x");
  test.each([
    ["matrices", () => images2neibs(T.dmatrix("m"), [2, 2]), /takes real images.* m of type/],
    [
      "patches that do not fit",
      () => images2neibs(scattered([1, 1, 5, 4]), [2, 2]),
      /neib_shape\[0\]=2, .*ten4.shape\[2\]=5 not consistent/,
    ],
    [
      "even patches around elements",
      () => images2neibs(scattered([1, 1, 4, 4]), [2, 3], null, { mode: "wrap_centered" }),
      /need patch with odd shapes, got 2/,
    ],
    ["empty patches", () => images2neibs(scattered([1, 1, 4, 4]), [0, 2]), /must be positive, got 0/],
    [
      "other modes of neibs2images",
      () => neibs2images(T.dmatrix("m"), [2, 2], [1, 1, 4, 4], { mode: "half" }),
      /mode=half/,
    ],
  ])("%s", (_, build, text) => {
    expect(build).toThrow(text);
  });

  test("patches that turn out not to fit", () => {
    const f = theano.function([x], images2neibs(x, [2, 2]));
    expect(() => f(scattered([1, 1, 4, 5]))).toThrow(/ten4.shape\[3\]=5 not consistent/);
  });
});
