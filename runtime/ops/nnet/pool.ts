/** Pooling of images and volumes; Theano's module `signal.pool`. */
import { NotImplementedError, ValueError } from "../../base/errors.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { type Lengths, lengthVector } from "../shapevector.ts";
import type { PoolMode } from "./poolcore.ts";
import { MaxPoolGrad, Pool } from "./poolops.ts";

export interface PoolOptions {
  /**
   * Whether windows that are not wholly on the image are left out. Not said, it is false, with a warning, as in Theano.
   */
  readonly ignoreBorder?: boolean;
  /** The distance of neighbouring windows in each dimension; their size by default. */
  readonly stride?: Lengths;
  /** Zeros on both sides of each dimension, only with `ignoreBorder`; the largest element is never one of them. */
  readonly pad?: Lengths;
  /** `max` by default. */
  readonly mode?: PoolMode;
}

const MODES: readonly PoolMode[] = ["max", "sum", "average_inc_pad", "average_exc_pad"];

function pool(ndim: 2 | 3, input: TensorLike, ws: Lengths, options: PoolOptions): TensorVariable {
  const x = asTensor(input);
  const { ignoreBorder, stride = ws, pad = Array<number>(ndim).fill(0), mode = "max" } = options;
  if (x.ndim < ndim)
    throw new NotImplementedError(`pool_${ndim}d requires a dimension >= ${ndim}: ${x} is of type ${x.type}.`);
  if (!MODES.includes(mode))
    throw new ValueError(`Pool mode parameter only support '${MODES.join("', '")}'. Got '${mode}'`);
  if (ignoreBorder === undefined)
    process.emitWarning(
      `pool${ndim}d() was called without ignoreBorder, which is false then, as in Theano; say ignoreBorder: true to leave out windows that are not wholly on the image, which is faster.`,
      "UserWarning",
    );
  const op = new Pool(mode, ignoreBorder ?? false, ndim);
  return op.apply(x, lengthVector(ws), lengthVector(stride), lengthVector(pad)).out;
}

/**
 * Makes one element of each window of the last two dimensions.
 * @param ws rows and columns of a window.
 * @throws NotImplementedError for a vector, and for padding that is not smaller than the windows; TypeError for sizes that
 * are no integers; ValueError for sizes out of range and for other modes.
 */
export function pool2d(input: TensorLike, ws: Lengths, options: PoolOptions = {}): TensorVariable {
  return pool(2, input, ws, options);
}

/**
 * Makes one element of each window of the last three dimensions.
 * @param ws depth, rows and columns of a window.
 * @throws NotImplementedError for less dimensions, and for padding that is not smaller than the windows; TypeError for
 * sizes that are no integers; ValueError for sizes out of range and for other modes.
 */
export function pool3d(input: TensorLike, ws: Lengths, options: PoolOptions = {}): TensorVariable {
  return pool(3, input, ws, options);
}

/**
 * The input with zeros for all elements that are not the largest of their patch; what is left of patches at the border is
 * zero.
 * @param patchSize rows and columns of a patch.
 * @throws TypeError for a vector, and for sizes that are no integers; ValueError for sizes out of range.
 */
export function maxPool2dSameSize(input: TensorLike, patchSize: Lengths): TensorVariable {
  const x = asTensor(input);
  const windows = [lengthVector(patchSize), lengthVector(patchSize), lengthVector([0, 0])] as const;
  const largest = new Pool("max", true, 2).apply(x, ...windows).out;
  return new MaxPoolGrad(true, 2).apply(x, largest, largest, ...windows).out;
}
