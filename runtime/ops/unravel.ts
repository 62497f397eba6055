/** Between positions in row-major (or column-major) order and indices, one per dimension. */
import { isInteger } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { broadcastShapes, sizeOf } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import type { TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { asPositions, type TakeMode } from "./advanced.ts";
import { zerosLike } from "./elemwise.ts";
import { type Lengths, lengthList, lengthVector } from "./shapevector.ts";

/** Row-major as C has it, or column-major as Fortran has it. */
export type IndexOrder = "C" | "F";

/** How many elements one step along each dimension skips. */
function stepsOf(lengths: readonly number[], order: IndexOrder): readonly number[] {
  return lengths.map((_, axis) => sizeOf(order === "C" ? lengths.slice(axis + 1) : lengths.slice(0, axis)));
}

function checkIndices(op: Op, indices: readonly Variable[]): void {
  const bad = indices.find((x) => !isInteger(x.dtype));
  if (bad !== undefined)
    throw new TypeError(
      `'${bad.dtype}' object cannot be interpreted as an index: ${op} got ${bad} of type ${bad.type}.`,
    );
}

/** One output per dimension. Every position must lie within, which loop IR cannot check. */
export class UnravelIndex extends Op {
  readonly family = "UnravelIndex";
  readonly key: string;
  readonly ndim: number;
  readonly order: IndexOrder;

  constructor(ndim: number, order: IndexOrder) {
    super();
    this.ndim = ndim;
    this.order = order;
    this.key = `UnravelIndex{ndim=${ndim}, order='${order}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the positions are integers. */
  apply(positions: Variable, lengths: Variable): Apply {
    checkIndices(this, [positions, lengths]);
    const type = positions.type.with({ dtype: "int64" });
    return new Apply(
      this,
      [positions, lengths],
      Array.from({ length: this.ndim }, () => type),
    );
  }

  override perform(_node: Apply, [positions, lengths]: readonly NDArray[]): readonly NDArray[] {
    const dims = Array.from(lengths.elements(), Number);
    if (dims.length !== this.ndim) throw new ValueError(`${this} got the lengths ${pyTuple(dims)}.`);
    const flat = Array.from(positions.elements(), Number);
    const bad = flat.find((position) => position < 0 || position >= sizeOf(dims));
    if (bad !== undefined)
      throw new ValueError(`index ${bad} is out of bounds for array with size ${sizeOf(dims)}, shape ${pyTuple(dims)}`);
    const steps = stepsOf(dims, this.order);
    return dims.map((length, axis) => {
      const data = BigInt64Array.from(flat, (position) => BigInt(Math.floor(position / steps[axis]) % length));
      return new NDArray(data, "int64", positions.shape);
    });
  }

  override inferShape(node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return node.outputs.map(() => lengths);
  }

  override gradient(node: Apply): readonly (Variable | NoGradient)[] {
    return [zerosLike(node.inputs[0]), DISCONNECTED];
  }
}

/** The inputs are one tensor of indices per dimension, which broadcast, and the lengths. */
export class RavelMultiIndex extends Op {
  readonly family = "RavelMultiIndex";
  readonly key: string;
  readonly mode: TakeMode;
  readonly order: IndexOrder;

  constructor(mode: TakeMode, order: IndexOrder) {
    super();
    this.mode = mode;
    this.order = order;
    this.key = `RavelMultiIndex{mode='${mode}', order='${order}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the indices are integers. */
  apply(...inputs: readonly Variable[]): Apply {
    checkIndices(this, inputs);
    const rank = Math.max(0, ...inputs.slice(0, -1).map((x) => x.ndim));
    return new Apply(this, inputs, [TensorType.ofRank("int64", rank)]);
  }

  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const indices = inputs.slice(0, -1);
    const dims = Array.from(inputs[inputs.length - 1].elements(), Number);
    if (dims.length !== indices.length)
      throw new ValueError(`parameter multi_index must be a sequence of length ${dims.length}, got ${indices.length}`);
    const shape = broadcastShapes(...indices.map((x) => x.shape));
    const steps = stepsOf(dims, this.order);
    const positions = new Array<number>(sizeOf(shape)).fill(0);
    indices.forEach((index, axis) => {
      let i = 0;
      for (const value of index.broadcastTo(shape).elements())
        positions[i++] += steps[axis] * this.#inRange(Number(value), dims[axis]);
    });
    return [new NDArray(BigInt64Array.from(positions, BigInt), "int64", shape)];
  }

  #inRange(index: number, length: number): number {
    switch (this.mode) {
      case "wrap":
        return ((index % length) + length) % length;
      case "clip":
        return Math.min(Math.max(index, 0), length - 1);
      case "raise":
        if (index < 0 || index >= length)
          throw new ValueError(`invalid entry in coordinates array: ${index} is not within a length of ${length}`);
        return index;
    }
  }

  override gradient(node: Apply): readonly (Variable | NoGradient)[] {
    return node.inputs.map((x, i) => (i === node.inputs.length - 1 ? DISCONNECTED : zerosLike(x)));
  }
}

export interface OrderOption {
  /** "C" counts the last dimension fastest, which is so unless told otherwise; "F" the first one. */
  readonly order?: IndexOrder;
}

/**
 * The indices of positions in an array of the given lengths, one int64 tensor per dimension.
 * @throws ValueError for a position outside of it, when it is run.
 */
export function unravelIndex(positions: TensorLike, lengths: Lengths, options: OrderOption = {}): TensorVariable[] {
  const { order = "C" } = options;
  const dims = lengthVector([...lengthList(lengths)]);
  return [...new UnravelIndex(lengthList(lengths).length, order).apply(asPositions(positions), dims).outputs];
}

export interface RavelOptions extends OrderOption {
  /** What to do with an index outside of its dimension. */
  readonly mode?: TakeMode;
}

/**
 * The positions of indices, of which there is one tensor per dimension, in an array of the given lengths.
 * @throws ValueError for an index outside of its dimension, when it is run, unless a mode says what to do.
 */
export function ravelMultiIndex(
  indices: readonly TensorLike[],
  lengths: Lengths,
  options: RavelOptions = {},
): TensorVariable {
  const { mode = "raise", order = "C" } = options;
  return new RavelMultiIndex(mode, order).apply(...indices.map(asPositions), lengthVector(lengths)).out;
}

export const unravelFunctions = { unravelIndex, ravelMultiIndex };
