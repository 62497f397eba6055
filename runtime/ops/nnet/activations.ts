/** Activations that are composed of elementwise functions; sigmoid, softplus and softsign are scalar ops of their own. */
import { asTensor, constant, type TensorLike } from "../../graph/constant.ts";
import { floatX } from "../../graph/floatx.ts";
import type { TensorVariable } from "../../graph/variable.ts";
import { signatureOf } from "../../scalar/table.ts";
import { applyElemwise } from "../elemwise.ts";

/** `0.2·x + 0.5` cut to [0, 1]: a sigmoid of straight lines. Integers give floats. */
export function hardSigmoid(x: TensorLike): TensorVariable {
  const input = asTensor(x);
  const { output: dtype } = signatureOf("exp", [input.dtype], floatX());
  const line = applyElemwise("mul", input, constant(0.2, null, dtype));
  return applyElemwise("clip", applyElemwise("add", line, constant(0.5, null, dtype)), 0, 1);
}

/**
 * The rectifier: x where it is positive, and `alpha·x` elsewhere.
 * @param alpha the slope on the negative side; a tensor broadcasts against `x`.
 */
export function relu(x: TensorLike, alpha: TensorLike = 0): TensorVariable {
  const size = applyElemwise("abs_", x);
  if (alpha === 0) return applyElemwise("mul", 0.5, applyElemwise("add", x, size));
  const slope = asTensor(alpha);
  const even = applyElemwise("mul", 0.5, applyElemwise("add", 1, slope));
  const odd = applyElemwise("mul", 0.5, applyElemwise("sub", 1, slope));
  return applyElemwise("add", applyElemwise("mul", even, x), applyElemwise("mul", odd, size));
}

/** The exponential linear unit: x where it is positive, and `alpha·(e^x - 1)` elsewhere. */
export function elu(x: TensorLike, alpha: TensorLike = 1): TensorVariable {
  const bent = applyElemwise("mul", alpha, applyElemwise("expm1", x));
  return applyElemwise("switch", applyElemwise("gt", x, 0), x, bent);
}

/** The two numbers with which outputs keep mean 0 and variance 1 from layer to layer. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The scaled exponential linear unit of Klambauer et al., "Self-Normalizing Neural Networks" (2017). */
export function selu(x: TensorLike): TensorVariable {
  return applyElemwise("mul", SELU_SCALE, elu(x, SELU_ALPHA));
}
