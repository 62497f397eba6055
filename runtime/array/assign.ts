/** Writing one array into another: what indexed assignment, joining and gathering are made of. */
import { Complex } from "./complex.ts";
import { castScalar, complexOf, readElement, type Scalar, writeElement } from "./dtype.ts";
import type { NDArray } from "./ndarray.ts";
import { forEachPosition } from "./shape.ts";

/**
 * Writes `source`, stretched to the shape of `target` and converted to its dtype, into the elements of `target`; with
 * `add` it is added to what is there. Where elements of `target` share their place, the last one in row-major order wins.
 * @throws ValueError when `source` does not stretch to that shape.
 */
export function assign(target: NDArray, source: NDArray, mode: "set" | "add" = "set"): void {
  const values = source.astype(target.dtype).broadcastTo(target.shape);
  forEachPosition(target.shape, [target, values], ([to = 0, from = 0]) => {
    const value = readElement(values.data, values.dtype, from);
    const result = mode === "set" ? value : plus(readElement(target.data, target.dtype, to), value);
    writeElement(target.data, to, castScalar(result, target.dtype));
  });
}

/** The sum of two elements of one dtype; of booleans, whether one is true. */
function plus(a: Scalar, b: Scalar): Scalar {
  if (typeof a === "bigint" && typeof b === "bigint") return a + b;
  if (typeof a === "boolean" && typeof b === "boolean") return a || b;
  if (a instanceof Complex || b instanceof Complex) {
    const [x, y] = [complexOf(a), complexOf(b)];
    return new Complex(x.re + y.re, x.im + y.im);
  }
  return Number(a) + Number(b);
}
