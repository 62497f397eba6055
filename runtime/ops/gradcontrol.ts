/** Ops that hand their input through and change only what gradients see. */
import type { NDArray } from "../array/ndarray.ts";
import { Apply } from "../graph/apply.ts";
import { asTensor, type TensorLike } from "../graph/constant.ts";
import { DISCONNECTED, type NoGradient, Op } from "../graph/op.ts";
import type { TensorVariable, Variable } from "../graph/variable.ts";
import { cast } from "./cast.ts";
import { applyElemwise, zerosLike } from "./elemwise.ts";

/** What becomes of the gradient of the output; `x` is the input. */
type GradientRule = (g: Variable, x: Variable) => Variable | NoGradient;

/** Hands a tensor through, as a view; its gradient follows a rule of its own. */
export class GradientControl extends Op {
  readonly family: string;
  readonly key: string;
  readonly rule: GradientRule;
  override readonly views = { 0: 0 };

  /** @param parameters what distinguishes two ops of one name. */
  constructor(name: string, rule: GradientRule, parameters: readonly unknown[] = []) {
    super();
    this.family = name;
    this.key = [name, ...parameters].join(" ");
    this.rule = rule;
  }

  toString(): string {
    return this.family;
  }

  apply(x: Variable): Apply {
    return new Apply(this, [x], [x.type]);
  }

  override perform(_node: Apply, [x]: readonly NDArray[]): readonly NDArray[] {
    return [x];
  }

  override gradient(node: Apply, [g]: readonly (Variable | null)[]): readonly (Variable | NoGradient)[] {
    return [g === null ? DISCONNECTED : this.rule(g, node.inputs[0])];
  }

  override inferShape(_node: Apply, [lengths]: readonly (readonly Variable[])[]): readonly (readonly Variable[])[] {
    return [lengths];
  }
}

const ZERO_GRAD = new GradientControl("ZeroGrad", (_, x) => zerosLike(x));
const CONSIDER_CONSTANT = new GradientControl("ConsiderConstant", (_, x) => zerosLike(x));
const DISCONNECTED_GRAD = new GradientControl("DisconnectedGrad", () => DISCONNECTED);
const UNDEFINED_GRAD = new GradientControl("UndefinedGrad", (_, x) => ({
  kind: "undefined",
  reason: `undefinedGrad was put around ${x}`,
}));

const apply = (op: GradientControl, x: TensorLike): TensorVariable => op.apply(asTensor(x)).out;

/** `x` itself, whose gradient is zero. */
export function zeroGrad(x: TensorLike): TensorVariable {
  return apply(ZERO_GRAD, x);
}

/** Theano's older name for {@link zeroGrad}. */
export function considerConstant(x: TensorLike): TensorVariable {
  process.emitWarning("considerConstant() is deprecated, use zeroGrad() or disconnectedGrad() instead.", "UserWarning");
  return apply(CONSIDER_CONSTANT, x);
}

/** `x` itself, on which gradients do not depend: asking for one through it alone is an error. */
export function disconnectedGrad(x: TensorLike): TensorVariable {
  return apply(DISCONNECTED_GRAD, x);
}

/** `x` itself, whose gradient must not be asked for. */
export function undefinedGrad(x: TensorLike): TensorVariable {
  return apply(UNDEFINED_GRAD, x);
}

/** `x` itself, whose gradient is clipped element by element to `lower … upper`. */
export function gradClip(x: TensorLike, lower: number, upper: number): TensorVariable {
  const clipped: GradientRule = (g) => cast(applyElemwise("clip", g, lower, upper), g.dtype);
  return apply(new GradientControl("GradClip", clipped, [lower, upper]), x);
}

/** `x` itself, whose gradient is multiplied by `multiplier`. */
export function gradScale(x: TensorLike, multiplier: number): TensorVariable {
  const scaled: GradientRule = (g) => cast(applyElemwise("mul", multiplier, g), g.dtype);
  return apply(new GradientControl("GradScale", scaled, [multiplier]), x);
}
