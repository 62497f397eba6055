/** Counts and choices made of uniform numbers, one row of probabilities at a time. Too branchy for loop IR. */
import type { DType } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { ValueError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import { TensorType } from "../../graph/type.ts";
import type { Variable } from "../../graph/variable.ts";
import { cast } from "../cast.ts";
import { zerosLike } from "../elemwise.ts";
import { float64s } from "./dense.ts";

/** The inputs are probabilities (rows, outcomes), uniform numbers (rows · n) and n. */
abstract class FromUniform extends Op {
  readonly family: string;
  readonly key: string;
  readonly dtype: DType;

  constructor(family: string, dtype: DType) {
    super();
    this.family = family;
    this.dtype = dtype;
    this.key = `${family}{${dtype}}`;
  }

  toString(): string {
    return this.key;
  }

  /** @throws TypeError unless the probabilities are a matrix, the numbers a vector and n a number. */
  apply(pvals: Variable, uniforms: Variable, n: Variable): Apply {
    [pvals, uniforms, n].forEach((x, i) => {
      const ndim = [2, 1, 0][i];
      if (x.ndim !== ndim)
        throw new TypeError(`${this}: input ${i} must have ${ndim} dimensions, got ${x} of type ${x.type}.`);
    });
    return new Apply(this, [pvals, uniforms, n], [TensorType.ofBroadcastable(this.dtype, pvals.broadcastable)]);
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return node.inputs.map((x) => (g === null ? DISCONNECTED : zerosLike(x)));
  }

  override perform(_node: Apply, [pvals, uniforms, count]: readonly NDArray[]): readonly NDArray[] {
    const n = Number(count.item());
    const [rows] = pvals.shape;
    if (uniforms.size !== rows * n)
      throw new ValueError(`unis.shape[0] != pvals.shape[0] * n: ${uniforms.size}, ${rows} and ${n}.`);
    const numbers = float64s(uniforms);
    return [this.draw(pvals, numbers, n)];
  }

  /** The result; number `c · rows + row` is for draw `c` of `row`. */
  protected abstract draw(pvals: NDArray, uniforms: Float64Array, n: number): NDArray;
}

/** How often each outcome comes in n draws of each row. */
export class MultinomialFromUniform extends FromUniform {
  constructor(dtype: DType) {
    super("MultinomialFromUniform", dtype);
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths];
  }

  protected override draw(pvals: NDArray, uniforms: Float64Array, n: number): NDArray {
    const [rows, outcomes] = pvals.shape;
    const weights = float64s(pvals);
    const counts = new Float64Array(rows * outcomes);
    for (let row = 0; row < rows; row++) {
      const own = weights.subarray(row * outcomes, (row + 1) * outcomes);
      for (let c = 0; c < n; c++) {
        const outcome = outcomeAt(own, uniforms[c * rows + row]);
        if (outcome >= 0) counts[row * outcomes + outcome]++;
      }
    }
    return new NDArray(counts, "float64", [rows, outcomes]).astype(this.dtype);
  }
}

/** The outcomes of n draws of each row without replacement; −1 where the probabilities do not reach the number. */
export class ChoiceFromUniform extends FromUniform {
  constructor(dtype: DType) {
    super("ChoiceFromUniform", dtype);
  }

  override inferShape(node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[lengths[0], cast(node.inputs[2], "int64")]];
  }

  protected override draw(pvals: NDArray, uniforms: Float64Array, n: number): NDArray {
    const [rows, outcomes] = pvals.shape;
    if (n > outcomes)
      throw new ValueError(
        `Cannot sample without replacement n samples bigger than the size of the distribution: ${n} of ${outcomes}.`,
      );
    const weights = pvals.dtype === "float32" ? Float32Array : Float64Array;
    const left = weights.from(float64s(pvals));
    const chosen = new Float64Array(rows * n).fill(-1);
    for (let row = 0; row < rows; row++) {
      const own = left.subarray(row * outcomes, (row + 1) * outcomes);
      for (let c = 0; c < n; c++) {
        const outcome = outcomeAt(own, uniforms[c * rows + row]);
        if (outcome < 0) continue;
        chosen[row * n + c] = outcome;
        own[outcome] = 0;
        let sum = 0;
        for (let m = 0; m < outcomes; m++) sum += own[m];
        for (let m = 0; m < outcomes; m++) own[m] /= sum;
      }
    }
    return new NDArray(chosen, "float64", [rows, n]).astype(this.dtype);
  }
}

/** The first outcome at which the running sum of the probabilities exceeds `x`, or −1. */
function outcomeAt(probabilities: Float32Array | Float64Array, x: number): number {
  let sum = 0;
  for (let m = 0; m < probabilities.length; m++) {
    sum += probabilities[m];
    if (sum > x) return m;
  }
  return -1;
}
