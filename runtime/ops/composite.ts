/** Elementwise nodes that compute a whole expression in one loop. */
import { Apply } from "../graph/apply.ts";
import { type Lowered, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import type { Variable } from "../graph/variable.ts";
import { elementwiseKernel } from "../loop/build.ts";
import { type Composite, inputsOf } from "../scalar/composite.ts";
import { broadcastShape, commonDim, type InplacePattern, inplaceText } from "./elemwise.ts";

/**
 * The Elemwise of a {@link Composite}. Rewrites make it after gradients are taken, so it has none. All inputs have as many
 * dimensions as the result; those of length 1 stretch.
 */
export class FusedElemwise extends Op {
  readonly family = "Elemwise";
  readonly composite: Composite;
  override readonly destroys: InplacePattern;

  constructor(composite: Composite, inplace: InplacePattern = {}) {
    super();
    this.composite = composite;
    this.destroys = inplace;
  }

  get key(): string {
    return `Elemwise{${this.composite.key}}${inplaceText(this.destroys)}`;
  }

  /** The same computation in the memory of some of its inputs. */
  inplace(pattern: InplacePattern): FusedElemwise {
    return new FusedElemwise(this.composite, pattern);
  }

  /** `Elemwise{Composite{(i0 + exp(i1))}}[(0, 1)]`. */
  toString(): string {
    return `Elemwise{${this.composite}}${inplaceText(this.destroys)}`;
  }

  /** @throws ValueError for lengths that are known not to fit together. */
  apply(...inputs: readonly Variable[]): Apply {
    const ndim = inputs[0]?.ndim ?? 0;
    const shape = Array.from({ length: ndim }, (_, axis) => commonDim(this, inputs, axis));
    return new Apply(this, inputs, [new TensorType(this.composite.root.dtype, shape)]);
  }

  override lower(node: Apply): Lowered {
    const expr = this.composite.expression(inputsOf(node.inputs.map((x) => x.dtype)));
    return {
      kernel: elementwiseKernel({ name: "composite", exprs: [expr], inputs: node.inputs, ndim: node.out.ndim }),
      shapes: (shapes) => [broadcastShape(node, shapes)],
    };
  }
}
