/** mrg_uniform: uniform numbers from the streams of an MRG31k3p generator. */
import { type FloatDType, isDiscrete } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { sizeOf } from "../../array/shape.ts";
import { ValueError } from "../../base/errors.ts";
import { pyTuple } from "../../base/python.ts";
import { Apply } from "../../graph/apply.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { type Dim, TensorType } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { knownNumbers } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { int32s } from "./dense.ts";
import { fillFromStreams, M1, STREAM_WORDS } from "./mrg31k3p.ts";

/** The inputs are the streams' states, an int32 matrix of 6 columns, and the shape; the outputs the states after it and numbers in (0, 1]. */
export class MrgUniform extends Op {
  readonly family = "mrg_uniform";
  readonly key: string;
  readonly dtype: FloatDType;
  readonly ndim: number;
  /** Merging equal draws is right, computing one ahead of time is not. */
  override readonly foldable = false;

  constructor(dtype: FloatDType, ndim: number) {
    super();
    this.dtype = dtype;
    this.ndim = ndim;
    this.key = `mrg_uniform{${TensorType.ofRank(dtype, ndim)},no_inplace}`;
  }

  /** `mrg_uniform{TensorType(float64, matrix),no_inplace}`. */
  toString(): string {
    return this.key;
  }

  /** @throws TypeError when the states are no int32 matrix, or the shape no vector of integers. */
  apply(states: Variable, size: Variable): Apply {
    if (states.dtype !== "int32" || states.ndim !== 2)
      throw new TypeError(`${this}: the states must be an int32 matrix, got ${states} of type ${states.type}.`);
    if (size.ndim !== 1 || !isDiscrete(size.dtype))
      throw new TypeError(`${this}: size must be a vector of integers, got ${size} of type ${size.type}.`);
    const known = knownNumbers(size);
    const dims = Array.from({ length: this.ndim }, (_, i): Dim => known?.[i] ?? null);
    return new Apply(this, [states, size], [states.type, new TensorType(this.dtype, dims)]);
  }

  override perform(_node: Apply, [states, size]: readonly NDArray[]): readonly NDArray[] {
    const shape = [...size.elements()].map(Number);
    if (shape.length !== this.ndim) throw new ValueError(`size must have length ${this.ndim} (not ${shape.length})`);
    const count = sizeOf(shape);
    if (count > M1) throw new ValueError("rng_mrg does not support more then (2**31 -1) samples");
    if (states.shape[1] !== STREAM_WORDS || states.shape[0] === 0)
      throw new ValueError(`rstate must have rows of 6 columns, got shape ${pyTuple(states.shape)}.`);
    const next = int32s(states);
    const samples = new Int32Array(count);
    fillFromStreams(next, samples);
    return [new NDArray(next, "int32", states.shape), scaled(samples, shape, this.dtype)];
  }

  /** The states and the shape say nothing of how a sample changes. */
  override gradient(): readonly NoGradient[] {
    return [DISCONNECTED, DISCONNECTED];
  }

  override inferShape(node: Apply, lengths: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths[0], Array.from({ length: this.ndim }, (_, i) => subtensor(node.inputs[1], i))];
  }
}

/**
 * What Theano makes of a whole number of 31 bits: it is masked, moved and scaled. The scales are about 2^-31, which the
 * decimals that Theano writes miss by a little in float32; float16 keeps 15 bits, and never gives 0.
 */
const SCALING: Readonly<
  Record<FloatDType, { readonly mask: number; readonly offset: number; readonly scale: number }>
> = {
  float64: { mask: 0x7fffffff, offset: 0, scale: 2 ** -31 },
  float32: { mask: 0x7fffffff, offset: 0, scale: Math.fround(4.6566126e-10) },
  float16: { mask: 0x7fff, offset: 1, scale: 511 * 2 ** -24 },
};

/** The storage rounds what is computed in float64. */
function scaled(samples: Int32Array, shape: readonly number[], dtype: FloatDType): NDArray {
  const result = NDArray.zeros(shape, dtype);
  const { mask, offset, scale } = SCALING[dtype];
  for (let i = 0; i < samples.length; i++) result.data[i] = ((samples[i] & mask) + offset) * scale;
  return result;
}
