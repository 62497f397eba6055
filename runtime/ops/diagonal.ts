/** Diagonals: taking them, setting them, and triangles beside them. */
import { assign } from "../array/assign.ts";
import { isDiscrete, upcast } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { inferredDim } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { arange, type DTypeOption, eye, zeros } from "./alloc.ts";
import { cast } from "./cast.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";
import { setSubtensor, valuesGradient } from "./incsubtensor.ts";
import { elementwise } from "./math.ts";
import { lengthsOf } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** A diagonal of two dimensions. */
interface DiagonalPlace {
  /** 0 is the main one, 1 the one above it. */
  readonly offset: number;
  readonly axis1: number;
  readonly axis2: number;
}

function diagonalLength(rows: number, columns: number, offset: number): number {
  return Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)));
}

/** A view of a diagonal, as the last dimension. */
function diagonalView(x: NDArray, { offset, axis1, axis2 }: DiagonalPlace): NDArray {
  const isOther = (_: unknown, axis: number): boolean => axis !== axis1 && axis !== axis2;
  const length = diagonalLength(x.shape[axis1], x.shape[axis2], offset);
  const first = offset < 0 ? -offset * x.strides[axis1] : offset * x.strides[axis2];
  return new NDArray(
    x.data,
    x.dtype,
    [...x.shape.filter(isOther), length],
    [...x.strides.filter(isOther), x.strides[axis1] + x.strides[axis2]],
    x.offset + (length > 0 ? first : 0),
  );
}

/** A diagonal of two dimensions, as the last dimension. A copy by strides, so there is no loop IR. */
export class ExtractDiag extends Op {
  readonly family = "ExtractDiag";
  readonly key: string;
  readonly place: DiagonalPlace;

  constructor(place: DiagonalPlace) {
    super();
    this.place = place;
    this.key = `ExtractDiag{offset=${place.offset}, axis1=${place.axis1}, axis2=${place.axis2}, view=False}`;
  }

  /** `ExtractDiag{offset=0, axis1=0, axis2=1, view=False}`. */
  toString(): string {
    return this.key;
  }

