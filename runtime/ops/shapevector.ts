/** Shapes as symbolic vectors, and vectors made of symbolic numbers. */

import { assign } from "../array/assign.ts";
import { type DType, isDiscrete, upcast } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { type Dim, inferredDim, TensorType } from "../graph/type.ts";
import { TensorConstant, TensorVariable, type Variable } from "../graph/variable.ts";
import { cast } from "./cast.ts";
import { Elemwise, zerosLike } from "./elemwise.ts";
import { subtensor } from "./subtensor.ts";

/** All lengths of a tensor as an int64 vector; it reads no element, so there is no loop IR. */
export class Shape extends Op {
  readonly family = "Shape";
  readonly key = "Shape";

  toString(): string {
    return this.key;
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [new TensorType("int64", [inferredDim(x.ndim)])]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [NDArray.from(x.shape, "int64")];
  }

  override gradient(): readonly NoGradient[] {
    return [DISCONNECTED];
  }
}

/** A vector of its inputs, which have no dimensions; too small for loop IR. */
export class MakeVector extends Op {
  readonly family = "MakeVector";
  readonly key: string;
  readonly dtype: DType;

  constructor(dtype: DType) {
    super();
    this.dtype = dtype;
    this.key = `MakeVector{dtype='${dtype}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** Converts the inputs. @throws TypeError when one has dimensions. */
  apply(...inputs: readonly TensorLike[]): Apply {
    const elements = inputs.map((x) => asTensor(x));
    for (const x of elements)
      if (x.ndim !== 0) throw new TypeError(`${this} takes tensors without dimensions, got ${x} of type ${x.type}.`);
    const converted = elements.map((x) => cast(x, this.dtype));
    return new Apply(this, converted, [new TensorType(this.dtype, [inputs.length])]);
  }

  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const vector = NDArray.zeros([inputs.length], this.dtype);
    inputs.forEach((x, i) => {
      assign(vector.slice(i), x);
    });
    return [vector];
  }

  override inferShape(_node: Apply, lengths: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[constant(lengths.length, null, "int64")]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    return node.inputs.map((x, i) => (isDiscrete(this.dtype) ? zerosLike(x) : subtensor(g, i)));
  }
}

/** The lengths of a tensor as an int64 vector. */
export function shape(x: TensorLike): TensorVariable {
  return new Shape().apply(asTensor(x)).out;
}

/** The lengths of a tensor one by one, each from a Shape of its own as in Theano's graphs; merging makes them one. */
export function lengthsOf(x: TensorVariable): readonly TensorVariable[] {
  return x.type.shape.map((_, axis) => subtensor(shape(x), axis));
}

/** A vector of numbers, known or symbolic, in their common dtype or in `dtype`. */
export function makeVector(elements: readonly TensorLike[], dtype?: DType): TensorVariable {
  const tensors = elements.map((x) => asTensor(x));
  return new MakeVector(dtype ?? upcast(...tensors.map((x) => x.dtype))).apply(...tensors).out;
}

/** A shape as users write it: an integer vector, a number, or a list of known and symbolic numbers. */
export type Lengths = TensorLike | readonly TensorLike[];

function isList(lengths: Lengths): lengths is readonly TensorLike[] {
  return Array.isArray(lengths);
}

/**
 * A shape as an integer vector: a constant when every length is known.
 * @throws TypeError when it is not made of integers.
 */
export function lengthVector(lengths: Lengths): TensorVariable {
  if (lengths instanceof TensorVariable && lengths.ndim === 1) return checkLength(lengths);
  if (lengths instanceof NDArray && lengths.ndim === 1) return checkLength(constant(lengths));
  const list = isList(lengths) ? lengths : [lengths];
  const known = list.filter((length) => typeof length === "number");
  if (known.length === list.length && known.every(Number.isInteger)) return constant(NDArray.from(known, "int64"));
  return makeVector(
    list.map((length) => checkLength(asTensor(length))),
    "int64",
  );
}

/**
 * A shape as a list of integers without dimensions.
 * @throws TypeError when it is not made of integers; ValueError for a vector of which it is not known how many it holds.
 */
export function lengthList(lengths: Lengths): readonly TensorVariable[] {
  if (isList(lengths)) return lengths.map((length) => checkLength(asTensor(length)));
  const vector = checkLength(asTensor(lengths));
  if (vector.ndim === 0) return [vector];
  const count = lengthOfVector(vector);
  if (count === null)
    throw new ValueError(
      `It is not known how many lengths ${vector} of type ${vector.type} holds; give them as a list, such as [v.at(0), v.at(1)].`,
    );
  return vector.owner?.op instanceof MakeVector
    ? vector.owner.inputs
    : Array.from({ length: count }, (_, i) => subtensor(vector, i));
}

/** How many elements a vector has, where the graph tells. */
export function lengthOfVector(vector: TensorVariable): number | null {
  if (vector instanceof TensorConstant) return vector.value.size;
  const { op, inputs } = vector.owner ?? {};
  if (inputs === undefined) return null;
  if (op instanceof MakeVector) return inputs.length;
  return op instanceof Shape ? inputs[0].ndim : null;
}

function checkLength(length: TensorVariable): TensorVariable {
  if (!isDiscrete(length.dtype) || length.ndim > 1)
    throw new TypeError(`A shape must be made of integers, got ${length} of type ${length.type}.`);
  return length;
}

/** A number as far as it is known while the graph is built, also through conversions; null when it is not. */
export function knownNumber(variable: Variable): number | null {
  if (variable instanceof TensorConstant) return variable.value.size === 1 ? Number(variable.value.item()) : null;
  const { op, inputs } = variable.owner ?? {};
  const converted = op instanceof Elemwise && op.scalarName.startsWith("cast_");
  return converted && inputs !== undefined ? knownNumber(inputs[0]) : null;
}

/** A length as far as it is known while the graph is built. */
export function knownLength(variable: Variable): Dim {
  const known = knownNumber(variable);
  return known !== null && known >= 0 ? known : null;
}

/** The lengths in a vector, null for those that are not known while the graph is built; null when none is. */
export function knownNumbers(vector: TensorVariable): readonly (number | null)[] | null {
  if (vector instanceof TensorConstant) return [...vector.value.elements()].map(Number);
  return vector.owner?.op instanceof MakeVector ? vector.owner.inputs.map(knownNumber) : null;
}
