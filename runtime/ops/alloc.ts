/** Making tensors: filled ones, identity matrices, ranges. */
import { castScalar, type DType, dtypeInfo, isDiscrete, type Scalar, upcast, writeElement } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { resolveDType, type SymbolicDType } from "../graph/floatx.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { cast } from "./cast.ts";
import { applyElemwise, zerosLike as gradientZeros } from "./elemwise.ts";
import { checkStretch, valuesGradient } from "./incsubtensor.ts";
import { sum } from "./reduce.ts";
import { knownLength, type Lengths, lengthList, shape } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** A value stretched to a shape, whose lengths are the further inputs. It is a copy, so there is no loop IR. */
export class Alloc extends Op {
  readonly family = "Alloc";
  readonly key = "Alloc";

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the value has more dimensions than the result, or a length is no integer. */
  apply(value: Variable, ...lengths: readonly Variable[]): Apply {
    if (value.ndim > lengths.length)
      throw new TypeError(
        `The Alloc value to use has more dimensions than the specified dimensions: ${value.ndim} and ${lengths.length}; the value is ${value} of type ${value.type}.`,
      );
    checkIntegers(this, "Shape arguments to Alloc must be integers", lengths);
    const dims = lengths.map(knownLength);
    return new Apply(this, [value, ...lengths], [value.type.with({ shape: dims })]);
  }

  override perform(node: Apply, [value, ...lengths]: readonly NDArray[]): readonly NDArray[] {
    const target = lengths.map((length) => Number(length.item()));
    checkLengthsPositive(this, target);
    checkStretch(node.inputs[0].type.shape, value.shape, target);
    return [value.broadcastTo(target).copy()];
  }

  override inferShape(node: Apply): readonly (readonly Variable[])[] {
    return [node.inputs.slice(1).map((length) => cast(length, "int64"))];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [value, ...lengths] = node.inputs;
    return [g === null ? DISCONNECTED : valuesGradient(g, value), ...lengths.map(() => DISCONNECTED)];
  }
}

/** Ones on a diagonal; too rare for loop IR. The inputs are rows, columns and the number of the diagonal. */
export class Eye extends Op {
  readonly family = "Eye";
  readonly key: string;
  readonly dtype: DType;

