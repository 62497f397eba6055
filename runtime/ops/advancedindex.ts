/** Indexing by several tensors of positions, by boolean masks, and by these together with parts: NumPy's rules. */

import { isDiscrete } from "../array/dtype.ts";
import { gather, nonzeroIndices, type Parts, scatter, wholeNumbers } from "../array/gather.ts";
import { checkedIndex, type Index } from "../array/indexing.ts";
import { NDArray } from "../array/ndarray.ts";
import { broadcastShapes, sizeOf } from "../array/shape.ts";
import { IndexError, ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { constant } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { Dim } from "../graph/type.ts";
import type { Variable } from "../graph/variable.ts";
import { alloc, arange } from "./alloc.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";
import { checkRank, checkStretch, type IncMode, valuesGradient } from "./incsubtensor.ts";
import { boundsOf, fillIndex, type SliceEntry } from "./indexing.ts";
import { prod } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { lengthList, shape } from "./shapevector.ts";

/** One place: a part, or an input that holds positions or a mask. */
export type AdvancedEntry = SliceEntry | "positions";

/** Which dimensions of the indexed tensor are picked from by positions, and where the picked ones go. */
interface Layout {
  readonly picked: readonly number[];
  readonly parts: readonly number[];
  /** The parts that are only some of their dimension. */
  readonly cut: readonly number[];
  /** Number of positions' dimensions in the result. */
  readonly rank: number;
  /** The first of them in the result. */
  readonly at: number;
}

/** Positions side by side are replaced by what they pick; with parts between them, that goes to the front. */
function layoutOf(entries: readonly AdvancedEntry[], places: readonly Variable[], ndim: number): Layout {
  const inputs = places.values();
  let axis = 0;
  let rank = 0;
  const picked: number[] = [];
  const cut: number[] = [];
  for (const entry of entries) {
    if (entry !== "positions") {
      const bounds = boundsOf(entry);
      if (bounds.length > 0) cut.push(axis);
      for (const _ of bounds) inputs.next();
      axis++;
      continue;
    }
    const place = inputs.next().value;
    const isMask = place?.dtype === "bool";
    rank = Math.max(rank, isMask ? 1 : (place?.ndim ?? 0));
    for (let i = 0; i < (isMask ? place.ndim : 1); i++) picked.push(axis++);
  }
  const parts = Array.from({ length: ndim }, (_, i) => i).filter((i) => !picked.includes(i));
  const together = (picked.at(-1) ?? 0) - picked[0] === picked.length - 1;
  return { picked, parts, cut, rank, at: together ? picked[0] : 0 };
}

/** For each dimension of the result, the one it is when the positions' dimensions stand first. */
function resultOrder({ parts, rank, at }: Layout): readonly number[] {
  const from = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i);
  return [...from(rank, at), ...from(0, rank), ...from(rank + at, parts.length - at)];
}

/** What an index picks: one part for each element of the positions, in row-major order. */
interface Picked {
  readonly parts: Parts;
  readonly batch: readonly number[];
}

function pick(x: NDArray, entries: readonly AdvancedEntry[], inputs: readonly NDArray[], layout: Layout): Picked {
  let next = 0;
  const take = (count: number) => {
    next += count;
    return inputs.slice(next - count, next);
  };
  const index: Index[] = [];
  const positions: NDArray[] = [];
  for (const entry of entries) {
    if (entry !== "positions") {
      index.push(...fillIndex([entry], take(boundsOf(entry).length)));
      continue;
    }
    const [place] = take(1);
    const vectors = place.dtype === "bool" ? nonzero(place, x.shape, index.length) : [place];
    positions.push(...vectors);
    index.push(...vectors.map(() => ({})));
  }
  const batch = commonShape(positions);
  const moved = x.slice(...index).dimshuffle([...layout.picked, ...layout.parts]);
  const offsets = new Array<number>(sizeOf(batch)).fill(moved.offset);
  positions.forEach((place, k) => {
    wholeNumbers(place.broadcastTo(batch)).forEach((at, i) => {
      offsets[i] += moved.strides[k] * checkedIndex(at, layout.picked[k], x.shape);
    });
  });
  const count = positions.length;
  return { parts: { offsets, shape: moved.shape.slice(count), strides: moved.strides.slice(count) }, batch };
}

/** The places where a mask is true, one vector per dimension. @throws IndexError when it has other lengths than the tensor. */
function nonzero(mask: NDArray, shape: readonly number[], first: number): readonly NDArray[] {
  const bad = mask.shape.findIndex((length, i) => length !== shape[first + i]);
  if (bad >= 0)
    throw new IndexError(
      `boolean index did not match indexed array along dimension ${first + bad}; dimension is ${shape[first + bad]} but corresponding boolean dimension is ${mask.shape[bad]}`,
    );
  return nonzeroIndices(mask).map((list) => new NDArray(list, "int32", [list.length]));
}

/** @throws IndexError in NumPy's words. */
function commonShape(positions: readonly NDArray[]): readonly number[] {
  try {
    return broadcastShapes(...positions.map((p) => p.shape));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const shapes = positions.map((p) => pyTuple(p.shape)).join(" ");
    throw new IndexError(`shape mismatch: indexing arrays could not be broadcast together with shapes ${shapes}`);
  }
}