  apply(x: Variable): Apply {
    const { axis1, axis2 } = this.place;
    const [rows, columns] = [x.type.shape[axis1], x.type.shape[axis2]];
    const known = rows === null || columns === null ? null : diagonalLength(rows, columns, this.place.offset);
    return new Apply(
      this,
      [x],
      [x.type.with({ shape: [...this.#others(x.type.shape), known === null ? null : inferredDim(known)] })],
    );
  }

  #others<Item>(items: readonly Item[]): readonly Item[] {
    return items.filter((_, axis) => axis !== this.place.axis1 && axis !== this.place.axis2);
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const { offset, axis1, axis2 } = this.place;
    const { add, minimum, maximum } = elementwise;
    const rows = offset < 0 ? add(lengths[axis1], constant(offset, null, "int64")) : lengths[axis1];
    const columns = offset > 0 ? add(lengths[axis2], constant(-offset, null, "int64")) : lengths[axis2];
    const length = minimum(rows, columns);
    return [[...this.#others(lengths), offset === 0 ? length : maximum(length, constant(0, null, "int64"))]];
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [diagonalView(x, this.place).copy()];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x] = node.inputs;
    if (g === null) return [DISCONNECTED];
    return [isDiscrete(x.dtype) ? zerosLike(x) : new SetDiagonal(this.place).apply(zerosLike(x), g).out];
  }
}

/** A copy of a tensor with other elements on a diagonal. It is a copy, so there is no loop IR. */
export class SetDiagonal extends Op {
  readonly family = "SetDiagonal";
  readonly key: string;
  readonly place: DiagonalPlace;

  constructor(place: DiagonalPlace) {
    super();
    this.place = place;
    this.key = `SetDiagonal{offset=${place.offset}, axis1=${place.axis1}, axis2=${place.axis2}}`;
  }

  toString(): string {
    return this.key;
  }

  apply(x: Variable, values: Variable): Apply {
    return new Apply(this, [x, values], [x.type]);
  }

  override perform(_node: Apply, [x, values]: readonly NDArray[]): readonly NDArray[] {
    const result = x.copy();
    assign(diagonalView(result, this.place), values);
    return [result];
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, values] = node.inputs;
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    if (isDiscrete(x.dtype)) return [zerosLike(x), zerosLike(values)];
    const kept = this.apply(g, zerosLike(values)).out;
    return [kept, valuesGradient(new ExtractDiag(this.place).apply(g).out, values)];
  }
}

export interface DiagonalOptions {
  /** 0 is the main diagonal, 1 the one above it; 0 unless given. */
  readonly offset?: number;
  /** The two dimensions, the first two unless given. */
  readonly axis1?: number;
  readonly axis2?: number;
}

/**
 * A diagonal of two dimensions, as the last dimension.
 * @throws ValueError for fewer than two dimensions, or the same one twice; IndexError when there is no such dimension.
 */
export function diagonal(x: TensorLike, options: DiagonalOptions = {}): TensorVariable {
  const input = asTensor(x);
  const { offset = 0, axis1 = 0, axis2 = 1 } = options;
  if (input.ndim < 2)
    throw new ValueError(`diagonal needs a tensor of two dimensions or more, got ${input} of type ${input.type}.`);
  const [a, b] = [normalizeAxis(axis1, input.ndim), normalizeAxis(axis2, input.ndim)];
  if (a === b) throw new ValueError(`axis1 and axis2 of diagonal cannot be the same: both are ${a}.`);
  return new ExtractDiag({ offset, axis1: a, axis2: b }).apply(input).out;
}

/** The main diagonal of a matrix. @throws TypeError for other tensors. */
export function extractDiag(x: TensorLike): TensorVariable {
  const input = asTensor(x);
  if (input.ndim !== 2) throw new TypeError(`extractDiag takes a matrix, got ${input} of type ${input.type}.`);
  return diagonal(input);
}

export interface TriangleOptions {
  /** The diagonal it goes up to: 0 is the main one, 1 the one above it; 0 unless given. */
  readonly k?: number;
}

/** Of a vector, the matrix with it on diagonal `k`; of other tensors, their diagonal. @throws ValueError for a scalar. */
export function diag(x: TensorLike, options: TriangleOptions = {}): TensorVariable {
  const { k = 0 } = options;
  const input = asTensor(x);
  if (input.ndim === 0) throw new ValueError(`diag needs a vector or a matrix, got ${input} of type ${input.type}.`);
  if (input.ndim > 1) return diagonal(input, { offset: k });
  const length = applyElemwise("add", lengthsOf(input)[0], Math.abs(k));
  const blank = zeros([length, length], { dtype: input.dtype });
  return new SetDiagonal({ offset: k, axis1: 0, axis2: 1 }).apply(blank, input).out;
}

/** The sum of a diagonal of a matrix is `trace`; this is the matrix with `value` on its main diagonal. */
export function fillDiagonal(x: TensorLike, value: TensorLike): TensorVariable {
  const input = asTensor(x);
  if (input.ndim < 2)
    throw new TypeError(`fillDiagonal needs two dimensions or more, got ${input} of type ${input.type}.`);
  const filling = asFilling(input, value);
  if (input.ndim === 2) return fillDiagonalOffset(input, filling, 0);
  const places = arange(lengthsOf(input)[0]);
  return setSubtensor(subtensor(input, ...input.type.shape.map(() => places)), filling);
}

/** A matrix with `value` on a diagonal: 0 is the main one, 1 the one above it. @throws TypeError for other tensors. */
export function fillDiagonalOffset(x: TensorLike, value: TensorLike, offset: TensorLike): TensorVariable {
  const input = asTensor(x);
  if (input.ndim !== 2) throw new TypeError(`fillDiagonalOffset takes a matrix, got ${input} of type ${input.type}.`);
  const [rows, columns] = lengthsOf(input);
  return applyElemwise("switch", eye(rows, columns, offset, { dtype: "bool" }), asFilling(input, value), input);
}

/** @throws TypeError unless it is a single number that the tensor can hold. */
function asFilling(x: TensorVariable, value: TensorLike): TensorVariable {
  const filling = asTensor(value);
  if (filling.ndim !== 0)
    throw new TypeError(`A diagonal is filled with a single number, got ${filling} of type ${filling.type}.`);
  if (upcast(filling.dtype, x.dtype) !== x.dtype)
    throw new TypeError(`A diagonal of ${x.dtype} cannot hold ${filling} of type ${filling.type}; cast it first.`);
  return cast(filling, x.dtype);
}

/** Ones on and below diagonal `k`, zeros above it; square unless told otherwise. */
export function tri(
  rows: TensorLike,
  columns: TensorLike | null = null,
  k: TensorLike = 0,
  { dtype = "floatX" }: DTypeOption = {},
): TensorVariable {
  return cast(triangle(rows, columns ?? rows, k), dtype);
}

/** Whether an element lies on or below diagonal `k`. */
function triangle(rows: TensorLike, columns: TensorLike, k: TensorLike): TensorVariable {
  const down = dimshuffle(arange(rows), [0, "x"]);
  return applyElemwise("le", dimshuffle(arange(columns), ["x", 0]), applyElemwise("add", down, k));
}

/** A matrix with zeros above diagonal `k`. @throws ValueError for other tensors. */
export function tril(x: TensorLike, options: TriangleOptions = {}): TensorVariable {
  const { k = 0 } = options;
  const input = asMatrix(x);
  const [rows, columns] = lengthsOf(input);
  return applyElemwise("switch", triangle(rows, columns, k), input, constant(0, null, input.dtype));
}

/** A matrix with zeros below diagonal `k`. @throws ValueError for other tensors. */
export function triu(x: TensorLike, options: TriangleOptions = {}): TensorVariable {
  const { k = 0 } = options;
  const input = asMatrix(x);
  const [rows, columns] = lengthsOf(input);
  return applyElemwise("switch", triangle(rows, columns, k - 1), constant(0, null, input.dtype), input);
}

function asMatrix(x: TensorLike): TensorVariable {
  const input = asTensor(x);
  if (input.ndim !== 2) throw new ValueError(`A triangle is taken of a matrix, not ${input} of type ${input.type}.`);
  return input;
}

export const diagonalFunctions = {
  diagonal,
  extractDiag,
  diag,
  fillDiagonal,
  fillDiagonalOffset,
  tri,
  tril,
  triu,
};
