import { constant, type TensorLike } from "../graph/constant.ts";
import type { TensorType } from "../graph/type.ts";
import { TensorVariable } from "../graph/variable.ts";
import { patternbroadcast } from "./rebroadcast.ts";

/**
 * What stands for `value` where a variable of `type` is asked: a value as a constant of that type, a variable that is
 * broadcastable where the type is not as one that is not, others as they are. Theano's `filter_variable`.
 * @throws TypeError when dtype or dimensions differ.
 */
export function conform(type: TensorType, value: TensorLike): TensorVariable {
  if (!(value instanceof TensorVariable)) return constant(type.filter(value));
  if (type.equals(value.type)) return value;
  if (type.admits(value.type)) return patternbroadcast(value, type.broadcastable);
  throw new TypeError(
    `Cannot convert Type ${value.type} (of Variable ${value}) into Type ${type}. You can try to manually convert ${value} into a ${type}.`,
  );
}
