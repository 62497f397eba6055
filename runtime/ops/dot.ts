/** Dot: products of vectors and matrices. */
import { upcast } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { dotKernel } from "../loop/build.ts";
import { cast } from "./cast.ts";
import { dimshuffle, transpose } from "./dimshuffle.ts";
import { applyElemwise } from "./elemwise.ts";

export class Dot extends Op {
  readonly family = "Dot";
  readonly key = "dot";

  toString(): string {
    return "dot";
  }

  /** @throws TypeError unless both inputs are vectors or matrices of one dtype. */
  apply(x: Variable, y: Variable): Apply {
    for (const [position, input] of [x, y].entries())
      if (input.ndim < 1 || input.ndim > 2)
        throw new TypeError(`dot: input ${position} must be a vector or a matrix, got ${input} of type ${input.type}.`);
    const { dtype } = x;
    if (y.dtype !== dtype) throw new TypeError(`dot: both inputs must have one dtype, got ${dtype} and ${y.dtype}.`);
    const shape = [...x.type.shape.slice(0, -1), ...y.type.shape.slice(1)];
    return new Apply(this, [x, y], [new TensorType(dtype, shape)]);
  }

  override lower(node: Apply): Lowered {
    const [x, y] = node.inputs;
    return {
      kernel: dotKernel({ dtype: node.out.dtype, ndims: [x.ndim, y.ndim] }),
      shapes: ([a, b]) => [dotShape(a, b)],
    };
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return [DISCONNECTED, DISCONNECTED];
    const [x, y] = node.inputs;
    switch (`${x.ndim}${y.ndim}`) {
      case "11":
        return [applyElemwise("mul", g, y), applyElemwise("mul", g, x)];
      case "21":
        return [outer(g, y), dot(transpose(x), g)];
      case "12":
        return [dot(g, transpose(y)), outer(x, g)];
      default:
        return [dot(g, transpose(y)), dot(transpose(x), g)];
    }
  }
}

/** @throws ValueError in NumPy's words when the inner lengths differ. */
function dotShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const inner = a.length - 1;
  if (a[inner] !== b[0])
    throw new ValueError(
      `shapes (${a}${a.length === 1 ? "," : ""}) and (${b}${b.length === 1 ? "," : ""}) not aligned: ${a[inner]} (dim ${inner}) != ${b[0]} (dim 0)`,
    );
  return [...a.slice(0, -1), ...b.slice(1)];
}

const DOT = new Dot();

/** Matrix product of vectors and matrices; with a scalar on either side, the elementwise product. */
export function dot(x: TensorLike, y: TensorLike): TensorVariable {
  const [a, b] = [asTensor(x), asTensor(y)];
  if (a.ndim === 0 || b.ndim === 0) return applyElemwise("mul", a, b);
  const dtype = upcast(a.dtype, b.dtype);
  return DOT.apply(cast(a, dtype), cast(b, dtype)).out;
}

/** Outer product of two vectors. */
export function outer(x: TensorLike, y: TensorLike): TensorVariable {
  return dot(dimshuffle(x, [0, "x"]), dimshuffle(y, ["x", 0]));
}