/** Picks by positions and masks. It is a copy, so there is no loop IR. */
export class AdvancedSubtensor extends Op {
  readonly family = "AdvancedSubtensor";
  readonly key: string;
  readonly entries: readonly AdvancedEntry[];

  constructor(entries: readonly AdvancedEntry[]) {
    super();
    this.entries = entries;
    this.key = `AdvancedSubtensor${JSON.stringify(entries)}`;
  }

  toString(): string {
    return "AdvancedSubtensor";
  }

  /** The inputs after the tensor are positions, masks and the bounds of parts, in the order of the index. */
  apply(x: Variable, ...inputs: readonly Variable[]): Apply {
    const layout = layoutOf(this.entries, inputs, x.ndim);
    const rest = layout.parts.map((axis): Dim => (layout.cut.includes(axis) ? null : x.type.shape[axis]));
    const full = [...Array<Dim>(layout.rank).fill(null), ...rest];
    const dims = resultOrder(layout).map((axis) => full[axis]);
    return new Apply(this, [x, ...inputs], [x.type.with({ shape: dims })]);
  }

  override perform(node: Apply, [x, ...inputs]: readonly NDArray[]): readonly NDArray[] {
    const layout = layoutOf(this.entries, node.inputs.slice(1), x.ndim);
    const { parts, batch } = pick(x, this.entries, inputs, layout);
    return [
      gather(x, parts)
        .reshape([...batch, ...parts.shape])
        .dimshuffle(resultOrder(layout))
        .asContiguous(),
    ];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, ...inputs] = node.inputs;
    const none = inputs.map(() => DISCONNECTED);
    if (g === null) return [DISCONNECTED, ...none];
    if (isDiscrete(x.dtype)) return [zerosLike(x), ...none];
    return [new AdvancedIncSubtensor(this.entries, "inc").apply(zerosLike(x), g, ...inputs).out, ...none];
  }
}

/** A copy in which what {@link AdvancedSubtensor} picks is replaced or added to, repeatedly where it repeats; no loop IR. */
export class AdvancedIncSubtensor extends Op {
  readonly family = "AdvancedIncSubtensor";
  readonly key: string;
  readonly entries: readonly AdvancedEntry[];
  readonly mode: IncMode;

  constructor(entries: readonly AdvancedEntry[], mode: IncMode) {
    super();
    this.entries = entries;
    this.mode = mode;
    this.key = `AdvancedIncSubtensor{${mode}}${JSON.stringify(entries)}`;
  }

  /** `AdvancedIncSubtensor{inplace=False,  set_instead_of_inc=True}`, with Theano's two blanks. */
  toString(): string {
    return `AdvancedIncSubtensor{inplace=False,  set_instead_of_inc=${this.mode === "set" ? "True" : "False"}}`;
  }

  /** @throws TypeError when the values have more dimensions than what is picked. */
  apply(x: Variable, y: Variable, ...inputs: readonly Variable[]): Apply {
    const layout = layoutOf(this.entries, inputs, x.ndim);
    checkRank(layout.rank + layout.parts.length, y);
    return new Apply(this, [x, y, ...inputs], [x.type]);
  }

  override perform(node: Apply, [x, y, ...inputs]: readonly NDArray[]): readonly NDArray[] {
    const layout = layoutOf(this.entries, node.inputs.slice(2), x.ndim);
    const result = x.copy();
    const { parts, batch } = pick(result, this.entries, inputs, layout);
    const order = resultOrder(layout);
    const full = [...batch, ...parts.shape];
    const target = order.map((axis) => full[axis]);
    checkStretch(node.inputs[1].type.shape, y.shape, target);
    const values = y
      .astype(x.dtype)
      .broadcastTo(target)
      .dimshuffle(full.map((_, axis) => order.indexOf(axis)))
      .asContiguous();
    scatter(result, parts, values, this.mode === "set" ? "set" : "add");
    return [result];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, y, ...inputs] = node.inputs;
    const none = inputs.map(() => DISCONNECTED);
    if (g === null) return [DISCONNECTED, DISCONNECTED, ...none];
    if (isDiscrete(x.dtype)) return [zerosLike(x), zerosLike(y), ...none];
    const picked = new AdvancedSubtensor(this.entries).apply(g, ...inputs).out;
    if (this.mode === "inc") return [g, valuesGradient(picked, y), ...none];
    const kept = this.apply(g, zerosLike(y), ...inputs).out;
    const last = applyElemwise("mul", picked, this.#lastWrites(g, picked, inputs));
    return [kept, valuesGradient(last, y), ...none];
  }

  /** 1 where an element is not overwritten by a later one, else 0. */
  #lastWrites(x: Variable, picked: Variable, inputs: readonly Variable[]): Variable {
    const lengths = shape(picked);
    const order = reshape(arange(prod(lengths)), lengths, { ndim: picked.ndim });
    const writers = this.apply(alloc(constant(0, null, "int64"), ...lengthList(shape(x))), order, ...inputs).out;
    return applyElemwise("eq", new AdvancedSubtensor(this.entries).apply(writers, ...inputs).out, order);
  }
}
