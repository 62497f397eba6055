/** Subtensor: elements and parts of a tensor by basic indexing, and the way in for every kind of index. */
import { type DType, isDiscrete } from "../array/dtype.ts";
import { type Index, NDArray } from "../array/ndarray.ts";
import { IndexError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { type Dim, inferredDim } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { advancedIndex } from "./advanced.ts";
import { type DimShuffleItem, dimshuffle } from "./dimshuffle.ts";
import { zerosLike } from "./elemwise.ts";
import { IncSubtensor } from "./incsubtensor.ts";
import {
  type BooleanList,
  dimensionsOf,
  type Entry,
  entriesText,
  expandEllipsis,
  isBasic,
  isWhole,
  knownIndex,
  maskOfList,
  type SymbolicIndex,
  slice,
  splitIndex,
  view,
} from "./indexing.ts";
import { partLength } from "./infershape.ts";
import { tensorOfPosition } from "./scalars.ts";
import { ShapeI } from "./shape.ts";
import { knownNumber } from "./shapevector.ts";

/** Picks by one place per dimension from the first on; the numbers are inputs. The output is a view, so there is no loop IR. */
export class Subtensor extends Op {
  readonly family = "Subtensor";
  readonly key: string;
  readonly entries: readonly Entry[];
  override readonly views = { 0: 0 };

  constructor(entries: readonly Entry[]) {
    super();
    this.entries = entries;
    this.key = `Subtensor{${entriesText(entries)}}`;
  }

  /** `Subtensor{int64}`, `Subtensor{int64:int64:, ::int64}`. */
  toString(): string {
    return this.key;
  }

  /** @throws IndexError when there are more places than dimensions. */
  apply(x: Variable, ...positions: readonly Variable[]): Apply {
    if (this.entries.length > x.ndim)
      throw new IndexError(`too many indices for array: ${this} of ${x}, which has the type ${x.type}.`);
    const shape = indexedShape(x.type.shape, this.entries, positions);
    return new Apply(this, [x, ...positions], [x.type.with({ shape })]);
  }

  override perform(_node: Apply, [x, ...positions]: readonly NDArray[]): readonly NDArray[] {
    return [view(x, this.entries, positions)];
  }

  override inferShape(node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [indexedLengths(node, lengths, this.entries)];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, ...positions] = node.inputs;
    const none = positions.map(() => DISCONNECTED);
    if (g === null) return [DISCONNECTED, ...none];
    const zeros = zerosLike(x);
    if (isDiscrete(x.dtype)) return [zeros, ...none];
    return [new IncSubtensor(this.entries, "inc").apply(zeros, g, ...positions).out, ...none];
  }
}

/**
 * What is known of the dimensions that an index leaves: a dimension of length 1 of which all is taken keeps it, and a
 * known slice of a known length has one.
 */
function indexedShape(shape: readonly Dim[], entries: readonly Entry[], positions: readonly Variable[]): Dim[] {
  const known = knownIndex(entries, positions);
  return shape.flatMap((dim, axis): Dim[] => {
    if (axis >= entries.length) return [dim];
    if (typeof entries[axis] === "string") return [];
    const place = known[axis];
    if (dim === null || place === undefined) return [null];
    const length = lengthOf(place, dim);
    return [dim === 1 ? (length === 1 ? 1 : null) : inferredDim(length)];
  });
}

/** The lengths of what an index leaves, as expressions; where a step is unknown, as that of the result itself. */
function indexedLengths(node: Apply, lengths: readonly Variable[], entries: readonly Entry[]): Variable[] {
  const positions = node.inputs.slice(1).map(tensorOfPosition);
  let next = 0;
  const take = (dtype: DType | null): Variable | null => (dtype === null ? null : positions[next++]);
  let axis = 0;
  return lengths.flatMap((length, i): Variable[] => {
    if (i >= entries.length) return [length];
    const entry = entries[i];
    if (typeof entry === "string") {
      next += 1;
      return [];
    }
    const [start, stop, step] = [take(entry.start), take(entry.stop), take(entry.step)];
    const stride = step === null ? 1 : knownNumber(step);
    const place = axis++;
    return [stride === null ? new ShapeI(place).apply(node.out).out : partLength(length, start, stop, stride)];
  });
}

/** The number of elements that a slice takes of a dimension of `length`. */
function lengthOf(place: Index, length: number): number {
  return NDArray.zeros([1], "bool").broadcastTo([length]).slice(place).shape[0];
}

/**
 * `x[index]`: `subtensor(x, 0, slice(1, null, 2), null)` is Python's `x[0, 1::2, None]`.
 * @throws IndexError in Theano's words for too many places, and for one that lies outside of a known length; TypeError
 * for a place that is no whole number.
 */
export function subtensor(x: TensorLike, ...index: readonly (SymbolicIndex | BooleanList)[]): TensorVariable {
  const input = asTensor(x);
  const places = expandEllipsis(index.map(maskOfList), input);
  if (places.length === 0) return input;
  if (places.includes(null)) return withNewAxes(input, places);
  const basic = places.filter(isBasic);
  if (basic.length < places.length)
    return advancedIndex(
      input,
      places.filter((place) => place !== null),
    );
  const { entries, positions } = splitIndex(basic);
  checkInside(input, knownIndex(entries, positions));
  return new Subtensor(entries).apply(input, ...positions).out;
}

/** Of an empty dimension any place may be named, since a loop over its rows does so and never comes to read one. */
function checkInside(x: TensorVariable, places: readonly (Index | undefined)[]): void {
  places.forEach((place, axis) => {
    const length = x.type.shape[axis] ?? 0;
    if (typeof place === "number" && length > 0 && (place >= length || place < -length))
      throw new IndexError(
        `index ${place} is out of bounds for axis ${axis} with size ${length}: ${x} is a ${x.type}.`,
      );
  });
}

/** New dimensions first, by a dimension shuffle, of which all is taken. */
function withNewAxes(x: TensorVariable, places: readonly Exclude<SymbolicIndex, "...">[]): TensorVariable {
  let next = 0;
  const named = places.flatMap((place): DimShuffleItem[] =>
    place === null ? ["x"] : Array.from({ length: dimensionsOf(place) }, () => next++),
  );
  const rest = Array.from({ length: x.ndim - next }, (_, i): DimShuffleItem => next + i);
  const shuffled = dimshuffle(x, [...named, ...rest]);
  const remaining = places.map((place) => place ?? slice());
  return remaining.every(isWhole) ? shuffled : subtensor(shuffled, ...remaining);
}
