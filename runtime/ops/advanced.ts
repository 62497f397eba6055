/** Picking several elements of a dimension at once, by a vector of positions. */

import { isDiscrete } from "../array/dtype.ts";
import { gather, type Parts, scatter, wholeNumbers } from "../array/gather.ts";
import { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import { IndexError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { as, define, KernelBuilder, loop } from "../loop/builder.ts";
import { type AdvancedEntry, AdvancedSubtensor } from "./advancedindex.ts";
import { alloc, arange } from "./alloc.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";
import { checkRank, checkStretch, type IncMode, valuesGradient } from "./incsubtensor.ts";
import {
  type BasicIndex,
  isBasic,
  isSlice,
  isWhole,
  type Position,
  type SymbolicIndex,
  slice,
  splitIndex,
} from "./indexing.ts";
import { concatenate } from "./join.ts";
import { flatten, reshape } from "./reshape.ts";
import { shape } from "./shapevector.ts";
import { subtensor } from "./subtensor.ts";

/** Picks positions of the first dimension. */
export class AdvancedSubtensor1 extends Op {
  readonly family = "AdvancedSubtensor1";
  readonly key = "AdvancedSubtensor1";

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the tensor has no dimensions, or the positions are no vector of integers. */
  apply(x: Variable, positions: Variable): Apply {
    checkGather(this, x, positions);
    const shape = [positions.type.shape[0], ...x.type.shape.slice(1)];
    return new Apply(this, [x, positions], [x.type.with({ shape })]);
  }

  override lower(node: Apply): Lowered {
    const [x, positions] = node.inputs;
    const kernel = new KernelBuilder("take");
    const rest = axesOfRows(x);
    const element = kernel.input(x.dtype, [PICKED, ...rest]);
    const at = define(PICKED.position, as(kernel.input(positions.dtype, ["i"]), "int64"));
    const store = kernel.output(x.dtype, ["i", ...rest]);
    return {
      kernel: kernel.build(...loop(["i"], at.statement, ...loop(rest, store(element)))),
      shapes: ([from, places]) => [[places[0], ...from.slice(1)]],
    };
  }

  override perform(_node: Apply, [x, positions]: readonly NDArray[]): readonly NDArray[] {
    return [gather(x, rows(x, positions))];
  }

  override inferShape(
    _node: Apply,
    [x, positions]: readonly (readonly Variable[])[],
  ): readonly (readonly Variable[])[] {
    return [[positions[0], ...x.slice(1)]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [x, positions] = node.inputs;
    if (isDiscrete(x.dtype)) return [zerosLike(x), DISCONNECTED];
    return [new AdvancedIncSubtensor1("inc").apply(zerosLike(x), g, positions).out, DISCONNECTED];
  }
}

/**
 * A copy in which positions of the first dimension are replaced or added to, repeated ones repeatedly, or the tensor itself
 * where the op may overwrite it.
 */
export class AdvancedIncSubtensor1 extends Op {
  readonly family = "AdvancedIncSubtensor1";
  readonly key: string;
  readonly mode: IncMode;
  readonly isInplace: boolean;
  override readonly destroys: Readonly<Record<number, number>>;

  constructor(mode: IncMode, isInplace = false) {
    super();
    this.mode = mode;
    this.isInplace = isInplace;
    this.destroys = isInplace ? { 0: 0 } : {};
    this.key = `AdvancedIncSubtensor1{${isInplace ? "inplace" : "no_inplace"},${mode}}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the inputs cannot be indexed so, or the values have more dimensions than the part. */
  apply(x: Variable, y: Variable, positions: Variable): Apply {
    checkGather(this, x, positions);
    checkRank(x.ndim, y);
    return new Apply(this, [x, y, positions], [x.type]);
  }

  override lower(node: Apply): Lowered {
    const [x, y, positions] = node.inputs;
    const kernel = new KernelBuilder("put");
    const rest = axesOfRows(x);
    const element = kernel.input(x.dtype, [PICKED.length, ...rest]);
    const stretched = ["i", ...rest].slice(x.ndim - y.ndim);
    const value = kernel.input(
      y.dtype,
      stretched.map((axis, dim) => (y.type.shape[dim] === 1 ? "first" : axis)),
    );
    const at = define(PICKED.position, as(kernel.input(positions.dtype, ["i"]), "int64"));
    const store = kernel.output(x.dtype, [PICKED.length, ...rest]);
    const places = [PICKED, ...rest];
    const put = store(value, places, this.mode === "inc" ? true : undefined);
    return {
      kernel: kernel.build(
        ...loop([PICKED.length, ...rest], store(element)),
        ...loop(["i"], at.statement, ...loop(rest, put)),
      ),
      shapes: ([into, values, picked]) => {
        checkStretch(y.type.shape, values, [picked[0], ...into.slice(1)]);
        return [into];
      },
    };
  }

  override perform(node: Apply, [x, y, positions]: readonly NDArray[]): readonly NDArray[] {
    const result = this.isInplace ? x : x.copy();
    const part = [positions.size, ...x.shape.slice(1)];
    checkStretch(node.inputs[1].type.shape, y.shape, part);
    const values = y.astype(x.dtype).broadcastTo(part).asContiguous();
    scatter(result, rows(result, positions), values, this.mode === "set" ? "set" : "add");
    return [result];
  }

  override inferShape(_node: Apply, [x]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [x];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED, DISCONNECTED];
    const [x, y, positions] = node.inputs;
    if (isDiscrete(x.dtype)) return [zerosLike(x), zerosLike(y), DISCONNECTED];
    const picked = new AdvancedSubtensor1().apply(g, positions).out;
    if (this.mode === "inc") return [g, valuesGradient(picked, y), DISCONNECTED];
    const kept = this.apply(g, zerosLike(y), positions).out;
    return [kept, valuesGradient(applyElemwise("mul", picked, lastWrites(g, positions)), y), DISCONNECTED];
  }
}

/** 1 where a position is not overwritten by the same one later in the vector, else 0; as a column beside rows of `x`. */
function lastWrites(x: Variable, positions: Variable): Variable {
  const order = arange(subtensor(shape(positions), 0));
  const nobody = alloc(constant(0, null, "int64"), subtensor(shape(x), 0));
  const writers = new AdvancedIncSubtensor1("set").apply(nobody, order, positions).out;
  const last = applyElemwise("eq", new AdvancedSubtensor1().apply(writers, positions).out, order);
  return dimshuffle(last, [0, ...Array<"x">(x.ndim - 1).fill("x")]);
}

/** A row that a position names, in a dimension along which the axis `length` runs. */
const PICKED = { position: "at", length: "row" };

/** The axes of the dimensions after the first one. */
function axesOfRows(x: Variable): string[] {
  return Array.from({ length: x.ndim - 1 }, (_, dim) => `j${dim}`);
}

function checkGather(op: Op, x: Variable, positions: Variable): void {
  if (positions.ndim !== 1 || !isDiscrete(positions.dtype) || positions.dtype === "bool")
    throw new TypeError(`index must be vector of integers: ${op} got ${positions} of type ${positions.type}.`);
  if (x.ndim === 0) throw new TypeError(`cannot index into a scalar: ${op} got ${x} of type ${x.type}.`);
}

/**
 * The rows at `positions`.
 * @throws IndexError in NumPy's words when one is out of range.
 */
function rows(x: NDArray, positions: NDArray): Parts {
  const [length, ...shape] = x.shape;
  const [step, ...strides] = x.strides;
  return {
    offsets: wholeNumbers(positions).map((position) => x.offset + step * inRange(position, length)),
    shape,
    strides,
  };
}

function inRange(position: number, length: number): number {
  const normal = position < 0 ? position + length : position;
  if (normal < 0 || normal >= length)
    throw new IndexError(`index ${position} is out of bounds for axis 0 with size ${length}`);
  return normal;
}

/** What to do with positions outside of a dimension: an error, counting on from the other end, or the nearest one. */
export type TakeMode = "raise" | "wrap" | "clip";

export interface TakeOptions {
  /** The dimension to pick from; absent or null: the tensor is flattened first. */
  readonly axis?: number | null;
  readonly mode?: TakeMode;
}

/**
 * The elements at `positions` of one dimension; the dimensions of `positions` take the place of that dimension.
 * @throws IndexError when there is no such dimension, TypeError when the positions are no integers.
 */
export function take(x: TensorLike, positions: TensorLike, options: TakeOptions = {}): TensorVariable {
  const { axis: given = null, mode = "raise" } = options;
  const input = given === null ? flatten(x) : asTensor(x);
  const axis = given === null ? 0 : normalizeAxis(given, input.ndim);
  const wanted = asPositions(positions);
  if (wanted.ndim !== 1) {
    const flat = take(input, flatten(wanted), { axis, mode });
    const lengths = [subtensor(shape(input), slice(0, axis)), shape(wanted), subtensor(shape(input), slice(axis + 1))];
    return reshape(flat, concatenate(lengths), { ndim: input.ndim + wanted.ndim - 1 });
  }
  const order = input.type.shape.map((_, i) => (i === 0 ? axis : i === axis ? 0 : i));
  const first = dimshuffle(input, order);
  return dimshuffle(
    new AdvancedSubtensor1().apply(first, within(wanted, subtensor(shape(input), axis), mode)).out,
    order,
  );
}

/** Positions with those outside of a dimension changed as `mode` says. */
export function within(positions: TensorVariable, length: TensorVariable, mode: TakeMode): TensorVariable {
  switch (mode) {
    case "raise":
      return positions;
    case "wrap":
      return applyElemwise("mod", positions, length);
    case "clip":
      return applyElemwise("clip", positions, 0, applyElemwise("sub", length, 1));
  }
}

/** Positions as a tensor; plain integers are int64. */
export function asPositions(positions: TensorLike): TensorVariable {
  const given = asTensor(positions);
  if (positions instanceof TensorVariable || positions instanceof NDArray || ArrayBuffer.isView(positions))
    return given;
  const numbers = NDArray.from(positions);
  return [...numbers.elements()].every((p) => Number.isInteger(Number(p))) ? constant(numbers, null, "int64") : given;
}

/** A place that picks several elements at once. */
type SeveralPlaces = TensorVariable | NDArray | readonly number[];

function isSeveral(place: SymbolicIndex): place is SeveralPlaces {
  return place !== null && place !== "..." && !isBasic(place);
}

/**
 * An index that picks several elements at once: along one dimension by {@link take}, else by {@link AdvancedSubtensor}.
 * @throws TypeError for positions that are neither integers nor booleans.
 */
export function advancedIndex(x: TensorVariable, places: readonly (BasicIndex | SeveralPlaces)[]): TensorVariable {
  const [several, ...more] = places.filter(isSeveral);
  const alone = more.length === 0 && places.every((place) => place === several || isWhole(place));
  if (alone && asPositions(several).dtype !== "bool") return take(x, several, { axis: places.indexOf(several) });
  const inputs: Variable[] = [];
  const entries = places.map((place): AdvancedEntry => {
    if (isSeveral(place) || !isSlice(place)) {
      inputs.push(checkPositions(isSeveral(place) ? asPositions(place) : asWhole(place)));
      return "positions";
    }
    const { entries, positions } = splitIndex([place]);
    inputs.push(...positions);
    const [entry] = entries;
    if (typeof entry === "string") throw new TypeError("a part of a dimension became a position");
    return entry;
  });
  return new AdvancedSubtensor(entries).apply(x, ...inputs).out;
}

function asWhole(place: Position): TensorVariable {
  return place instanceof TensorVariable ? place : constant(place, null, "int64");
}

function checkPositions(positions: TensorVariable): TensorVariable {
  if (!isDiscrete(positions.dtype))
    throw new TypeError(`Expected integers or a boolean mask in an index, got ${positions} of type ${positions.type}.`);
  return positions;
}
