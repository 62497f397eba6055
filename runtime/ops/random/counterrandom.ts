/** CounterRandom: draws from a counter-based generator, and gives the state after the draw. */
import { type DType, isDiscrete } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { type Dim, inferredDim, TensorType } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { knownNumber } from "../shapevector.ts";
import { subtensor } from "../subtensor.ts";
import { uint32s } from "./dense.ts";
import { COUNTER_STATE_WORDS, Philox } from "./philox.ts";

/** Draws that have no parameters, and permutations of as many numbers as a further input says. */
export type CounterDraw = "uniform" | "normal" | "permutation";

/**
 * The inputs are the state, a uint32 vector, the shape and, for permutations, their length. It runs as it is on every
 * backend, and so gives the same numbers.
 */
export class CounterRandom extends Op {
  readonly family = "CounterRandom";
  readonly key: string;
  readonly draw: CounterDraw;
  readonly dtype: DType;
  /** The lengths known of the shape. */
  readonly dims: readonly Dim[];
  /** Merging equal draws is right, computing one ahead of time is not. */
  override readonly foldable = false;

  constructor(draw: CounterDraw, dtype: DType, dims: readonly Dim[]) {
    super();
    this.draw = draw;
    this.dtype = dtype;
    this.dims = dims;
    this.key = `CounterRandom{${draw},${new TensorType(dtype, dims).key}}`;
  }

  /** `CounterRandom{uniform}`. */
  toString(): string {
    return `CounterRandom{${this.draw}}`;
  }

  /** @throws TypeError when the first input is no state, the shape no vector of integers, or the length no integer. */
  apply(state: Variable, size: Variable, ...length: readonly Variable[]): Apply {
    if (state.dtype !== "uint32" || state.ndim !== 1)
      throw new TypeError(`${this}: the state must be a uint32 vector, got ${state} of type ${state.type}.`);
    if (size.ndim !== 1 || !isDiscrete(size.dtype))
      throw new TypeError(`${this}: the shape must be a vector of integers, got ${size} of type ${size.type}.`);
    for (const n of length)
      if (n.ndim !== 0 || !isDiscrete(n.dtype))
        throw new TypeError(`${this}: n must be an integer without dimensions, got ${n} of type ${n.type}.`);
    const dims = [...this.dims, ...length.map((n) => inferredDim(knownNumber(n)))];
    return new Apply(this, [state, size, ...length], [state.type, new TensorType(this.dtype, dims)]);
  }

  override perform(_node: Apply, [state, size, ...length]: readonly NDArray[]): readonly NDArray[] {
    const source = new Philox(uint32s(state));
    const shape = [size, ...length].flatMap((lengths) => [...lengths.elements()].map(Number));
    if (shape.length !== this.dims.length + length.length)
      throw new ValueError(`${this} draws ${this.dims.length} dimensions, but the shape given is [${size}].`);
    const sample = NDArray.zeros(shape, "float64");
    FILLS[this.draw](source, sample, this.dtype);
    return [new NDArray(source.next, "uint32", [COUNTER_STATE_WORDS]), sample.astype(this.dtype)];
  }

  /** The state and the shape say nothing of how a sample changes. */
  override gradient(node: Apply): readonly NoGradient[] {
    return node.inputs.map(() => DISCONNECTED);
  }

  override inferShape(node: Apply, lengths: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    const [, size, ...length] = node.inputs;
    const asked = this.dims.map((_, i) => subtensor(size, i));
    return [lengths[0], [...asked, ...length.map((n) => cast(n, "int64"))]];
  }
}

/** Fills an array of float64s; what is written is rounded to `dtype` later. */
const FILLS: Readonly<Record<CounterDraw, (source: Philox, sample: NDArray, dtype: DType) => void>> = {
  uniform(source, { data, size }, dtype) {
    const steps = 2 ** (FRACTION_BITS.get(dtype) ?? 53);
    for (let i = 0; i < size; i++) data[i] = Math.floor(source.double() * steps) / steps;
  },
  /** Two numbers at a time by the method of Box and Muller. */
  normal(source, { data, size }) {
    for (let i = 0; i < size; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - source.double()));
      const angle = 2 * Math.PI * source.double();
      data[i] = radius * Math.cos(angle);
      if (i + 1 < size) data[i + 1] = radius * Math.sin(angle);
    }
  },
  /** Each row by Fisher and Yates. */
  permutation(source, { data, size, shape }) {
    const length = shape.at(-1) ?? 0;
    for (let row = 0; row < size; row += length) {
      for (let i = 0; i < length; i++) data[row + i] = i;
      for (let i = length - 1; i > 0; i--) {
        const j = Math.floor(source.double() * (i + 1));
        const moved = data[row + i];
        data[row + i] = data[row + j];
        data[row + j] = moved;
      }
    }
  },
};

/** Binary digits of uniform numbers that a narrow float holds, so that none is rounded to 1. */
const FRACTION_BITS: ReadonlyMap<DType, number> = new Map([
  ["float32", 24],
  ["float16", 11],
]);
