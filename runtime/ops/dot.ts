/** Dot: products of vectors and matrices, and what is made of them. */
import { upcast } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import { ValueError } from "../base/errors.ts";
import { pyTuple } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { dotKernel } from "../loop/build.ts";
import { cast } from "./cast.ts";
import { dimshuffle, transpose } from "./dimshuffle.ts";
import { applyElemwise, conjugate } from "./elemwise.ts";
import { flatten } from "./reshape.ts";
import { type ContractionAxes, contract } from "./tensordot.ts";

export class Dot extends Op {
  readonly family = "Dot";
  readonly key = "dot";

  toString(): string {
    return "dot";
  }

  /**
   * @throws TypeError unless both inputs are vectors or matrices of one dtype.
   * @throws ValueError when the inner lengths are known and differ.
   */
  apply(x: Variable, y: Variable): Apply {
    for (const [position, input] of [x, y].entries())
      if (input.ndim < 1 || input.ndim > 2)
        throw new TypeError(`dot: input ${position} must be a vector or a matrix, got ${input} of type ${input.type}.`);
    const { dtype } = x;
    if (y.dtype !== dtype) throw new TypeError(`dot: both inputs must have one dtype, got ${dtype} and ${y.dtype}.`);
    const shape = dotShape(x.type.shape, y.type.shape, [x, y]);
    return new Apply(this, [x, y], [new TensorType(dtype, shape)]);
  }

  override lower(node: Apply): Lowered {
    const [x, y] = node.inputs;
    return {
      kernel: dotKernel({ dtype: node.out.dtype, ndims: [x.ndim, y.ndim] }),
      shapes: ([a, b]) => [dotShape(a, b)],
    };
  }

  /** A product and a sum for each element of the first array and each column of the second. */
  override flops(_node: Apply, [x, y]: readonly (readonly number[])[]): number {
    return 2 * sizeOf(x) * (y[1] ?? 1);
  }

  override inferShape(_node: Apply, [x, y]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [[...x.slice(0, -1), ...y.slice(1)]];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [x, y] = node.inputs.map(conjugate);
    switch (`${x.ndim}${y.ndim}`) {
      case "11":
        return [applyElemwise("mul", g, y), applyElemwise("mul", g, x)];
      case "21":
        return [outer(g, transpose(y)), dot(transpose(x), g)];
      case "12":
        return [dot(g, transpose(y)), outer(transpose(x), g)];
      default:
        return [dot(g, transpose(y)), dot(transpose(x), g)];
    }
  }
}

/**
 * The shape of a product; null stands for a length that is not known.
 * @throws ValueError in NumPy's words when the inner lengths differ.
 */
function dotShape<Length extends number | null>(
  a: readonly Length[],
  b: readonly Length[],
  factors?: readonly [Variable, Variable],
): readonly Length[] {
  const inner = a.length - 1;
  if (a[inner] !== null && b[0] !== null && a[inner] !== b[0]) {
    const [first, second] = [a, b].map((shape) => pyTuple(shape.map((length) => length ?? "?")));
    const named = factors === undefined ? "" : `: the factors are ${factors.join(" and ")}`;
    throw new ValueError(
      `shapes ${first} and ${second} not aligned: ${a[inner]} (dim ${inner}) != ${b[0]} (dim 0)${named}`,
    );
  }
  return [...a.slice(0, -1), ...b.slice(1)];
}

const DOT = new Dot();

/**
 * Product over the last dimension of `x` and the last but one of `y` (the only one of a vector), as NumPy's `dot`; with
 * a scalar on either side, the elementwise product.
 * @throws ValueError when the lengths of those dimensions are known and differ.
 */
export function dot(x: TensorLike, y: TensorLike): TensorVariable {
  const [a, b] = [asTensor(x), asTensor(y)];
  if (a.ndim === 0 || b.ndim === 0) return applyElemwise("mul", a, b);
  if (a.ndim > 2 || b.ndim > 2) return tensordot(a, b, [[a.ndim - 1], [Math.max(0, b.ndim - 2)]]);
  const dtype = upcast(a.dtype, b.dtype);
  return DOT.apply(cast(a, dtype), cast(b, dtype)).out;
}

/** Outer product of two vectors; other tensors are flattened first. */
export function outer(x: TensorLike, y: TensorLike): TensorVariable {
  const [a, b] = [asTensor(x), asTensor(y)].map((v) => (v.ndim === 1 ? v : flatten(v)));
  return dot(dimshuffle(a, [0, "x"]), dimshuffle(b, ["x", 0]));
}

/**
 * Sum of products over `axes`; the other dimensions of `x`, then those of `y` are left.
 * `tensordot(x, y, 1)` is the matrix product, `tensordot(x, y, 0)` the outer product.
 * @throws ValueError when `axes` do not fit the tensors.
 */
export function tensordot(x: TensorLike, y: TensorLike, axes: ContractionAxes = 2): TensorVariable {
  return contract(asTensor(x), asTensor(y), axes, dot);
}

/** The product of several matrices, from left to right. */
export function matrixDot(first: TensorLike, ...others: readonly TensorLike[]): TensorVariable {
  return others.reduce<TensorVariable>((product, matrix) => dot(product, matrix), asTensor(first));
}

export const productFunctions = { dot, outer, tensordot };
