/** Convolutions of single images and stacks of them, as signal processing has them; Theano's module `signal.conv`. */
import { ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { Dim } from "../../graph/type.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { type DimShuffleItem, dimshuffle } from "../dimshuffle.ts";
import { conv2d } from "./conv.ts";

export interface SignalConvOptions {
  /** Lengths of the input, as far as they are known; null for others. */
  readonly imageShape?: readonly Dim[];
  /** Lengths of the filters, as far as they are known; null for others. */
  readonly filterShape?: readonly Dim[];
  /** Where the filter is wholly on the image (`valid`, the default), or wherever it touches it. */
  readonly borderMode?: "valid" | "full";
  /** By how many elements the filters move on, in each dimension; 1 by default. */
  readonly subsample?: readonly number[];
}

/**
 * Each image with each filter. A matrix is one image, or one filter, and has no dimension of its own in the result,
 * which is ([images,] [filters,] rows, columns).
 * @throws ValueError for other ranks than 2 and 3, and for lengths that do not fit.
 */
export function signalConv2d(input: TensorLike, filters: TensorLike, options: SignalConvOptions = {}): TensorVariable {
  const [images, kernels] = [asTensor(input), asTensor(filters)];
  for (const x of [images, kernels])
    if (x.ndim !== 2 && x.ndim !== 3)
      throw new ValueError(
        `signal.conv.conv2d takes matrices and tensors of 3 dimensions, got ${x} of type ${x.type}.`,
      );
  const { imageShape, filterShape, borderMode, subsample } = options;
  const single = (x: TensorVariable) => dimshuffle(x, x.ndim === 2 ? ["x", "x", 0, 1] : [0, "x", 1, 2]);
  const lengths = (shape: readonly Dim[] | undefined) =>
    shape === undefined ? undefined : shape.length === 2 ? [1, 1, ...shape] : [shape[0], 1, ...shape.slice(1)];
  const output = conv2d(single(images), single(kernels), {
    inputShape: lengths(imageShape),
    filterShape: lengths(filterShape),
    borderMode,
    subsample,
  });
  const kept: readonly DimShuffleItem[] = [...(images.ndim === 3 ? [0] : []), ...(kernels.ndim === 3 ? [1] : []), 2, 3];
  return dimshuffle(output, kept);
}
