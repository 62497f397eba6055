/** Running sums and products, and differences of neighbours. */
import { carrierOf, isDiscrete, isFloat, readElement, writeElement } from "../array/dtype.ts";
import { type Lines, linesAlong } from "../array/lines.ts";
import type { NDArray } from "../array/ndarray.ts";
import { normalizeAxis } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { evaluateScalar } from "../scalar/evaluate.ts";
import { axesOf } from "./axis.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";
import { slice } from "./indexing.ts";
import { flatten } from "./reshape.ts";
import { subtensor } from "./subtensor.ts";

/** Each element becomes the sum or product of those up to it along one dimension; loop IR has no loop that goes on so. */
export class CumOp extends Op {
  readonly family = "CumOp";
  readonly key: string;
  readonly axis: number;
  readonly mode: "add" | "mul";

  constructor(axis: number, mode: "add" | "mul") {
    super();
    this.axis = axis;
    this.mode = mode;
    this.key = `CumOp{${axis}, ${mode}}`;
  }

  /** `CumOp{0, add}`. */
  toString(): string {
    return this.key;
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [x.type]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    const result = x.copy();
    const lines = linesAlong(x.shape, this.axis);
    if (carrierOf(x.dtype) === "complex") runComplex(result, lines, this.mode);
    else run(result, lines, this.mode);
    return [result];
  }

  override inferShape(_node: Apply, inputs: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return inputs;
  }

  /** Every element takes part in all sums from it on: the same sums from the other end. */
  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    const [x] = node.inputs;
    if (g === null) return [DISCONNECTED];
    if (isDiscrete(x.dtype)) return [zerosLike(x)];
    if (this.mode === "add") return [this.#fromTheEnd(g)];
    const total = this.#fromTheEnd(applyElemwise("mul", this.apply(x).out, g));
    return [applyElemwise("true_div", total, x)];
  }

  #fromTheEnd(g: Variable): Variable {
    const backwards = [...Array.from({ length: this.axis }, () => slice()), slice(null, null, -1)];
    const sums = new CumOp(this.axis, "add").apply(subtensor(g, ...backwards)).out;
    return subtensor(sums, ...backwards);
  }
}

/** In place; each step rounds or wraps to the dtype, and a sum of booleans is whether any is true. */
function run({ data, dtype }: NDArray, { starts, step, length }: Lines, mode: "add" | "mul"): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (const start of starts)
      for (let i = 1, at = start + step; i < length; i++, at += step)
        data[at] = mode === "add" ? data[at - step] + data[at] : data[at - step] * data[at];
    return;
  }
  // A product of integers keeps its low bits, which a float would lose.
  const times = isFloat(dtype) ? (a: number, b: number) => a * b : Math.imul;
  const plus = dtype === "bool" ? (a: number, b: number) => a | b : (a: number, b: number) => a + b;
  const combine = mode === "add" ? plus : times;
  for (const start of starts)
    for (let i = 1, at = start + step; i < length; i++, at += step) data[at] = combine(data[at - step], data[at]);
}

function runComplex({ data, dtype }: NDArray, { starts, step, length }: Lines, mode: "add" | "mul"): void {
  const signature = { inputs: [dtype, dtype], output: dtype };
  for (const start of starts)
    for (let i = 1, at = start + step; i < length; i++, at += step)
      writeElement(
        data,
        at,
        evaluateScalar(mode, signature, [readElement(data, dtype, at - step), readElement(data, dtype, at)]),
      );
}

export interface CumulativeOptions {
  /** The dimension; negative ones count from the end; absent or null: the tensor is flattened first. */
  readonly axis?: number | null;
}

function cumulative(x: TensorLike, { axis = null }: CumulativeOptions, mode: "add" | "mul"): TensorVariable {
  const input = asTensor(x);
  if (axis === null) return new CumOp(0, mode).apply(flatten(input)).out;
  const [at] = axesOf(axis, input);
  return new CumOp(at, mode).apply(input).out;
}

/** Sums of all elements up to each one. @throws ValueError when there is no such dimension. */
export function cumsum(x: TensorLike, options: CumulativeOptions = {}): TensorVariable {
  return cumulative(x, options, "add");
}

/** Products of all elements up to each one. @throws ValueError when there is no such dimension. */
export function cumprod(x: TensorLike, options: CumulativeOptions = {}): TensorVariable {
  return cumulative(x, options, "mul");
}

export interface DiffOptions {
  /** How often differences are taken; once unless given. */
  readonly n?: number;
  /** The dimension, the last one unless given. */
  readonly axis?: number;
}

/**
 * Differences of neighbours along a dimension, which gets shorter by one each time.
 * @throws ValueError when `n` is no number of times; IndexError when there is no such dimension.
 */
export function diff(x: TensorLike, { n = 1, axis = -1 }: DiffOptions = {}): TensorVariable {
  if (!Number.isSafeInteger(n) || n < 0) throw new ValueError(`diff: order must be non-negative but got ${n}.`);
  const input = asTensor(x);
  const whole = Array.from({ length: normalizeAxis(axis, input.ndim) }, () => slice());
  let result = input;
  for (let i = 0; i < n; i++)
    result = applyElemwise(
      input.dtype === "bool" ? "xor" : "sub",
      subtensor(result, ...whole, slice(1)),
      subtensor(result, ...whole, slice(null, -1)),
    );
  return result;
}

export const cumulativeFunctions = { cumsum, cumprod, diff };
