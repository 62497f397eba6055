/** Join and Split: tensors side by side along one dimension. */

import { assign } from "../array/assign.ts";
import { isDiscrete, upcast } from "../array/dtype.ts";
import { NDArray, type Slice } from "../array/ndarray.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { type Dim, inferredDim, TensorType } from "../graph/type.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { cast } from "./cast.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";
import { patternbroadcast } from "./rebroadcast.ts";
import { shapePadaxis } from "./reshape.ts";
import { ShapeI } from "./shape.ts";
import { knownNumber, knownNumbers, type Lengths, lengthVector, makeVector, shape } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** The first input is the dimension along which the others are put one after the other. It is a copy; no loop IR. */
export class Join extends Op {
  readonly family = "Join";
  readonly key = "Join";

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the tensors have no or different numbers of dimensions; IndexError for a wrong dimension. */
  apply(axis: Variable, ...tensors: readonly Variable[]): Apply {
    checkAxis(this, axis);
    if (tensors.length === 0) throw new ValueError("Cannot join an empty list of tensors.");
    const [{ ndim }] = tensors;
    for (const x of tensors) {
      if (x.ndim === 0)
        throw new TypeError(
          `Join cannot handle arguments of dimension 0. For joining scalar values, see stack; ${x} has type ${x.type}.`,
        );
      if (x.ndim !== ndim)
        throw new TypeError(
          `Join() can only join tensors with the same number of dimensions: ${tensors.map((t) => `${t} of type ${t.type}`).join(", ")}.`,
        );
    }
    const type = new TensorType(upcast(...tensors.map((x) => x.dtype)), joinedShape(axis, tensors));
    return new Apply(this, [axis, ...tensors], [type]);
  }

  override perform(node: Apply, [axisValue, ...tensors]: readonly NDArray[]): readonly NDArray[] {
    const [{ shape: first, ndim }] = tensors;
    const axis = axisAt(Number(axisValue.item()), ndim);
    tensors.forEach((x, position) => {
      checkSameBut(axis, first, x.shape, position);
    });
    const lengths = tensors.map((x) => x.shape[axis]);
    const result = NDArray.zeros(first.with(axis, total(lengths)), node.out.dtype);
    cuts(axis, lengths).forEach((cut, i) => {
      assign(result.slice(...cut), tensors[i]);
    });
    return [result];
  }

  override inferShape(node: Apply, [, ...lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const [first] = lengths;
    const axis = knownAxis(node.inputs[0], first.length);
    if (axis === null) return [first.map((_, i) => new ShapeI(i).apply(node.out).out)];
    return [
      first.with(
        axis,
        lengths.map((tensor) => tensor[axis]).reduce((a, b) => applyElemwise("add", a, b)),
      ),
    ];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [axis, ...tensors] = node.inputs;
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    if (isDiscrete(node.out.dtype)) return [DISCONNECTED, ...tensors.map(zerosLike)];
    const sizes = makeVector(
      tensors.map((x) => subtensor(shape(x), axis)),
      "int64",
    );
    const parts = new Split(tensors.length).apply(g, axis, sizes).outputs;
    return [
      DISCONNECTED,
      ...tensors.map((x, i) => (isDiscrete(x.dtype) ? zerosLike(x) : patternbroadcast(parts[i], x.broadcastable))),
    ];
  }
}

/** The first input in parts along the dimension given second, with the lengths given third. The parts are views; no loop IR. */
export class Split extends Op {
  readonly family = "Split";
  readonly key: string;
  readonly count: number;
  override readonly views: Readonly<Record<number, number>>;

  constructor(count: number) {
    super();
    this.count = count;
    this.key = `Split{${count}}`;
    this.views = Object.fromEntries(Array.from({ length: count }, (_, part) => [part, 0]));
  }

