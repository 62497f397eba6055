import { type ComplexDType, type DType, dtypeInfo, type FloatDType, isContinuous } from "../array/dtype.ts";
import { config } from "../config/index.ts";

/** The dtype that `config.floatX` names. */
export function floatX(): FloatDType {
  return config.floatX;
}

/** A dtype as users name it in graphs: `"floatX"` is what the flag says when the name is read. */
export type SymbolicDType = DType | "floatX";

/** The dtype of a name. @throws TypeError when there is no such element type. */
export function resolveDType(name: SymbolicDType): DType {
  return name === "floatX" ? floatX() : dtypeInfo(name).name;
}

/** The dtype of gradients with respect to something of `dtype`: its own when it is floating-point or complex, else floatX. */
export function gradientDType(dtype: DType): FloatDType | ComplexDType {
  return isContinuous(dtype) ? dtype : floatX();
}
