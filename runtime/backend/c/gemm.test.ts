/** Products that are larger than the blocks they are cut into, against the same in JavaScript. */
import { expect, test } from "vitest";
import { type DType, NDArray, T, theano } from "../../index.ts";

/** Rows, inner length, columns: just below, at and beyond the limits of blocks, panels and tiles. */
const SIZES = [
  [1, 64, 5],
  [20, 515, 128],
  [47, 130, 33],
  [48, 1, 64],
  [95, 384, 512],
  [96, 384, 63],
  [97, 385, 65],
  [203, 800, 600],
] as const;
const LAYOUTS = ["nn", "tn", "nt", "tt"] as const;
const TOLERANCE = { float64: 1e-12, float32: 2e-3 } as const;

function wave(shape: readonly [number, number], frequency: number, dtype: DType): NDArray {
  const values = Float64Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i * frequency));
  return NDArray.from(values, dtype).reshape(shape);
}

test.each(SIZES.flatMap(([m, k, n]) => LAYOUTS.map((layout) => ({ m, k, n, layout }))))(
  "$m × $k by $k × $n, $layout",
  ({ m, k, n, layout }) => {
    for (const dtype of ["float64", "float32"] as const) {
      const [x, y, z] = ["x", "y", "z"].map((name) => (dtype === "float64" ? T.dmatrix(name) : T.fmatrix(name)));
      const left = layout.startsWith("t") ? x.T : x;
      const right = layout.endsWith("t") ? y.T : y;
      const sum = T.add(T.mul(z, 0.5), T.dot(left, right));
      const given = [
        wave(left === x ? [m, k] : [k, m], 1.1, dtype),
        wave(right === y ? [k, n] : [n, k], 0.7, dtype),
        wave([m, n], 0.3, dtype),
      ];
      const [found, expected] = (["native", "js"] as const).map((tier) =>
        Float64Array.from(theano.function([x, y, z], sum, { tier })(...given).data, Number),
      );
      const errors = found.map((value, i) => Math.abs(value - expected[i]));
      expect(errors.reduce((worst, error) => Math.max(worst, error), 0)).toBeLessThan(TOLERANCE[dtype]);
    }
  },
);