  /** `Split{2}`. */
  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the lengths are no vector of integers; IndexError for a wrong dimension. */
  apply(x: Variable, axis: Variable, lengths: Variable): Apply {
    checkAxis(this, axis);
    if (lengths.ndim !== 1 || !isDiscrete(lengths.dtype))
      throw new TypeError(`splits must have type integer vector, got ${lengths} of type ${lengths.type}.`);
    const known = knownAxis(axis, x.ndim);
    const parts = knownNumbers(lengths);
    const types = Array.from({ length: this.count }, (_, part) =>
      x.type.with({
        shape: x.type.shape.map((dim, i): Dim => {
          if (known === null) return null;
          return known === i ? inferredDim(parts?.[part] ?? null) : dim;
        }),
      }),
    );
    return new Apply(this, [x, axis, lengths], types);
  }

  override perform(_node: Apply, [x, axisValue, lengths]: readonly NDArray[]): readonly NDArray[] {
    const axis = axisAt(Number(axisValue.item()), x.ndim);
    const parts = [...lengths.elements()].map(Number);
    if (parts.length !== this.count)
      throw new ValueError(
        `In Split.perform(), len(splits) != len_splits: got ${parts.length} lengths for ${this.count} parts.`,
      );
    if (total(parts) !== x.shape[axis])
      throw new ValueError(`The splits sum to ${total(parts)}, expected ${x.shape[axis]}`);
    if (parts.some((length) => length < 0))
      throw new ValueError(`Split: you tried to make an ndarray with a negative number of elements: ${lengths}.`);
    return cuts(axis, parts).map((cut) => x.slice(...cut));
  }

  override inferShape(node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const axis = knownAxis(node.inputs[1], lengths.length);
    return node.outputs.map((output, part) =>
      axis === null
        ? lengths.map((_, i) => new ShapeI(i).apply(output).out)
        : lengths.with(axis, cast(subtensor(node.inputs[2], part), "int64")),
    );
  }

  override gradient(node: Apply, gradients: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, axis] = node.inputs;
    if (gradients.every((g) => g === null)) return node.inputs.map(() => DISCONNECTED);
    const parts = gradients.map((g, i) => g ?? zerosLike(node.outputs[i]));
    const joined = isDiscrete(x.dtype) ? zerosLike(x) : new Join().apply(axis, ...parts).out;
    return [patternbroadcast(joined, x.broadcastable), DISCONNECTED, DISCONNECTED];
  }
}

function checkAxis(op: Op, axis: Variable): void {
  if (axis.ndim !== 0 || !isDiscrete(axis.dtype) || axis.dtype === "bool")
    throw new TypeError(`Axis could not be cast to an integer scalar: ${op} got ${axis} of type ${axis.type}.`);
}

/** @throws IndexError in Theano's words. */
function axisAt(axis: number, ndim: number): number {
  if (axis < -ndim || axis >= ndim) throw new IndexError(`Join axis ${axis} out of bounds [0, ${ndim})`);
  return axis < 0 ? axis + ndim : axis;
}

function knownAxis(axis: Variable, ndim: number): number | null {
  const known = knownNumber(axis);
  return known === null ? null : axisAt(known, ndim);
}

/**
 * A dimension other than the joined one is known when it is for one of the tensors, since they agree there.
 * @throws ValueError when two of them are known to differ.
 */
function joinedShape(axis: Variable, tensors: readonly Variable[]): Dim[] {
  const known = knownAxis(axis, tensors[0].ndim);
  if (tensors.length === 1) return [...tensors[0].type.shape];
  return tensors[0].type.shape.map((_, i): Dim => {
    const dims = tensors.map((x) => x.type.shape[i]);
    if (known === null) return null;
    if (i === known) return inferredDim(dims.reduce<Dim>((a, b) => (a === null || b === null ? null : a + b), 0));
    const first = dims.findIndex((dim) => dim !== null);
    const other = dims.findIndex((dim) => dim !== null && dim !== dims[first]);
    if (other >= 0)
      throw new ValueError(
        `all the input array dimensions except for the concatenation axis must match exactly, but along dimension ${i}, the array at index ${first} has size ${dims[first]} and the array at index ${other} has size ${dims[other]}`,
      );
    return first < 0 ? null : dims[first];
  });
}

