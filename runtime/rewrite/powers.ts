/** Rewrites of powers with known exponents. */
import { dtypeInfo, isDiscrete, isFloat } from "../array/dtype.ts";
import type { Apply } from "../graph/apply.ts";
import type { Variable } from "../graph/variable.ts";
import { cast } from "../ops/cast.ts";
import { applyComposite } from "../ops/composite.ts";
import { elemwise } from "../ops/elemwise.ts";
import { elementwise } from "../ops/math.ts";
import type { Part } from "../scalar/composite.ts";
import { conform, numberValue, scalarConstant } from "./inspect.ts";
import { nodeRewrite, type Registration } from "./rewrite.ts";

const { inv, sqr, sqrt, second } = elementwise;

/** Powers with the exponents 2, 1, 0, and for floats −1 and −2. */
export const localPowSpecialize = nodeRewrite("local_pow_specialize", [elemwise("pow").key], (node) => {
  const [x, exponent] = node.inputs;
  const special = power(x, numberValue(exponent), node);
  return special === null ? null : conform(special, node.out, node.inputs);
});

function power(x: Variable, exponent: number | null, { out }: Apply): Variable | null {
  switch (exponent) {
    case 2:
      return x.dtype === out.dtype ? sqr(x) : null;
    case 1:
      return x;
    case 0:
      return second(x, scalarConstant(1, out.dtype));
    case -1:
      return isFloat(x.dtype) ? inv(x) : null;
    case -2:
      return isFloat(x.dtype) ? inv(sqr(x)) : null;
    default:
      return null;
  }
}

/**
 * x ** 0.5 → sqrt(x), x ** −0.5 → inv(sqrt(x)). Off unless asked for: IEEE 754 has (−inf) ** 0.5 = inf, and the square root
 * gives NaN there.
 */
export const localPowToSqrt = nodeRewrite("local_pow_to_sqrt", [elemwise("pow").key], (node) => {
  const [x, exponent] = node.inputs;
  const value = numberValue(exponent);
  if (!isFloat(x.dtype) || (value !== 0.5 && value !== -0.5)) return null;
  return conform(value > 0 ? sqrt(x) : inv(sqrt(x)), node.out, node.inputs);
});

/** The greatest exponent that is taken apart: each squaring doubles the relative error. */
const GREATEST_EXPONENT = 512;

/** x ** n → products of repeated squares, in one loop, for integers n up to 512. */
export const localPowSpecializeDevice = nodeRewrite("local_pow_specialize_device", [elemwise("pow").key], (node) => {
  const [x, exponent] = node.inputs;
  const { out } = node;
  const n = numberValue(exponent);
  if (n === null || !Number.isInteger(n) || Math.abs(n) <= 2 || Math.abs(n) > GREATEST_EXPONENT) return null;
  // A square of half precision has lost too many digits after a few more; integers have no reciprocals.
  const isExact = isDiscrete(out.dtype) && n > 0;
  if (!isExact && !(isFloat(out.dtype) && dtypeInfo(out.dtype).bytes >= 4)) return null;
  const magnitude = applyComposite([cast(x, out.dtype)], (on, base) => {
    const square = (part: Part): Part => on("sqr", part);
    let rest = Math.abs(n);
    let result: Part | null = null;
    while (rest > 0) {
      const doublings = Math.floor(Math.log2(rest));
      const factor = Array.from({ length: doublings }).reduce<Part>(square, base);
      result = result === null ? factor : on("mul", result, factor);
      rest -= 2 ** doublings;
    }
    return result ?? base;
  });
  return conform(n > 0 ? magnitude : inv(magnitude), out, node.inputs);
});

export const POWERS: readonly Registration[] = [
  { rewrite: localPowSpecialize, stages: ["specialize"], tags: ["fast_run"] },
  { rewrite: localPowToSqrt, stages: ["specialize"], tags: ["unsafe"] },
  { rewrite: localPowSpecializeDevice, stages: ["specialize_device"], tags: ["fast_run"] },
];
