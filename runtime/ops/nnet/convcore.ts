/**
 * The numbers of convolutions, in one way for all of them: the part of the image under a filter is copied into a row of
 * a matrix ("im2col"), so that a convolution and both of its gradients are products of matrices. Two spatial dimensions
 * count as three, of which the first has length 1.
 *
 * The rows of a whole image would take the memory of the image times the size of the filters; therefore a number of rows
 * that fits into the cache is made at a time.
 */
import { addProduct } from "./convgemm.ts";

/** A number for each of the three spatial dimensions. */
export type Triple = readonly [number, number, number];

/** Lengths of a convolution that is known to fit. */
export interface ConvGeometry {
  readonly batch: number;
  readonly groups: number;
  /** Channels of the image in each group. */
  readonly channels: number;
  /** Filters in each group. */
  readonly filters: number;
  readonly image: Triple;
  readonly kernel: Triple;
  readonly output: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  /** How far the first place of a filter is outside of the image. */
  readonly pad: Triple;
  /** Whether the first element of a filter meets the last one of the part of the image. */
  readonly flip: boolean;
  /** Whether each place of the output has filters of its own. */
  readonly unshared: boolean;
}

/** Elements in the matrix of rows: half a megabyte of float64s. */
const ROWS_SIZE = 1 << 16;

function product([a, b, c]: Triple): number {
  return a * b * c;
}

/** Copies between an image and the rows of what the filter covers at each place of the output. */
class Patches {
  /** Elements that a filter covers, in all channels of a group. */
  readonly taps: number;
  readonly #geometry: ConvGeometry;
  /** For each element of a filter, how far it is from the first corner: in the storage and along each dimension. */
  readonly #shift: Int32Array;
  readonly #along: readonly [Int32Array, Int32Array, Int32Array];

  constructor(geometry: ConvGeometry) {
    const { channels, image, kernel, dilation, flip } = geometry;
    this.#geometry = geometry;
    this.taps = channels * product(kernel);
    this.#shift = new Int32Array(this.taps);
    this.#along = [new Int32Array(this.taps), new Int32Array(this.taps), new Int32Array(this.taps)];
    for (let tap = 0; tap < this.taps; tap++) {
      let rest = tap;
      const place = [0, 0, 0];
      for (let axis = 2; axis >= 0; axis--) {
        const k = rest % kernel[axis];
        rest = (rest - k) / kernel[axis];
        place[axis] = (flip ? kernel[axis] - 1 - k : k) * dilation[axis];
        this.#along[axis][tap] = place[axis];
      }
      this.#shift[tap] = ((rest * image[0] + place[0]) * image[1] + place[1]) * image[2] + place[2];
    }
  }

  /** Fills a row for each of `count` places of the output from `first` on; zeros stand for what is outside of the image. */
  gather(image: Float64Array, start: number, first: number, count: number, rows: Float64Array): void {
    const { taps } = this;
    const shift = this.#shift;
    this.#visit(first, count, (row, corner, covers) => {
      const [from, to] = [start + corner, row * taps];
      if (covers === null) for (let tap = 0; tap < taps; tap++) rows[to + tap] = image[from + shift[tap]];
      else for (let tap = 0; tap < taps; tap++) rows[to + tap] = covers(tap) ? image[from + shift[tap]] : 0;
    });
  }

  /** Adds the rows to where {@link gather} takes them from. */
  scatter(rows: Float64Array, first: number, count: number, image: Float64Array, start: number): void {
    const { taps } = this;
    const shift = this.#shift;
    this.#visit(first, count, (row, corner, covers) => {
      const [to, from] = [start + corner, row * taps];
      if (covers === null) for (let tap = 0; tap < taps; tap++) image[to + shift[tap]] += rows[from + tap];
      else for (let tap = 0; tap < taps; tap++) if (covers(tap)) image[to + shift[tap]] += rows[from + tap];
    });
  }

  /** `covers` tells which taps are inside of the image; null when all are. */
  #visit(
    first: number,
    count: number,
    visit: (row: number, corner: number, covers: ((tap: number) => boolean) | null) => void,
  ): void {
    const { image, kernel, output, stride, dilation, pad } = this.#geometry;
    const [depth, height, width] = image;
    const [reachZ, reachY, reachX] = kernel.map((length, axis) => (length - 1) * dilation[axis]);
    for (let row = 0; row < count; row++) {
      const place = first + row;
      const x = (place % output[2]) * stride[2] - pad[2];
      const y = (Math.floor(place / output[2]) % output[1]) * stride[1] - pad[1];
      const z = Math.floor(place / (output[2] * output[1])) * stride[0] - pad[0];
      const whole = x >= 0 && y >= 0 && z >= 0 && x + reachX < width && y + reachY < height && z + reachZ < depth;
      visit(row, (z * height + y) * width + x, whole ? null : this.#covers(z, y, x));
    }
  }

  /** Which taps are on the image when the first corner of the filter is there. */
  #covers(z: number, y: number, x: number): (tap: number) => boolean {
    const [alongZ, alongY, alongX] = this.#along;
    const [depth, height, width] = this.#geometry.image;
    const inside = (position: number, length: number) => position >= 0 && position < length;
    return (tap) => inside(x + alongX[tap], width) && inside(y + alongY[tap], height) && inside(z + alongZ[tap], depth);
  }
}

