/** Elementwise nodes that compute a whole expression in one loop. */
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { floatX } from "../graph/floatx.ts";
import { DISCONNECTED, type Differentiate, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import { TensorType } from "../graph/type.ts";
import { TensorVariable, type Variable } from "../graph/variable.ts";
import { elementwiseKernel } from "../loop/build.ts";
import { nameSharedParts } from "../loop/share.ts";
import { type Call, Composite, call, inputsOf, type Part, partsOf } from "../scalar/composite.ts";
import { type ScalarOpName, signatureOf } from "../scalar/table.ts";
import { padLeft } from "./dimshuffle.ts";
import {
  applyElemwise,
  broadcastLengths,
  broadcastShape,
  commonDim,
  Elemwise,
  type InplacePattern,
  inplaceText,
} from "./elemwise.ts";

/**
 * The Elemwise of a {@link Composite}: rewrites make it of several nodes. All inputs have as many dimensions as the result;
 * those of length 1 stretch.
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
    const kernel = elementwiseKernel({ name: "composite", exprs: [expr], inputs: node.inputs, ndim: node.out.ndim });
    return {
      kernel: nameSharedParts(kernel),
      shapes: (shapes) => [broadcastShape(node, shapes)],
    };
  }

  override inferShape(node: Apply, lengths: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [broadcastLengths(node, lengths)];
  }

  /** That of the expression written out in nodes of single ops. */
  override gradient(
    node: Apply,
    [g]: readonly (Variable | null)[],
    differentiate: Differentiate,
  ): readonly (Variable | NoGradient)[] {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    const parts = partsOf(this.composite.root);
    const values = new Map<Part, Variable>();
    const held = (part: Part): Variable => values.get(part) ?? node.out;
    for (const part of parts)
      values.set(part, part.kind === "input" ? node.inputs[part.index] : opOf(part).apply(...part.args.map(held)).out);
    const gradients = new Map<Part, Variable>([[this.composite.root, g]]);
    const add = (part: Part, term: Variable): void => {
      const known = gradients.get(part);
      gradients.set(part, known === undefined ? term : applyElemwise("add", known, term));
    };
    for (const part of parts.toReversed()) {
      const own = gradients.get(part);
      const { owner } = held(part);
      if (own === undefined || part.kind === "input" || owner === null) continue;
      const terms = owner.op.gradient?.(owner, [own], differentiate) ?? [];
      const undefinedTerm = terms.find((term) => isUndefined(term));
      if (undefinedTerm !== undefined) return node.inputs.map(() => undefinedTerm);
      part.args.forEach((arg, i) => {
        const term = terms[i];
        if (term instanceof TensorVariable) add(arg, term);
      });
    }
    return node.inputs.map((_, index) => {
      const own = parts
        .filter((part) => part.kind === "input" && part.index === index)
        .map((part) => gradients.get(part));
      const terms = own.filter((term) => term !== undefined);
      return terms.length === 0 ? DISCONNECTED : terms.reduce((a, b) => applyElemwise("add", a, b));
    });
  }
}

function opOf({ op }: Call): Elemwise | FusedElemwise {
  return typeof op === "string" ? new Elemwise(op) : new FusedElemwise(op);
}

function isUndefined(term: Variable | NoGradient): boolean {
  return !(term instanceof TensorVariable) && term.kind === "undefined";
}

/** Applies a scalar op to parts of an expression. */
export type PartWriter = (op: ScalarOpName, ...args: readonly Part[]) => Part;

/**
 * An expression over the elements of tensors as one node: `write` puts it together from scalar ops and the elements of the
 * inputs, which are broadcast against one another.
 * @throws TypeError when an op does not take its arguments, or the expression is a single element.
 */
export function applyComposite(
  inputs: readonly TensorLike[],
  write: (on: PartWriter, ...elements: readonly Part[]) => Part,
): TensorVariable {
  const tensors = inputs.map((x) => asTensor(x));
  const ndim = Math.max(0, ...tensors.map((x) => x.ndim));
  const padded = tensors.map((x) => padLeft(x, ndim - x.ndim));
  const on: PartWriter = (op, ...args) => {
    const { output } = signatureOf(
      op,
      args.map((arg) => arg.dtype),
      floatX(),
    );
    return call(op, args, output);
  };
  const root = write(on, ...inputsOf(padded.map((x) => x.dtype)));
  if (root.kind === "input") throw new TypeError("A composite of no ops: write at least one.");
  return new FusedElemwise(new Composite(root)).apply(...padded).out;
}
