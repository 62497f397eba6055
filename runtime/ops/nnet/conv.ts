/** Convolutions of images and volumes, their gradients, and what is built of them. */
import { isDiscrete, isFloat } from "../../array/dtype.ts";
import { ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { Dim } from "../../graph/type.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { knownLength, lengthVector } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { AbstractConv, AbstractConvGradInputs, AbstractConvGradWeights } from "./convops.ts";
import { type ConvOptions, convSettings, shapeText } from "./convsettings.ts";

/** A shape that an op is to give back: the last lengths must be there, null may stand for the first two. */
export type WantedShape = readonly (TensorLike | null)[];

/** The options of a gradient with respect to the images, whose shape is an argument. */
export type GradInputsOptions = Omit<ConvOptions, "inputShape">;

/** The options of a gradient with respect to the filters, whose shape is an argument. */
export type GradWeightsOptions = Omit<ConvOptions, "filterShape">;

/** The options of a transposed convolution: what is a stride of the convolution is a dilation of its transpose. */
export interface TransposeOptions extends Omit<GradInputsOptions, "subsample"> {
  readonly inputDilation?: readonly number[];
}

/** Integers become floats beside floats. Two dtypes of floats stay, as in Theano: the result has that of the first. */
function operands(first: TensorLike, second: TensorLike): readonly [TensorVariable, TensorVariable] {
  const [a, b] = [asTensor(first), asTensor(second)];
  if (isFloat(a.dtype) && isDiscrete(b.dtype)) return [a, cast(b, a.dtype)];
  return [isDiscrete(a.dtype) && isFloat(b.dtype) ? cast(a, b.dtype) : a, b];
}

/** The lengths that are known, and the last `convdim` ones as a vector. @throws ValueError when one of these is missing. */
function wanted(
  shape: WantedShape,
  convdim: number,
): { readonly known: readonly Dim[]; readonly spatial: TensorVariable } {
  const lengths = shape.map((length) => (length === null ? null : asTensor(length)));
  const spatial = lengths.slice(-convdim).filter((length) => length !== null);
  if (spatial.length < convdim)
    throw new ValueError(`The last ${convdim} lengths of the wanted shape must be given, got (${shape.join(", ")}).`);
  const known = lengths.map((length) => (length === null ? null : knownLength(length)));
  return { known, spatial: lengthVector(shape.slice(-convdim).filter((length) => length !== null)) };
}

function convolution(convdim: 2 | 3, input: TensorLike, filters: TensorLike, options: ConvOptions): TensorVariable {
  return new AbstractConv(convSettings(convdim, options)).apply(...operands(input, filters)).out;
}

function gradInputs(
  convdim: 2 | 3,
  outputGrad: TensorLike,
  filters: TensorLike,
  inputShape: WantedShape,
  options: GradInputsOptions,
): TensorVariable {
  const { known, spatial } = wanted(inputShape, convdim);
  const [kernel, top] = operands(filters, outputGrad);
  const settings = convSettings(convdim, { ...options, inputShape: known });
  return new AbstractConvGradInputs(settings).apply(kernel, top, spatial).out;
}

function gradWeights(
  convdim: 2 | 3,
  input: TensorLike,
  outputGrad: TensorLike,
  filterShape: WantedShape,
  options: GradWeightsOptions,
): TensorVariable {
  const { known, spatial } = wanted(filterShape, convdim);
  const [image, top] = operands(input, outputGrad);
  const settings = convSettings(convdim, { ...options, filterShape: known });
  return new AbstractConvGradWeights(settings).apply(image, top, spatial).out;
}

/**
 * The convolution of images (batch, channels, rows, columns) with filters (filters, channels, rows, columns); the result
 * is (batch, filters, rows, columns), in the dtype of the images. With `numGroups`, filters have the channels of a group;
 * with `unshared`, they are (filters, output rows, output columns, channels, rows, columns).
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function conv2d(input: TensorLike, filters: TensorLike, options: ConvOptions = {}): TensorVariable {
  return convolution(2, input, filters, options);
}

/**
 * As {@link conv2d} for volumes: (batch, channels, depth, rows, columns) and (filters, channels, depth, rows, columns).
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function conv3d(input: TensorLike, filters: TensorLike, options: ConvOptions = {}): TensorVariable {
  return convolution(3, input, filters, options);
}

/**
 * The gradient of a cost with respect to the input of {@link conv2d}, from that with respect to its output.
 * @param inputShape the shape of that input; null for a batch or a number of channels that is not known.
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function conv2dGradWrtInputs(
  outputGrad: TensorLike,
  filters: TensorLike,
  inputShape: WantedShape,
  options: GradInputsOptions = {},
): TensorVariable {
  return gradInputs(2, outputGrad, filters, inputShape, options);
}

/**
 * As {@link conv2dGradWrtInputs}, of {@link conv3d}.
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function conv3dGradWrtInputs(
  outputGrad: TensorLike,
  filters: TensorLike,
  inputShape: WantedShape,
  options: GradInputsOptions = {},
): TensorVariable {
  return gradInputs(3, outputGrad, filters, inputShape, options);
}

/**
 * The gradient of a cost with respect to the filters of {@link conv2d}, from that with respect to its output.
 * @param filterShape the shape of the filters; only the last two lengths must be known.
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function conv2dGradWrtWeights(
  input: TensorLike,
  outputGrad: TensorLike,
  filterShape: WantedShape,
  options: GradWeightsOptions = {},
): TensorVariable {
  return gradWeights(2, input, outputGrad, filterShape, options);
}

/**
 * As {@link conv2dGradWrtWeights}, of {@link conv3d}.
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function conv3dGradWrtWeights(
  input: TensorLike,
  outputGrad: TensorLike,
  filterShape: WantedShape,
  options: GradWeightsOptions = {},
): TensorVariable {
  return gradWeights(3, input, outputGrad, filterShape, options);
}

/**
 * The transposed convolution ("deconvolution"): what turns an output of {@link conv2d} back into the shape of its input.
 * @param outputShape the shape of the result; null for a batch or a number of channels that is not known.
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function conv2dTranspose(
  input: TensorLike,
  filters: TensorLike,
  outputShape: WantedShape,
  options: TransposeOptions = {},
): TensorVariable {
  const { inputDilation, ...others } = options;
  return conv2dGradWrtInputs(input, filters, outputShape, { ...others, subsample: inputDilation ?? [1, 1] });
}

/** The options of a separable convolution; those of shapes are of its two steps. */
export interface SeparableOptions
  extends Pick<ConvOptions, "inputShape" | "borderMode" | "subsample" | "filterFlip" | "filterDilation"> {
  readonly depthwiseFilterShape?: readonly Dim[];
  readonly pointwiseFilterShape?: readonly Dim[];
}

function separable(
  convdim: 2 | 3,
  input: TensorLike,
  depthwiseFilters: TensorLike,
  pointwiseFilters: TensorLike,
  numChannels: number,
  { depthwiseFilterShape, pointwiseFilterShape, ...sliding }: SeparableOptions,
): TensorVariable {
  const each = { ...sliding, filterShape: depthwiseFilterShape, numGroups: numChannels };
  const depthwise = convolution(convdim, input, depthwiseFilters, each);
  return convolution(convdim, depthwise, pointwiseFilters, { filterShape: pointwiseFilterShape });
}

/**
 * A convolution of each channel by itself, then one of single points over the channels.
 * @param depthwiseFilters (channels·multiplier, 1, rows, columns).
 * @param pointwiseFilters (filters, channels·multiplier, 1, 1).
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function separableConv2d(
  input: TensorLike,
  depthwiseFilters: TensorLike,
  pointwiseFilters: TensorLike,
  numChannels: number,
  options: SeparableOptions = {},
): TensorVariable {
  return separable(2, input, depthwiseFilters, pointwiseFilters, numChannels, options);
}

/**
 * As {@link separableConv2d}, for volumes.
 * @throws TypeError for other ranks; ValueError for options out of range, and when known lengths do not fit together.
 */
export function separableConv3d(
  input: TensorLike,
  depthwiseFilters: TensorLike,
  pointwiseFilters: TensorLike,
  numChannels: number,
  options: SeparableOptions = {},
): TensorVariable {
  return separable(3, input, depthwiseFilters, pointwiseFilters, numChannels, options);
}

/** The options of a causal convolution; numbers instead of lists, since there is one dimension. */
export interface CausalOptions extends Pick<ConvOptions, "inputShape" | "filterFlip" | "numGroups" | "unshared"> {
  readonly subsample?: number;
  readonly filterDilation?: number;
}

/**
 * A convolution over time in which no output depends on later inputs; it has the length of the input.
 * @param input (batch, channels, time).
 * @param filters (filters, channels, time); with `unshared`, (filters, output time, channels, time).
 * @param filterShape the shape of the filters, of which the last length must be known.
 * @throws TypeError for other ranks; ValueError when the length of the filters is missing, and for lengths that do not fit.
 */
export function causalConv1d(
  input: TensorLike,
  filters: TensorLike,
  filterShape: readonly Dim[],
  options: CausalOptions = {},
): TensorVariable {
  const { inputShape, filterFlip, numGroups, unshared = false, subsample = 1, filterDilation = 1 } = options;
  const taps = filterShape.at(-1) ?? null;
  const rank = unshared ? 4 : 3;
  if (filterShape.length !== rank || taps === null)
    throw new ValueError(
      `filterShape must be ${rank} lengths, of which the last is known, got ${shapeText(filterShape)}.`,
    );
  // The image is one column wide: each length of time is followed by a 1.
  const column = unshared ? [0, 1, "x" as const, 2, 3, "x" as const] : [0, 1, 2, "x" as const];
  const output = conv2d(dimshuffle(input, [0, 1, 2, "x"]), dimshuffle(filters, column), {
    inputShape: inputShape === undefined ? undefined : [...inputShape, 1],
    filterShape: column.map((axis) => (axis === "x" ? 1 : filterShape[axis])),
    borderMode: [[filterDilation * (taps - 1), 0], 0],
    subsample: [subsample, 1],
    filterDilation: [filterDilation, 1],
    filterFlip,
    numGroups,
    unshared,
  });
  return subtensor(output, {}, {}, {}, 0);
}
