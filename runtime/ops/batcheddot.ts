/** Products of stacks of matrices: one product for each place along the first dimension. */
import { isFloat, upcast } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import { type Dim, TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { as, KernelBuilder, loop, on, reduce } from "../loop/builder.ts";
import type { Kernel } from "../loop/ir.ts";
import { cast } from "./cast.ts";
import { dimshuffle } from "./dimshuffle.ts";
import { applyElemwise } from "./elemwise.ts";
import { patternbroadcast } from "./rebroadcast.ts";
import { type ContractionAxes, contract } from "./tensordot.ts";

/** `dot` of stacks of vectors (matrices) and stacks of matrices (tensors of three dimensions). */
export class BatchedDot extends Op {
  readonly family = "BatchedDot";
  readonly key = "BatchedDot";

  toString(): string {
    return this.key;
  }

  /**
   * @throws TypeError unless both inputs have two or three dimensions, one dtype and batches of one length.
   * @throws ValueError when other lengths that must agree are known and differ.
   */
  apply(x: Variable, y: Variable): Apply {
    for (const [position, input] of [x, y].entries())
      if (input.ndim !== 2 && input.ndim !== 3)
        throw new TypeError(
          `theano.tensor.blas.BatchedDot: input ${position} must be 2-dimensional or 3-dimensional, got ${input} of type ${input.type}.`,
        );
    if (x.dtype !== y.dtype)
      throw new TypeError(`BatchedDot: both inputs must have one dtype, got ${x.dtype} and ${y.dtype}.`);
    const [shape] = batchedShapes([x.type.shape, y.type.shape]);
    return new Apply(this, [x, y], [new TensorType(x.dtype, shape)]);
  }

  override lower(node: Apply): Lowered {
    return { kernel: batchedDotKernel(node), shapes: batchedShapes };
  }

  override inferShape(_node: Apply, [x, y]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[...x.slice(0, -1), ...y.slice(2)]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [x, y] = node.inputs;
    const [left, right] = gradients(x, y, g);
    return [patternbroadcast(left, x.broadcastable), patternbroadcast(right, y.broadcastable)];
  }
}

function gradients(x: Variable, y: Variable, g: Variable): readonly [TensorVariable, TensorVariable] {
  const flipped = (v: Variable) => dimshuffle(v, [0, 2, 1]);
  const outer = (a: Variable, b: Variable) =>
    applyElemwise("mul", dimshuffle(a, [0, 1, "x"]), dimshuffle(b, [0, "x", 1]));
  switch (`${x.ndim}${y.ndim}`) {
    case "22": {
      const column = dimshuffle(g, [0, "x"]);
      return [applyElemwise("mul", column, y), applyElemwise("mul", column, x)];
    }
    case "23":
      return [batchedDot(g, flipped(y)), outer(x, g)];
    case "32":
      return [outer(g, y), batchedDot(flipped(x), g)];
    default:
      return [batchedDot(g, flipped(y)), batchedDot(flipped(x), g)];
  }
}

/**
 * Shapes of the output from those of the inputs; null stands for a length that is not known.
 * @throws TypeError for batches of two lengths, as Theano; ValueError for matrices that do not fit.
 */
function batchedShapes<Length extends Dim>([x, y]: readonly (readonly Length[])[]): readonly (readonly Length[])[] {
  const differ = (a: Length, b: Length) => a !== null && b !== null && a !== b;
  const inner = x.length - 1;
  const [first, second] = [x, y].map((shape) => pyTuple(shape.map((length) => length ?? "?")));
  if (differ(x[0], y[0]))
    throw new TypeError(
      `BatchedDot: inputs must have the same size in axis 0, the batch's, but have sizes [${x[0]}, ${y[0]}]; their shapes are ${first} and ${second}.`,
    );
  if (differ(x[inner], y[1]))
    throw new ValueError(
      `BatchedDot: shapes ${first} and ${second} must have the same length in dimension ${inner} of the first and 1 of the second.`,
    );
  return [[...x.slice(0, -1), ...y.slice(2)]];
}

function batchedDotKernel({ inputs: [x, y], out: { dtype } }: Apply): Kernel {
  const accDtype = isFloat(dtype) ? "float64" : dtype;
  const kernel = new KernelBuilder("batched_dot");
  const outer = ["b", ...(x.ndim === 3 ? ["i"] : []), ...(y.ndim === 3 ? ["j"] : [])];
  const left = kernel.input(dtype, x.ndim === 3 ? ["b", "i", "k"] : ["b", "k"]);
  const right = kernel.input(dtype, y.ndim === 3 ? ["b", "k", "j"] : ["b", "k"]);
  const output = kernel.output(dtype, outer);
  const sum = reduce(["k"], { sum: ["add", on("mul", as(left, accDtype), as(right, accDtype))] });
  return kernel.build(...loop(outer, sum.statement, output(sum.value("sum"))));
}

const BATCHED_DOT = new BatchedDot();

/**
 * For every place along dimension 0, which both tensors share, the `dot` of what they hold there.
 * @throws TypeError when one of them has no dimensions.
 */
export function batchedDot(x: TensorLike, y: TensorLike): TensorVariable {
  const [a, b] = [asTensor(x), asTensor(y)];
  for (const [name, v] of Object.entries({ a, b }))
    if (v.ndim === 0) throw new TypeError(`${name} must have at least one (batch) axis, got ${v} of type ${v.type}.`);
  if (a.ndim === 1) return applyElemwise("mul", stretched(a, b.ndim), b);
  if (b.ndim === 1) return applyElemwise("mul", a, stretched(b, a.ndim));
  if (a.ndim > 3 || b.ndim > 3) return batchedTensordot(a, b, [[a.ndim - 1], [Math.max(1, b.ndim - 2)]]);
  const dtype = upcast(a.dtype, b.dtype);
  return BATCHED_DOT.apply(cast(a, dtype), cast(b, dtype)).out;
}

/** A vector as a tensor of `ndim` dimensions, of which it is the first. */
function stretched(vector: Variable, ndim: number): Variable {
  return dimshuffle(vector, [0, ...Array<"x">(ndim - 1).fill("x")]);
}

/**
 * For every place along dimension 0, the `tensordot` of what the tensors hold there. Dimensions in `axes` count from the
 * whole tensors' first, so that 0, the batch, is not among them.
 * @throws ValueError when `axes` do not fit the tensors.
 */
export function batchedTensordot(x: TensorLike, y: TensorLike, axes: ContractionAxes = 2): TensorVariable {
  return contract(asTensor(x), asTensor(y), axes, batchedDot, 1);
}

export const batchedProductFunctions = { batchedDot, batchedTensordot };
