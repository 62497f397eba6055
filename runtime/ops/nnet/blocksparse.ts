/**
 * Products with chosen blocks of a matrix of matrices. Positions that are values cannot be said in loop IR, so these ops
 * run on arrays.
 */
import { isDiscrete, isFloat, type TypedArray } from "../../array/dtype.ts";
import type { NDArray } from "../../array/ndarray.ts";
import { IndexError } from "../../base/errors.ts";
import { Apply } from "../../graph/apply.ts";
import { asTensor, type TensorLike } from "../../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../../graph/op.ts";
import type { Dim } from "../../graph/type.ts";
import type { TensorVariable, Variable } from "../../graph/variable.ts";
import { take } from "../advanced.ts";
import { dimshuffle } from "../dimshuffle.ts";
import { zerosLike } from "../elemwise.ts";
import { checkLengths, type Matched, shapesOf } from "./rows.ts";

type Lengths = readonly (readonly Variable[])[];
type Gradients = readonly (Variable | NoGradient)[];

/** @throws TypeError for an input of another rank or kind than the op takes. */
function checkInputs(op: Op, inputs: readonly Variable[], ranks: readonly number[], names: readonly string[]): void {
  inputs.forEach((input, i) => {
    const positions = names[i].endsWith("Idx");
    if (input.ndim !== ranks[i] || (positions ? !isDiscrete(input.dtype) : !isFloat(input.dtype)))
      throw new TypeError(
        `${op}: ${names[i]} must be a ${ranks[i]}D tensor of ${positions ? "integers" : "floats"}, got ${input} of type ${input.type}.`,
      );
  });
}

/** @throws TypeError for 64-bit integers, which the ops' type rules keep out. */
function numbersOf({ data }: NDArray): Exclude<TypedArray, BigInt64Array | BigUint64Array> {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    throw new TypeError("floating-point numbers were expected");
  return data;
}

/** Positions in row-major order. @throws IndexError for one outside of the blocks. */
function blockNumbers(op: Op, name: string, positions: NDArray, blocks: number): readonly number[] {
  return [...positions.elements()].map((value) => {
    const block = Number(value);
    if (block < 0 || block >= blocks)
      throw new IndexError(`${op}: ${name} holds ${block}, but there are ${blocks} blocks (0 to ${blocks - 1}).`);
    return block;
  });
}

/** `o[b, j] + Σᵢ h[b, i]·W[inputIdx[b, i], outputIdx[b, j]]`: rows of blocks times chosen blocks. */
export class SparseBlockGemv extends Op {
  readonly family = "SparseBlockGemv";
  readonly key = "SparseBlockGemv{inplace=False}";

  toString(): string {
    return this.key;
  }

  /**
   * Shapes: o (batch, oWin, oSize), W (iBlocks, oBlocks, iSize, oSize), h (batch, iWin, iSize), inputIdx (batch, iWin),
   * outputIdx (batch, oWin).
   * @throws TypeError for other ranks, or positions that are no integers.
   */
  apply(o: Variable, W: Variable, h: Variable, inputIdx: Variable, outputIdx: Variable): Apply {
    const inputs = [o, W, h, inputIdx, outputIdx];
    checkInputs(this, inputs, [3, 4, 3, 2, 2], ["o", "W", "h", "inputIdx", "outputIdx"]);
    this.#check(shapesOf(...inputs));
    return new Apply(this, inputs, [o.type]);
  }

  override perform(_node: Apply, inputs: readonly NDArray[]): readonly NDArray[] {
    const [o, W, h, inputIdx, outputIdx] = inputs;
    const [batch, oWin, oSize] = o.shape;
    const [, iWin, iSize] = h.shape;
    this.#check(inputs.map((x) => x.shape));
    const rows = blockNumbers(this, "inputIdx", inputIdx, W.shape[0]);
    const columns = blockNumbers(this, "outputIdx", outputIdx, W.shape[1]);
    const result = o.copy();
    const [out, weights, given] = [result, W, h].map(numbersOf);
    const sums = new Float64Array(oSize);
    for (let b = 0; b < batch; b++)
      for (let j = 0; j < oWin; j++) {
        const start = (b * oWin + j) * oSize;
        for (let l = 0; l < oSize; l++) sums[l] = out[start + l];
        for (let i = 0; i < iWin; i++) {
          const block = W.offset + rows[b * iWin + i] * W.strides[0] + columns[b * oWin + j] * W.strides[1];
          for (let k = 0; k < iSize; k++) {
            const factor = given[h.offset + b * h.strides[0] + i * h.strides[1] + k * h.strides[2]];
            const row = block + k * W.strides[2];
            for (let l = 0; l < oSize; l++) sums[l] += factor * weights[row + l * W.strides[3]];
          }
        }
        for (let l = 0; l < oSize; l++) out[start + l] = sums[l];
      }
    return [result];
  }

