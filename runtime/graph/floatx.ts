import { type DType, type DTypeName, dtypeNamed, type FloatDType, isFloat } from "../array/dtype.ts";
import { config } from "../config/index.ts";

/**
 * The dtype that `config.floatX` names.
 * @throws NotImplementedError for float16, which arrays do not have yet.
 */
export function floatX(): FloatDType {
  const dtype = dtypeNamed(config.floatX);
  return isFloat(dtype) ? dtype : "float64";
}

/** A dtype as users name it in graphs: `"floatX"` is what the flag says when the name is read. */
export type SymbolicDType = DTypeName | "floatX";

/** The dtype of a name. @throws NotImplementedError for float16; TypeError when there is no such element type. */
export function resolveDType(name: SymbolicDType): DType {
  return name === "floatX" ? floatX() : dtypeNamed(name);
}

/** The dtype of gradients with respect to something of `dtype`: its own when it is floating-point, else floatX. */
export function gradientDType(dtype: DType): FloatDType {
  return isFloat(dtype) ? dtype : floatX();
}
