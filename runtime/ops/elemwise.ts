/** Elemwise: a scalar op applied to every element, broadcasting the dimensions that are known to be 1. */
import { type DType, dtypeOfNumber, isComplex, isDiscrete, isFloat, partDType } from "../array/dtype.ts";
import { ValueError } from "../base/errors.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, constant, type TensorLike } from "../graph/constant.ts";
import { floatX, gradientDType } from "../graph/floatx.ts";
import { DISCONNECTED, type Lowered, type NoGradient, Op } from "../graph/op.ts";
import { type Dim, TensorType } from "../graph/type.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { elementwiseKernel } from "../loop/build.ts";
import { scalarText } from "../scalar/composite.ts";
import { applyToInputs, cast } from "../scalar/expr.ts";
import { type Algebra, type ScalarOp, Undefined } from "../scalar/op.ts";
import { type ScalarOpName, scalarOp, signatureOf } from "../scalar/table.ts";
import { floating } from "../scalar/types.ts";
import { padLeft } from "./dimshuffle.ts";
import { sumTo } from "./reduce.ts";

/** Output index → index of the input whose memory the output takes over. */
export type InplacePattern = Readonly<Record<number, number>>;

/** `[(0, 1)]`, or nothing where no memory is taken over. */
export function inplaceText(pattern: InplacePattern): string {
  const pairs = Object.entries(pattern).map(([output, input]) => `(${output}, ${input})`);
  return pairs.length === 0 ? "" : `[${pairs.join(", ")}]`;
}

/** One per scalar op and pattern of memory that is taken over: two with the same are the same op. */
export class Elemwise extends Op {
  readonly family = "Elemwise";
  readonly key: string;
  readonly scalarName: ScalarOpName;
  override readonly destroys: InplacePattern;
  /** Whether it prints as one of the functions that users call; those in derivatives do not. */
  readonly #isNamed: boolean;

  constructor(scalarName: ScalarOpName, inplace: InplacePattern = {}, isNamed = true) {
    super();
    this.scalarName = scalarName;
    this.destroys = inplace;
    this.#isNamed = isNamed;
    this.key = `Elemwise{${scalarName}}${inplaceText(inplace)}`;
  }

  /** The same computation in the memory of some of its inputs. */
  inplace(pattern: InplacePattern): Elemwise {
    return new Elemwise(this.scalarName, pattern);
  }

  /** The table's entry. */
  get scalar(): ScalarOp {
    return scalarOp(this.scalarName);
  }

