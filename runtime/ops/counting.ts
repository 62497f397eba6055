/** How often numbers occur, and which ones. Lengths depend on values, so there is no loop IR. */

import { isDiscrete, isInteger, readElement, type Scalar } from "../array/dtype.ts";
import { gatherElements, scatter, wholeNumbers } from "../array/gather.ts";
import { NDArray } from "../array/ndarray.ts";
import { compareElements, sortedPositions } from "../array/order.ts";
import { AssertionError, ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { asPositions, take } from "./advanced.ts";
import { zerosLike } from "./elemwise.ts";
import { incSubtensor } from "./incsubtensor.ts";
import { flatten, reshape } from "./reshape.ts";
import { shape } from "./shapevector.ts";

/** How often each of 0, 1, … occurs in a vector; or the sum of the weights at its places. */
export class BinCount extends Op {
  readonly family = "BinCount";
  readonly key = "BinCount";

  toString(): string {
    return this.key;
  }

  /** The inputs are the numbers, how many counts there are at least, and weights, if any. */
  apply(x: Variable, minlength: Variable, ...weights: readonly Variable[]): Apply {
    if (x.ndim !== 1 || !isInteger(x.dtype))
      throw new TypeError(`bincount: inputs must be of dimension 1 and integers, got ${x} of type ${x.type}.`);
    if (minlength.ndim !== 0 || !isDiscrete(minlength.dtype))
      throw new TypeError(`bincount: minlength must be an integer, got ${minlength} of type ${minlength.type}.`);
    for (const weight of weights)
      if (weight.ndim !== 1)
        throw new TypeError(`bincount: weights must be a vector, got ${weight} of type ${weight.type}.`);
    const [{ dtype }] = [...weights, x];
    return new Apply(this, [x, minlength, ...weights], [TensorType.ofRank(dtype, 1)]);
  }

  override perform(node: Apply, [x, minlength, ...weights]: readonly NDArray[]): readonly NDArray[] {
    const numbers = wholeNumbers(x);
    const weight = weights.at(0);
    if (weight !== undefined && weight.size !== x.size)
      throw new ValueError(`bincount: The weights and list don't have the same length: ${weight.size} and ${x.size}.`);
    const bad = numbers.find((number) => number < 0);
    if (bad !== undefined) throw new AssertionError(`Input to bincount has negative values! One is ${bad}.`);
    const length = numbers.reduce((most, number) => Math.max(most, number + 1), Number(minlength.item()));
    const counts = NDArray.zeros([length], node.out.dtype);
    const added = weight?.asContiguous() ?? NDArray.full([x.size], 1, counts.dtype);
    scatter(counts, { offsets: numbers, shape: [], strides: [] }, added, "add");
    return [counts];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, , ...weights] = node.inputs;
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    return [
      zerosLike(x),
      DISCONNECTED,
      ...weights.map((weight) => (isDiscrete(weight.dtype) ? zerosLike(weight) : take(g, x, { axis: 0 }))),
    ];
  }
}

export interface BincountOptions {
  /** There are at least so many counts. */
  readonly minlength?: TensorLike | null;
}

/**
 * How often each of 0, 1, … occurs in a vector of integers, in its dtype; or the sum of the weights at its places, in
 * theirs.
 * @throws AssertionError for a negative number, when it is run.
 */
export function bincount(
  x: TensorLike,
  weights: TensorLike | null = null,
  options: BincountOptions = {},
): TensorVariable {
  const { minlength } = options;
  const given = weights === null ? [] : [asTensor(weights)];
  return new BinCount().apply(asPositions(x), asTensor(minlength ?? 0), ...given).out;
}

/** What {@link unique} gives besides the elements. */
export interface UniqueOptions {
  /** Also where each element occurs first. */
  readonly returnIndex?: boolean;
  /** Also for each element of the tensor which one it is. */
  readonly returnInverse?: boolean;
  /** Also how often each element occurs. */
  readonly returnCounts?: boolean;
}

/** The different elements of a tensor in ascending order, and what is told of them. */
export class Unique extends Op {
  readonly family = "Unique";
  readonly key: string;
  readonly options: UniqueOptions;

  constructor(options: UniqueOptions = {}) {
    super();
    this.options = options;
    const say = (flag: boolean | undefined): string => (flag ? "True" : "False");
    this.key = `Unique{return_index=${say(options.returnIndex)}, return_inverse=${say(options.returnInverse)}, return_counts=${say(options.returnCounts)}}`;
  }

  toString(): string {
    return this.key;
  }

  apply(x: Variable): Apply {
    const places = TensorType.ofRank("int64", 1);
    const { returnIndex, returnInverse, returnCounts } = this.options;
    const more = [returnIndex, returnInverse, returnCounts].filter(Boolean).map(() => places);
    return new Apply(this, [x], [TensorType.ofRank(x.dtype, 1), ...more]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const flat = x.reshape([x.size]);
    const order = sortedPositions(flat, { start: 0, step: 1, length: x.size });
    const at = (position: number): Scalar => readElement(flat.data, flat.dtype, flat.offset + position);
    const index: number[] = [];
    const counts: number[] = [];
    const inverse = new Array<number>(x.size);
    order.forEach((position, i) => {
      if (i === 0 || compareElements(at(order[i - 1]), at(position)) !== 0) {
        index.push(position);
        counts.push(0);
      }
      inverse[position] = index.length - 1;
      counts[counts.length - 1]++;
    });
    const offsets = index.map((position) => flat.offset + position);
    const values = gatherElements(flat, offsets, [index.length]);
    const { returnIndex, returnInverse, returnCounts } = this.options;
    const more = [returnIndex && index, returnInverse && inverse, returnCounts && counts];
    return [values, ...more.flatMap((list) => (list ? [NDArray.from(list, "int64")] : []))];
  }

  /** Each of the different elements is that at its first place. */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x] = node.inputs;
    if (g === null || isDiscrete(x.dtype)) return [zerosLike(x)];
    const [, first] = new Unique({ returnIndex: true }).apply(x).outputs;
    const flat = incSubtensor(take(flatten(zerosLike(x)), first, { axis: 0 }), g);
    return [reshape(flat, shape(x), { ndim: x.ndim })];
  }
}

/**
 * The different elements of a tensor in ascending order; with options a list of these and what else was asked for, in the
 * order of {@link UniqueOptions}.
 */
export function unique(x: TensorLike, options: UniqueOptions = {}): TensorVariable[] {
  return [...new Unique(options).apply(asTensor(x)).outputs];
}

export const countingFunctions = { bincount, unique };
