/** What an entry of the table of scalar ops says. Everything elementwise in the runtime follows from these entries. */
import type { Complex } from "../array/complex.ts";
import type { Carrier, DType, FloatDType, Scalar } from "../array/dtype.ts";

/** The types an op computes with: each input is cast to its dtype in `inputs` first, then the op gives `output`. */
export interface Signature {
  readonly inputs: readonly DType[];
  readonly output: DType;
}

/**
 * From the dtypes of the arguments to those of the computation, or the reason why the op does not take them. `floatX`
 * is what the division of two integers gives.
 */
export type TypeRule = (inputs: readonly DType[], floatX: FloatDType) => Signature | string;

/**
 * The op's value, by how JavaScript carries the elements of its first input (an op lacks those that its type rule never
 * chooses). Results need not be rounded or wrapped: {@link evaluateScalar} does that. Variadic ops take two arguments
 * here and are folded from the left. `any` serves ops that only select or convert.
 */
export interface Implementations {
  readonly float?: (...args: number[]) => number | boolean | Complex;
  /** Integers of at most 32 bits. */
  readonly int?: (...args: number[]) => number | boolean;
  readonly big?: (...args: bigint[]) => bigint | boolean;
  readonly bool?: (...args: boolean[]) => boolean;
  readonly complex?: (...args: Complex[]) => Complex | number | boolean;
  readonly any?: (...args: Scalar[]) => Scalar;
}

/** The ops that derivatives are written with. A new op joins this list only if another op's derivative needs it. */
export type DerivativeOp =
  | "add"
  | "sub"
  | "mul"
  | "true_div"
  | "neg"
  | "inv"
  | "pow"
  | "sqr"
  | "sqrt"
  | "sgn"
  | "exp"
  | "log"
  | "sin"
  | "cos"
  | "sinh"
  | "cosh"
  | "tanh"
  | "sigmoid"
  | "psi"
  | "tri_gamma"
  | "tetra_gamma"
  | "j0"
  | "j1"
  | "i0"
  | "i1"
  | "jv"
  | "iv"
  | "second"
  | "switch"
  | "int_div"
  | "eq"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and_"
  | "real"
  | "imag"
  | "conj"
  | "complex";

/** What derivatives are written over: symbolic variables, scalar expressions, or plain numbers in a test. */
export interface Algebra<E> {
  apply(op: DerivativeOp, ...args: readonly E[]): E;
  constant(value: number): E;
  /** Whether an expression is of a complex type. */
  isComplex(expr: E): boolean;
}

/**
 * Reverse mode: the contribution to each input's gradient, given the inputs, the output (to be used again rather than
 * computed anew) and the gradient of the output. The gradient of a real cost with respect to a complex number is that
 * with respect to its real part plus i times that with respect to its imaginary part. Where the output is complex, rules
 * are given the conjugate of its gradient, and the conjugates of what they say are taken: so the rule of a function of
 * real numbers serves as it is wherever it has a complex derivative. `null` means that the output does not vary smoothly with that input: a
 * condition, a truth value; {@link Undefined} that there is a derivative, but none that could be written.
 */
export type Derivative = <E>(
  algebra: Algebra<E>,
  inputs: readonly E[],
  output: E,
  gradient: E,
) => readonly (E | Undefined | null)[];

/** The absence of a derivative with respect to one input, with the reason. */
export class Undefined {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** An op on single elements, as it is declared. */
export interface ScalarOpEntry {
  /** The number of inputs; variadic ops are associative and take one or more. */
  readonly arity: 1 | 2 | 3 | "variadic";
  readonly types: TypeRule;
  readonly evaluate: Implementations;
  /** Absent: the op has no derivative. */
  readonly derivative?: Derivative;
  /** `a ∘ b = b ∘ a`. */
  readonly commutative?: boolean;
  /** `(a ∘ b) ∘ c = a ∘ (b ∘ c)` but for rounding. */
  readonly associative?: boolean;
  /** `a ∘ identity = a`; for ops that are not commutative, only on the right. */
  readonly identity?: number | boolean;
  /** The name that Theano prints for the op's class, as in `Elemwise{TrueDiv}[(0, 0)]`; by default the capitalized name. */
  readonly className?: string;
  /** What the op computes, in a sentence. */
  readonly doc: string;
}

/** Declares a family of ops; their names and arities are kept as a type. */
export function declareOps<const Ops extends Record<string, ScalarOpEntry>>(ops: Ops): Ops {
  return ops;
}

/** An op on single elements. */
export interface ScalarOp extends ScalarOpEntry {
  /** Theano's name. */
  readonly name: string;
  /** How Theano writes the op inside `Elemwise{…}`: `add`, `Cast{float32}`. */
  readonly show: string;
  readonly className: string;
}

/** Which of an op's implementations computes on elements carried so. */
export type ImplementationKind = Carrier | "any";