  #check(shapes: readonly (readonly Dim[])[]): void {
    const [o, W, h, inputIdx, outputIdx] = shapes;
    const batch: Matched = [o, h, inputIdx, outputIdx].map(([length]) => ["the batch", length]);
    const groups: readonly Matched[] = [
      batch,
      [
        ["the number of input blocks", h[1]],
        ["that of inputIdx", inputIdx[1]],
      ],
      [
        ["the number of output blocks", o[1]],
        ["that of outputIdx", outputIdx[1]],
      ],
      [
        ["the size of input blocks", h[2]],
        ["that of W's rows", W[2]],
      ],
      [
        ["the size of output blocks", o[2]],
        ["that of W's columns", W[3]],
      ],
    ];
    for (const group of groups) checkLengths(this, shapes, group);
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const [, W, h, inputIdx, outputIdx] = node.inputs;
    return [
      g,
      new SparseBlockOuter().apply(zerosLike(W), h, g, inputIdx, outputIdx).out,
      this.apply(zerosLike(h), dimshuffle(W, [1, 0, 3, 2]), g, outputIdx, inputIdx).out,
      DISCONNECTED,
      DISCONNECTED,
    ];
  }

  override inferShape(_node: Apply, [o]: Lengths): Lengths {
    return [o];
  }
}

/** `o` with `x[b, i]ᵀ·y[b, j]` added to its block at `(xIdx[b, i], yIdx[b, j])`, for all b, i and j. */
export class SparseBlockOuter extends Op {
  readonly family = "SparseBlockOuter";
  readonly key = "SparseBlockOuter{inplace=False}";

  toString(): string {
    return this.key;
  }

  /**
   * Shapes: o (xBlocks, yBlocks, xSize, ySize), x (batch, xWin, xSize), y (batch, yWin, ySize), xIdx (batch, xWin),
   * yIdx (batch, yWin).
   * @throws TypeError for other ranks, or positions that are no integers.
   */
  apply(o: Variable, x: Variable, y: Variable, xIdx: Variable, yIdx: Variable): Apply {
    const inputs = [o, x, y, xIdx, yIdx];
    checkInputs(this, inputs, [4, 3, 3, 2, 2], ["o", "x", "y", "xIdx", "yIdx"]);
    return new Apply(this, inputs, [o.type]);
  }

  override perform(_node: Apply, [o, x, y, xIdx, yIdx]: readonly NDArray[]): readonly NDArray[] {
    const [, yBlocks, xSize, ySize] = o.shape;
    const [batch, xWin] = x.shape;
    const yWin = y.shape[1];
    const rows = blockNumbers(this, "xIdx", xIdx, o.shape[0]);
    const columns = blockNumbers(this, "yIdx", yIdx, yBlocks);
    const result = o.copy();
    const [out, left, right] = [result, x, y].map(numbersOf);
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < xWin; i++)
        for (let j = 0; j < yWin; j++) {
          const block = (rows[b * xWin + i] * yBlocks + columns[b * yWin + j]) * xSize * ySize;
          for (let k = 0; k < xSize; k++) {
            const factor = left[x.offset + b * x.strides[0] + i * x.strides[1] + k * x.strides[2]];
            const start = y.offset + b * y.strides[0] + j * y.strides[1];
            for (let l = 0; l < ySize; l++) out[block + k * ySize + l] += factor * right[start + l * y.strides[2]];
          }
        }
    return [result];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): Gradients {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const [, x, y, xIdx, yIdx] = node.inputs;
    const gemv = new SparseBlockGemv();
    return [
      g,
      gemv.apply(zerosLike(x), dimshuffle(g, [1, 0, 3, 2]), y, yIdx, xIdx).out,
      gemv.apply(zerosLike(y), g, x, xIdx, yIdx).out,
      DISCONNECTED,
      DISCONNECTED,
    ];
  }

  override inferShape(_node: Apply, [o]: Lengths): Lengths {
    return [o];
  }
}

/**
 * For each output block j of an example: `b[j] + Σᵢ h[i]·W[i, j]` over the example's input blocks i.
 *
 * Shapes: W (iBlocks, oBlocks, iSize, oSize), h (batch, iWin, iSize), inputIdx (batch, iWin), b (oBlocks, oSize),
 * outputIdx (batch, oWin); the result is (batch, oWin, oSize). Without the batch dimension the batch is 1.
 * @throws TypeError for other ranks, or positions that are no integers.
 */
export function sparseBlockDot(
  W: TensorLike,
  h: TensorLike,
  inputIdx: TensorLike,
  b: TensorLike,
  outputIdx: TensorLike,
): TensorVariable {
  const batched = (x: TensorVariable, rank: number) =>
    x.ndim === rank - 1 ? dimshuffle(x, ["x", ...x.type.shape.map((_, axis) => axis)]) : x;
  const outputs = batched(asTensor(outputIdx), 2);
  return new SparseBlockGemv().apply(
    take(b, outputs, { axis: 0 }),
    asTensor(W),
    batched(asTensor(h), 3),
    batched(asTensor(inputIdx), 2),
    outputs,
  ).out;
}
