/** The largest or smallest few elements of a dimension. Which they are depends on values, so there is no loop IR. */
import { type DType, isDiscrete } from "../array/dtype.ts";
import { gatherElements } from "../array/gather.ts";
import { linesAlong } from "../array/lines.ts";
import { NDArray } from "../array/ndarray.ts";
import { sortedPositions } from "../array/order.ts";
import { sizeOf } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import { inferredDim } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { axesOf } from "./axis.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";
import { incSubtensor } from "./incsubtensor.ts";
import { flatten } from "./reshape.ts";
import { knownNumber } from "./shapevector.ts";
import { placesAlong } from "./sort.ts";
import { subtensor } from "./subtensor.ts";

interface TopKParameters {
  readonly axis: number;
  /** Whether the most extreme element comes first; else it comes last among the largest, and first among the smallest. */
  readonly sorted: boolean;
  readonly returnValues: boolean;
  readonly returnIndices: boolean;
  readonly idxDtype: DType;
}

/** The inputs are the tensor and how many elements: so many of the largest, or for a negative number of the smallest. */
export class TopKOp extends Op {
  readonly family = "TopKOp";
  readonly key: string;
  readonly parameters: TopKParameters;

  constructor(parameters: TopKParameters) {
    super();
    this.parameters = parameters;
    const { axis, sorted, returnValues, returnIndices, idxDtype } = parameters;
    const say = (flag: boolean): string => (flag ? "True" : "False");
    this.key = `TopKOp{axis=${axis}, sorted=${say(sorted)}, return_values=${say(returnValues)}, return_indices=${say(returnIndices)}, idx_dtype='${idxDtype}'}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the count is a whole number. */
  apply(x: Variable, count: Variable): Apply {
    if (count.ndim !== 0 || !isDiscrete(count.dtype))
      throw new TypeError(`topk: kth must be an integer without dimensions, got ${count} of type ${count.type}.`);
    const { axis, returnValues, returnIndices, idxDtype } = this.parameters;
    const known = knownNumber(count);
    const type = x.type.with({ shape: x.type.shape.with(axis, known === null ? null : inferredDim(Math.abs(known))) });
    const types = [...(returnValues ? [type] : []), ...(returnIndices ? [type.with({ dtype: idxDtype })] : [])];
    return new Apply(this, [x, count], types);
  }

  override perform(_node: Apply, [x, count]: readonly NDArray[]): readonly NDArray[] {
    const { axis, sorted, returnValues, returnIndices, idxDtype } = this.parameters;
    const k = Number(count.item());
    if (k === 0) throw new ValueError("topk: kth cannot be zero");
    if (Math.abs(k) > x.shape[axis])
      throw new ValueError(
        `topk: kth cannot be larger than the size of specified axis ${axis}: ${k} of ${x.shape[axis]}`,
      );
    const dense = x.asContiguous();
    const from = linesAlong(x.shape, axis);
    const shape = x.shape.with(axis, Math.abs(k));
    const to = linesAlong(shape, axis);
    const positions = new Int32Array(sizeOf(shape));
    const offsets = new Array<number>(positions.length);
    from.starts.forEach((start, line) => {
      const found = sortedPositions(dense, { ...from, start }, k > 0).slice(0, Math.abs(k));
      // Not sorted means ascending: the order in which NumPy's partition leaves few elements.
      if (k > 0 && !sorted) found.reverse();
      found.forEach((position, i) => {
        const at = to.starts[line] + i * to.step;
        positions[at] = position;
        offsets[at] = dense.offset + start + position * from.step;
      });
    });
    return [
      ...(returnValues ? [gatherElements(dense, offsets, shape)] : []),
      ...(returnIndices ? [new NDArray(positions, "int32", shape).astype(idxDtype)] : []),
    ];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x, count] = node.inputs;
    if (g === null || !this.parameters.returnValues || isDiscrete(x.dtype)) return [zerosLike(x), DISCONNECTED];
    const finder = new TopKOp({ ...this.parameters, returnValues: false, returnIndices: true });
    const positions = finder.apply(x, count).out;
    const picked = subtensor(zerosLike(x), ...placesAlong(x, positions, this.parameters.axis));
    return [incSubtensor(picked, g), DISCONNECTED];
  }

  override inferShape(
    node: Apply,
    [lengths, _none]: readonly (readonly Variable[])[],
  ): readonly (readonly Variable[])[] {
    const size = applyElemwise("cast_int64", applyElemwise("abs_", node.inputs[1]));
    return node.outputs.map(() => lengths.with(this.parameters.axis, size));
  }
}

export interface TopKOptions {
  /** The dimension, the last one unless given; null: the tensor is flattened first. */
  readonly axis?: number | null;
  /** Whether the most extreme element comes first, which is so unless told otherwise. */
  readonly sorted?: boolean;
  /** dtype of the positions. */
  readonly idxDtype?: DType;
}

function apply(
  x: TensorLike,
  kth: TensorLike,
  { axis = -1, sorted = true, idxDtype = "int64" }: TopKOptions,
  returnValues: boolean,
  returnIndices: boolean,
): readonly TensorVariable[] {
  const input = axis === null ? flatten(x) : asTensor(x);
  const [at] = axesOf(axis ?? 0, input);
  return new TopKOp({ axis: at, sorted, returnValues, returnIndices, idxDtype }).apply(input, asTensor(kth)).outputs;
}

/**
 * The `kth` largest elements of a dimension, or for a negative number so many of the smallest.
 * @throws ValueError for 0, and for more than there are, when it is run.
 */
export function topk(x: TensorLike, kth: TensorLike, options: TopKOptions = {}): TensorVariable {
  return apply(x, kth, options, true, false)[0];
}

/** The positions of what {@link topk} gives. */
export function argtopk(x: TensorLike, kth: TensorLike, options: TopKOptions = {}): TensorVariable {
  return apply(x, kth, options, false, true)[0];
}

/** What {@link topk} gives and its positions, found together. */
export function topkAndArgtopk(
  x: TensorLike,
  kth: TensorLike,
  options: TopKOptions = {},
): [values: TensorVariable, positions: TensorVariable] {
  const [values, positions] = apply(x, kth, options, true, true);
  return [values, positions];
}

export const topkFunctions = { topk, argtopk, topkAndArgtopk };