  /** `Elemwise{add,no_inplace}`, in derivatives `Elemwise{add}`; `Elemwise{Add}[(0, 0)]`, `Elemwise{Cast{float32}}`, `sigmoid`. */
  toString(): string {
    const inplace = inplaceText(this.destroys);
    if (inplace !== "") return `Elemwise{${this.scalar.className}}${inplace}`;
    if (!this.#isNamed) return `Elemwise{${scalarText(this.scalarName)}}`;
    if (OWN_NAME.has(this.scalarName)) return this.scalarName;
    const { show } = this.scalar;
    return this.scalarName.startsWith("cast_") ? `Elemwise{${show}}` : `Elemwise{${show},no_inplace}`;
  }

  /**
   * @throws TypeError for a wrong number of inputs, or dtypes the scalar op is not defined for.
   * @throws ValueError for lengths that are known not to fit together.
   */
  apply(...inputs: readonly TensorLike[]): Apply {
    const tensors = inputs.map((x) => asTensor(x));
    const dtypes = tensors.map((x) => x.dtype);
    const { output: dtype } = signatureOf(this.scalarName, dtypes, floatX());
    const ndim = Math.max(0, ...tensors.map((x) => x.ndim));
    const padded = tensors.map((x) => padLeft(x, ndim - x.ndim));
    const shape = Array.from({ length: ndim }, (_, axis) => commonDim(this, padded, axis));
    return new Apply(this, padded, [new TensorType(dtype, shape)]);
  }

  override lower(node: Apply): Lowered {
    const { dtype, ndim } = node.out;
    const dtypes = node.inputs.map((x) => x.dtype);
    // The type was decided when the node was made; the flags may have changed since.
    const expr = cast(applyToInputs(this.scalarName, dtypes, isFloat(dtype) ? dtype : floatX()), dtype);
    return {
      kernel: elementwiseKernel({ name: this.scalarName, exprs: [expr], inputs: node.inputs, ndim }),
      shapes: (shapes) => [broadcastShape(node, shapes)],
    };
  }

  override inferShape(node: Apply, lengths: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [broadcastLengths(node, lengths)];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    if (g === null) return node.inputs.map(() => DISCONNECTED);
    if (isDiscrete(node.out.dtype)) return node.inputs.map((x) => zerosLike(x));
    const { derivative } = this.scalar;
    if (derivative === undefined) {
      const reason = `${this} has no derivative`;
      return node.inputs.map(() => ({ kind: "undefined", reason, hasNoRule: true }));
    }
    const conjugated = isComplex(node.out.dtype) ? conjugate : (v: Variable) => v;
    const terms = derivative(graphAlgebra(g), this.#operands(node), node.out, conjugated(g));
    return node.inputs.map((x, i) => {
      const term = terms[i] ?? null;
      if (term === null) return DISCONNECTED;
      if (term instanceof Undefined) return { kind: "undefined", reason: term.reason };
      // Rules write a zero as the integer 0.
      if (isDiscrete(term.dtype)) return zerosLike(x);
      const whole = conjugated(term);
      return sumTo(isComplex(x.dtype) ? whole : realPart(whole), x);
    });
  }

  /** What derivatives are written over: of a function of floats the floats, since squares of integers may wrap around. */
  #operands(node: Apply): readonly Variable[] {
    if (this.scalar.types !== floating) return node.inputs;
    const { dtype } = node.out;
    return node.inputs.map((x) => (isDiscrete(x.dtype) ? applyElemwise(`cast_${dtype}`, x) : x));
  }
}

/** The symbolic lengths of an elementwise node's output. */
export function broadcastLengths(node: Apply, lengths: readonly (readonly Variable[])[]): readonly Variable[] {
  return node.out.type.shape.map((_, axis) => lengths[stretching(node, axis)][axis]);
}

/** The first input that has all of the result's elements along a dimension, one whose length is known before others. */
function stretching(node: Apply, axis: number): number {
  const dims = node.inputs.map((x) => x.type.shape[axis]);
  const known = dims.findIndex((dim) => dim !== null && dim !== 1);
  return Math.max(0, known >= 0 ? known : dims.findIndex((dim) => dim !== 1));
}

/** The complex conjugate; a real tensor is its own. */
export function conjugate(x: Variable): Variable {
  return isComplex(x.dtype) ? applyElemwise("conj", x) : x;
}

/** A cost that goes through complex numbers varies with a real one by the real part. */
function realPart(x: Variable): Variable {
  return isComplex(x.dtype) ? applyElemwise("real", x) : x;
}

/** Theano gave these a name of their own instead of deriving it. */
const OWN_NAME: ReadonlySet<ScalarOpName> = new Set<ScalarOpName>([
  "sigmoid",
  "ultra_fast_sigmoid",
  "softplus",
  "softsign",
]);

/**
 * What is known of a dimension of the result; dimensions of length 1 stretch to those of the others.
 * @throws ValueError when two lengths are known and differ.
 */
export function commonDim(op: Op, inputs: readonly Variable[], axis: number): Dim {
  const dims = inputs.map((x) => x.type.shape[axis]);
  const first = dims.findIndex((dim) => dim !== null && dim !== 1);
  if (first < 0) return dims.every((dim) => dim === 1) ? 1 : null;
  const other = dims.findIndex((dim) => dim !== null && dim !== 1 && dim !== dims[first]);
  if (other >= 0)
    throw new ValueError(
      `Input dimension mis-match. (input[${first}].shape[${axis}] = ${dims[first]}, input[${other}].shape[${axis}] = ${dims[other]})\n${op} cannot combine the shapes ${inputs.map((x) => `${x.type.shapeText} of ${x}`).join(" and ")}: lengths must agree, or be 1.`,
    );
  return dims[first];
}

/**
 * Output shape; only dimensions that the types mark as 1 stretch.
 * @throws ValueError in the words of Theano's C code when lengths differ.
 */
export function broadcastShape(node: Apply, shapes: readonly (readonly number[])[]): readonly number[] {
  return node.out.type.shape.map((_, axis) => {
    const fixed = node.inputs.findIndex((x) => x.type.shape[axis] !== 1);
    if (fixed < 0) return 1;
    const length = shapes[fixed][axis];
    node.inputs.forEach((x, i) => {
      if (x.type.shape[axis] !== 1 && shapes[i][axis] !== length)
        throw new ValueError(
          `Input dimension mis-match. (input[${fixed}].shape[${axis}] = ${length}, input[${i}].shape[${axis}] = ${shapes[i][axis]})`,
        );
    });
    return length;
  });
}

/** The Elemwise of a scalar op. */
export function elemwise(name: ScalarOpName): Elemwise {
  return new Elemwise(name);
}

/** Applies a scalar op to tensors, element by element. */
export function applyElemwise(name: ScalarOpName, ...args: readonly TensorLike[]): TensorVariable {
  return elemwise(name).apply(...args).out;
}

/** As {@link applyElemwise}, by an op that prints as part of a derivative. */
export function applyUnnamed(name: ScalarOpName, ...args: readonly TensorLike[]): TensorVariable {
  return new Elemwise(name, {}, false).apply(...args).out;
}

/** Lets the derivative rules of the scalar table build graphs; fractions take the gradient's dtype, so that it stays. */
function graphAlgebra(gradient: Variable): Algebra<Variable> {
  return {
    apply: applyUnnamed,
    constant: (value) => constant(value, null, dtypeOfFactor(value, gradient.dtype)),
    isComplex: ({ dtype }) => isComplex(dtype),
  };
}

/** Factors in derivatives do not widen gradients, whatever `cast_policy` says of literals. */
function dtypeOfFactor(value: number, gradient: DType): DType {
  return Number.isInteger(value) ? dtypeOfNumber(value, "float64") : partDType(gradient);
}

/** Zeros of the shape of `x`, of a dtype that can be a gradient: the float's own, else floatX. */
export function zerosLike(x: Variable): Variable {
  return applyElemwise("second", x, constant(0, null, gradientDType(x.dtype)));
}
