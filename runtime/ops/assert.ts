/** `Assert`: hands a tensor through as long as conditions hold. */
import type { NDArray } from "../array/ndarray.ts";
import { AssertionError } from "../base/errors.ts";
import { pyQuote } from "../base/python.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";

/**
 * Its first input, as a view; a call fails with an AssertionError when one of the others, which are scalars, is false.
 * `new T.Assert("x must be positive").call(x, T.all(T.gt(x, 0)))`.
 */
export class Assert extends Op {
  readonly family = "Assert";
  readonly key: string;
  readonly message: string;
  override readonly views = { 0: 0 };

  constructor(message = "Theano Assert failed!") {
    super();
    this.message = message;
    this.key = `Assert{msg=${pyQuote(message)}}`;
  }

  toString(): string {
    return this.key;
  }

  /** `value`, which exists only where the conditions hold. @throws AssertionError when a condition is no scalar. */
  call(value: TensorLike, ...conditions: readonly TensorLike[]): TensorVariable {
    return this.apply(asTensor(value), ...conditions.map((condition) => asTensor(condition))).out;
  }

  /** @throws AssertionError when a condition is no scalar. */
  apply(value: Variable, ...conditions: readonly Variable[]): Apply {
    const wrong = conditions.find((condition) => condition.ndim !== 0);
    if (wrong !== undefined)
      throw new AssertionError(`${this}: a condition must be a scalar, got ${wrong} of type ${wrong.type}; use T.all.`);
    return new Apply(this, [value, ...conditions], [value.type]);
  }

  override perform(_node: Apply, [value, ...conditions]: readonly NDArray[]): readonly NDArray[] {
    if (!conditions.every((condition) => condition.item())) throw new AssertionError(this.message);
    return [value];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g ?? DISCONNECTED, ...node.inputs.slice(1).map(() => DISCONNECTED)];
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths];
  }
}

/** An assertion without a message of its own; Theano's `assert_op`. */
export const assertOp = new Assert();
