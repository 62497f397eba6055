/** Enlarging images by linear interpolation in both directions, as transposed convolutions with triangular filters. */
import { ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { arange, zeros } from "../alloc.ts";
import { cast } from "../cast.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { applyElemwise } from "../elemwise.ts";
import { join } from "../join.ts";
import { reshape } from "../reshape.ts";
import { lengthsOf } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { conv2d, conv2dGradWrtInputs } from "./conv.ts";

export interface BilinearKernelOptions {
  /** Whether the largest element is 1 (the default) instead of the ratio. */
  readonly normalize?: boolean;
}

/** A ratio of two whole numbers, such as [3, 2] for half as much again; the same in both directions, or one for each. */
export type FracRatio =
  | readonly [number, number]
  | readonly [rows: readonly [number, number], columns: readonly [number, number]];

/**
 * The triangle that interpolates between elements `ratio` apart: `2·ratio - 1` numbers of floatX that rise to the middle.
 */
export function bilinearKernel1D(ratio: TensorLike, { normalize = true }: BilinearKernelOptions = {}): TensorVariable {
  const rising = arange(1, applyElemwise("add", ratio, 1), 1, { dtype: "floatX" });
  const kernel = join(0, rising, subtensor(rising, { start: -2, step: -1 }));
  return normalize ? applyElemwise("true_div", kernel, cast(ratio, "floatX")) : kernel;
}

/** The pyramid that interpolates in both directions: the product of two of {@link bilinearKernel1D}. */
export function bilinearKernel2D(ratio: TensorLike, options: BilinearKernelOptions = {}): TensorVariable {
  return pyramid(ratio, ratio, options);
}

function pyramid(rows: TensorLike, columns: TensorLike, options: BilinearKernelOptions = {}): TensorVariable {
  const vertical = dimshuffle(bilinearKernel1D(rows, options), [0, "x"]);
  return applyElemwise("mul", dimshuffle(bilinearKernel1D(columns, options), ["x", 0]), vertical);
}

/** Which way {@link bilinearUpsampling} goes; either `ratio` or `fracRatio`. */
export interface UpsamplingOptions {
  /** By how much the image becomes larger, in both directions. */
  readonly ratio?: number;
  readonly fracRatio?: FracRatio;
  /** The number of images, if known. */
  readonly batchSize?: number | null;
  /** The number of channels, if known. */
  readonly numInputChannels?: number | null;
  /** Whether rows and columns are interpolated one after the other (the default, faster) instead of at once. */
  readonly use1DKernel?: boolean;
}

/** Each channel of each image as an image of its own, with its border elements repeated outwards once. */
function widened(input: TensorVariable): TensorVariable {
  const [, , rows, columns] = lengthsOf(input);
  let result = reshape(input, [-1, 1, rows, columns]);
  for (const axis of [2, 3]) {
    const part = (place: { start?: number; stop?: number }) =>
      subtensor(result, ...Array.from({ length: axis }, () => ({})), place);
    result = join(axis, part({ stop: 1 }), result, part({ start: -1 }));
  }
  return result;
}

/**
 * Images (batch, channels, rows, columns), enlarged by linear interpolation.
 * @throws ValueError unless exactly one of `ratio` and `fracRatio` is given, and for other ranks.
 */
export function bilinearUpsampling(input: TensorLike, options: UpsamplingOptions): TensorVariable {
  const { ratio, fracRatio, batchSize, numInputChannels, use1DKernel = true } = options;
  if (ratio !== undefined && fracRatio !== undefined) throw new ValueError("can't use ratio and frac_ratio together");
  if (fracRatio !== undefined) return fracBilinearUpsampling(input, fracRatio);
  if (ratio === undefined) throw new ValueError("No ratio (or frac_ratio) provided");
  if (!Number.isSafeInteger(ratio) || ratio < 1)
    throw new ValueError(`ratio must be a positive integer, got ${ratio}.`);
  const images = imagesOf(input);
  const [batch, channels, rows, columns] = lengthsOf(images);
  const count =
    typeof batchSize === "number" && typeof numInputChannels === "number" ? batchSize * numInputChannels : null;
  const times = (length: TensorVariable) => applyElemwise("mul", length, ratio);
  const pad = 2 * ratio - Math.floor((ratio - 1) / 2) - 1;
  const wide = widened(images);
  const kernel = bilinearKernel1D(ratio);
  const enlarge = (
    x: TensorVariable,
    filter: TensorVariable,
    shape: readonly TensorVariable[],
    down: boolean,
    right: boolean,
  ) =>
    conv2dGradWrtInputs(x, cast(filter, x.dtype), [count, 1, ...shape], {
      borderMode: [down ? pad : 0, right ? pad : 0],
      subsample: [down ? ratio : 1, right ? ratio : 1],
    });
  const taller = () =>
    enlarge(wide, dimshuffle(kernel, ["x", "x", 0, "x"]), [times(rows), applyElemwise("add", columns, 2)], true, false);
  const result = use1DKernel
    ? enlarge(taller(), dimshuffle(kernel, ["x", "x", "x", 0]), [times(rows), times(columns)], false, true)
    : enlarge(wide, dimshuffle(bilinearKernel2D(ratio), ["x", "x", 0, 1]), [times(rows), times(columns)], true, true);
  return reshape(result, [batch, channels, times(rows), times(columns)]);
}

function imagesOf(input: TensorLike): TensorVariable {
  const images = asTensor(input);
  if (images.ndim !== 4)
    throw new ValueError(
      `Upsampling takes images (batch, channels, rows, columns), got ${images} of type ${images.type}.`,
    );
  return images;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Numerator and denominator without common factors. @throws ValueError unless they are positive integers. */
function reduced([p, q]: readonly [number, number]): readonly [number, number] {
  if (![p, q].every((number) => Number.isSafeInteger(number) && number > 0))
    throw new ValueError(`frac_ratio must be a tuple of positive integers, got (${p}, ${q}).`);
  const common = gcd(p, q);
  return [p / common, q / common];
}

function isPerDirection(ratio: FracRatio): ratio is readonly [readonly [number, number], readonly [number, number]] {
  return typeof ratio[0] !== "number";
}

/**
 * Images (batch, channels, rows, columns), enlarged (or made smaller) by linear interpolation in a ratio of whole
 * numbers: enlarged by the numerator, of which each element at a distance of the denominator is kept.
 * @throws ValueError for ratios that are not of positive integers, and for other ranks.
 */
export function fracBilinearUpsampling(input: TensorLike, fracRatio: FracRatio): TensorVariable {
  const ratios = isPerDirection(fracRatio) ? fracRatio.map(reduced) : [reduced(fracRatio), reduced(fracRatio)];
  const enlarging = ratios.map(([p]) => p);
  const images = imagesOf(input);
  const [batch, channels, ...lengths] = lengthsOf(images);
  // The widened images stand for filters, whose elements are moved apart and between which the kernel interpolates.
  let kernel = cast(dimshuffle(pyramid(enlarging[0], enlarging[1]), ["x", "x", 0, 1]), images.dtype);
  enlarging.forEach((ratio, i) => {
    const twice = applyElemwise("sub", applyElemwise("mul", lengths[i], 2), 1);
    const padding = applyElemwise("add", applyElemwise("mul", twice, ratio), 1);
    const before = applyElemwise("int_div", padding, 2);
    const zerosOf = (count: TensorVariable) =>
      zeros(
        lengthsOf(kernel).map((length, axis) => (axis === 2 + i ? count : length)),
        { dtype: images.dtype },
      );
    kernel = join(2 + i, zerosOf(before), kernel, zerosOf(applyElemwise("sub", padding, before)));
  });
  const found = conv2d(kernel, widened(images), { filterDilation: enlarging, subsample: ratios.map(([, q]) => q) });
  const [, , rows, columns] = lengthsOf(found);
  return reshape(found, [batch, channels, rows, columns]);
}
