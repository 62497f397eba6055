/** Reshape and its relatives: the same elements under another shape. */
import { isDiscrete } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { normalizeAxis, sameShape } from "../array/shape.ts";
import { AssertionError, IndexError, ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { type Dim, inferredDim } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { cast } from "./cast.ts";
import { type DimShuffleItem, dimshuffle } from "./dimshuffle.ts";
import { applyElemwise } from "./elemwise.ts";
import { slice } from "./indexing.ts";
import { addbroadcast, patternbroadcast } from "./rebroadcast.ts";
import { knownNumbers, type Lengths, lengthVector, shape } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** Gives a tensor the lengths of an integer vector, one of which may be -1. The output is a view where it can be; no loop IR. */
export class Reshape extends Op {
  readonly family = "Reshape";
  readonly key: string;
  readonly ndim: number;
  override readonly views = { 0: 0 };

  constructor(ndim: number) {
    super();
    this.ndim = ndim;
    this.key = `Reshape{${ndim}}`;
  }

  /** `Reshape{2}`. */
  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the lengths are a vector of integers. */
  apply(x: Variable, lengths: Variable): Apply {
    checkLengths(this, lengths);
    const known = knownNumbers(lengths);
    const dims = reshapedDims(x.type.shape, known ?? Array<null>(this.ndim).fill(null));
    return new Apply(this, [x, lengths], [x.type.with({ shape: dims })]);
  }

  override perform(_node: Apply, [x, lengths]: readonly NDArray[]): readonly NDArray[] {
    if (lengths.size !== this.ndim)
      throw new ValueError(
        `shape argument to Reshape.perform has incorrect length ${lengths.size}, should be ${this.ndim}`,
      );
    try {
      return [x.reshape([...lengths.elements()].map(Number))];
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new ValueError(`Cannot reshape input of shape ${pyTuple(x.shape)} to shape ${lengths}`);
    }
  }

  override inferShape(node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [reshapedLengths(node, lengths)];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [x] = node.inputs;
    return [patternbroadcast(reshape(g, shape(x), { ndim: x.ndim }), x.broadcastable), DISCONNECTED];
  }
}

/** The lengths of a reshaped tensor as expressions: those wanted, where one written -1 is what is left of all elements. */
function reshapedLengths(node: Apply, lengths: readonly Variable[]): Variable[] {
  const [, wanted] = node.inputs;
  const known = knownNumbers(wanted);
  return node.out.type.shape.map((_, axis) => {
    const length = cast(subtensor(wanted, axis), "int64");
    const given = known?.[axis] ?? null;
    if (given !== null && given >= 0) return length;
    const others = node.out.type.shape.flatMap((_, i) => (i === axis ? [] : [cast(subtensor(wanted, i), "int64")]));
    const rest = applyElemwise("int_div", numberOfElements(lengths), numberOfElements(others));
    return given === -1 ? rest : applyElemwise("switch", applyElemwise("eq", length, -1), rest, length);
  });
}

function numberOfElements(lengths: readonly Variable[]): Variable {
  return lengths.reduce((a, b) => applyElemwise("mul", a, b), constant(1, null, "int64"));
}

/**
 * The lengths known of a reshaped tensor; where the number of elements is known, also the one written -1.
 * @throws ValueError when both numbers of elements are known and differ.
 */
function reshapedDims(shape: readonly Dim[], wanted: readonly Dim[]): readonly Dim[] {
  const size = product(shape);
  const rest = product(wanted.map((dim) => (dim === -1 ? 1 : dim)));
  const misfit = wanted.includes(-1) ? rest !== null && rest > 0 && (size ?? 0) % rest !== 0 : rest !== size;
  if (size !== null && rest !== null && misfit)
    throw new ValueError(
      `Cannot reshape input of shape ${pyTuple(shape.map(String))} to shape ${pyTuple(wanted.map(String))}`,
    );
  const open = size === null || rest === null || rest === 0 ? null : inferredDim(size / rest);
  return wanted.map((dim) => (dim === -1 ? open : dim));
}

/** The product of lengths, or null where one is unknown. */
function product(dims: readonly Dim[]): number | null {
  return dims.reduce<number | null>((size, dim) => (size === null || dim === null ? null : size * dim), 1);
}

/** Checks the lengths of a tensor at run time. The output is a view, so there is no loop IR. */
export class SpecifyShape extends Op {
  readonly family = "SpecifyShape";
  readonly key = "SpecifyShape";
  override readonly views = { 0: 0 };

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the lengths are a vector of integers; ValueError when a length is known to differ. */
  apply(x: Variable, lengths: Variable): Apply {
    checkLengths(this, lengths);
    const known = knownNumbers(lengths);
    const dims = x.type.shape.map((dim, axis): Dim => known?.[axis] ?? dim);
    const wrong = dims.findIndex((dim, axis) => x.type.shape[axis] !== null && x.type.shape[axis] !== dim);
    if (wrong >= 0)
      throw new ValueError(
        `SpecifyShape: dimension ${wrong} of ${x} is known to be ${x.type.shape[wrong]}, not ${dims[wrong]}; its shape is ${x.type.shapeText}.`,
      );
    return new Apply(this, [x, lengths], [x.type.with({ shape: dims })]);
  }

  override perform(_node: Apply, [x, lengths]: readonly NDArray[]): readonly NDArray[] {
    const expected = [...lengths.elements()].map(Number);
    if (!sameShape(x.shape, expected))
      throw new AssertionError(`SpecifyShape: got shape ${pyTuple(x.shape)}, expected ${pyTuple(expected)}`);
    return [x];
  }

  override inferShape(node: Apply): readonly (readonly Variable[])[] {
    const [x, lengths] = node.inputs;
    return [x.type.shape.map((_, axis) => cast(subtensor(lengths, axis), "int64"))];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [x, lengths] = node.inputs;
    return [patternbroadcast(this.apply(g, lengths).out, x.broadcastable), DISCONNECTED];
  }
}

function checkLengths(op: Op, lengths: Variable): void {
  if (lengths.ndim !== 1 || !isDiscrete(lengths.dtype))
    throw new TypeError(`Shape must be integers: ${op} takes a vector, got ${lengths} of type ${lengths.type}.`);
}

export interface ReshapeOptions {
  /** How many lengths there are, where a symbolic vector does not tell. */
  readonly ndim?: number;
}

/**
 * The elements in row-major order under another shape; one length may be -1.
 * @throws ValueError when it is not known how many lengths there are; TypeError when they are no integers.
 */
export function reshape(x: TensorLike, lengths: Lengths, { ndim }: ReshapeOptions = {}): TensorVariable {
  const vector = lengthVector(lengths);
  const count = ndim ?? knownNumbers(vector)?.length;
  if (count === undefined)
    throw new ValueError(
      `The length of the provided shape (${vector} of type ${vector.type}) cannot be automatically determined, so Theano is not able to know what the number of dimensions of the reshaped variable will be. You can provide the 'ndim' argument to 'reshape' to avoid this problem.`,
    );
  return new Reshape(count).apply(asTensor(x), vector).out;
}

/**
 * The tensor with `ndim` dimensions, of which the last holds all that were from there on.
 * @throws ValueError when the tensor has fewer dimensions.
 */
export function flatten(x: TensorLike, ndim = 1): TensorVariable {
  const input = asTensor(x);
  if (!Number.isInteger(ndim) || ndim < 1 || ndim > Math.max(1, input.ndim))
    throw new ValueError(`ndim ${ndim} out of bound [1, ${input.ndim + 1}): ${input} of type ${input.type}.`);
  const leading = ndim === 1 ? [] : firstLengths(input, ndim - 1);
  const flat = reshape(input, [...leading, -1]);
  const kept = input.broadcastable.slice(0, ndim - 1);
  const single = [...kept, input.broadcastable.slice(ndim - 1).every((b) => b)];
  return addbroadcast(flat, ...single.map((_, axis) => axis).filter((axis) => single[axis]));
}

function firstLengths(x: TensorVariable, count: number): readonly TensorVariable[] {
  const lengths = subtensor(shape(x), slice(null, count));
  return Array.from({ length: count }, (_, axis) => subtensor(lengths, axis));
}

/** The tensor without the dimensions that are known to be 1. */
export function squeeze(x: TensorLike): TensorVariable {
  const input = asTensor(x);
  return dimshuffle(
    input,
    input.type.shape.map((_, axis) => axis).filter((axis) => !input.broadcastable[axis]),
  );
}

/** Two dimensions exchanged. @throws IndexError when there is no such dimension. */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): TensorVariable {
  const input = asTensor(x);
  const [a, b] = [normalizeAxis(axis1, input.ndim), normalizeAxis(axis2, input.ndim)];
  return dimshuffle(
    input,
    input.type.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

/** New dimensions of length 1 on the left. */
export function shapePadleft(x: TensorLike, nOnes = 1): TensorVariable {
  const input = asTensor(x);
  return dimshuffle(input, [...newAxes(nOnes), ...input.type.shape.map((_, axis) => axis)]);
}

/** New dimensions of length 1 on the right. */
export function shapePadright(x: TensorLike, nOnes = 1): TensorVariable {
  const input = asTensor(x);
  return dimshuffle(input, [...input.type.shape.map((_, axis) => axis), ...newAxes(nOnes)]);
}

/** A new dimension of length 1 that becomes dimension `axis`. @throws IndexError when it cannot be that one. */
export function shapePadaxis(x: TensorLike, axis: number): TensorVariable {
  const input = asTensor(x);
  const ndim = input.ndim + 1;
  if (!Number.isInteger(axis) || axis < -ndim || axis >= ndim)
    throw new IndexError(`axis ${axis} is out of bounds [-${ndim}, ${ndim})`);
  const order = input.type.shape.map((_, i): DimShuffleItem => i);
  return dimshuffle(input, order.toSpliced(axis < 0 ? axis + ndim : axis, 0, "x"));
}

function newAxes(count: number): readonly DimShuffleItem[] {
  return Array.from({ length: count }, () => "x");
}

/**
 * The tensor, of which the lengths are checked at run time.
 * @throws ValueError when it is given another number of lengths than the tensor has.
 */
export function specifyShape(x: TensorLike, lengths: Lengths): TensorVariable {
  const input = asTensor(x);
  const vector = lengthVector(lengths);
  const count = knownNumbers(vector)?.length ?? input.ndim;
  if (count !== input.ndim)
    throw new ValueError(`specifyShape got ${count} lengths for ${input}, which has ${input.ndim} dimensions.`);
  return new SpecifyShape().apply(input, vector).out;
}
