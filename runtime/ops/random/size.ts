/** The shape of a draw: what users write for it, and what it says about the type of the result. */
import { isDiscrete } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import type { Dim } from "../../graph/type.ts";
import { TensorVariable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { applyElemwise } from "../elemwise.ts";
import { knownNumbers, lengthOfVector, lengthsOf, makeVector, shape } from "../shapevector.ts";

/**
 * The shape of a draw: lengths, known or symbolic (-1: that of the parameters there), an integer vector, or null for the
 * shape of the parameters.
 */
export type DrawSize = readonly TensorLike[] | TensorVariable | NDArray | null;

/** A shape with all that is known of it while the graph is built. */
export interface ResolvedSize {
  readonly lengths: TensorVariable;
  readonly dims: readonly Dim[];
}

/**
 * The shape of a draw with the given parameters, as an int64 vector; Theano's rules.
 * @throws TypeError when it is not made of integers, or is neither given nor told by parameters; ValueError when it
 * contradicts `ndim`, or the parameters have more dimensions.
 */
export function resolveSize(
  size: DrawSize,
  ndim: number | null,
  parameters: readonly TensorVariable[] = [],
): ResolvedSize {
  const resolved = resolve(size, ndim, parameters);
  const { lengths, dims } = resolved;
  if (lengths.ndim !== 1)
    throw new TypeError(`shape must be a vector or list of scalar, got ${lengths} of type ${lengths.type}.`);
  if (!isDiscrete(lengths.dtype))
    throw new TypeError(`shape must be an integer vector or list, got ${lengths} of type ${lengths.type}.`);
  const widest = parameters.find((parameter) => parameter.ndim > dims.length);
  if (widest !== undefined)
    throw new ValueError(
      `ndim should be at least as big as required by args value: a draw of ${dims.length} dimensions has the parameter ${widest} of type ${widest.type}.`,
    );
  return { lengths: cast(lengths, "int64"), dims };
}

function resolve(size: DrawSize, ndim: number | null, parameters: readonly TensorVariable[]): ResolvedSize {
  if (size === null) return sizeOfParameters(parameters);
  if (isList(size)) return sizeOfList(size, ndim, parameters);
  const lengths = asTensor(size);
  const known = knownNumbers(lengths);
  return { lengths, dims: Array.from({ length: ndim ?? lengthOf(lengths) }, (_, i) => openOne(known?.[i] ?? null)) };
}

/**
 * How many lengths a vector holds.
 * @throws ValueError where the graph does not tell.
 */
export function lengthOf(lengths: TensorVariable): number {
  const count = lengths.type.shape[0] ?? lengthOfVector(lengths);
  if (count === null)
    throw new ValueError(
      `It is not known how many lengths ${lengths} of type ${lengths.type} holds; give the number of dimensions as ndim.`,
    );
  return count;
}

/** Only a 1 that is written in a list makes a dimension stretch. */
function openOne(length: Dim): Dim {
  return length === 1 ? null : length;
}

function isList(size: DrawSize): size is readonly TensorLike[] {
  return Array.isArray(size);
}

function sizeOfParameters(parameters: readonly TensorVariable[]): ResolvedSize {
  if (parameters.length === 0)
    throw new TypeError("The shape of this draw cannot be told by its parameters: give size, such as [2, 3].");
  const template = parameters.length === 1 ? parameters[0] : applyElemwise("add", ...parameters);
  return { lengths: shape(template), dims: template.type.shape };
}

function sizeOfList(
  size: readonly TensorLike[],
  ndim: number | null,
  parameters: readonly TensorVariable[],
): ResolvedSize {
  if (ndim !== null && ndim !== size.length)
    throw new ValueError(`ndim should be equal to len(shape), but ndim = ${ndim}, len(shape) = ${size.length}.`);
  if (size.length === 0) return { lengths: constant(NDArray.zeros([0], "int64")), dims: [] };
  const entries = size.map((length, i) => {
    if (length instanceof TensorVariable) return { length, dim: null };
    if (length === -1) return lengthOfParameters(i - size.length, parameters);
    if (Number(length) < 0) throw new ValueError(`Negative length ${Number(length)} in the shape of a draw.`);
    return { length: asTensor(length), dim: Number(length) };
  });
  return { lengths: makeVector(entries.map(({ length }) => length)), dims: entries.map(({ dim }) => dim) };
}

/** The length of the parameters in a dimension, which is counted from the last. */
function lengthOfParameters(
  fromEnd: number,
  parameters: readonly TensorVariable[],
): { readonly length: TensorVariable; readonly dim: Dim } {
  const there = parameters.filter((parameter) => parameter.ndim + fromEnd >= 0);
  if (there.length === 0)
    throw new ValueError("Auto-shape of -1 must overlap with the shape of one of the broadcastable inputs.");
  const wide = there.find((parameter) => parameter.type.shape.at(fromEnd) !== 1);
  if (wide === undefined) return { length: asTensor(1), dim: 1 };
  const axis = wide.ndim + fromEnd;
  return { length: lengthsOf(wide)[axis], dim: wide.type.shape[axis] };
}
