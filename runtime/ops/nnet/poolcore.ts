/**
 * The numbers of pooling. Two spatial dimensions count as three, of which the first has length 1. Sums are taken in the
 * precision of the elements, and in NumPy's order.
 */
import type { Triple } from "./convcore.ts";

/** What becomes of a window: its largest element, its sum, or its mean with or without the zeros around the image. */
export type PoolMode = "max" | "sum" | "average_inc_pad" | "average_exc_pad";

/** Lengths of a pooling. */
export interface PoolGeometry {
  /** How many images there are, in all dimensions before the pooled ones. */
  readonly batch: number;
  readonly image: Triple;
  readonly output: Triple;
  readonly window: Triple;
  readonly stride: Triple;
  readonly pad: Triple;
}

/** Elements in row-major order. */
export type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

function zerosFor(like: Floats, size: number): Floats {
  return like instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
}

/** Stands for the position of an element that is one of the zeros around the image. */
const OUTSIDE = -1;

/** For each window along a dimension, where it starts and stops; on the image alone, or with the zeros around it. */
function spans({ image, output, window, stride, pad }: PoolGeometry, axis: number, padded: boolean) {
  const margin = padded ? pad[axis] : 0;
  return Array.from({ length: output[axis] }, (_, i) => {
    const start = i * stride[axis] - pad[axis];
    return {
      start: Math.max(start, -margin),
      stop: Math.min(start + window[axis], image[axis] + margin),
    };
  });
}

/**
 * Calls `visit` for each window with the positions of its elements, the first `count` of `cells`; with `padded`, some may
 * be {@link OUTSIDE}.
 */
function forEachWindow(
  geometry: PoolGeometry,
  padded: boolean,
  visit: (window: number, cells: Int32Array, count: number) => void,
): void {
  const [depth, height, width] = geometry.image;
  const [alongZ, alongY, alongX] = [0, 1, 2].map((axis) => spans(geometry, axis, padded));
  const cells = new Int32Array(geometry.window.reduce((size, length) => size * length));
  let window = 0;
  for (let member = 0; member < geometry.batch; member++)
    for (const inZ of alongZ)
      for (const inY of alongY)
        for (const inX of alongX) {
          let count = 0;
          for (let z = inZ.start; z < inZ.stop; z++)
            for (let y = inY.start; y < inY.stop; y++) {
              const row = ((member * depth + z) * height + y) * width;
              const outside = padded && (z < 0 || z >= depth || y < 0 || y >= height);
              for (let x = inX.start; x < inX.stop; x++)
                cells[count++] = outside || (padded && (x < 0 || x >= width)) ? OUTSIDE : row + x;
            }
          visit(window++, cells, count);
        }
}

function outputSize({ batch, output }: PoolGeometry): number {
  return batch * output[0] * output[1] * output[2];
}

/** The largest element of each window; NaN where there is one. */
export function maxima(geometry: PoolGeometry, x: Floats): Floats {
  const result = zerosFor(x, outputSize(geometry));
  forEachWindow(geometry, false, (window, cells, count) => {
    let largest = -Infinity;
    for (let i = 0; i < count; i++) {
      const value = x[cells[i]];
      if (!(value <= largest) && !Number.isNaN(largest)) largest = value;
    }
    result[window] = largest;
  });
  return result;
}

/** How many sums NumPy keeps at a time: element i goes to sum i modulo 8, and the sums are added in pairs. */
export const LANES = 8;

/**
 * The sum of elements, those outside being zeros. It rounds as NumPy's for up to 128 elements, in the precision of
 * `sums`, which has room for {@link LANES} numbers.
 */
function sumOf(x: Floats, cells: Int32Array, count: number, sums: Floats): number {
  const valueAt = (i: number) => (cells[i] === OUTSIDE ? 0 : x[cells[i]]);
  sums.fill(0);
  const whole = count - (count % LANES);
  for (let i = 0; i < whole; i++) sums[i % LANES] += valueAt(i);
  for (let distance = 1; distance < LANES; distance *= 2)
    for (let lane = 0; lane < LANES; lane += 2 * distance) sums[lane] += sums[lane + distance];
  for (let i = whole; i < count; i++) sums[0] += valueAt(i);
  return sums[0];
}

/** The sum or mean of each window. */
export function averages(geometry: PoolGeometry, mode: PoolMode, x: Floats): Floats {
  const result = zerosFor(x, outputSize(geometry));
  const sums = zerosFor(x, LANES);
  forEachWindow(geometry, mode === "average_inc_pad", (window, cells, count) => {
    const sum = sumOf(x, cells, count, sums);
    result[window] = mode === "sum" ? sum : sum / count;
  });
  return result;
}

/** Hands the gradient of each window to its elements, in equal parts unless the window is summed. */
export function spreadEvenly(geometry: PoolGeometry, mode: PoolMode, slopes: Floats, size: number): Floats {
  const result = zerosFor(slopes, size);
  forEachWindow(geometry, mode === "average_inc_pad", (window, cells, count) => {
    const part = mode === "sum" ? slopes[window] : slopes[window] / count;
    for (let i = 0; i < count; i++) if (cells[i] !== OUTSIDE) result[cells[i]] += part;
  });
  return result;
}

/** Hands the gradient of each window to all elements that are its largest; `x` are the elements, `largest` their maxima. */
export function spreadToMaxima(geometry: PoolGeometry, x: Floats, largest: Floats, slopes: Floats): Floats {
  const result = zerosFor(slopes, x.length);
  forEachWindow(geometry, false, (window, cells, count) => {
    for (let i = 0; i < count; i++) if (x[cells[i]] === largest[window]) result[cells[i]] += slopes[window];
  });
  return result;
}

/** For each window, the sum of `values` where the elements are its largest: the transpose of {@link spreadToMaxima}. */
export function gatherFromMaxima(geometry: PoolGeometry, x: Floats, largest: Floats, values: Floats): Floats {
  const result = zerosFor(values, outputSize(geometry));
  forEachWindow(geometry, false, (window, cells, count) => {
    for (let i = 0; i < count; i++) if (x[cells[i]] === largest[window]) result[window] += values[cells[i]];
  });
  return result;
}