/** A part of the work: some places of the output, of one image and one group. */
interface Chunk {
  /** The first element of the image's channels, of the filters and of the output's channels of the group. */
  readonly image: number;
  readonly filters: number;
  readonly output: number;
  readonly first: number;
  readonly count: number;
}

/** Calls `work` for all parts, with a matrix to put rows into. */
function forEachChunk(
  geometry: ConvGeometry,
  patches: Patches,
  work: (chunk: Chunk, rows: Float64Array) => void,
): void {
  const { batch, groups, channels, filters, unshared } = geometry;
  const places = product(geometry.output);
  const most = Math.min(places, Math.max(1, Math.floor(ROWS_SIZE / Math.max(1, patches.taps))));
  const rows = new Float64Array(most * patches.taps);
  for (let member = 0; member < batch * groups; member++)
    for (let first = 0; first < places; first += most) {
      const chunk = {
        image: member * channels * product(geometry.image),
        filters: (member % groups) * filters * patches.taps * (unshared ? places : 1),
        output: member * filters * places,
        first,
        count: Math.min(most, places - first),
      };
      work(chunk, rows);
    }
}

/**
 * The steps in which a chunk is multiplied: all places at once where they share the filters, else one by one. `filters`
 * is where the filters of the places start.
 */
function forEachProduct(
  { unshared }: ConvGeometry,
  taps: number,
  chunk: Chunk,
  multiply: (place: number, count: number, filters: number) => void,
): void {
  if (!unshared) multiply(0, chunk.count, chunk.filters);
  else for (let i = 0; i < chunk.count; i++) multiply(i, 1, chunk.filters + (chunk.first + i) * taps);
}

/** The output (batch, groups·filters, places) of images and filters, whose elements are in row-major order. */
export function convolve(geometry: ConvGeometry, images: Float64Array, weights: Float64Array): Float64Array {
  const patches = new Patches(geometry);
  const { taps } = patches;
  const { batch, groups, filters, unshared } = geometry;
  const places = product(geometry.output);
  const result = new Float64Array(batch * groups * filters * places);
  forEachChunk(geometry, patches, (chunk, rows) => {
    patches.gather(images, chunk.image, chunk.first, chunk.count, rows);
    forEachProduct(geometry, taps, chunk, (place, count, start) => {
      const kernel = { data: weights, start, row: unshared ? places * taps : taps, column: 1 };
      const covered = { data: rows, start: place * taps, row: 1, column: taps };
      const sums = { data: result, start: chunk.output + chunk.first + place, row: places, column: 1 };
      addProduct(filters, count, taps, kernel, covered, sums);
    });
  });
  return result;
}

/** The gradient with respect to the filters, from the images and the gradient with respect to the output. */
export function filterGradient(geometry: ConvGeometry, images: Float64Array, top: Float64Array): Float64Array {
  const patches = new Patches(geometry);
  const { taps } = patches;
  const { groups, filters, unshared } = geometry;
  const places = product(geometry.output);
  const result = new Float64Array(groups * filters * taps * (unshared ? places : 1));
  forEachChunk(geometry, patches, (chunk, rows) => {
    patches.gather(images, chunk.image, chunk.first, chunk.count, rows);
    forEachProduct(geometry, taps, chunk, (place, count, start) => {
      const slopes = { data: top, start: chunk.output + chunk.first + place, row: places, column: 1 };
      const covered = { data: rows, start: place * taps, row: taps, column: 1 };
      const sums = { data: result, start, row: unshared ? places * taps : taps, column: 1 };
      addProduct(filters, taps, count, slopes, covered, sums);
    });
  });
  return result;
}

/** The gradient with respect to the images, from the filters and the gradient with respect to the output. */
export function imageGradient(geometry: ConvGeometry, weights: Float64Array, top: Float64Array): Float64Array {
  const patches = new Patches(geometry);
  const { taps } = patches;
  const { batch, groups, channels, filters, unshared } = geometry;
  const places = product(geometry.output);
  const result = new Float64Array(batch * groups * channels * product(geometry.image));
  forEachChunk(geometry, patches, (chunk, rows) => {
    rows.fill(0);
    forEachProduct(geometry, taps, chunk, (place, count, start) => {
      const slopes = { data: top, start: chunk.output + chunk.first + place, row: 1, column: places };
      const kernel = { data: weights, start, row: unshared ? places * taps : taps, column: 1 };
      const sums = { data: rows, start: place * taps, row: taps, column: 1 };
      addProduct(count, taps, filters, slopes, kernel, sums);
    });
    patches.scatter(rows, chunk.first, chunk.count, result, chunk.image);
  });
  return result;
}