  constructor(dtype: DType) {
    super();
    this.dtype = dtype;
    this.key = `Eye{dtype='${dtype}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the inputs are integers without dimensions. */
  apply(rows: Variable, columns: Variable, diagonal: Variable): Apply {
    const inputs = [rows, columns, diagonal];
    checkIntegers(this, "Eye takes integers", inputs);
    return new Apply(this, inputs, [TensorType.ofRank(this.dtype, 2)]);
  }

  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [rows, columns, diagonal] = inputs.map((x) => Number(x.item()));
    checkLengthsPositive(this, [rows, columns]);
    const result = NDArray.zeros([rows, columns], this.dtype);
    const one = castScalar(1, this.dtype);
    for (let row = Math.max(0, -diagonal); row < Math.min(rows, columns - diagonal); row++)
      writeElement(result.data, row * columns + row + diagonal, one);
    return [result];
  }

  override gradient(node: Apply): readonly NoGradient[] {
    return node.inputs.map(() => DISCONNECTED);
  }
}

/** Evenly spaced numbers from start to before stop; the length depends on values, which loop IR does not know. */
export class ARange extends Op {
  readonly family = "ARange";
  readonly key: string;
  readonly dtype: DType;

  constructor(dtype: DType) {
    super();
    this.dtype = dtype;
    this.key = `ARange{dtype='${dtype}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the inputs have no dimensions. */
  apply(start: Variable, stop: Variable, step: Variable): Apply {
    for (const input of [start, stop, step])
      if (input.ndim !== 0)
        throw new TypeError(`${this} takes tensors without dimensions, got ${input} of type ${input.type}.`);
    return new Apply(this, [start, stop, step], [TensorType.ofRank(this.dtype, 1)]);
  }

  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [start, stop, step] = inputs.map((x) => x.item());
    return [range(start, Number(stop), step, this.dtype)];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const [start, stop, step] = node.inputs;
    if (isDiscrete(this.dtype)) return [gradientZeros(start), DISCONNECTED, gradientZeros(step)];
    const counts = arange(subtensor(shape(node.out), 0));
    const parts = [sum(g), stop, sum(applyElemwise("mul", g, counts))];
    return node.inputs.map((x, i) => (i === 1 ? DISCONNECTED : isDiscrete(x.dtype) ? gradientZeros(x) : parts[i]));
  }
}

/**
 * As NumPy: element i is start + i·(second − start), in the arithmetic of the dtype.
 * @throws ValueError for a step of 0.
 */
function range(start: Scalar, stop: number, step: Scalar, dtype: DType): NDArray {
  if (Number(step) === 0) throw new ValueError("arange cannot have step 0: it would never end.");
  const length = Math.max(0, Math.ceil((stop - Number(start)) / Number(step)));
  const result = NDArray.zeros([length], dtype);
  const [first, second] = [start, sumOf(start, step)].map((value) => castScalar(value, dtype));
  for (let i = 0; i < length; i++) writeElement(result.data, i, castScalar(nth(first, second, i, dtype), dtype));
  return result;
}

function sumOf(a: Scalar, b: Scalar): Scalar {
  return typeof a === "bigint" && typeof b === "bigint" ? a + b : Number(a) + Number(b);
}

function nth(first: Scalar, second: Scalar, i: number, dtype: DType): Scalar {
  if (typeof first === "bigint" && typeof second === "bigint") return first + BigInt(i) * (second - first);
  const delta = Number(castScalar(Number(second) - Number(first), dtype));
  return Number(first) + Number(castScalar(i * delta, dtype));
}

function checkIntegers(op: Op, demand: string, inputs: readonly Variable[]): void {
  inputs.forEach((input, position) => {
    if (input.ndim !== 0 || !isDiscrete(input.dtype))
      throw new TypeError(`${demand}, but argument ${position} of ${op} is ${input} of type ${input.type}.`);
  });
}

function checkLengthsPositive(op: Op, lengths: readonly number[]): void {
  const bad = lengths.find((length) => length < 0);
  if (bad !== undefined) throw new ValueError(`negative dimensions are not allowed: ${op} got a length of ${bad}.`);
}

/** `value` stretched to the given lengths, in a new tensor. */
export function alloc(value: TensorLike, ...lengths: readonly TensorLike[]): TensorVariable {
  return new Alloc().apply(asTensor(value), ...lengthList(lengths)).out;
}

export interface DTypeOption {
  /** dtype of the result. */
  readonly dtype?: SymbolicDType;
}

/** Zeros of a shape; the dtype is floatX unless given. */
export function zeros(lengths: Lengths, { dtype = "floatX" }: DTypeOption = {}): TensorVariable {
  return alloc(constant(0, null, dtype), ...lengthList(lengths));
}

/** Ones of a shape; the dtype is floatX unless given. */
export function ones(lengths: Lengths, { dtype = "floatX" }: DTypeOption = {}): TensorVariable {
  return alloc(constant(1, null, dtype), ...lengthList(lengths));
}

/** `value` in the shape of `model`, and in its own dtype. */
export function fill(model: TensorLike, value: TensorLike): TensorVariable {
  return applyElemwise("second", model, value);
}

/** Zeros of the shape of `model`, and of its dtype unless another is given. */
export function zerosLike(model: TensorLike, { dtype }: DTypeOption = {}): TensorVariable {
  const like = asTensor(model);
  return fill(like, constant(0, null, dtype ?? like.dtype));
}

/** Ones of the shape of `model`, and of its dtype unless another is given. */
export function onesLike(model: TensorLike, { dtype }: DTypeOption = {}): TensorVariable {
  const like = asTensor(model);
  return fill(like, constant(1, null, dtype ?? like.dtype));
}

/** A matrix with ones on diagonal `diagonal` (0 is the main one, 1 the one above it); square unless told otherwise. */
export function eye(
  rows: TensorLike,
  columns: TensorLike = rows,
  diagonal: TensorLike = 0,
  { dtype = "floatX" }: DTypeOption = {},
): TensorVariable {
  return new Eye(resolveDType(dtype)).apply(asTensor(rows), asTensor(columns), asTensor(diagonal)).out;
}

/** An identity matrix of the shape and dtype of `model`. @throws TypeError unless that is a matrix. */
export function identityLike(model: TensorLike): TensorVariable {
  const like = asTensor(model);
  if (like.ndim !== 2) throw new TypeError(`identityLike takes a matrix, got ${like} of type ${like.type}.`);
  const lengths = shape(like);
  return eye(subtensor(lengths, 0), subtensor(lengths, 1), 0, { dtype: like.dtype });
}

/**
 * Python's `range`: `arange(stop)`, `arange(start, stop)`, `arange(start, stop, step)`.
 * The dtype is the common one of the bounds, integers in 64 bits, unless given.
 */
export function arange(
  start: TensorLike,
  stop?: TensorLike | null,
  step?: TensorLike,
  { dtype }: DTypeOption = {},
): TensorVariable {
  const bounds = [...(stop === undefined || stop === null ? [0, start] : [start, stop]), step ?? 1];
  const [first, last, by] = bounds.map((bound) => asTensor(bound));
  const common = upcast(first.dtype, last.dtype, by.dtype);
  const own = dtype === undefined ? wide(common) : resolveDType(dtype);
  return new ARange(own).apply(first, last, by).out;
}

function wide(dtype: DType): DType {
  const { kind } = dtypeInfo(dtype);
  return kind === "float" ? dtype : kind === "uint" ? "uint64" : "int64";
}