/** @throws ValueError in NumPy's words. */
function checkSameBut(axis: number, first: readonly number[], shape: readonly number[], position: number): void {
  const bad = shape.findIndex((length, i) => i !== axis && length !== first[i]);
  if (bad >= 0)
    throw new ValueError(
      `all the input array dimensions except for the concatenation axis must match exactly, but along dimension ${bad}, the array at index 0 has size ${first[bad]} and the array at index ${position} has size ${shape[bad]}`,
    );
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Indices of consecutive parts along a dimension. */
function cuts(axis: number, lengths: readonly number[]): readonly (readonly Slice[])[] {
  let start = 0;
  return lengths.map((length) => {
    const part: Slice = { start, stop: start + length };
    start += length;
    return [...Array<Slice>(axis).fill({}), part];
  });
}

/** The variable itself, a constant of the value, or a tensor of what a list holds, some of which is symbolic. */
export function asTensorVariable(value: TensorLike | readonly TensorLike[]): TensorVariable {
  return isSymbolicList(value) ? stack(value.map(asTensorVariable)) : asTensor(value);
}

function isSymbolicList(value: TensorLike | readonly TensorLike[]): value is readonly TensorLike[] {
  const holdsVariable = (item: unknown): boolean =>
    item instanceof TensorVariable || (Array.isArray(item) && item.some(holdsVariable));
  return Array.isArray(value) && holdsVariable(value);
}

/** Tensors one after the other along dimension `axis`. */
export function join(axis: TensorLike, ...tensors: readonly TensorLike[]): TensorVariable {
  const inputs = tensors.map((x) => asTensor(x));
  return inputs.length === 1 ? inputs[0] : new Join().apply(asTensor(axis), ...inputs).out;
}

export interface AxisOption {
  /** The dimension; negative ones count from the end; the first one unless given. */
  readonly axis?: number | TensorVariable;
}

/** Tensors one after the other along a dimension. */
export function concatenate(tensors: readonly TensorLike[], { axis = 0 }: AxisOption = {}): TensorVariable {
  return join(axis, ...tensors);
}

/** Tensors of one shape along a new dimension, which becomes dimension `axis` (0 unless given); numbers become a vector. */
export function stack(tensors: readonly TensorLike[], { axis = 0 }: { readonly axis?: number } = {}): TensorVariable {
  const inputs = tensors.map((x) => asTensor(x));
  if (inputs.length === 0) throw new ValueError("Cannot stack an empty list of tensors.");
  if (axis === 0 && inputs.every((x) => x.ndim === 0)) return makeVector(inputs);
  return join(axis, ...inputs.map((x) => shapePadaxis(x, axis)));
}

/**
 * `count` parts of the given lengths along a dimension.
 * @throws TypeError when the lengths are no integers.
 */
export function split(x: TensorLike, lengths: Lengths, count: number, { axis = 0 }: AxisOption = {}): TensorVariable[] {
  return [...new Split(count).apply(asTensor(x), asTensor(axis), lengthVector(lengths)).outputs];
}

/** Matrices side by side. @throws ValueError for fewer than two; TypeError for other tensors. */
export function horizontalStack(...matrices: readonly TensorLike[]): TensorVariable {
  return stackMatrices("horizontalStack", 1, matrices);
}

/** Matrices below each other. @throws ValueError for fewer than two; TypeError for other tensors. */
export function verticalStack(...matrices: readonly TensorLike[]): TensorVariable {
  return stackMatrices("verticalStack", 0, matrices);
}

function stackMatrices(name: string, axis: number, matrices: readonly TensorLike[]): TensorVariable {
  if (matrices.length < 2) throw new ValueError(`${name} needs two matrices or more, got ${matrices.length}.`);
  const inputs = matrices.map((x) => asTensor(x));
  const bad = inputs.find((x) => x.ndim !== 2);
  if (bad !== undefined) throw new TypeError(`${name} takes matrices, got ${bad} of type ${bad.type}.`);
  return join(axis, ...inputs);
}
