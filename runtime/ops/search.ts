/** Finding elements: places in sorted vectors, places that are not zero, and how often numbers occur. */
import { isInteger, type Scalar } from "../array/dtype.ts";
import { int64From, nonzeroIndices, wholeNumbers } from "../array/gather.ts";
import { NDArray } from "../array/ndarray.ts";
import { compareElements } from "../array/order.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { asPositions, take } from "./advanced.ts";
import { zerosLike } from "./elemwise.ts";
import { stack } from "./join.ts";
import { flatten } from "./reshape.ts";

export type SearchSide = "left" | "right";

/** Where values would go into a sorted vector; a third input may be the positions that sort it. No loop IR bisects. */
export class SearchsortedOp extends Op {
  readonly family = "SearchsortedOp";
  readonly key: string;
  readonly side: SearchSide;

  constructor(side: SearchSide) {
    super();
    this.side = side;
    this.key = `SearchsortedOp{side='${side}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the first input, and the third where it is given, is a vector. */
  apply(x: Variable, values: Variable, ...sorter: readonly Variable[]): Apply {
    if (x.ndim !== 1) throw new TypeError(`searchsorted takes a sorted vector, got ${x} of type ${x.type}.`);
    for (const order of sorter)
      if (order.ndim !== 1 || !isInteger(order.dtype))
        throw new TypeError(`sorter must be an integer vector, got ${order} of type ${order.type}.`);
    return new Apply(this, [x, values, ...sorter], [values.type.with({ dtype: "int64" })]);
  }

  override perform(_node: Apply, [x, values, sorter]: readonly (NDArray | undefined)[]): readonly NDArray[] {
    if (x === undefined || values === undefined) throw new ValueError(`${this} needs a vector and values.`);
    const order = sorter === undefined ? null : wholeNumbers(sorter);
    const at = (i: number): Scalar => x.get(order === null ? i : order[i]);
    const places = BigInt64Array.from(values.elements(), (value) => BigInt(this.#place(value, x.size, at)));
    return [new NDArray(places, "int64", values.shape)];
  }

  #place(value: Scalar, length: number, at: (i: number) => Scalar): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compareElements(at(middle), value);
      if (order < 0 || (order === 0 && this.side === "right")) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  override inferShape(_node: Apply, [, lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths];
  }

  override gradient(node: Apply): readonly (Variable | NoGradient)[] {
    const [x, values, ...sorter] = node.inputs;
    return [zerosLike(x), zerosLike(values), ...sorter.map(() => DISCONNECTED)];
  }
}

export interface SearchsortedOptions {
  /** Whether a value goes before elements that equal it ("left", unless given) or after them. */
  readonly side?: SearchSide;
  /** The positions that sort the vector, where it is not sorted itself. */
  readonly sorter?: TensorLike | null;
}

/**
 * Where each of `values` would go into a sorted vector to keep its order (int64).
 * @throws ValueError for another side than "left" and "right".
 */
export function searchsorted(
  x: TensorLike,
  values: TensorLike,
  { side = "left", sorter = null }: SearchsortedOptions = {},
): TensorVariable {
  if (side !== "left" && side !== "right")
    throw new ValueError(`'${side}' is an invalid value for keyword 'side': it must be "left" or "right".`);
  const order = sorter === null ? [] : [asPositions(sorter)];
  return new SearchsortedOp(side).apply(asTensor(x), asTensor(values), ...order).out;
}

/** The places of elements that are not zero, one vector per dimension. How many there are depends on values: no loop IR. */
export class Nonzero extends Op {
  readonly family = "Nonzero";
  readonly key = "Nonzero";

  toString(): string {
    return this.key;
  }

  /** @throws ValueError for a tensor without dimensions. */
  apply(x: Variable): Apply {
    if (x.ndim === 0) throw new ValueError(`Nonzero only supports non-scalar arrays, got ${x} of type ${x.type}.`);
    return new Apply(
      this,
      [x],
      x.type.shape.map(() => TensorType.ofRank("int64", 1)),
    );
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return nonzeroIndices(x).map((list) => new NDArray(int64From(list), "int64", [list.length]));
  }

  override gradient(node: Apply): readonly (Variable | NoGradient)[] {
    return [zerosLike(node.inputs[0])];
  }
}

/** The places of elements that are not zero: one int64 vector per dimension. @throws ValueError without dimensions. */
export function nonzero(x: TensorLike, options?: { readonly returnMatrix?: false }): TensorVariable[];
/** The places as the columns of an int64 matrix. */
export function nonzero(x: TensorLike, options: { readonly returnMatrix: true }): TensorVariable;
export function nonzero(x: TensorLike, options: { readonly returnMatrix?: boolean } = {}) {
  const places = [...new Nonzero().apply(asTensor(x)).outputs];
  return options.returnMatrix ? stack(places) : places;
}

/** The places of elements that are not zero, counted in row-major order. */
export function flatnonzero(x: TensorLike): TensorVariable {
  return nonzero(flatten(x))[0];
}

/** The elements that are not zero, in row-major order. */
export function nonzeroValues(x: TensorLike): TensorVariable {
  const flat = flatten(x);
  return take(flat, nonzero(flat)[0], { axis: 0 });
}

/**
 * The parts along a dimension where a condition holds; of the flattened tensor unless a dimension is given.
 * @throws IndexError when there is no such dimension.
 */
export function compress(
  condition: TensorLike,
  x: TensorLike,
  { axis = null }: { readonly axis?: number | null } = {},
): TensorVariable {
  return take(x, flatnonzero(condition), { axis });
}

export const searchFunctions = { searchsorted, nonzero, flatnonzero, nonzeroValues, compress };
